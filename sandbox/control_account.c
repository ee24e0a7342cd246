/* Control port: what an administrator of the account can have switched off, changed or lost. */
#include "sandbox/desk_render.h"
#include "sandbox/router.h"

static void answer_account(struct call *c)
{
    const struct store *store = c->store;
    const struct person *bot = store->desk.bot;
    struct json_write *w = &c->out;
    call_begin(c, 200);
    json_object(w);
    json_put_bool(w, "messaging", store->account.messaging);
    json_put_bool(w, "multi_conversations", store->limits.multi_conversations);
    json_put_bool(w, "support_api", store->account.support_api);
    json_put_bool(w, "token_access", store->account.token_access);
    json_put_bool(w, "administrator", store->account.administrator);
    json_put_bool(w, "key_revoked", store->account.key_revoked);
    json_put_bool(w, "oauth_revoked", store->account.oauth_revoked);
    json_put_bool(w, "read_only", store->account.read_only);
    json_put_bool(w, "private_attachments", store->account.private_files);
    json_key(w, "bot");
    json_object(w);
    json_put_text(w, "role", role_name(bot->role));
    json_put_bool(w, "light", bot->light);
    json_put_bool(w, "verified", !bot->unverified);
    json_put_bool(w, "suspended", bot->suspended);
    json_end(w);
    json_end(w);
}

static bool check_role(struct call *c, const struct json *role, enum role *ret_role)
{
    if (role == NULL) {
        return true;
    }
    for (enum role i = ROLE_END_USER; i <= ROLE_ADMIN; i++) {
        if (slice_equal(json_string(role), slice_of(role_name(i)))) {
            *ret_role = i;
            return true;
        }
    }
    call_refuse(c, 400, "bad_request", "\"role\" must be end-user, agent or admin");
    return false;
}

static bool check_bot(struct call *c, const struct json *bot, struct person *draft)
{
    bool verified = !draft->unverified;
    bool fine = check_role(c, json_find(bot, "role"), &draft->role) &&
                check_bool(c, bot, "light", &draft->light) &&
                check_bool(c, bot, "verified", &verified) &&
                check_bool(c, bot, "suspended", &draft->suspended);
    draft->unverified = !verified;
    return fine;
}

/* Members that are absent stay as they are. */
static void change_account(struct call *c)
{
    struct store *store = c->store;
    struct account_state draft = store->account;
    struct person bot = *store->desk.bot;
    bool multi = store->limits.multi_conversations;
    if (!need_body(c) || !check_bool(c, c->body, "messaging", &draft.messaging) ||
        !check_bool(c, c->body, "multi_conversations", &multi) ||
        !check_bool(c, c->body, "support_api", &draft.support_api) ||
        !check_bool(c, c->body, "token_access", &draft.token_access) ||
        !check_bool(c, c->body, "administrator", &draft.administrator) ||
        !check_bool(c, c->body, "key_revoked", &draft.key_revoked) ||
        !check_bool(c, c->body, "oauth_revoked", &draft.oauth_revoked) ||
        !check_bool(c, c->body, "read_only", &draft.read_only) ||
        !check_bool(c, c->body, "private_attachments", &draft.private_files) ||
        !check_bot(c, json_find(c->body, "bot"), &bot)) {
        return;
    }
    store->account = draft;
    store->limits.multi_conversations = multi;
    *store->desk.bot = bot;
    answer_account(c);
}

struct route_table control_account_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/sandbox/account", NEED_NOTHING, answer_account},
        {"POST", "/sandbox/account", NEED_NOTHING, change_account},
    };
    return ROUTE_TABLE(routes);
}
