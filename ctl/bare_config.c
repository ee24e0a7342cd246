#include "ctl/bare_config.h"

#include <string.h>

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
