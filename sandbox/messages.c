#include "sandbox/messages.h"

#include "sandbox/hooks.h"
#include "sandbox/switching.h"
#include "sandbox/workspace.h"

bool messages_name_of(struct call *c, const struct user *user, struct slice *ret_name)
{
    const char *gap = slice_empty(user->given_name) || slice_empty(user->surname) ? "" : " ";
    return call_ok(c, arena_printf(&c->store->arena, ret_name, "%.*s%s%.*s",
                                   SLICE_ARG(user->given_name), gap, SLICE_ARG(user->surname)));
}

const struct message *messages_add(struct call *c, struct conversation *conversation,
                                   const struct message_draft *draft)
{
    struct message *message = NULL;
    size_t limit = c->store->limits.messages_per_conversation;
    bool from_user = draft->author == AUTHOR_USER;
    if (conversation->message_live >= limit) {
        call_refuse(c, 423, "locked", "Message limit of %zu per conversation reached.", limit);
        return NULL;
    }
    if (!call_ok(c, store_add_message(c->store, conversation, c->now, &message))) {
        return NULL;
    }
    message->author = draft->author;
    message->user = draft->user;
    message->display_name = draft->display_name;
    message->avatar_url = draft->avatar_url;
    message->subtype = draft->subtype;
    message->content_json = draft->content_json;
    message->text = draft->text;
    message->source_type = draft->source_type;
    message->source_integration_id = draft->source_integration_id;
    message->metadata_json = draft->metadata_json;
    message->activity_type = draft->activity_type;
    message->silent = draft->silent;
    if (from_user && slice_empty(message->display_name) &&
        !messages_name_of(c, draft->user, &message->display_name)) {
        return NULL;
    }
    c->note.conversation = conversation->id;
    call_touched(c, "message", message->id);
    if (from_user && c->store->limits.active_on_return) {
        switching_wake(c, conversation);
    }
    hooks_raise(c, &(struct hook){.type = HOOK_CONVERSATION_MESSAGE,
                                  .conversation = conversation,
                                  .message = message});
    if (from_user) {
        switching_wake(c, conversation);
        workspace_message(c, conversation);
    }
    return c->error.code == ERR_OK ? message : NULL;
}
