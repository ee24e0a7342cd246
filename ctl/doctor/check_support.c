/* The login to Support, and the bot's user: FEATURES rows 12, 14, 15, 17, 18, 21, 122. */
#include "ctl/doctor/examine.h"

#include <string.h>

enum { SUPPORT_CHECKS = 14 };

static void look_at_scope(struct examination *x)
{
    struct slice scope = x->support.scope;
    if (!zendesk_may_write(&x->support)) {
        found(x, CHECK_SUPPORT_SCOPE, NULL, "the access token has the scope \"%.*s\"",
              SLICE_ARG(scope));
    }
}

/* What a login means that was refused with this status. */
static enum check_id refusal(long status, const char *said, bool by_token)
{
    if (status == 0) {
        return CHECK_SUPPORT_UNREACHABLE;
    }
    if (status == 404) {
        return CHECK_SUPPORT_NO_ACCOUNT;
    }
    if (status == 403 && strstr(said, "plan") != NULL) {
        return CHECK_SUPPORT_PLAN;
    }
    return by_token ? CHECK_SUPPORT_TOKEN_REFUSED : CHECK_SUPPORT_OAUTH_REFUSED;
}

static bool flag(const struct json *user, const char *name)
{
    return json_bool(json_find(user, name), false);
}

static void look_at_bot(struct examination *x, const struct json *user)
{
    struct slice name = json_string(json_find(user, "name"));
    struct slice role = json_string(json_find(user, "role"));
    if (flag(user, "suspended") || !json_bool(json_find(user, "active"), true)) {
        found(x, CHECK_BOT_SUSPENDED, NULL, "the bot's user \"%.*s\" is suspended or not active",
              SLICE_ARG(name));
    }
    if (slice_equal(role, SLICE("end-user"))) {
        found(x, CHECK_BOT_NOT_AGENT, NULL, "the bot's user \"%.*s\" has the role end user",
              SLICE_ARG(name));
    } else if (json_i64(json_find(user, "role_type"), 0) == 1 ||
               flag(user, "only_private_comments")) {
        found(x, CHECK_BOT_LIGHT_AGENT, NULL, "the bot's user \"%.*s\" is a light agent",
              SLICE_ARG(name));
    }
    if (!json_bool(json_find(user, "verified"), true)) {
        found(x, CHECK_BOT_UNVERIFIED, NULL,
              "the mail address of the bot's user \"%.*s\" is not verified", SLICE_ARG(name));
    }
}

static err_t find_bot(struct examination *x, const struct json *me)
{
    struct slice id = x->patient->account->bot_user_id;
    struct slice my_id = json_id(json_find(me, "id"));
    const struct json *bot = NULL;
    struct seen seen;
    if (id.len == 0) {
        found(x, CHECK_BOT_MISSING, NULL, "the account names no bot user");
        return err_ok();
    }
    if (slice_equal(my_id, id)) {
        look_at_bot(x, me); /* also one who may see nothing else */
        x->bot_is_known = true;
        return err_ok();
    }
    TRY(heard(x, x->support.support, zendesk_user(&x->support, id, &bot), &seen));
    if (!seen_fine(&seen) || bot == NULL) {
        found(x, CHECK_BOT_MISSING, NULL, "there is no user %.*s%s%s", SLICE_ARG(id),
              seen_fine(&seen) ? "" : ": ", seen.said.text);
        return err_ok();
    }
    look_at_bot(x, bot);
    found(x, CHECK_BOT_OTHER_USER, NULL, "the login is \"%.*s\" (%.*s), the bot is user %.*s",
          SLICE_ARG(json_string(json_find(me, "name"))), SLICE_ARG(my_id), SLICE_ARG(id));
    return err_ok();
}

static err_t look_at_login(struct examination *x, bool by_token)
{
    const struct json *me = NULL;
    struct seen seen;
    TRY(heard(x, x->support.support, zendesk_me(&x->support, &me), &seen));
    /* users/me answers 200 with nobody where a login is missing */
    bool is_somebody = json_id(json_find(me, "id")).len > 0;
    if (seen_fine(&seen) && is_somebody) {
        return find_bot(x, me);
    }
    found(x, refusal(seen.status, seen.said.text, by_token), NULL, "%s",
          seen_fine(&seen) ? "Support answered as to a stranger" : seen.said.text);
    zendesk_close(&x->support);
    return err_ok();
}

err_t check_support(struct examination *x)
{
    bool by_token = x->patient->account->oauth_client_id.len == 0;
    if (x->patient->login->support_url[0] == '\0') {
        return err_ok(); /* no tickets here */
    }
    looked(x, SUPPORT_CHECKS);
    if (by_token) {
        found(x, CHECK_SUPPORT_TOKEN_ENDS, NULL, "the login to Support is an API token of %s",
              x->patient->login->email);
    }
    x->support_login = *x->patient->login;
    x->support_login.conversations_url = "";
    err_t e = zendesk_open(&x->support_login, x->arena, &x->why, &x->support);
    long status = err_is(e, ERR_UNAVAILABLE) ? 0 : x->support.failure.status;
    if (err_is(e, ERR_UNAVAILABLE) || err_is(e, ERR_CONFIG) || (err_failed(e) && status != 0)) {
        found(x, refusal(status, x->why.text, by_token), NULL, "%s", x->why.text);
        return err_ok();
    }
    TRY(e);
    look_at_scope(x);
    return look_at_login(x, by_token);
}
