/* client — one handle of librdkafka: how it is configured, what it logs, whether it hears a broker.
 *
 * Settings stand in three layers, the later wins: ours that may be changed, the operator's (-X),
 * and those that a promise hangs on. Everything that librdkafka says goes to the log; its callbacks
 * reach the owner through `hooks`, on the thread that polls. */
#ifndef KAFKA_CLIENT_H
#define KAFKA_CLIENT_H

#include "base/cleanup.h"
#include "base/err.h"
#include "kafka/cluster.h"
#include "rt/log.h"

#include <librdkafka/rdkafka.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLIENT_MESSAGE_BYTES_MAX =
        1280 * 1024, /* a dead letter of the largest record, key and headers */
    CLIENT_TOPIC_NAME_BYTES = 160,
};

struct client;

/* Any may be NULL. Called on the thread that polls the handle; `delivery` with the client's lock
 * held, so it calls nothing that librdkafka may log from. */
struct client_hooks {
    void *owner;
    void (*rebalance)(void *owner, struct client *client, rd_kafka_resp_err_t what,
                      rd_kafka_topic_partition_list_t *partitions);
    void (*delivery)(void *owner, struct client *client, const rd_kafka_message_t *message);
    void (*commit)(void *owner, struct client *client, rd_kafka_resp_err_t err,
                   const rd_kafka_topic_partition_list_t *offsets);
};

/* type   producer or consumer
 * fixed  properties that promises hang on, ended by a NULL key
 * log    borrowed; NULL = silent
 * CONFIG: librdkafka refuses a setting (`why`); NO_MEMORY. */
MUST_USE err_t client_new(const struct kafka_options *options, rd_kafka_type_t type,
                          const struct kafka_property *fixed, const struct client_hooks *hooks,
                          struct log *log, struct why *why, struct client **ret_client);
/* Hooks and log are not used any more once this returned: for a handle that is left to itself. */
void client_mute(struct client *client);
/* Ends it on a thread of its own and waits for that at most `wait_ms`; afterwards it ends alone.
 * Hooks and log are not used any more once this returned. Accepts NULL. */
void client_free(struct client *client, int64_t wait_ms);
static inline void client_drop(struct client *client)
{
    client_free(client, 1000);
}
DEFINE_CLEANUP_PTR(client, struct client, client_drop)

rd_kafka_t *client_handle(struct client *client);

/* For who finds nothing to read after a long run: has librdkafka look again whether it may fetch.
 * Once its queue was full it sleeps up to a second (2.0), also when that was emptied long since.
 * That is a request to a broker, and takes a millisecond.
 *
 * run_bytes  read since nothing was there; 0 afterwards */
void client_refetch(struct client *client, size_t *run_bytes);
/* How much a consumer fetches ahead. What is more waits at the broker, and costs no memory here. */
#define CLIENT_AHEAD_KBYTES "8192"
enum { CLIENT_AHEAD_BYTES = 8192 * 1024 };

/* Has `wake_fd` (an eventfd) written when `queue` gets its first entry. */
void client_wake_by(rd_kafka_queue_t *queue, int wake_fd);
/* Asks for a commit, answered by the commit hook through `queue`. */
MUST_USE err_t client_commit(struct client *client, const rd_kafka_topic_partition_list_t *offsets,
                             rd_kafka_queue_t *queue);

/* A broker can be reached, as far as is known: false from the moment when all are down or a message
 * could not be delivered in time, until one answers again; also when none was ever heard.
 * busy_ms  a handle that talks all the time is away after so many ms of silence; 0 = may be idle */
bool client_connected(struct client *client, int64_t busy_ms);
void client_suspect(struct client *client); /* something timed out */
/* Something stood between us and the brokers within the last `span_ms`: all were down, an answer
 * failed, or none came for some seconds. For a handle that talks all the time. */
bool client_disturbed(struct client *client, int64_t span_ms);
/* A request of a transaction got no answer. librdkafka repeats it, so a call may end well while an
 * older copy of its request is still on its way. */
bool client_unanswered(struct client *client);
/* While nothing is heard: asks again now and then (at most 1 ms). Call it from every poll. */
void client_nudge(struct client *client);

/* Where the log begins (RD_KAFKA_OFFSET_BEGINNING) or ends (…_END; of what is committed, unless the
 * handle reads all), or where it begins to be of a time (ms since 1970, from 0), asked now.
 * UNAVAILABLE after `wait_ms`; NO_TOPIC, PERMISSION; NOT_FOUND: nothing is of that time or later.
 */
MUST_USE err_t client_list_offset(struct client *client, const char *topic, int32_t partition,
                                  int64_t which, int64_t wait_ms, int64_t *ret_offset);

/* "tieline.processor-0": the name of this copy. CONFIG when too long. */
enum { CLIENT_NAME_BYTES = 200 };
MUST_USE err_t client_group(const struct kafka_options *options, char text[CLIENT_NAME_BYTES],
                            struct why *why);
MUST_USE err_t client_instance(const struct kafka_options *options, char text[CLIENT_NAME_BYTES],
                               struct why *why);

/* The session as the brokers get it: the embedded one rebalances only when a session has run out,
 * so there it is short. */
int64_t client_session_ms(const struct kafka_options *options);

/* Milliseconds of a clock that counts suspended time too. */
int64_t client_now_ms(void);

/* Makes bytes acceptable to an API that takes `void *` and does not write. */
static inline void *client_unconst(const void *bytes)
{
    return (void *)(uintptr_t)bytes; /* NOLINT: the API promises not to write */
}

#endif
