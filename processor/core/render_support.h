/* render_support — effects on Zendesk tickets as commands, with the exact bytes of their requests.
 *
 * One PUT carries a comment and whatever else changes, since each update counts against the
 * ticket's limit. Metadata of the update ("tieline.effect") lands in the audit, where it can be
 * found again. Sources: Zendesk Support API v2, tickets; feature rows 2, 6, 84, 86. */
#ifndef PROCESSOR_CORE_RENDER_SUPPORT_H
#define PROCESSOR_CORE_RENDER_SUPPORT_H

#include "base/err.h"
#include "processor/core/context.h"

/* Reads the ticket with its newest comments. */
MUST_USE err_t render_fetch_ticket(struct context *ctx);
/* One page of the tickets that were updated since state->search.from, oldest update first. */
MUST_USE err_t render_search(struct context *ctx);
/* The bot's answer as one public comment, its Markdown as HTML; cut at the limit of a comment. Its
 * files are carried with it, or named in it. */
MUST_USE err_t render_ticket_word(struct context *ctx, struct slice markdown,
                                  const struct bot_answer *answer);
/* The same for its last words before a hand-over, which are told. */
MUST_USE err_t render_ticket_last_word(struct context *ctx, const struct effect_cause *cause,
                                       struct slice markdown);
/* A text of the store's, as a public comment. */
MUST_USE err_t render_ticket_notice(struct context *ctx, const struct effect_cause *cause,
                                    struct slice markdown);
/* An internal note; `solves`: and the ticket is solved. */
MUST_USE err_t render_ticket_note(struct context *ctx, enum slot slot, struct slice text,
                                  bool solves);
/* An internal note on any ticket. text  at most RENDER_COMMENT_BYTES_MAX, made safe before */
MUST_USE err_t render_ticket_told(struct context *ctx, const struct effect_cause *cause,
                                  struct slice ticket_id, struct slice text);
/* What the customer wrote since the ticket was asked for (`pending`), as an internal note of the
 * ticket that was made. */
MUST_USE err_t render_ticket_more(struct context *ctx);
/* Not the bot's any more, and nothing else: a ticket that is no conversation of its own. */
MUST_USE err_t render_ticket_free(struct context *ctx);
MUST_USE err_t render_ticket_assign(struct context *ctx, struct slice user_id);

/* The body of an update that is begun: an internal note, safe already, with the files of the
 * command. fallback  the same where they cannot be had. For render*.c and sent_files.c. */
MUST_USE err_t render_ticket_note_body(struct context *ctx, struct command *command,
                                       struct slice text, struct slice fallback);
/* Begins a call about one ticket: an update, unless `effect` says otherwise. For render*.c. */
MUST_USE err_t render_ticket_begin(struct context *ctx, const struct effect_cause *cause,
                                   enum effect_kind effect, struct slice ticket_id,
                                   struct command **ret_command);

#endif
