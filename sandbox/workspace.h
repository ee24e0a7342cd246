/* workspace — what Agent Workspace does by itself with a messaging conversation.
 *
 *     control passed to zd-agentWorkspace ─▶ a ticket of the session (once), unassigned, with what
 *                                            was said as its comment, and triggers run on it
 *     its ticket is closed                ─▶ "ticket:closed" in the conversation, control released
 *     the agent ends the session          ─▶ control released; the ticket stays as it is
 *     the customer writes to the agents   ─▶ a ticket that waited or was solved is open again */
#ifndef SANDBOX_WORKSPACE_H
#define SANDBOX_WORKSPACE_H

#include "sandbox/call.h"

#include <stdbool.h>

/* True for the line of the agents. */
bool workspace_is(const struct switchboard_integration *line);
/* Control has come to the agents; metadata_json is that of the call that gave it. */
void workspace_begin(struct call *c, struct conversation *conversation, struct slice metadata_json);
/* A customer's message came while the agents have control. */
void workspace_message(struct call *c, struct conversation *conversation);
/* A ticket was closed; nothing happens when no session hangs on it. */
void workspace_closed(struct call *c, struct ticket *ticket);
/* The session is over; reason may be NULL. Raises switchboard:releaseControl. */
void workspace_end(struct call *c, struct conversation *conversation, const char *reason);

#endif
