/* switching — who has control of a conversation, and how it changes hands. */
#ifndef SANDBOX_SWITCHING_H
#define SANDBOX_SWITCHING_H

#include "sandbox/call.h"

/* Who gets a conversation that nobody has: its widget's own responder, else the switchboard's
 * default; NULL = no switchboard, or it is off. */
struct switchboard_integration *switching_responder(const struct store *store,
                                                    const struct integration *widget);
/* What a message does to control: nobody active (or one that was deleted) = the responder is. */
void switching_wake(struct call *c, struct conversation *conversation);
/* By id, name or type, in this order; NULL = none, *ret_ambiguous when a type fits several. */
struct switchboard_integration *switching_find(const struct store *store, struct slice name,
                                               bool *ret_ambiguous);
/* Gives control and raises switchboard:passControl, unless `line` has it already. To the agents: a
 * session begins, with a ticket (sandbox/workspace.h). */
void switching_pass(struct call *c, struct conversation *conversation,
                    struct switchboard_integration *line, struct slice metadata_json);
/* Takes control from whoever has it and raises switchboard:releaseControl; reason may be NULL. */
void switching_release(struct call *c, struct conversation *conversation,
                       struct slice metadata_json, const char *reason);

#endif
