/* owner — may these words still be spoken? What egress itself has just read decides.
 *
 * The processor's order is right when it is given; words that waited may be wrong when they are
 * sent. So what speaks as the bot is checked when it is late, the first after a release, or met
 * another writer (409). Pure. */
#ifndef EGRESS_CORE_OWNER_H
#define EGRESS_CORE_OWNER_H

#include "base/arena.h"
#include "base/instant.h"
#include "base/slice.h"
#include "event/command.h"
#include "event/config.h"
#include "event/event.h"

#include <stdbool.h>

enum { OWNER_LATE_MS = 5000 };

/* True when `command` may only be sent after a check that is younger than OWNER_LATE_MS.
 *
 * met_another  a try of it was answered 409 */
bool owner_check_wanted(const struct command *command, bool met_another, wall_ms_t now);
/* The conversation of a message or a call for control, below the API's base URL; a part of
 * command.path. Empty when the path is of something else. */
struct slice owner_conversation_path(const struct command *command);

/* True when it is we who are active, by whatever name; account may be NULL, and knows nobody. */
bool owner_is_ours(const struct account *account, const struct integration *active);
/* True when it is the humans' side. */
bool owner_is_human(const struct account *account, const struct integration *active);

/* True when the one who is active lets `voice` speak: for the bot, we are it or nobody is; for a
 * notice, it is no human. */
bool owner_conversation_lets(const struct account *account, const struct integration *active,
                             enum voice voice);
/* The same for a ticket and the bot's words. `strictly`: it must be the bot's; otherwise it must
 * only not be another's. */
bool owner_ticket_lets(const struct account *account, struct slice assignee_id, bool strictly);
/* True when the update of a ticket takes it away from whoever has it: it may only be taken from the
 * bot. `arena`: for what is read of the body. */
bool owner_unassigns(struct arena *arena, const struct command *command);

#endif
