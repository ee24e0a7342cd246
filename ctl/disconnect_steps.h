/* disconnect_steps — takes out of Zendesk what `tieline connect` made, in the reverse order, and
 * nothing else.
 *
 *   of a store     its triggers, its webhook, its widget's responder if that is ours
 *   of the account once no store is left: the default responder is given away, then our line of the
 *                  switchboard and our integration go
 *
 * Ours is what has our name (or is published as ours) and leads to an ingest of ours, or leads to
 * this very one. The
 * switchboard, Agent Workspace on it and the bot's user were there before, or are used by others.
 */
#ifndef CTL_DISCONNECT_STEPS_H
#define CTL_DISCONNECT_STEPS_H

#include "ctl/steps.h"
#include "event/config.h"

struct disconnect {
    const char *name; /* of this Tieline, as Zendesk shows it */
    const struct account *account;
    const char *public_url;      /* "" = unknown */
    const struct store **stores; /* that go */
    size_t store_count;
    bool shared;           /* no store stays */
    const char *responder; /* name of the line that is the default then; NULL = Agent Workspace */
};

/* As zendesk_open(). */
MUST_USE err_t disconnect_tickets(struct steps *s, const struct disconnect *d);
MUST_USE err_t disconnect_messaging(struct steps *s, const struct disconnect *d);

#endif
