/* Switchboard integrations: the lines of the switchboard. */
#include "sandbox/hooks.h"
#include "sandbox/render.h"
#include "sandbox/router.h"

enum { LINES_MAX = 10, LINE_NAME_UNITS_MAX = 128, HISTORY_MAX = 10 };

static bool need_switchboard(struct call *c)
{
    if (!c->store->switchboard.exists || !slice_equal(c->store->switchboard.id, c->params[1])) {
        call_refuse(c, 404, "switchboard_not_found", "Switchboard not found");
        return false;
    }
    return true;
}

static struct switchboard_integration *need_line(struct call *c)
{
    if (!need_switchboard(c)) {
        return NULL;
    }
    struct switchboard_integration *line = store_line(c->store, c->params[2]);
    if (line == NULL) {
        call_refuse(c, 404, "switchboard_integration_not_found",
                    "SwitchboardIntegration not found");
    }
    return line;
}

static void answer_line(struct call *c, unsigned status, const struct switchboard_integration *line)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "switchboardIntegration");
    render_line(&c->out, line);
    json_end(&c->out);
}

static bool is_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char b = name.ptr[i];
        bool fine = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
                    b == '-' || b == '_';
        if (!fine) {
            return false;
        }
    }
    return name.len > 0;
}

static bool check_name(struct call *c, const struct switchboard_integration *self,
                       struct slice *name)
{
    if (!check_text(c, c->body, "name", LINE_NAME_UNITS_MAX, name)) {
        return false;
    }
    if (!is_name(*name)) {
        call_refuse(c, 400, "bad_request",
                    "\"name\" is required: letters, digits, hyphens and underscores");
        return false;
    }
    for (size_t i = 0; i < table_count(c->store->lines); i++) {
        const struct switchboard_integration *line = table_at(c->store->lines, i, NULL);
        if (line != self && !line->removed && slice_equal(line->name, *name)) {
            call_refuse(c, 400, "bad_request", "\"name\" must be unique in the switchboard");
            return false;
        }
    }
    return true;
}

static struct integration *find_by_type(const struct store *store, struct slice type)
{
    for (size_t i = 0; i < table_count(store->integrations); i++) {
        struct integration *integration = table_at(store->integrations, i, NULL);
        if (!integration->removed && integration->kind == INTEGRATION_ZENDESK &&
            slice_equal(integration->type, type)) {
            return integration;
        }
    }
    return NULL;
}

/* integrationId for a custom one, integrationType for those of Zendesk; never both. */
static bool check_target(struct call *c, const struct switchboard_integration *self,
                         struct integration **integration)
{
    struct slice id = json_string(json_find(c->body, "integrationId"));
    struct slice type = json_string(json_find(c->body, "integrationType"));
    if (slice_empty(id) && slice_empty(type) && *integration != NULL) {
        return true;
    }
    if (slice_empty(id) == slice_empty(type)) {
        call_refuse(c, 400, "bad_request",
                    "One of \"integrationId\" or \"integrationType\" is required, but not both");
        return false;
    }
    struct integration *found =
        slice_empty(id) ? find_by_type(c->store, type) : store_integration(c->store, id);
    if (found == NULL || found->kind == INTEGRATION_WEB) {
        call_refuse(c, 404, "integration_not_found", "Integration not found");
        return false;
    }
    const struct switchboard_integration *linked = hooks_line_of(c->store, found);
    if (linked != NULL && linked != self) {
        call_refuse(c, 400, "bad_request", "Integration is linked to the switchboard already");
        return false;
    }
    *integration = found;
    return true;
}

static bool check_rest(struct call *c, struct switchboard_integration *draft)
{
    const struct json *next = json_find(c->body, "nextSwitchboardIntegrationId");
    const struct json *history = json_find(c->body, "messageHistoryCount");
    if (!check_bool(c, c->body, "deliverStandbyEvents", &draft->deliver_standby_events)) {
        return false;
    }
    if (next != NULL) {
        draft->next_in_line = store_line(c->store, json_string(next));
        if (draft->next_in_line == NULL && next->type != JSON_NULL) {
            call_refuse(c, 404, "switchboard_integration_not_found",
                        "\"nextSwitchboardIntegrationId\" was not found");
            return false;
        }
    }
    if (history != NULL) {
        draft->history_count = json_i64(history, 0);
        bool fine = history->type == JSON_NULL ||
                    (draft->history_count >= 1 && draft->history_count <= HISTORY_MAX);
        if (!fine) {
            call_refuse(c, 400, "bad_request", "\"messageHistoryCount\" must be from 1 to %d",
                        HISTORY_MAX);
            return false;
        }
    }
    return true;
}

static size_t count_lines(const struct store *store)
{
    size_t count = 0;
    for (size_t i = 0; i < table_count(store->lines); i++) {
        const struct switchboard_integration *line = table_at(store->lines, i, NULL);
        count += line->removed ? 0 : 1;
    }
    return count;
}

static void create_line(struct call *c)
{
    struct switchboard_integration draft = {.deliver_standby_events = true};
    struct switchboard_integration *line = NULL;
    if (!need_switchboard(c) || !need_body(c) || !check_name(c, NULL, &draft.name) ||
        !check_target(c, NULL, &draft.integration) || !check_rest(c, &draft)) {
        return;
    }
    if (count_lines(c->store) >= LINES_MAX) {
        call_refuse(c, 400, "too_many_switchboard_integrations",
                    "Switchboard has reached the max number of switchboard integrations (%d)",
                    LINES_MAX);
        return;
    }
    if (!call_ok(c, store_add_line(c->store, draft.integration, draft.name, &line))) {
        return;
    }
    draft.id = line->id;
    draft.name = line->name;
    *line = draft;
    call_touched(c, "switchboard_integration", line->id);
    answer_line(c, 201, line);
}

static void list_lines(struct call *c)
{
    if (!need_switchboard(c)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "switchboardIntegrations");
    json_array(&c->out);
    for (size_t i = 0; i < table_count(c->store->lines); i++) {
        const struct switchboard_integration *line = table_at(c->store->lines, i, NULL);
        if (!line->removed) {
            render_line(&c->out, line);
        }
    }
    json_end(&c->out);
    json_end(&c->out);
}

static void update_line(struct call *c)
{
    struct switchboard_integration *line = need_line(c);
    if (line == NULL || !need_body(c)) {
        return;
    }
    struct switchboard_integration draft = *line;
    if ((json_find(c->body, "name") != NULL && !check_name(c, line, &draft.name)) ||
        !check_target(c, line, &draft.integration) || !check_rest(c, &draft)) {
        return;
    }
    *line = draft;
    call_touched(c, "switchboard_integration", line->id);
    answer_line(c, 200, line);
}

static void delete_line(struct call *c)
{
    struct switchboard_integration *line = need_line(c);
    if (line == NULL) {
        return;
    }
    bool needed = c->store->switchboard.default_integration == line;
    for (size_t i = 0; i < table_count(c->store->lines); i++) {
        const struct switchboard_integration *other = table_at(c->store->lines, i, NULL);
        needed = needed || (!other->removed && other->next_in_line == line);
    }
    if (needed) {
        call_refuse(c, 400, "bad_request",
                    "SwitchboardIntegration is the default one, or the next of another one");
        return;
    }
    for (size_t i = 0; i < table_count(c->store->integrations); i++) {
        struct integration *integration = table_at(c->store->integrations, i, NULL);
        if (integration->default_responder == line) {
            integration->default_responder = NULL;
        }
    }
    line->removed = true;
    call_touched(c, "switchboard_integration", line->id);
    call_empty(c);
}

struct route_table api_lines_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/v2/apps/{}/switchboards/{}/switchboardIntegrations", NEED_APP, create_line},
        {"GET", "/v2/apps/{}/switchboards/{}/switchboardIntegrations", NEED_APP, list_lines},
        {"PATCH", "/v2/apps/{}/switchboards/{}/switchboardIntegrations/{}", NEED_APP, update_line},
        {"DELETE", "/v2/apps/{}/switchboards/{}/switchboardIntegrations/{}", NEED_APP, delete_line},
    };
    return ROUTE_TABLE(routes);
}
