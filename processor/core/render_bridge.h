/* render_bridge — the calls by which a chat of the bot's own site comes into Conversations.
 *
 *   user          the platform's id of the customer is its external id, so it is made once whoever
 *                 makes it; a customer without one gets the conversation's key
 *   conversation  carries our key and its MAC in `metadata`, by which ingest knows its events
 *   forward       the customer's words, as that user's: text in parts, each file by itself
 *
 * A chat has one user and one conversation, whatever number of hand-overs: their effect ids hang on
 * the chat alone, and whoever makes them again looks first. A chat that was evicted and comes back
 * is a new one. Feature rows 88-92, 104. */
#ifndef PROCESSOR_CORE_RENDER_BRIDGE_H
#define PROCESSOR_CORE_RENDER_BRIDGE_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stddef.h>

MUST_USE err_t render_user(struct context *ctx);
/* state->customer.user_id is known. */
MUST_USE err_t render_conversation(struct context *ctx);
/* How many commands render_forward() will make of it. */
size_t render_forward_count(const struct pending_message *message);
/* state->customer.user_id and remote_id are known. */
MUST_USE err_t render_forward(struct context *ctx, const struct pending_message *message);
/* One file of the customer's, likewise. */
MUST_USE err_t render_forward_file(struct context *ctx, const struct effect_cause *cause,
                                   const struct attachment *file);

#endif
