/* Who answers first: of the whole switchboard, and of single web widgets, which may have another
 * one of their own. */
#include "ctl/setup.h"
#include "ctl/text.h"

enum { PATH_BYTES = 1024, STEP_BYTES = 512 };

const struct json *setup_other_responder(const struct zendesk_list *lines)
{
    const struct json *agents = zendesk_find(lines, "integrationType", SLICE("zd:agentWorkspace"));
    return agents != NULL ? agents : zendesk_find(lines, "integrationType", SLICE("zd:answerBot"));
}

static err_t set_default(struct steps *s, const struct setup_result *found, const char *what,
                         struct slice line)
{
    char tail[PATH_BYTES];
    struct rest_answer answer;
    text_set(tail, sizeof tail, "/switchboards/%.*s", SLICE_ARG(found->switchboard));
    struct json_write *w = steps_begin(s);
    json_put_bool(w, "enabled", true);
    json_put_slice(w, "defaultSwitchboardIntegrationId", line);
    return steps_change(s, STEP_RESPONDER, what, "PATCH", tail, &answer);
}

/* Ours is the default exactly where that is asked for; somebody else's default is left alone. */
static err_t whole_switchboard(struct steps *s, const struct setup_request *request,
                               const struct setup_result *found)
{
    struct slice now = json_string(json_find(found->board, "defaultSwitchboardIntegrationId"));
    bool is_ours = slice_equal(now, found->line);
    if (request->default_responder) {
        bool right = is_ours && json_bool(json_find(found->board, "enabled"), false);
        char take[STEP_BYTES] = "make our integration the default responder";
        const struct json *before = zendesk_find(&found->lines, "id", now);
        if (before != NULL && !is_ours) {
            text_add(take, sizeof take, ", which %.*s is now",
                     SLICE_ARG(json_string(json_find(before, "name"))));
        }
        return right ? err_ok() : set_default(s, found, take, found->line);
    }
    const struct json *other = setup_other_responder(&found->lines);
    if (!is_ours || other == NULL) {
        return err_ok();
    }
    char what[STEP_BYTES];
    text_set(what, sizeof what, "give the default responder to %.*s, as no store wants it",
             SLICE_ARG(json_string(json_find(other, "name"))));
    return set_default(s, found, what, json_string(json_find(other, "id")));
}

static err_t set_widget(struct steps *s, struct slice widget, const char *who, struct slice line)
{
    char what[STEP_BYTES];
    char tail[PATH_BYTES];
    struct rest_answer answer;
    text_set(what, sizeof what, "make %s the default responder of the widget %.*s", who,
             SLICE_ARG(widget));
    text_set(tail, sizeof tail, "/integrations/%.*s", SLICE_ARG(widget));
    struct json_write *w = steps_begin(s);
    json_key(w, "defaultResponderId");
    if (line.len == 0) {
        json_null(w);
    } else {
        json_slice(w, line);
    }
    return steps_change(s, STEP_RESPONDER, what, "PATCH", tail, &answer);
}

static err_t one_widget(struct steps *s, const struct setup_request *request,
                        const struct setup_result *found, const struct setup_widget *wanted,
                        const struct json *widget)
{
    const struct json *responder = json_find(widget, "defaultResponder");
    bool has_own = responder != NULL && !json_bool(json_find(responder, "inherited"), true);
    bool own_is_ours = has_own && slice_equal(json_string(json_find(responder, "integrationId")),
                                              found->integration_id);
    bool is_ours = has_own ? own_is_ours : request->default_responder;
    if (widget == NULL || is_ours == wanted->ours) {
        return err_ok();
    }
    if (wanted->ours) {
        return set_widget(s, wanted->id, "our integration", found->line);
    }
    const struct json *other = setup_other_responder(&found->lines);
    if (request->default_responder && other != NULL) {
        return set_widget(s, wanted->id, "somebody else", json_string(json_find(other, "id")));
    }
    return set_widget(s, wanted->id, "the account's", (struct slice){NULL, 0});
}

err_t setup_responder(struct steps *s, const struct setup_request *request,
                      struct setup_result *ret)
{
    s->at = STEP_RESPONDER;
    TRY(whole_switchboard(s, request, ret));
    if (request->widget_count == 0) {
        return err_ok();
    }
    struct zendesk_list widgets;
    TRY(zendesk_integrations(s->zendesk, "web", &widgets));
    for (size_t i = 0; i < request->widget_count; i++) {
        const struct setup_widget *wanted = &request->widgets[i];
        TRY(one_widget(s, request, ret, wanted, zendesk_find(&widgets, "id", wanted->id)));
    }
    return err_ok();
}
