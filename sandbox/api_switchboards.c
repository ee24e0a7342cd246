/* The app and its switchboard: there is one, or none. */
#include "sandbox/render.h"
#include "sandbox/router.h"

static void answer_switchboard(struct call *c, unsigned status)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "switchboard");
    render_switchboard(&c->out, &c->store->switchboard);
    json_end(&c->out);
}

static void create_switchboard(struct call *c)
{
    struct switchboard *switchboard = &c->store->switchboard;
    if (switchboard->exists) {
        call_refuse(c, 400, "bad_request", "App already has a switchboard");
        return;
    }
    *switchboard = (struct switchboard){0};
    if (!call_ok(c, ids_next(&c->store->ids, &c->store->arena, &switchboard->id))) {
        return;
    }
    switchboard->exists = true;
    call_touched(c, "switchboard", switchboard->id);
    answer_switchboard(c, 201);
}

static void list_switchboards(struct call *c)
{
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "switchboards");
    json_array(&c->out);
    if (c->store->switchboard.exists) {
        render_switchboard(&c->out, &c->store->switchboard);
    }
    json_end(&c->out);
    json_end(&c->out);
}

static bool need_switchboard(struct call *c)
{
    if (!c->store->switchboard.exists || !slice_equal(c->store->switchboard.id, c->params[1])) {
        call_refuse(c, 404, "switchboard_not_found", "Switchboard not found");
        return false;
    }
    return true;
}

static void update_switchboard(struct call *c)
{
    if (!need_switchboard(c) || !need_body(c)) {
        return;
    }
    struct switchboard draft = c->store->switchboard;
    const struct json *id = json_find(c->body, "defaultSwitchboardIntegrationId");
    if (!check_bool(c, c->body, "enabled", &draft.enabled)) {
        return;
    }
    if (id != NULL) {
        draft.default_integration = store_line(c->store, json_string(id));
        if (draft.default_integration == NULL) {
            call_refuse(c, 404, "switchboard_integration_not_found",
                        "SwitchboardIntegration not found");
            return;
        }
    }
    if (draft.enabled && draft.default_integration == NULL) {
        call_refuse(c, 400, "bad_request",
                    "Enabled switchboard must have an associated default switchboardIntegration");
        return;
    }
    c->store->switchboard = draft;
    call_touched(c, "switchboard", draft.id);
    answer_switchboard(c, 200);
}

static void delete_switchboard(struct call *c)
{
    if (!need_switchboard(c)) {
        return;
    }
    for (size_t i = 0; i < table_count(c->store->lines); i++) {
        struct switchboard_integration *line = table_at(c->store->lines, i, NULL);
        line->removed = true;
    }
    call_touched(c, "switchboard", c->store->switchboard.id);
    c->store->switchboard.exists = false;
    c->store->switchboard.enabled = false;
    c->store->switchboard.default_integration = NULL;
    call_empty(c);
}

/* The app itself: of its settings, those that somebody asks for. */
static void show_app(struct call *c)
{
    struct json_write *w = &c->out;
    call_begin(c, 200);
    json_object(w);
    json_key(w, "app");
    json_object(w);
    json_put_slice(w, "id", c->store->app_id);
    json_put_slice(w, "displayName", c->store->subdomain);
    json_put_slice(w, "subdomain", c->store->subdomain);
    json_key(w, "settings");
    json_object(w);
    json_put_bool(w, "multiConvoEnabled", c->store->limits.multi_conversations);
    json_end(w);
    json_end(w);
    json_end(w);
}

struct route_table api_switchboards_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/v2/apps/{}", NEED_APP, show_app},
        {"POST", "/v2/apps/{}/switchboards", NEED_APP, create_switchboard},
        {"GET", "/v2/apps/{}/switchboards", NEED_APP, list_switchboards},
        {"PATCH", "/v2/apps/{}/switchboards/{}", NEED_APP, update_switchboard},
        {"DELETE", "/v2/apps/{}/switchboards/{}", NEED_APP, delete_switchboard},
    };
    return ROUTE_TABLE(routes);
}
