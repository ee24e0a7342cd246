/* render — effects as commands, with the exact bytes of their requests; each is rendered once.
 *
 * Every request that makes something in Zendesk carries the effect id in its metadata
 * ("tieline.effect"), so that "did it happen?" can be asked. Members stand in a fixed order: the
 * same decision gives the same bytes. Sources: Zendesk Conversations API v2, messages; feature
 * rows 4, 65-68. */
#ifndef PROCESSOR_CORE_RENDER_H
#define PROCESSOR_CORE_RENDER_H

#include "base/err.h"
#include "processor/core/context.h"

MUST_USE err_t render_fence(struct context *ctx);
/* index  tells several fetches of one event apart */
MUST_USE err_t render_fetch_active(struct context *ctx, uint32_t index);
/* Reads the newest messages of the conversation. */
MUST_USE err_t render_fetch_messages(struct context *ctx);
/* Something told to the customer, whoever owns, in the customer's language where the store has it
 * (texts.h); an empty text tells nothing. The surface decides how. CHECK: a store.
 * own  the store's text without a language */
MUST_USE err_t render_notice(struct context *ctx, enum slot slot, struct slice own);
/* That a human's session is over. Told unless a human has the conversation again by then. */
MUST_USE err_t render_session_ended(struct context *ctx);
/* One of the bot's last messages before a hand-over: told, under the new epoch; parts as below. */
MUST_USE err_t render_last_word(struct context *ctx, struct slice markdown, uint32_t first_index,
                                uint32_t *ret_parts);
/* A message that stays in the conversation and is not shown to the customer. */
MUST_USE err_t render_silent(struct context *ctx, enum slot slot, struct slice text);
/* The same, shown: for a conversation that its customer does not see. */
MUST_USE err_t render_aloud(struct context *ctx, enum slot slot, struct slice text);
/* Control of the conversation to a switchboard integration, by id or name, so that asking twice
 * does no harm. Carries the tag by which the ticket that Zendesk makes is known as ours. */
MUST_USE err_t render_pass(struct context *ctx, enum slot slot, struct slice target);
/* Why a human was called, the bot's summary if it gave one, and the newest words. */
MUST_USE err_t render_summary(struct context *ctx, struct slice *ret_summary);
/* The text of a rule that calls nobody, once an episode, in the customer's language where the store
 * has it.
 * own  the rule's text without a language */
MUST_USE err_t render_told(struct context *ctx, enum reason reason, struct slice own);
/* The welcome, in the name of the store. */
MUST_USE err_t render_welcome(struct context *ctx, struct slice markdown);
/* One turn over the first state->turn.covers pending messages; sets the turn's id. */
MUST_USE err_t render_turn(struct context *ctx);
/* One message of the bot's answer, in as many parts as Zendesk's limit needs.
 * first_index  of its parts within the turn; *ret_parts how many there were */
MUST_USE err_t render_word(struct context *ctx, struct slice markdown, uint32_t first_index,
                           uint32_t *ret_parts);

#endif
