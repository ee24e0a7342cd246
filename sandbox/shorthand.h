/* shorthand — buttons hidden in text: %[label](url), %[label](reply:X), %[label](postback:X).
 *
 * The API takes them out of every text that is posted and makes actions of them, whoever wrote
 * that text. Who quotes a customer without care sees it here. */
#ifndef SANDBOX_SHORTHAND_H
#define SANDBOX_SHORTHAND_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>

enum { SHORTHAND_ACTIONS_MAX = 10 };

struct shorthand_action {
    struct slice type; /* link, reply, postback */
    struct slice label, target;
};

struct shorthand {
    struct shorthand_action actions[SHORTHAND_ACTIONS_MAX];
    size_t count;
};

/* *ret_text: `text` without its buttons, trimmed when there were any (else `text` itself); they
 * are added to `found`, those beyond the limit stay in the text. ERR_ARENA_FULL. Pure. */
MUST_USE err_t shorthand_take(struct arena *arena, struct slice text, struct shorthand *found,
                              struct slice *ret_text);

#endif
