/* hooks — webhooks of the Conversations API: which event goes to whom, and what it says.
 *
 * A webhook gets an event when it has the trigger and the switchboard lets it: an integration that
 * is linked to an enabled switchboard hears of a conversation while it is active or pending there,
 * and on standby only when it asked for that; one that is not linked hears everything. */
#ifndef SANDBOX_HOOKS_H
#define SANDBOX_HOOKS_H

#include "base/slice.h"
#include "sandbox/call.h"
#include "sandbox/model.h"

#include <stdbool.h>

enum hook_type {
    HOOK_CONVERSATION_CREATE,
    HOOK_CONVERSATION_JOIN,
    HOOK_CONVERSATION_LEAVE,
    HOOK_CONVERSATION_MESSAGE,
    HOOK_CONVERSATION_READ,
    HOOK_CONVERSATION_TYPING,
    HOOK_CONVERSATION_REMOVE,
    HOOK_PASS,
    HOOK_PASS_FAILURE,
    HOOK_OFFER,
    HOOK_OFFER_FAILURE,
    HOOK_ACCEPT,
    HOOK_ACCEPT_FAILURE,
    HOOK_RELEASE,
    HOOK_USER_UPDATE,
    HOOK_USER_REMOVE,
    HOOK_USER_MERGE,
};

struct hook {
    enum hook_type type;
    const struct conversation *conversation; /* NULL for events of a user */
    const struct message *message;
    const struct user *user;
    const char *creation_reason;
    struct slice source_type, source_integration_id;
    struct slice metadata_json;
    const char *reason;
    const char *error_code, *error_message;
    struct slice activity_type;
    /* A merge: `user` stays, and `conversation` is NULL, since it is no event of one */
    const struct user *discarded_user;
    const struct conversation *surviving, *discarded; /* NULL = none became one */
};

/* Queues the event for every webhook that gets it. Trouble goes to call_ok(). */
void hooks_raise(struct call *c, const struct hook *hook);
/* True for a trigger that the API knows. */
bool hooks_knows_trigger(struct slice name);
/* The switchboard's line of an integration; NULL = not linked. */
struct switchboard_integration *hooks_line_of(const struct store *store,
                                              const struct integration *integration);

#endif
