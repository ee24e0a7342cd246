/* messages — how a message comes into a conversation, whoever wrote it. */
#ifndef SANDBOX_MESSAGES_H
#define SANDBOX_MESSAGES_H

#include "sandbox/call.h"

/* A checked message; texts live in the store (or are static). */
struct message_draft {
    enum author author;
    struct user *user; /* AUTHOR_USER */
    struct slice display_name, avatar_url, subtype;
    struct slice content_json, text;
    struct slice source_type, source_integration_id;
    struct slice metadata_json, activity_type;
    bool silent;
};

/* Adds it, notes it for the ledger and raises conversation:message. A user's message gives control
 * to the responder when nobody has it. NULL = refused (423 at the limit) or trouble of our own. */
const struct message *messages_add(struct call *c, struct conversation *conversation,
                                   const struct message_draft *draft);
/* A customer's name as the widget shows it; in the store. */
bool messages_name_of(struct call *c, const struct user *user, struct slice *ret_name);

#endif
