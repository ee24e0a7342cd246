/* openai — what a model behind an OpenAI-compatible chat endpoint answered, as a bot's answer.
 *
 *     choices[0].message.content                     ─▶ one message
 *     choices[0].message.refusal                     ─▶ one message, where there is no content
 *     …tool_calls[] escalate_to_human(reason, …)     ─▶ handoff
 *     …tool_calls[] of any other name                ─▶ actions
 *
 * Read as forgivingly as the many servers of this API need it: what is missing or null is not
 * there. An answer with neither words nor a call is none. Pure. */
#ifndef EGRESS_CORE_OPENAI_H
#define EGRESS_CORE_OPENAI_H

#include "base/arena.h"
#include "base/err.h"
#include "event/bot_answer.h"
#include "json/json_read.h"

/* root  the response; text is borrowed from it, the rest is in the arena
 * MISSING: no choice, or nothing in it. TOO_LARGE: more words than a message of a bot may have.
 * ARENA_FULL, NO_MEMORY. */
MUST_USE err_t openai_read(struct arena *arena, const struct json *root,
                           struct bot_answer *ret_answer);

#endif
