/* agents — whether anybody is there to take a conversation, asked before a live hand-over.
 *
 *   a human is called, live ─▶ fetch agents ──some online──▶ notice ─▶ summary ─▶ pass control
 *                                  │         └─none online──▶ told ─▶ ticket, or the bot goes on
 *                                  └─no answer────────────────▶ as if somebody were there
 *
 * Only where the store asks for it (`handoff.agents`), and not for whom a person calls by hand.
 * The processor cannot know who is online: the answer is an outcome in the log, so that a replay
 * has the same. What the customer writes meanwhile stays pending. Situation-dependent hand-over;
 * docs/TIME.md. Source: Zendesk's Agent Availability API. */
#ifndef PROCESSOR_CORE_AGENTS_H
#define PROCESSOR_CORE_AGENTS_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stdbool.h>

/* Whether it is to be asked for the hand-over whose way and reasons stand in the state.
 * CHECK: a store. */
bool agents_wanted(const struct context *ctx);
/* Asks; the hand-over waits for the outcome. */
MUST_USE err_t agents_ask(struct context *ctx);
/* The outcome of that. One without a number that can be read counts as somebody online: a human
 * must be reachable. Nothing follows when the hand-over is over, or somebody has taken it. */
MUST_USE err_t agents_told(struct context *ctx, const struct outcome *outcome);

#endif
