#include "ctl/login.h"

/* Of the arena, with a NUL behind it; "" for nothing. */
static err_t text_of(struct arena *arena, struct slice text, const char **ret)
{
    struct slice copy;
    *ret = "";
    if (text.len == 0) {
        return err_ok();
    }
    TRY(arena_copy(arena, text, &copy));
    *ret = copy.ptr;
    return err_ok();
}

/* What stands in the account itself; the addresses that it leaves out are Zendesk's usual ones. */
static err_t take_open(const struct account *account, struct arena *arena, struct why *why,
                       struct zendesk_login *login)
{
    struct slice url = account->support_url;
    bool has_support = account->oauth_client_id.len > 0 || account->email.len > 0;
    *login = (struct zendesk_login){"", "", "", "", "", "", "", "", ""};
    if (!has_support && account->app_id.len == 0) {
        why_set(why,
                "the account \"%.*s\" has no credentials: neither of Support nor of "
                "Conversations",
                SLICE_ARG(account->name));
        return ERR(CONFIG);
    }
    if (has_support && url.len == 0) {
        TRY(arena_printf(arena, &url, "https://%.*s.zendesk.com", SLICE_ARG(account->subdomain)));
    }
    TRY(text_of(arena, has_support ? url : (struct slice){NULL, 0}, &login->support_url));
    url = account->conversations_url;
    if (account->app_id.len > 0 && url.len == 0) {
        TRY(arena_printf(arena, &url, "https://%.*s.zendesk.com/sc",
                         SLICE_ARG(account->subdomain)));
    }
    TRY(text_of(arena, account->app_id.len > 0 ? url : (struct slice){NULL, 0},
                &login->conversations_url));
    TRY(text_of(arena, account->app_id, &login->app_id));
    TRY(text_of(arena, account->key_id, &login->key_id));
    TRY(text_of(arena, account->oauth_client_id, &login->client_id));
    return text_of(arena, account->email, &login->email);
}

err_t login_from_draft(const struct draft_account *draft, struct arena *arena, struct why *why,
                       struct login *ret)
{
    struct zendesk_login *login = &ret->zendesk;
    *ret = (struct login){0};
    TRY(take_open(&draft->account, arena, why, login));
    /* Texts of the file end with a NUL. */
    login->key_secret = draft->key_secret.text.len > 0 ? draft->key_secret.text.ptr : "";
    login->api_token = draft->api_token.text.len > 0 ? draft->api_token.text.ptr : "";
    login->client_secret =
        draft->oauth_client_secret.text.len > 0 ? draft->oauth_client_secret.text.ptr : "";
    return err_ok();
}

static err_t open_secret(struct login *login, const struct seal_key *key, struct sealed sealed,
                         const char *what, struct why *why, const char **ret)
{
    size_t len = 0;
    *ret = "";
    if (sealed.box.len == 0) {
        return err_ok();
    }
    if (key == NULL) {
        why_set(why,
                "the %s is sealed to egress: give its key file with --key-file, or the "
                "configuration file",
                what);
        return ERR(CONFIG);
    }
    char **opened = &login->opened[login->opened_count];
    err_t e = seal_open(key, sealed.box, opened, &len);
    if (err_failed(e)) {
        why_set(why, "the %s was sealed to another key than the one of --key-file", what);
        return e;
    }
    login->opened_count++;
    *ret = *opened;
    return err_ok();
}

err_t login_from_published(const struct account *account, const struct seal_key *key,
                           struct arena *arena, struct why *why, struct login *ret)
{
    CLEANUP(login) struct login login = {.opened_count = 0};
    TRY(take_open(account, arena, why, &login.zendesk));
    TRY(open_secret(&login, key, account->key_secret, "secret of the Conversations API key", why,
                    &login.zendesk.key_secret));
    TRY(open_secret(&login, key, account->api_token, "API token", why, &login.zendesk.api_token));
    TRY(open_secret(&login, key, account->oauth_client_secret, "secret of the OAuth client", why,
                    &login.zendesk.client_secret));
    *ret = login;
    login = (struct login){.opened_count = 0};
    return err_ok();
}

err_t login_as_admin(const struct options *options, struct why *why, struct login *login,
                     bool *ret_changed)
{
    const char *client = options_text(options, "oauth-client");
    const char *secret = options_text(options, "oauth-secret");
    *ret_changed = client != NULL;
    if ((client == NULL) != (secret == NULL)) {
        why_set(why, "--oauth-client and --oauth-secret belong together");
        return ERR(USAGE);
    }
    if (client != NULL) {
        login->zendesk.client_id = client;
        login->zendesk.client_secret = secret;
    }
    return err_ok();
}

void login_deinit(struct login *login)
{
    for (size_t i = 0; i < login->opened_count; i++) {
        seal_secret_free(login->opened[i]);
    }
    *login = (struct login){.opened_count = 0};
}
