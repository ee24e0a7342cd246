/* publish — records to the log, and word back once every one of them is safe.
 *
 *     submit ──▶ produce × n ──▶ n reports, all good ─────────▶ done(OK)
 *                                first bad one ───────────────▶ done(its error)
 *                                deadline ────────────────────▶ done(TIMEOUT)
 *
 * After a done that was not OK the reports that are still to come are counted off and nothing else:
 * such a record may be in the log or not, the sender comes again, and the event's id tells. What is
 * on its way is bounded in requests and in bytes, and by its partition's speed: where a new record
 * would wait for more than LIMIT_LANE_WAIT_MS nothing is taken, so that what was taken is in time,
 * and a log that can do a third of the work does that third.
 *
 * An event of Zendesk's whose record would be too large for the sender's bytes goes on without
 * them, and they become a dead letter; several, when they are larger than a letter. One thread: the
 * loop's. */
#ifndef INGEST_PUBLISH_H
#define INGEST_PUBLISH_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"
#include "ingest/core/admit.h"
#include "port/bus.h"

#include <stddef.h>
#include <stdint.h>

struct publisher;

/* Called once for each request that was taken, from inside bus_poll() or publisher_sweep(). */
typedef void (*publish_done)(void *context, void *request, err_t result);

MUST_USE err_t publisher_new(publish_done done, void *context, struct publisher **ret_publisher);
void publisher_free(struct publisher *p); /* accepts NULL; whoever waits is not told */
DEFINE_CLEANUP_PTR(publisher, struct publisher, publisher_free)

/* What the bus is made with; its `loop` is the publisher. */
struct bus_handler publisher_handler(struct publisher *p);
/* How records find their partition: what the brokers' other clients would choose. */
struct publish_places {
    int32_t partitions; /* of `events`, > 0 */
    int32_t (*partition_of)(struct slice key, int32_t partitions);
};
/* Once, before the first submit. NO_MEMORY. */
MUST_USE err_t publisher_set_bus(struct publisher *p, struct bus bus, struct publish_places places);

/* Behind the last type that comes in at a door. */
enum { PUBLISH_TYPES = EVENT_ANSWERED + 1 }; /* the highest that comes in by HTTP */

/* What a request came to. */
struct publish_tally {
    size_t events;
    size_t dead;
    uint16_t of_type[PUBLISH_TYPES]; /* of `events`; LIMIT_EVENTS_PER_REQUEST_MAX fits */
};

/* Copies and hands over all records of a request, at least one, to be confirmed within
 * LIMIT_ANSWER_DEADLINE_MS of `now`, which never goes back. On any error `done` is not called; some
 * of the records may be on their way all the same.
 * ret_tally  before `done` can be called
 * Errors     QUEUE_FULL (too much on its way, or for too long), UNAVAILABLE, TOO_LARGE (a record of
 *            the platform, or a dead letter), NO_MEMORY. */
MUST_USE err_t publisher_submit(struct publisher *p, const struct admitted *admitted, void *request,
                                mono_ms_t now, struct publish_tally *ret_tally);
/* Ends the wait of those whose time has come. */
void publisher_sweep(struct publisher *p, mono_ms_t now);
/* Ends every wait now, as UNAVAILABLE. */
void publisher_give_up(struct publisher *p);
size_t publisher_waiting(const struct publisher *p); /* requests without word */
/* Partitions that take nothing more for now, because it would wait too long. */
size_t publisher_late(const struct publisher *p, mono_ms_t now);

#endif
