/* load — what the benchmarks of egress ask for: conversations by number, and requests that an
 * upstream can put in order. Shared by those who write commands and those who make the calls
 * themselves, so that both send the same bytes. */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

enum {
    LOAD_CALLS_MAX = 1000 * 1000,
    LOAD_LANES_MAX = 1000 * 1000 - 1,
    LOAD_BODY_BYTES = 640,
    LOAD_PATH_BYTES = 64,
    LOAD_TRACE_BYTES = 56,
};
#define LOAD_APP "bench"
/* About as long as a question of a customer, and as an answer of a bot. */
#define LOAD_WORDS_ASKED                                                                           \
    "Good day, I have ordered a pair of shoes two weeks ago and they are still on their way. Can " \
    "you tell me where they are, and whether I can still have them sent to my office?"
#define LOAD_WORDS                                                                                 \
    "Thank you for asking! Your order has left our warehouse this morning and should be with you " \
    "within two working days. You can follow it with the link in the mail that we have sent. Is "  \
    "there anything else that I can do for you?"

enum load_kind { LOAD_MESSAGE, LOAD_TICKET_CREATE, LOAD_TICKET_UPDATE };

int64_t load_now_ns(void); /* CLOCK_MONOTONIC */
/* Ends the program: a measurement that cannot be made is none. */
_Noreturn void load_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A number of the command line, from 0 to `most`; fails for anything else. */
uint64_t load_number(const char *text, uint64_t most);

/* Path below the API's base, for lane 1, 2, 3 …; returns its bytes. */
size_t load_path(enum load_kind kind, uint64_t lane, char text[LOAD_PATH_BYTES]);
/* A body of the size that a bot's answer has.
 *
 * lane        from 1
 * sequence    within its lane, from 0
 * effect      hex digits of the effect id
 * written_ns  CLOCK_MONOTONIC; 0 = not to be measured */
size_t load_body(enum load_kind kind, uint64_t lane, uint64_t sequence, const char *effect,
                 int64_t written_ns, char text[LOAD_BODY_BYTES]);

/* A W3C traceparent that tells when it was made; and that time, 0 when it is none of these. */
void load_trace(int64_t now_ns, char text[LOAD_TRACE_BYTES]);
int64_t load_trace_ns(struct slice trace);

#endif
