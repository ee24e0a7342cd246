#include "tests/unit/event/same.h"
#include "tests/unit/event/same_macros.h"

#include <string.h>

static const char *hashes_differ(const struct secret_hashes *a, const struct secret_hashes *b)
{
    PLAIN(count);
    return memcmp(a->hash, b->hash, sizeof a->hash) == 0 ? NULL : "a hash";
}

static const char *deployment_differs(const struct deployment *a, const struct deployment *b)
{
    TEXT(ingest_public_key);
    TEXT(egress_public_key);
    TEXT(moved_into);
    TEXT(moving_from);
    TEXT(public_url);
    PLAIN(partitions);
    return NULL;
}

static const char *account_differs(const struct account *a, const struct account *b)
{
    TEXT(name);
    TEXT(id_key);
    TEXT(subdomain);
    TEXT(conversations_url);
    PLAIN(key_login);
    TEXT(app_id);
    TEXT(key_id);
    TEXT(key_secret.box);
    TEXT(integration_id);
    TEXT(switchboard_integration);
    TEXT(agent_target);
    TEXT(support_url);
    TEXT(email);
    TEXT(api_token.box);
    TEXT(oauth_client_id);
    TEXT(oauth_client_secret.box);
    TEXT(bot_user_id);
    PLAIN(enabled);
    PLAIN(signing_secret_count);
    INNER(hashes_differ, webhook_secrets);
    for (size_t i = 0; i < LIMIT_LIVE_SECRETS_MAX; i++) {
        TEXT(signing_secrets[i].box);
    }
    return NULL;
}

static const char *store_differs(const struct store *a, const struct store *b)
{
    TEXT(name);
    TEXT(account);
    TEXT(brand_id);
    TEXT(widget_id);
    TEXT(bot_url);
    TEXT(bot_secret.box);
    TEXT(author_name);
    TEXT(author_avatar_url);
    TEXT(welcome);
    PLAIN(enabled);
    PLAIN(default_responder);
    PLAIN(after_release);
    PLAIN(bot_kind);
    PLAIN(bot_timeout.ms);
    PLAIN(bot_private_allowed);
    TEXT(bot_model);
    TEXT(bot_system);
    PLAIN(bot_max_tokens);
    PLAIN(bot_context_tokens);
    PLAIN(nobody_after.ms);
    PLAIN(nobody_then);
    TEXT(nobody_text);
    PLAIN(silent_after.ms);
    PLAIN(silent_then);
    TEXT(silent_text);
    PLAIN(end_solves);
    PLAIN(bot_notices);
    PLAIN(bot_typing);
    PLAIN(text_count);
    TEXT(zone);
    PLAIN(offset_count);
    PLAIN(opening_count);
    PLAIN(holiday_count);
    PLAIN(closed_then);
    TEXT(closed_text);
    PLAIN(agents_asked);
    PLAIN(away_then);
    TEXT(away_text);
    INNER(hashes_differ, tokens);
    PLAIN(signing_secret_count);
    for (size_t i = 0; i < LIMIT_LIVE_SECRETS_MAX; i++) {
        TEXT(signing_secrets[i].box);
    }
    return NULL;
}

const char *config_differs(const struct config_record *a, const struct config_record *b)
{
    PLAIN(kind);
    if (a->kind == CONFIG_DEPLOYMENT) {
        INNER(deployment_differs, body.deployment);
    } else if (a->kind == CONFIG_ACCOUNT) {
        INNER(account_differs, body.account);
    } else {
        INNER(store_differs, body.store);
    }
    return NULL;
}
