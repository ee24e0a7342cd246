/* upstream_answer — the least that Zendesk's APIs would say, so that a caller goes on.
 *
 *   POST  /v2/apps/A/conversations/7/messages   201, a message     GET  no messages
 *   GET   /v2/apps/A/conversations/7            nobody is active
 *   POST  /api/v2/tickets                       201, a ticket      GET  none has that external id
 *   GET   /api/v2/tickets/7                     a ticket that was changed a year ago
 *   PUT   the same                              200                GET …/audits  none
 *
 * Knows nothing, keeps nothing: any number is a conversation's. */
#ifndef TESTS_BENCH_UPSTREAM_ANSWER_H
#define TESTS_BENCH_UPSTREAM_ANSWER_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UPSTREAM_ANSWER_BYTES = 1024 };

struct upstream_request {
    struct slice method;
    struct slice path;
    struct slice body;
    uint64_t lane; /* number in the path; 0 = it has none */
    bool is_read;
};

/* The request at the beginning of `bytes`.
 *
 * ret_len  its bytes; 0 = not whole yet
 * False when it is none, or says that it is longer than `bytes_max`. */
bool upstream_request_parse(struct slice bytes, size_t bytes_max,
                            struct upstream_request *ret_request, size_t *ret_len);

/* number  what makes the ids in it its own
 * date    for the header, as HTTP has it
 * Returns its bytes. */
size_t upstream_answer(const struct upstream_request *request, uint64_t number, const char *date,
                       char text[UPSTREAM_ANSWER_BYTES]);

#endif
