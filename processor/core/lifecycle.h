/* lifecycle — who owns a conversation, from Zendesk's own evidence and by Zendesk's clock.
 *
 *     [new] ─────────▶ [bot] ─────────▶ [handing off] ◀────▶ [human]
 *       │                ▲  ▲                 │ failed          │ released
 *       │ human seen     │  └─────────────────┘                 ▼
 *       └───▶ [human]    └──────────────────────────────── [released] ──▶ [ended]
 *
 * Back from human to handing off where nobody came and the team gets a ticket: no change of owner.
 *
 * Owner: bot in new and bot, human in handing off and human, nobody in released and ended. Only a
 * change of owner raises the epoch, and each one emits a fence, behind which no bot word of an
 * older epoch is sent. The active integration in any event is evidence; where it contradicts the
 * state or is absent, the processor asks (fetch) and the bot is silent until the outcome. Feature
 * rows 8, 11, 58-61. */
#ifndef PROCESSOR_CORE_LIFECYCLE_H
#define PROCESSOR_CORE_LIFECYCLE_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stdbool.h>

/* Weighs the active integration that a Conversations event names.
 * may_lead_to_words  the event is one that the bot would answer: then absence is asked about too */
MUST_USE err_t lifecycle_weigh(struct context *ctx, bool may_lead_to_words);
/* True for a customer's words that were said to somebody else, however late they arrive: another
 * was active as they were written, and has the conversation still, or had it until a change of
 * which we know by Zendesk's clock. */
bool lifecycle_said_to_other(const struct context *ctx);
/* Applies a switchboard event. */
MUST_USE err_t lifecycle_switchboard(struct context *ctx);
/* Asks Zendesk who is active, unless that is asked already; the bot is silent until the outcome. */
MUST_USE err_t lifecycle_ask(struct context *ctx);
/* Applies the outcome of a fetch(active). */
MUST_USE err_t lifecycle_fetched(struct context *ctx, const struct outcome *outcome);
/* Opens an episode when a customer writes in [new] or [released]. */
MUST_USE err_t lifecycle_open_episode(struct context *ctx);
/* Moves to another phase; a change of owner raises the epoch and emits a fence. CHECK: allowed. */
MUST_USE err_t lifecycle_move(struct context *ctx, enum phase to);
/* The human's session is over: told if the store says so, then released or ended. */
MUST_USE err_t lifecycle_released(struct context *ctx);
/* The platform ends the conversation: a human who has it is told, and so is the customer. */
MUST_USE err_t lifecycle_end(struct context *ctx, struct slice reason);
/* True when the bot may speak now: it owns, or nobody does and it is the default responder. */
bool lifecycle_bot_may_speak(const struct context *ctx);

#endif
