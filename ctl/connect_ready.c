#include "ctl/connect_ready.h"

/* Row 21: a login whose mail does not own the token is nobody to Zendesk. */
err_t connect_login_works(struct steps *s)
{
    const struct json *me = NULL;
    s->at = STEP_LOGIN;
    TRY(zendesk_me(s->zendesk, &me));
    if (json_id(json_find(me, "id")).len == 0 ||
        slice_equal(json_string(json_find(me, "role")), SLICE("end-user"))) {
        why_set(s->zendesk->why,
                "Support takes the login for nobody of its team: the mail address must be the one "
                "that owns the API token, or the OAuth client that of an administrator");
        return ERR(PERMISSION);
    }
    return err_ok();
}

/* Webhooks and triggers are an administrator's to make: a 403 in the middle would leave a half. */
static err_t check_rights(struct steps *s)
{
    const struct json *me = NULL;
    s->at = STEP_LOGIN;
    if (!zendesk_may_write(s->zendesk)) {
        why_set(s->zendesk->why,
                "the access token of the OAuth client has the scope \"%.*s\", and webhooks and "
                "triggers have to be written: the client needs read and write",
                SLICE_ARG(s->zendesk->scope));
        return ERR(PERMISSION);
    }
    TRY(zendesk_me(s->zendesk, &me));
    struct slice role = json_string(json_find(me, "role"));
    /* A role that the account made itself may have the right, which no call tells. */
    if (!slice_equal(role, SLICE("admin")) && json_id(json_find(me, "custom_role_id")).len == 0) {
        why_set(s->zendesk->why,
                "the login to Support acts as \"%.*s\" (%.*s), who may not make webhooks and "
                "triggers: give an administrator's with --oauth-client, for this run alone",
                SLICE_ARG(json_string(json_find(me, "name"))), SLICE_ARG(role));
        return ERR(PERMISSION);
    }
    return err_ok();
}

/* Row 12: an agent, verified, not a light one. NULL = fine. */
static const char *fault_of(const struct json *user)
{
    struct slice role = json_string(json_find(user, "role"));
    if (user == NULL) {
        return "does not exist";
    }
    if (!slice_equal(role, SLICE("agent")) && !slice_equal(role, SLICE("admin"))) {
        return "is not an agent";
    }
    if (json_i64(json_find(user, "role_type"), 0) == 1 ||
        json_bool(json_find(user, "only_private_comments"), false)) {
        return "is a light agent, who cannot answer in public: it must be a full one";
    }
    if (!json_bool(json_find(user, "verified"), true)) {
        return "has not verified its mail address";
    }
    bool works = json_bool(json_find(user, "active"), true) &&
                 !json_bool(json_find(user, "suspended"), false);
    return works ? NULL : "is suspended or not active";
}

static err_t check_bot_user(struct steps *s, struct slice id)
{
    const struct json *user = NULL;
    s->at = STEP_BOT_USER;
    TRY(zendesk_user(s->zendesk, id, &user));
    const char *fault = fault_of(user);
    if (fault != NULL) {
        why_set(s->zendesk->why, "the bot's user %.*s (bot_user_id) %s", SLICE_ARG(id), fault);
        return ERR(CONFIG);
    }
    return err_ok();
}

static err_t check_brands(struct steps *s, const struct setup_tickets_request *request)
{
    struct zendesk_list brands;
    s->at = STEP_BRANDS;
    TRY(zendesk_brands(s->zendesk, &brands));
    for (size_t i = 0; i < request->store_count; i++) {
        if (zendesk_find(&brands, "id", request->stores[i].brand_id) == NULL) {
            why_set(s->zendesk->why, "there is no brand %.*s, which the store \"%s\" names",
                    SLICE_ARG(request->stores[i].brand_id), request->stores[i].name);
            return ERR(CONFIG);
        }
    }
    return err_ok();
}

/* Rows 20, 115: the key's scope, and that what stores name are web widgets. */
static err_t check_widgets(struct steps *s, const struct setup_request *request)
{
    struct zendesk_list all;
    s->at = STEP_KEY;
    TRY(zendesk_integrations(s->zendesk, "", &all));
    for (size_t i = 0; i < request->widget_count; i++) {
        struct slice id = request->widgets[i].id;
        const struct json *found = zendesk_find(&all, "id", id);
        const char *fault = found == NULL ? "does not exist: `tieline widgets` lists them" : NULL;
        if (slice_equal(json_string(json_find(found, "type")), SLICE("custom"))) {
            fault = "is an integration of type custom: the id of the brand's own web widget is "
                    "needed";
        }
        if (fault != NULL) {
            why_set(s->zendesk->why, "the widget %.*s, which a store names, %s", SLICE_ARG(id),
                    fault);
            return ERR(CONFIG);
        }
    }
    return err_ok();
}

err_t connect_ready(struct steps *s, const struct connect_view *view)
{
    if (s->zendesk->support != NULL) {
        TRY(connect_login_works(s));
    }
    if (view->tickets) {
        TRY(check_rights(s));
        TRY(check_bot_user(s, view->setup_tickets.bot_user_id));
        TRY(check_brands(s, &view->setup_tickets));
    }
    return view->messaging ? check_widgets(s, &view->setup) : err_ok();
}
