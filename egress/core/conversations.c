#include "egress/core/conversations.h"

#include "egress/core/zendesk.h"

#include <stdbool.h>

static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && c != '_' && c != '-') {
            return false;
        }
    }
    return !slice_empty(text);
}

err_t conversations_url(struct arena *arena, const struct account *account, struct slice path,
                        struct slice *ret_url)
{
    if (slice_empty(account->app_id) ||
        (slice_empty(account->conversations_url) && slice_empty(account->subdomain))) {
        return ERR(MISSING);
    }
    struct slice base = account->conversations_url;
    if (slice_empty(base)) {
        if (!is_plain(account->subdomain)) {
            return ERR(SYNTAX);
        }
        TRY(arena_printf(arena, &base, "https://%.*s.zendesk.com/sc",
                         SLICE_ARG(account->subdomain)));
    }
    if (!is_plain(account->app_id) || slice_empty(path) || path.ptr[0] != '/') {
        return ERR(SYNTAX);
    }
    struct slice below = {0};
    const struct slice parts[] = {SLICE("/v2/apps/"), account->app_id, path};
    TRY(arena_join(arena, parts, 3, &below));
    return zendesk_url(arena, base, below, ret_url);
}

struct slice conversations_message_id(const struct json *root)
{
    const struct json *messages = json_member(root, SLICE("messages"));
    if (messages == NULL || messages->type != JSON_ARRAY) {
        return (struct slice){0};
    }
    return json_id(json_member(messages->first, SLICE("id")));
}

err_t conversations_active(const struct json *root, struct integration *ret_active)
{
    const struct json *conversation = json_member(root, SLICE("conversation"));
    if (conversation == NULL || conversation->type != JSON_OBJECT) {
        return ERR(MISSING);
    }
    const struct json *active = json_member(conversation, SLICE("activeSwitchboardIntegration"));
    *ret_active = (struct integration){0};
    if (active != NULL && active->type == JSON_OBJECT) {
        *ret_active = (struct integration){
            .present = true,
            .id = json_id(json_member(active, SLICE("id"))),
            .name = json_string(json_member(active, SLICE("name"))),
            .integration_id = json_id(json_member(active, SLICE("integrationId"))),
            .type = json_string(json_member(active, SLICE("integrationType"))),
        };
    }
    return err_ok();
}

struct slice conversations_made_id(enum effect_kind effect, const struct json *root)
{
    if (effect == EFFECT_MESSAGE) {
        return conversations_message_id(root);
    }
    bool is_user = effect == EFFECT_USER_CREATE;
    if (!is_user && effect != EFFECT_CONVERSATION_CREATE) {
        return (struct slice){0};
    }
    return json_id(json_find(root, is_user ? "user.id" : "conversation.id"));
}
