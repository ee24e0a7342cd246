/* faults — what shall go wrong: a list of orders, each for a number of requests or deliveries.
 *
 * The first order that matches is taken and counted. Which one was taken is written to the
 * journal, so that a restart finds the same orders left. */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "json/json_read.h"
#include "json/json_write.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAULTS_MAX = 256, FAULT_HEADERS_MAX = 4, FAULT_DELAY_MS_MAX = 120 * 1000 };

/* kind, name, hits a webhook delivery instead of a request */
#define FAULT_TABLE(X)                                                                             \
    X(APPLY_THEN_DROP, "apply_then_drop", false)                                                   \
    X(DROP, "drop", false)                                                                         \
    X(STATUS, "status", false)                                                                     \
    X(DELAY, "delay_ms", false)                                                                    \
    X(SLOW_BODY, "slow_body", false)                                                               \
    X(READ_LAG, "read_lag_ms", false)                                                              \
    X(DUPLICATE_WEBHOOK, "duplicate_webhook", true)                                                \
    X(REORDER_WEBHOOKS, "reorder_webhooks", true)                                                  \
    X(RATE_LIMIT, "rate_limit", false)                                                             \
    X(LATE_APPLY, "late_apply_ms", false)

enum fault_kind {
#define X(kind, name, webhook) FAULT_##kind,
    FAULT_TABLE(X)
#undef X
};

struct fault {
    uint64_t id;
    enum fault_kind kind;
    struct slice method, path, type; /* what it matches; empty = all */
    int64_t skip;                    /* so many matches pass first */
    int64_t left;                    /* < 0: until it is deleted */
    int64_t ms;                      /* delay, lag, time of a slow body */
    bool after;                      /* apply first: status and delay_ms */
    int64_t status;                  /* status, late_apply_ms (0 = drop), rate_limit (429) */
    struct slice body;               /* as it is sent; empty = an error body of the API */
    struct slice header_names[FAULT_HEADERS_MAX], header_values[FAULT_HEADERS_MAX];
    size_t header_count;
    int64_t limit; /* rate_limit: so many in a window */
    span_ms_t window;
    wall_ms_t window_start;
    int64_t window_count;
};

struct faults {
    struct arena arena; /* texts of the orders; given back when none is left */
    struct fault list[FAULTS_MAX];
    size_t count;
    uint64_t ids;
};

void faults_init(struct faults *f);
void faults_deinit(struct faults *f);
/* Reads an order from the body of POST /sandbox/faults.
 * ERR_SYNTAX with `why`, ERR_TABLE_FULL, ERR_ARENA_FULL. */
MUST_USE err_t faults_add(struct faults *f, const struct json *order, struct why *why,
                          const struct fault **ret_fault);
void faults_clear(struct faults *f);

/* The order that hits this request, counted, or NULL. The pointer holds until the list changes. */
const struct fault *faults_take(struct faults *f, struct slice method, struct slice path,
                                wall_ms_t now);
/* The same for a webhook delivery: `path` is that of its target, `type` the event's. */
const struct fault *faults_take_webhook(struct faults *f, struct slice path, struct slice type);
/* Counts the order `id` again as a restart finds it in the journal. */
void faults_replay(struct faults *f, uint64_t id);
/* {"faults":[…]} for GET /sandbox/faults. */
void faults_write(const struct faults *f, struct json_write *w);
const char *fault_name(enum fault_kind kind);

#endif
