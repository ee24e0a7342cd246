/* bus — the log, as a loop sees it: records come in by partition, messages go out, positions are
 * kept.
 *
 * A loop holds one `struct bus` and knows nothing of Kafka; lib/kafka makes it real, the simulator
 * makes it in memory. Everything happens on the loop's thread, and every callback is called from
 * inside bus_poll().
 *
 *   processor   begin ─▶ produce… ─▶ commit_begin(offsets) ─▶ commit_end
 *                                    begin ─▶ produce…       one transaction is open while the one
 *                                                            before it is being committed
 *   egress      produce (acknowledged by on_delivery) and commit_offsets (answered by on_commit)
 *   ingest      produce only
 */
#ifndef PORT_BUS_H
#define PORT_BUS_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum topic {
    TOPIC_EVENTS,
    TOPIC_COMMANDS,
    TOPIC_CONVERSATIONS,
    TOPIC_SNAPSHOTS,
    TOPIC_CONFIG,
    TOPIC_DEAD,
    TOPIC_COUNT
};
const char *topic_name(enum topic topic); /* "events": without the deployment's prefix */

/* A record as read. Slices borrow from the bus and are valid until its next poll. */
struct bus_record {
    enum topic topic;
    int32_t partition;
    int64_t offset;
    wall_ms_t time; /* LogAppendTime */
    struct slice key;
    struct slice value; /* empty = tombstone */
    /* Of what a reader gives, states left out. Events and commands carry theirs in `value`, and a
     * bus does not look for it. */
    struct slice traceparent;
    /* Of what a reader gives of `commands` and `snapshots`. */
    struct slice ce_id;
    struct slice ce_source;
};

/* A message to write. Copied by produce(). */
struct bus_message {
    enum topic topic;
    int32_t partition; /* -1 = by the key's hash (murmur2, as Java's clients) */
    struct slice key;
    struct slice value; /* empty = tombstone */
    struct slice ce_id; /* CloudEvents headers; empty = left out */
    struct slice ce_type;
    struct slice ce_source;
    struct slice traceparent;
    uint64_t cookie; /* handed back by on_delivery; 0 = no report wanted */
    /* Many follow each other: it may wait a millisecond for those. Order is kept among such, and
     * among all others, only. */
    bool is_of_many;
};

struct bus_offset {
    int32_t partition;
    int64_t offset;        /* the next to be read */
    struct slice metadata; /* text without NUL, <= LIMIT_OFFSET_METADATA_BYTES_MAX */
};

/* What the loop does when the bus has news. All are called from inside bus_poll(), all are set. */
struct bus_handler {
    void *loop;
    /* Partitions are ours from now on. Nothing is read from them until bus_start(). `committed`
     * holds offset and metadata as stored in the group; offset -1 = none stored. */
    void (*on_assign)(void *loop, const struct bus_offset *committed, size_t count);
    /* Partitions go away. `lost`: they are another's already, nothing may be committed for them. */
    void (*on_revoke)(void *loop, const int32_t *partitions, size_t count, bool lost);
    /* A message with a cookie is stored by all in-sync replicas (OK), or is not, or may be
     * (UNAVAILABLE, TIMEOUT: may still have been stored). */
    void (*on_delivery)(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset);
    /* The answer to the one outstanding bus_commit_offsets(). Anything but OK and FENCED leaves the
     * outcome unknown; without offsets when the membership that asked is over already. */
    void (*on_commit)(void *loop, err_t result, const struct bus_offset *offsets, size_t count);
};

struct bus_ops {
    /* Waits up to `timeout` for a record; *ret_got false = none. Serves the handler's callbacks.
     * FENCED, or another FATAL class: the handle cannot be used any more. */
    err_t (*poll)(void *self, span_ms_t timeout, struct bus_record *ret_record, bool *ret_got);
    /* Begins to read an assigned partition at `offset`; also a seek. */
    err_t (*start)(void *self, int32_t partition, int64_t offset);
    err_t (*pause)(void *self, int32_t partition);
    err_t (*resume)(void *self, int32_t partition);
    /* QUEUE_FULL (BACKPRESSURE), TOO_LARGE (POISON), UNAVAILABLE. */
    err_t (*produce)(void *self, const struct bus_message *message);
    /* Opens a transaction: what is produced from now on belongs to it. Two that follow each other
     * are of two names. STATE when one is open. */
    err_t (*begin)(void *self);
    /* Offsets and everything produced since begin shall become visible together, or not at all.
     * Does not wait: commit_end() tells what became of it, and until it has no other is committed
     * (STATE). Errors as of commit_end(); TXN_ABORT leaves the transaction open. */
    err_t (*commit_begin)(void *self, const struct bus_offset *offsets, size_t count);
    /* Waits up to `wait` for the end of the commit that was begun; *ret_ended false = not yet, and
     * OK. poll() comes back early when it is there.
     * TXN_ABORT: known not to be committed; call abort(). TXN_UNKNOWN, FENCED: the handle is dead,
     * renew() before anything else. STATE: none was begun. */
    err_t (*commit_end)(void *self, span_ms_t wait, bool *ret_ended);
    /* Gives up what is open, and what commit_end() said TXN_ABORT of. STATE while a commit is on
     * its way; TXN_UNKNOWN as above. */
    err_t (*abort)(void *self);
    /* A new producer with the same name: fences whatever the old one left behind. */
    err_t (*renew)(void *self);
    /* Asks for a commit outside of transactions; answered by on_commit. STATE when one is
     * outstanding. FENCED: refused here, because membership or assignment is gone. */
    err_t (*commit_offsets)(void *self, const struct bus_offset *offsets, size_t count);
    /* OK while this copy is the member that the partitions were assigned to, in the generation in
     * which they were; else FENCED, also when that is only about to be told. Never waits. */
    err_t (*check)(void *self);
    /* Leaves the group and joins as a new member; all partitions are revoked as lost. */
    err_t (*rejoin)(void *self);
    /* Waits until all that was produced is acknowledged or `timeout` is over (TIMEOUT). */
    err_t (*flush)(void *self, span_ms_t timeout);
    /* Records of an assigned partition that are not read yet, as last heard from the broker; never
     * waits. */
    err_t (*lag)(void *self, int32_t partition, int64_t *ret_lag);
    bool (*connected)(void *self); /* a broker can be reached */
};

struct bus {
    const struct bus_ops *ops;
    void *self;
};

static inline MUST_USE err_t bus_poll(struct bus *b, span_ms_t timeout,
                                      struct bus_record *ret_record, bool *ret_got)
{
    return b->ops->poll(b->self, timeout, ret_record, ret_got);
}
static inline MUST_USE err_t bus_start(struct bus *b, int32_t partition, int64_t offset)
{
    return b->ops->start(b->self, partition, offset);
}
static inline MUST_USE err_t bus_pause(struct bus *b, int32_t partition)
{
    return b->ops->pause(b->self, partition);
}
static inline MUST_USE err_t bus_resume(struct bus *b, int32_t partition)
{
    return b->ops->resume(b->self, partition);
}
static inline MUST_USE err_t bus_produce(struct bus *b, const struct bus_message *message)
{
    return b->ops->produce(b->self, message);
}
static inline MUST_USE err_t bus_begin(struct bus *b)
{
    return b->ops->begin(b->self);
}
static inline MUST_USE err_t bus_commit_begin(struct bus *b, const struct bus_offset *offsets,
                                              size_t count)
{
    return b->ops->commit_begin(b->self, offsets, count);
}
static inline MUST_USE err_t bus_commit_end(struct bus *b, span_ms_t wait, bool *ret_ended)
{
    return b->ops->commit_end(b->self, wait, ret_ended);
}
static inline MUST_USE err_t bus_abort(struct bus *b)
{
    return b->ops->abort(b->self);
}
static inline MUST_USE err_t bus_renew(struct bus *b)
{
    return b->ops->renew(b->self);
}
static inline MUST_USE err_t bus_commit_offsets(struct bus *b, const struct bus_offset *offsets,
                                                size_t count)
{
    return b->ops->commit_offsets(b->self, offsets, count);
}
static inline MUST_USE err_t bus_check(struct bus *b)
{
    return b->ops->check(b->self);
}
static inline MUST_USE err_t bus_rejoin(struct bus *b)
{
    return b->ops->rejoin(b->self);
}
static inline MUST_USE err_t bus_flush(struct bus *b, span_ms_t timeout)
{
    return b->ops->flush(b->self, timeout);
}
static inline MUST_USE err_t bus_lag(struct bus *b, int32_t partition, int64_t *ret_lag)
{
    return b->ops->lag(b->self, partition, ret_lag);
}
static inline bool bus_connected(struct bus *b)
{
    return b->ops->connected(b->self);
}

/* bus.c: both halves of a commit, however long it takes. */
MUST_USE err_t bus_commit(struct bus *b, const struct bus_offset *offsets, size_t count);

#endif
