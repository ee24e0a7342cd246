/* transcript_ticket — the ticket that Agent Workspace makes of a pass, for the transcript.
 *
 *     pass: tag tielinekey_HEX_MAC ─▶ Zendesk's ticket ─trigger─▶ fetched under its own key
 *                                                                      │ a ticket event of
 *     notes on that ticket ◀─ the conversation, if it owes ◀───────────┘ the conversation's key
 *
 * Only a store that wants transcripts has the tag, and only a ticket with it tells anybody. HEX is
 * the key behind its account ("messaging/…"); the MAC keeps a tag that somebody else wrote from
 * bringing a transcript to another ticket. Feature row 85. */
#ifndef PROCESSOR_CORE_TRANSCRIPT_TICKET_H
#define PROCESSOR_CORE_TRANSCRIPT_TICKET_H

#include "base/err.h"
#include "json/json_read.h"
#include "processor/core/context.h"

/* The tag; empty where the store wants no transcript, or the key is too long for one. In the
 * arena. ARENA_FULL. */
MUST_USE err_t transcript_ticket_tag(struct context *ctx, struct slice *ret_tag);
/* The tag of a conversation, whatever its store wants; empty where the key is too long. */
MUST_USE err_t transcript_ticket_tag_of(struct arena *arena, const struct account *account,
                                        struct slice key, struct slice *ret_tag);
/* The key that a tag names; empty when it is none of ours. In the arena. ARENA_FULL. */
MUST_USE err_t transcript_ticket_key(struct arena *arena, const struct account *account,
                                     struct slice tag, struct slice *ret_key);
/* A ticket that is no conversation of its own was fetched: tells the one that it belongs to.
 * ticket  may be NULL. ARENA_FULL. */
MUST_USE err_t transcript_ticket_seen(struct context *ctx, const struct json *ticket);
/* The conversation hears of it (an event of type TICKET). */
MUST_USE err_t transcript_ticket_event(struct context *ctx);

#endif
