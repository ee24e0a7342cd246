#include "egress/core/verify_made.h"

#include "base/limits.h"
#include "egress/core/conversations.h"
#include "egress/core/zendesk.h"

bool verify_made_is(enum effect_kind effect)
{
    return effect == EFFECT_USER_CREATE || effect == EFFECT_CONVERSATION_CREATE;
}

bool verify_made_is_absent(enum effect_kind effect, uint32_t status)
{
    return effect == EFFECT_USER_CREATE && status == 404;
}

/* What of the body says whose it is. */
static err_t named(const struct verify_ask *ask, const char *member, struct slice *ret_name)
{
    const struct json *body = NULL;
    TRY(json_parse(ask->arena, ask->command->body, NULL, NULL, &body));
    struct slice name = {0};
    if (ask->command->effect == EFFECT_USER_CREATE) {
        name = json_string(json_member(body, slice_of(member)));
    } else {
        const struct json *list = json_member(body, SLICE("participants"));
        bool is_list = list != NULL && list->type == JSON_ARRAY;
        name = json_id(is_list ? json_member(list->first, slice_of(member)) : NULL);
    }
    if (slice_empty(name)) {
        return ERR(MISSING);
    }
    return zendesk_encode(ask->arena, name, ret_name);
}

err_t verify_made_path(const struct verify_ask *ask, struct slice *ret_path)
{
    struct slice name = {0};
    if (ask->command->effect == EFFECT_USER_CREATE) {
        TRY(named(ask, "externalId", &name));
        return arena_printf(ask->arena, ret_path, "/users/%.*s", SLICE_ARG(name));
    }
    TRY(named(ask, "userId", &name));
    struct slice path = {0};
    TRY(arena_printf(ask->arena, &path, "/conversations?filter%%5BuserId%%5D=%.*s",
                     SLICE_ARG(name)));
    if (slice_empty(ask->cursor)) {
        *ret_path = path;
        return err_ok();
    }
    struct slice after = {0};
    TRY(zendesk_encode(ask->arena, ask->cursor, &after));
    return arena_printf(ask->arena, ret_path, "%.*s&page%%5Bafter%%5D=%.*s", SLICE_ARG(path),
                        SLICE_ARG(after));
}

static err_t user_read(const struct json *root, struct verify_found *found)
{
    struct slice id = conversations_made_id(EFFECT_USER_CREATE, root);
    if (!slice_empty(id)) {
        found->result = VERIFY_PRESENT;
        found->remote_id = id;
    }
    return err_ok();
}

static err_t page_read(const struct verify_ask *ask, const struct json *root,
                       struct verify_found *found)
{
    const struct json *list = json_member(root, SLICE("conversations"));
    if (list == NULL || list->type != JSON_ARRAY) {
        return err_ok();
    }
    const struct json *last = NULL;
    JSON_EACH(conversation, list)
    {
        if (verify_names(json_member(conversation, SLICE("metadata")), ask->command)) {
            found->result = VERIFY_PRESENT;
            found->remote_id = json_id(json_member(conversation, SLICE("id")));
            return err_ok();
        }
        last = conversation;
    }
    bool has_more = json_bool(json_find(root, "meta.hasMore"), false) ||
                    !slice_empty(json_string(json_find(root, "links.next")));
    if (!has_more || last == NULL) {
        found->result = VERIFY_ABSENT;
        return err_ok();
    }
    struct slice after = json_id(json_find(root, "meta.afterCursor"));
    if (slice_empty(after)) {
        after = json_id(json_member(last, SLICE("id"))); /* the marks are ids */
    }
    if (slice_empty(after) || after.len > LIMIT_ID_BYTES_MAX || slice_equal(after, ask->cursor)) {
        return err_ok(); /* leads nowhere */
    }
    found->result = VERIFY_MORE;
    return arena_copy(ask->arena, after, &found->cursor);
}

err_t verify_made_read(const struct verify_ask *ask, const struct json *root,
                       struct verify_found *found)
{
    return ask->command->effect == EFFECT_USER_CREATE ? user_read(root, found)
                                                      : page_read(ask, root, found);
}
