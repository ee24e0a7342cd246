#include "sandbox/switching.h"

#include "sandbox/hooks.h"
#include "sandbox/workspace.h"

struct switchboard_integration *switching_responder(const struct store *store,
                                                    const struct integration *widget)
{
    if (!store->switchboard.exists || !store->switchboard.enabled) {
        return NULL;
    }
    if (widget != NULL && widget->default_responder != NULL &&
        !widget->default_responder->removed) {
        return widget->default_responder;
    }
    return store->switchboard.default_integration;
}

void switching_wake(struct call *c, struct conversation *conversation)
{
    if (conversation->active != NULL && !conversation->active->removed) {
        return;
    }
    struct switchboard_integration *line = switching_responder(c->store, conversation->widget);
    if (line != conversation->active) {
        store_set_active(conversation, line, c->now);
    }
}

struct switchboard_integration *switching_find(const struct store *store, struct slice name,
                                               bool *ret_ambiguous)
{
    struct switchboard_integration *by_type = NULL;
    *ret_ambiguous = false;
    struct switchboard_integration *by_id = store_line(store, name);
    if (by_id != NULL) {
        return by_id;
    }
    for (size_t i = 0; i < table_count(store->lines); i++) {
        struct switchboard_integration *line = table_at(store->lines, i, NULL);
        if (line->removed) {
            continue;
        }
        if (slice_equal(line->name, name)) {
            *ret_ambiguous = false;
            return line;
        }
        if (slice_equal(line->integration->type, name)) {
            *ret_ambiguous = by_type != NULL;
            by_type = line;
        }
    }
    return *ret_ambiguous ? NULL : by_type;
}

void switching_pass(struct call *c, struct conversation *conversation,
                    struct switchboard_integration *line, struct slice metadata_json)
{
    if (conversation->active != line) {
        store_set_active(conversation, line, c->now);
        hooks_raise(c, &(struct hook){.type = HOOK_PASS,
                                      .conversation = conversation,
                                      .metadata_json = metadata_json});
    }
    if (workspace_is(line)) {
        workspace_begin(c, conversation, metadata_json);
    }
}

void switching_release(struct call *c, struct conversation *conversation,
                       struct slice metadata_json, const char *reason)
{
    store_set_active(conversation, NULL, c->now);
    conversation->agent = NULL;
    hooks_raise(c, &(struct hook){.type = HOOK_RELEASE,
                                  .conversation = conversation,
                                  .metadata_json = metadata_json,
                                  .reason = reason});
}
