/* sent_files — what a customer sent outside of a ticket, kept until a ticket has it.
 *
 *     message ─▶ bot ─▶ keep ─▶ … a human is called ─┬─▶ ticket made ─▶ its files, in one note
 *                                                    └─▶ a chat's bridge ─▶ one message a file
 *
 * A conversation's human sees in Agent Workspace what was sent there; a ticket that is made instead
 * has words only, and of a chat Zendesk knows nothing at all. So addresses and names of the newest
 * files stand in the state; how many older ones there were is told with them. They are forgotten
 * when a ticket got them, or a human who had the conversation is done. Egress carries the bytes
 * (docs/decisions/0024). Rows 84, 88, 104. */
#ifndef PROCESSOR_CORE_SENT_FILES_H
#define PROCESSOR_CORE_SENT_FILES_H

#include "base/err.h"
#include "processor/core/context.h"

/* Files of one message of the customer. Those of a ticket are on it already, and are not kept. */
void sent_files_keep(struct conversation *state, const struct attachment *files, size_t count);
/* The conversation that the bridge leads to has all that is kept: asked, and noted. */
bool sent_files_are_there(const struct conversation *state);
void sent_files_there(struct conversation *state);
void sent_files_forget(struct conversation *state);
/* Those of a conversation that goes into this one, before its own. */
void sent_files_absorb(struct conversation *state, const struct conversation *other);

/* An internal note with the files on state->ticket_id, if there are any; then they are forgotten.
 * ARENA_FULL, TOO_LARGE, those of render_begin(). */
MUST_USE err_t sent_files_onto_ticket(struct context *ctx);
/* Those of a chat that are not there yet as messages of the customer into the bridge's
 * conversation. The same errors. */
MUST_USE err_t sent_files_into_bridge(struct context *ctx);

#endif
