/* demo_later — answers that the demo bot posts some time after it said 202. */
#ifndef SANDBOX_DEMO_LATER_H
#define SANDBOX_DEMO_LATER_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum { DEMO_LATER_MAX = 10000, DEMO_TOKENS_MAX = 256 };

struct demo_later;

struct demo_token {
    struct slice store, token;
};

struct demo_later_config {
    struct slice ingest; /* base URL; empty = later answers are thrown away */
    struct demo_token tokens[DEMO_TOKENS_MAX];
    size_t token_count;
};

/* Starts the thread that posts. `config` must outlive it. ERR_NO_MEMORY, ERR_UNAVAILABLE. */
MUST_USE err_t demo_later_start(const struct demo_later_config *config,
                                struct demo_later **ret_later);
void demo_later_stop(struct demo_later *later); /* accepts NULL; what waits is dropped */
/* Posts `body` to the events of `store` after `wait_ms`; `id` goes along as Idempotency-Key. What
 * is refused for now (5xx, no connection) is tried again for a minute. Any thread.
 * ERR_QUEUE_FULL, ERR_NO_MEMORY. */
MUST_USE err_t demo_later_add(struct demo_later *later, struct slice store, struct slice id,
                              struct slice body, int64_t wait_ms);

#endif
