/* demo_chat — the demo bot as a model behind an OpenAI-compatible chat endpoint.
 *
 * Knows what demo_turn.h knows: the words after the last answer are the turn. `human` calls the
 * first tool that the request offers, `unsure` has no meaning here, `later` is `slow`. Strict as
 * such servers are: a request without a model, without messages or with a role that there is none
 * of is answered 400. */
#ifndef SANDBOX_DEMO_CHAT_H
#define SANDBOX_DEMO_CHAT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sandbox/demo_turn.h"

/* request  the body, any JSON
 * store    says who answers: the name in the address, or the model's
 * out      the response's JSON is appended
 * *ret_is_right  false: it is to be answered 400, and `out` says why
 * Errors as demo_turn(), and ARENA_FULL. Pure. */
MUST_USE err_t demo_chat(struct arena *arena, const struct json *request, struct slice store,
                         struct buf *out, bool *ret_is_right, struct demo_answer *ret_answer);

#endif
