/* attempts — what the processor writes beside the committed offset of an `events` partition:
 * whether its last owner ended well, and how often the event there has been tried.
 *
 *     v=1;by=9f3c06a1d2e4b578;end=open;tries=1;sum=5f3a90c1
 *
 *     by     drawn by each program at its start: one that only starts over knows its own mark
 *     end    open while somebody owns the partition; clean once the owner left it in peace
 *     tries  how often an owner that did not end well had the event at this offset in hand
 *     sum    of all before ";sum=", eight lower-case hex digits
 *
 *   open ──event in hand──▶ tries + 1, committed ──▶ decided alone ──▶ next offset, tries 0
 *                              │ third time
 *                              └──▶ `dead`, its conversation waits for an operator
 *
 * Kafka keeps metadata as text. One form only is accepted. */
#ifndef PROCESSOR_ATTEMPTS_H
#define PROCESSOR_ATTEMPTS_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ATTEMPTS_TEXT_BYTES = 96,
    /* Events that are decided one by one after an unclean end. A batch may have been longer: then
     * what lies behind them costs one more crash. */
    ATTEMPTS_CAREFUL_EVENTS = 200,
};

struct attempts {
    uint64_t owner;
    bool is_open;
    uint32_t tries;
};

void attempts_format(const struct attempts *a, char text[ATTEMPTS_TEXT_BYTES]);
/* SYNTAX: another version or form, or the sum does not fit. */
MUST_USE err_t attempts_parse(struct slice text, struct attempts *ret_attempts);

#endif
