/* Users of the Conversations API. */
#include "sandbox/hooks.h"
#include "sandbox/render.h"
#include "sandbox/router.h"
#include "sandbox/text.h"

enum { EXTERNAL_ID_UNITS_MAX = 1024, PROFILE_UNITS_MAX = 1024 };

static void answer_user(struct call *c, unsigned status, const struct user *user)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "user");
    render_user(&c->out, user, true);
    json_end(&c->out);
}

static bool read_profile(struct call *c, const struct json *body, struct user *user)
{
    const struct json *profile = json_find(body, "profile");
    if (profile == NULL || profile->type == JSON_NULL) {
        return true;
    }
    if (profile->type != JSON_OBJECT) {
        call_refuse(c, 400, "bad_request", "\"profile\" must be an object");
        return false;
    }
    return check_text(c, profile, "givenName", PROFILE_UNITS_MAX, &user->given_name) &&
           check_text(c, profile, "surname", PROFILE_UNITS_MAX, &user->surname) &&
           check_text(c, profile, "email", PROFILE_UNITS_MAX, &user->email) &&
           check_text(c, profile, "avatarUrl", PROFILE_UNITS_MAX, &user->avatar_url) &&
           check_text(c, profile, "locale", PROFILE_UNITS_MAX, &user->locale);
}

/* What create and update have in common, into a copy: a refused call changes nothing. */
static bool read_user(struct call *c, const struct json *body, struct user *user)
{
    const struct json *signed_up = json_find(body, "signedUpAt");
    if (signed_up != NULL && signed_up->type != JSON_NULL &&
        err_failed(instant_parse_iso8601(json_string(signed_up), &user->signed_up_at))) {
        call_refuse(c, 400, "bad_request", "\"signedUpAt\" must be an ISO 8601 date");
        return false;
    }
    return check_bool(c, body, "toBeRetained", &user->to_be_retained) &&
           read_profile(c, body, user) && check_metadata(c, body, &user->metadata_json);
}

static void create_user(struct call *c)
{
    struct slice external_id = {0};
    struct slice brand_id = {0};
    struct user draft = {.signed_up_at = c->now};
    struct user *user = NULL;
    if (!need_body(c) ||
        !check_text(c, c->body, "externalId", EXTERNAL_ID_UNITS_MAX, &external_id) ||
        !check_text(c, c->body, "brandId", 24, &brand_id) || !read_user(c, c->body, &draft)) {
        return;
    }
    if (slice_empty(external_id)) {
        call_refuse(c, 400, "bad_request", "\"externalId\" is required");
        return;
    }
    c->note.external_id = external_id;
    if (store_user_external(c->store, brand_id, external_id) != NULL) {
        call_refuse(c, 409, "conflict", "User already exists");
        return;
    }
    if (!call_ok(c, store_add_user(c->store, c->now, &user)) ||
        !call_ok(c, store_name_user(c->store, user, brand_id, external_id))) {
        return;
    }
    draft.id = user->id;
    draft.created_at = user->created_at;
    draft.external_id = user->external_id;
    draft.brand_id = user->brand_id;
    *user = draft;
    call_touched(c, "user", user->id);
    answer_user(c, 201, user);
}

static void get_user(struct call *c)
{
    const struct user *user = need_user(c, c->params[1], call_query(c, "brandId"));
    if (user != NULL) {
        answer_user(c, 200, user);
    }
}

static void update_user(struct call *c)
{
    struct user *user = need_user(c, c->params[1], call_query(c, "brandId"));
    if (user == NULL || !need_body(c)) {
        return;
    }
    struct user draft = *user;
    if (!read_user(c, c->body, &draft)) {
        return;
    }
    *user = draft;
    c->note.external_id = user->external_id;
    call_touched(c, "user", user->id);
    hooks_raise(c, &(struct hook){.type = HOOK_USER_UPDATE, .user = user, .reason = "api"});
    answer_user(c, 200, user);
}

static void delete_user(struct call *c)
{
    struct user *user = need_user(c, c->params[1], call_query(c, "brandId"));
    if (user == NULL) {
        return;
    }
    for (struct membership *m = user->conversations; m != NULL; m = m->next) {
        if (slice_equal(m->conversation->type, SLICE("personal"))) {
            m->conversation->removed = true;
        }
    }
    store_remove_user(c->store, user);
    call_touched(c, "user", user->id);
    hooks_raise(c, &(struct hook){.type = HOOK_USER_REMOVE, .user = user});
    call_empty(c);
}

/* Matches identities, which nobody has here: a profile's e-mail is not one. */
static void list_users(struct call *c)
{
    if (slice_empty(call_query(c, "filter[identities.email]"))) {
        call_refuse(c, 400, "bad_request", "\"filter[identities.email]\" is required");
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "users");
    json_array(&c->out);
    json_end(&c->out);
    json_end(&c->out);
}

struct route_table api_users_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/v2/apps/{}/users", NEED_INTEGRATION, create_user},
        {"GET", "/v2/apps/{}/users", NEED_INTEGRATION, list_users},
        {"GET", "/v2/apps/{}/users/{}", NEED_INTEGRATION, get_user},
        {"PATCH", "/v2/apps/{}/users/{}", NEED_INTEGRATION, update_user},
        {"DELETE", "/v2/apps/{}/users/{}", NEED_INTEGRATION, delete_user},
    };
    return ROUTE_TABLE(routes);
}
