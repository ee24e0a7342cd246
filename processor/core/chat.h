/* chat — a conversation in the bot's own widget, which Zendesk hears of at its hand-over only.
 *
 *   platform ──message, answer, rating, action──▶ rules ──hold──▶ hand-over (bridge.h, or a ticket)
 *   platform ◀──agents' words, texts, status───── notices.h
 *
 * Before the hand-over nothing is sent to Zendesk. The platform shows what the bot says by itself;
 * with `chat.turns` the bot is asked for each message, else what is posted is a record on which the
 * rules run. The first event names the store, for good; only that store may speak of the chat.
 * Feature rows 5, 6, 88-92, 104-106. */
#ifndef PROCESSOR_CORE_CHAT_H
#define PROCESSOR_CORE_CHAT_H

#include "base/err.h"
#include "processor/core/context.h"

/* Decides an event of the platform, or of the conversation at Zendesk. */
MUST_USE err_t chat_event(struct context *ctx);
/* Keeps a customer's words for later, of a halted conversation. */
void chat_keep(struct context *ctx);
/* The end of a step: what waits goes to whom it is for. */
MUST_USE err_t chat_continue(struct context *ctx);

#endif
