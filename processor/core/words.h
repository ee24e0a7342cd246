/* words — what a message of a messaging conversation says, whichever way it came: in a webhook, or
 * fetched after a gap. */
#ifndef PROCESSOR_CORE_WORDS_H
#define PROCESSOR_CORE_WORDS_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stdbool.h>

/* Takes what the event says of the conversation and its customer; newest wins. */
void words_take_facts(struct context *ctx);
/* Only what a customer wrote is acted on: not echoes, agents, other bots or system messages. */
bool words_are_customers(const struct event *event);
/* What a person sees of a message: its words, else what the pressed button says, else of
 * which type it is and how the file is called, "[image] box.png". Empty: there is nothing in it.
 * ARENA_FULL, NO_MEMORY. */
MUST_USE err_t words_text(struct arena *arena, const struct conversations_event *body,
                          struct slice *ret_text);
/* Words of an agent or another bot: not our own echo, not a system message. */
bool words_are_others(const struct event *event);
/* Remembers such words. */
MUST_USE err_t words_take_others(struct context *ctx);
/* Remembers a customer's, of which nothing follows. */
MUST_USE err_t words_take_history(struct context *ctx);

#endif
