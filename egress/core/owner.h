/* owner — may these words still be spoken? What egress itself has just read decides.
 *
 * The processor's order is right when it is given; words that waited may be wrong when they are
 * sent. So what speaks as the bot is checked when it is late, the first after a release, or met
 * another writer (409). Pure. */
#ifndef EGRESS_CORE_OWNER_H
#define EGRESS_CORE_OWNER_H

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
/* The conversation of a message, below the API's base URL; a part of command.path. Empty when the
 * path is none of a message. */
struct slice owner_conversation_path(const struct command *command);

/* True when the one who is active lets `voice` speak: for the bot, we are it or nobody is; for a
 * notice, it is no human. */
bool owner_conversation_lets(const struct account *account, const struct integration *active,
                             enum voice voice);
/* The same for a ticket and the bot's words. `strictly`: it must be the bot's; otherwise it must
 * only not be another's. */
bool owner_ticket_lets(const struct account *account, struct slice assignee_id, bool strictly);

#endif
