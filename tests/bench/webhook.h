/* webhook — the request that the benchmarks of ingest send: a delivery of Zendesk Conversations
 * with one message of a customer, 1.75 KB of JSON, whose ids can be changed in place. */
#ifndef TESTS_BENCH_WEBHOOK_H
#define TESTS_BENCH_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

enum {
    WEBHOOK_BYTES = 4096,
    WEBHOOK_ID_DIGITS = 24,
    WEBHOOK_CONVERSATIONS = 1000,
};

/* One request: head and body. The three places are those of ids within `text`. */
struct webhook {
    char text[WEBHOOK_BYTES];
    size_t len;
    size_t event_at;
    size_t message_at;
    size_t conversation_at;
};

/* Makes the request.
 *
 * host, path, secret  for its head; fails when they are too long */
void webhook_make(struct webhook *webhook, const char *host, const char *path, const char *secret);
/* Makes it the delivery of this number: an event and a message that no other number has, in one of
 * WEBHOOK_CONVERSATIONS conversations. */
void webhook_number(struct webhook *webhook, uint64_t number);

#endif
