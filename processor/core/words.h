/* words — what a message of a messaging conversation says, whichever way it came: in a webhook, or
 * fetched after a gap. */
#ifndef PROCESSOR_CORE_WORDS_H
#define PROCESSOR_CORE_WORDS_H

#include "processor/core/context.h"

#include <stdbool.h>

/* Takes what the event says of the conversation and its customer; newest wins. */
void words_take_facts(struct context *ctx);
/* Only what a customer wrote is acted on: not echoes, agents, other bots or system messages. */
bool words_are_customers(const struct event *event);
/* Words of an agent or another bot: not our own echo, not a system message. */
bool words_are_others(const struct event *event);
/* Remembers such words. */
void words_take_others(struct context *ctx);

#endif
