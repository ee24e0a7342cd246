/* demo_turn — what the demo bot says: a turn in, an answer out, and nothing else.
 *
 *     echo X        "{store}: X"
 *     slow N X      the same, after N seconds
 *     later N X     202 at once, and the same by a post N seconds later
 *     unsure X      the same, with confidence 0.2
 *     show URL X    the same, with the picture at URL
 *     fail          500
 *     human         asks for a handoff
 *     anything else a friendly answer about the shop
 *
 * Each message of the turn is answered. Same turn, same answer. */
#ifndef SANDBOX_DEMO_TURN_H
#define SANDBOX_DEMO_TURN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "json/json_read.h"

#include <stdbool.h>
#include <stdint.h>

enum { DEMO_ANSWER_BYTES_MAX = 512 * 1024, DEMO_WAIT_MS_MAX = 10 * 60 * 1000 };

struct demo_answer {
    bool fails;       /* 500 */
    int64_t slow_ms;  /* wait so long before the answer */
    bool is_later;    /* 202 now, the answer by a post */
    int64_t later_ms; /* when */
};

/* turn        the body of a turn, any JSON
 * store       its name, from the path
 * as_reply    adds type, turn and conversation: the form of a later post
 * out         the answer's JSON is appended
 * ERR_BUF_FULL, ERR_NO_MEMORY. Pure. */
MUST_USE err_t demo_turn(const struct json *turn, struct slice store, bool as_reply,
                         struct buf *out, struct demo_answer *ret_answer);

#endif
