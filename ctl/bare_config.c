#include "ctl/bare_config.h"

#include "event/file_place.h"

#include <string.h>

/* There, as the core asks whether there is one, and nobody's. */
static struct slice nobody(void)
{
    return SLICE("none:");
}

static struct slice bare_url(struct slice url)
{
    struct slice origin = file_place_origin(url);
    return url.len > 0 && origin.len == 0 ? nobody() : origin;
}

static void bare_account(struct account *a)
{
    a->key_secret = a->api_token = a->oauth_client_secret = (struct sealed){0};
    a->email = (struct slice){0}; /* of a person, and only egress logs in */
    memset(&a->webhook_secrets, 0, sizeof a->webhook_secrets);
    memset(a->signing_secrets, 0, sizeof a->signing_secrets);
    a->signing_secret_count = 0;
}

static void bare_store(struct store *s)
{
    s->bot_secret = (struct sealed){0};
    s->bot_url = bare_url(s->bot_url);
    memset(&s->tokens, 0, sizeof s->tokens);
    memset(s->signing_secrets, 0, sizeof s->signing_secrets);
    s->signing_secret_count = 0;
}

void bare_config(struct config_record *record)
{
    if (record->kind == CONFIG_ACCOUNT) {
        bare_account(&record->body.account);
    } else if (record->kind == CONFIG_STORE) {
        bare_store(&record->body.store);
    }
}

bool bare_config_has_secrets(const struct config_record *record)
{
    const struct account *a = &record->body.account;
    const struct store *s = &record->body.store;
    if (record->kind == CONFIG_ACCOUNT) {
        return a->key_secret.box.len + a->api_token.box.len + a->oauth_client_secret.box.len +
                       a->email.len >
                   0 ||
               a->webhook_secrets.count > 0 || a->signing_secret_count > 0;
    }
    return record->kind == CONFIG_STORE &&
           (s->bot_secret.box.len > 0 || s->tokens.count > 0 || s->signing_secret_count > 0);
}

void bare_config_of_nobody(struct config_record *record)
{
    bare_config(record);
    if (record->kind == CONFIG_ACCOUNT) {
        struct account *a = &record->body.account;
        a->subdomain = (struct slice){0};
        a->conversations_url = a->support_url = nobody();
    } else if (record->kind == CONFIG_STORE) {
        struct store *s = &record->body.store;
        s->bot_url = s->bot_url.len > 0 ? nobody() : s->bot_url;
        s->bot_private_allowed = false;
    }
}

bool bare_config_calls(const struct config_record *record)
{
    const struct account *a = &record->body.account;
    if (record->kind == CONFIG_ACCOUNT) {
        return a->subdomain.len > 0 || file_place_origin(a->conversations_url).len > 0 ||
               file_place_origin(a->support_url).len > 0;
    }
    return record->kind == CONFIG_STORE && file_place_origin(record->body.store.bot_url).len > 0;
}
