#include "ctl/zendesk.h"

#include "base/buf.h"
#include "ctl/text.h"
#include "json/json_write.h"

enum {
    BODY_BYTES_MAX = 16 * 1024,
    PATH_BYTES = 1024,
    STEP_BYTES = 128,
    USER_BYTES = 256,
    ITEMS_MAX = 10000,
    PAGES_MAX = 400,
    SUPPORT_PAGE = 25, /* other people's triggers can be long, and an answer has its limit */
    CONVERSATIONS_PAGE = 100,
    TOKEN_LIFE_S = 1800,
};

static const struct slice nothing = {NULL, 0};

static err_t undocumented(struct why *why, const char *step)
{
    why_set(why, "could not %s: the answer is not as documented", step);
    return ERR(CONFIG);
}

static err_t note(struct zendesk *z, const struct rest *rest, err_t e)
{
    if (err_failed(e)) {
        z->failure = *rest_failure(rest);
    }
    return e;
}

/* An access token for the few calls of a command. */
static err_t ask_token(struct zendesk *z, struct slice *ret_token)
{
    static const char step[] = "log in to Support";
    static const struct rest_login nobody = {REST_NOBODY, NULL, NULL};
    CLEANUP_PTR(rest) struct rest *rest = NULL;
    CLEANUP(buf) struct buf body;
    buf_init(&body, BODY_BYTES_MAX);
    TRY(rest_new(z->login->support_url, &nobody, &rest));
    struct rest_answer answer;
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    json_put_text(&w, "grant_type", "client_credentials");
    json_put_text(&w, "client_id", z->login->client_id);
    json_put_text(&w, "client_secret", z->login->client_secret);
    json_put_text(&w, "scope", "read write");
    json_put_int(&w, "expires_in", TOKEN_LIFE_S);
    json_end(&w);
    TRY(json_write_done(&w));
    TRY(note(z, rest,
             rest_call(rest, step, "POST", "/oauth/tokens", buf_slice(&body), z->arena, z->why,
                       &answer)));
    z->scope = json_string(json_find(answer.body, "scope"));
    *ret_token = json_string(json_find(answer.body, "access_token"));
    return ret_token->len == 0 ? undocumented(z->why, step) : err_ok();
}

static err_t open_support(struct zendesk *z)
{
    const struct zendesk_login *login = z->login;
    if (login->client_id[0] != '\0') {
        struct slice token;
        TRY(ask_token(z, &token));
        const struct rest_login as = {REST_OAUTH, NULL, token.ptr};
        return rest_new(login->support_url, &as, &z->support);
    }
    char user[USER_BYTES];
    text_set(user, sizeof user, "%s/token", login->email);
    const struct rest_login as = {REST_TOKEN, user, login->api_token};
    return rest_new(login->support_url, &as, &z->support);
}

err_t zendesk_open(const struct zendesk_login *login, struct arena *arena, struct why *why,
                   struct zendesk *ret)
{
    CLEANUP(zendesk) struct zendesk z = {.login = login, .arena = arena, .why = why};
    if (login->conversations_url[0] != '\0') {
        const struct rest_login as = {REST_KEY, login->key_id, login->key_secret};
        TRY(rest_new(login->conversations_url, &as, &z.conversations));
    }
    if (login->support_url[0] != '\0') {
        err_t e = open_support(&z);
        ret->failure = z.failure;
        TRY(e);
    }
    *ret = z;
    z = (struct zendesk){0};
    return err_ok();
}

void zendesk_close(struct zendesk *z)
{
    rest_free(z->support);
    rest_free(z->conversations);
    *z = (struct zendesk){0};
}

static bool has_word(struct slice words, struct slice wanted)
{
    struct slice word = {NULL, 0};
    while (words.len > 0) {
        (void)slice_split(words, ' ', &word, &words);
        if (slice_equal(word, wanted)) {
            return true;
        }
    }
    return false;
}

bool zendesk_may_write(const struct zendesk *z)
{
    return z->scope.len == 0 ||
           (has_word(z->scope, SLICE("read")) && has_word(z->scope, SLICE("write")));
}

err_t zendesk_support(struct zendesk *z, const char *step, const char *method, const char *path,
                      struct slice body, struct rest_answer *ret)
{
    return note(z, z->support,
                rest_call(z->support, step, method, path, body, z->arena, z->why, ret));
}

err_t zendesk_conversations(struct zendesk *z, const char *step, const char *method,
                            const char *tail, struct slice body, struct rest_answer *ret)
{
    char path[PATH_BYTES];
    text_set(path, sizeof path, "/v2/apps/%s%s", z->login->app_id, tail);
    return note(z, z->conversations,
                rest_call(z->conversations, step, method, path, body, z->arena, z->why, ret));
}

const struct json *zendesk_find(const struct zendesk_list *list, const char *member,
                                struct slice value)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_equal(json_id(json_find(list->items[i], member)), value)) {
            return list->items[i];
        }
    }
    return NULL;
}

static err_t append(struct zendesk *z, const struct json *array, struct zendesk_list *list)
{
    size_t more = array == NULL ? 0 : array->count;
    if (list->count + more > ITEMS_MAX) {
        why_set(z->why, "Zendesk lists more than %d objects of one kind", (int)ITEMS_MAX);
        return ERR(CONFIG);
    }
    const struct json **items = ARENA_ARRAY(z->arena, const struct json *, list->count + more + 1);
    if (items == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < list->count; i++) {
        items[i] = list->items[i];
    }
    list->items = items;
    JSON_EACH(item, array)
    {
        list->items[list->count++] = item;
    }
    return err_ok();
}

/* The two APIs page alike and name the parts of it differently. */
struct paging {
    err_t (*call)(struct zendesk *z, const char *step, const char *method, const char *path,
                  struct slice body, struct rest_answer *ret);
    int size;
    const char *more;
    const char *cursor;
};
static const struct paging of_support = {zendesk_support, SUPPORT_PAGE, "meta.has_more",
                                         "meta.after_cursor"};
static const struct paging of_conversations = {zendesk_conversations, CONVERSATIONS_PAGE,
                                               "meta.hasMore", "meta.afterCursor"};

/* path  without page; `filter` starts with & or is "" */
static err_t read_all(struct zendesk *z, const struct paging *paging, const char *step,
                      const char *path, const char *filter, const char *member,
                      struct zendesk_list *ret)
{
    struct slice after = nothing;
    *ret = (struct zendesk_list){NULL, 0};
    for (int page = 0; page < PAGES_MAX; page++) {
        char full[PATH_BYTES];
        struct rest_answer answer;
        text_set(full, sizeof full, "%s?page%%5Bsize%%5D=%d%s%s%.*s", path, paging->size, filter,
                 after.len > 0 ? "&page%5Bafter%5D=" : "", SLICE_ARG(after));
        TRY(paging->call(z, step, "GET", full, nothing, &answer));
        TRY(append(z, json_find(answer.body, member), ret));
        after = json_string(json_find(answer.body, paging->cursor));
        if (!json_bool(json_find(answer.body, paging->more), false) || slice_empty(after)) {
            break;
        }
    }
    return err_ok();
}

err_t zendesk_me(struct zendesk *z, const struct json **ret_user)
{
    struct rest_answer answer;
    TRY(zendesk_support(z, "see who the login is", "GET", "/api/v2/users/me", nothing, &answer));
    *ret_user = json_find(answer.body, "user");
    return err_ok();
}

err_t zendesk_user(struct zendesk *z, struct slice id, const struct json **ret_user)
{
    char path[PATH_BYTES];
    struct rest_answer answer;
    text_set(path, sizeof path, "/api/v2/users/%.*s", SLICE_ARG(id));
    *ret_user = NULL;
    err_t e = zendesk_support(z, "read the bot's user", "GET", path, nothing, &answer);
    if (err_failed(e) && rest_failure(z->support)->status == 404) {
        why_set(z->why, "%s", "");
        return err_ok();
    }
    TRY(e);
    *ret_user = json_find(answer.body, "user");
    return err_ok();
}

static err_t support_list(struct zendesk *z, const char *what, struct zendesk_list *ret)
{
    char step[STEP_BYTES];
    char path[PATH_BYTES];
    text_set(step, sizeof step, "list the %s", what);
    text_set(path, sizeof path, "/api/v2/%s", what);
    return read_all(z, &of_support, step, path, "", what, ret);
}

err_t zendesk_brands(struct zendesk *z, struct zendesk_list *ret)
{
    return support_list(z, "brands", ret);
}

err_t zendesk_webhooks(struct zendesk *z, struct zendesk_list *ret)
{
    return support_list(z, "webhooks", ret);
}

err_t zendesk_triggers(struct zendesk *z, struct zendesk_list *ret)
{
    return support_list(z, "triggers", ret);
}

err_t zendesk_ticket_fields(struct zendesk *z, struct zendesk_list *ret)
{
    return support_list(z, "ticket_fields", ret);
}

err_t zendesk_groups(struct zendesk *z, struct zendesk_list *ret)
{
    return support_list(z, "groups", ret);
}

err_t zendesk_signing_secret(struct zendesk *z, struct slice webhook, struct slice *ret_secret)
{
    char path[PATH_BYTES];
    struct rest_answer answer;
    text_set(path, sizeof path, "/api/v2/webhooks/%.*s/signing_secret", SLICE_ARG(webhook));
    TRY(zendesk_support(z, "read the signing secret", "GET", path, nothing, &answer));
    *ret_secret = json_string(json_find(answer.body, "signing_secret.secret"));
    return err_ok();
}

err_t zendesk_app(struct zendesk *z, const struct json **ret_app)
{
    struct rest_answer answer;
    TRY(zendesk_conversations(z, "read the app", "GET", "", nothing, &answer));
    *ret_app = json_find(answer.body, "app");
    return err_ok();
}

err_t zendesk_integrations(struct zendesk *z, const char *types, struct zendesk_list *ret)
{
    char filter[STEP_BYTES] = "";
    if (types[0] != '\0') {
        text_set(filter, sizeof filter, "&filter%%5Btypes%%5D=%s", types);
    }
    return read_all(z, &of_conversations, "list the integrations", "/integrations", filter,
                    "integrations", ret);
}

err_t zendesk_integration_webhooks(struct zendesk *z, struct slice integration,
                                   struct zendesk_list *ret)
{
    char tail[PATH_BYTES];
    struct rest_answer answer;
    *ret = (struct zendesk_list){NULL, 0};
    text_set(tail, sizeof tail, "/integrations/%.*s/webhooks", SLICE_ARG(integration));
    TRY(zendesk_conversations(z, "read the webhook of the integration", "GET", tail, nothing,
                              &answer));
    return append(z, json_find(answer.body, "webhooks"), ret);
}

err_t zendesk_switchboard(struct zendesk *z, const struct json **ret_switchboard)
{
    struct rest_answer answer;
    TRY(zendesk_conversations(z, "find the switchboard", "GET", "/switchboards", nothing, &answer));
    const struct json *list = json_find(answer.body, "switchboards");
    *ret_switchboard = list == NULL ? NULL : list->first;
    return err_ok();
}

err_t zendesk_lines(struct zendesk *z, struct slice switchboard, struct zendesk_list *ret)
{
    char tail[PATH_BYTES];
    struct rest_answer answer;
    *ret = (struct zendesk_list){NULL, 0};
    text_set(tail, sizeof tail, "/switchboards/%.*s/switchboardIntegrations",
             SLICE_ARG(switchboard));
    TRY(zendesk_conversations(z, "list the lines of the switchboard", "GET", tail, nothing,
                              &answer));
    return append(z, json_find(answer.body, "switchboardIntegrations"), ret);
}
