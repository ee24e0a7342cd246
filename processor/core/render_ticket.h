/* render_ticket — the ticket of a hand-over as commands: made, given to the team, told again.
 *
 *     user (phone) ─▶ create ──422──▶ create, plain          conversations without a ticket
 *     unassign ──422──▶ unassign, plain ─▶ tags              tickets
 *
 * A ticket carries what fields.h collects, and the requester. Zendesk refuses the whole for one
 * field that it does not take: then it is asked once more with the needful only, as an effect of
 * its own, since a try with an Idempotency-Key must never change its bytes. Feature rows 6, 86,
 * 89-102.
 */
#ifndef PROCESSOR_CORE_RENDER_TICKET_H
#define PROCESSOR_CORE_RENDER_TICKET_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stdbool.h>

/* A ticket for a conversation that has none. One an episode.
 * plain  with the needful only: words, requester, brand, tags */
MUST_USE err_t render_ticket_create(struct context *ctx, bool plain);
/* The conversation's ticket, given to the team: unassigned, or the store's assignee, with the
 * summary (empty = none) as an internal note. */
MUST_USE err_t render_ticket_unassign(struct context *ctx, struct slice summary, bool plain);
/* A further hand-over, told to the ticket of an earlier one: open again, with a note. */
MUST_USE err_t render_ticket_again(struct context *ctx);

#endif
