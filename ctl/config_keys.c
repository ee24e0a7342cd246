#include "ctl/config_keys.h"

#include "base/limits.h"

#include <string.h>

#define C "accounts.*.conversations"
#define S "accounts.*.support"
enum { LABEL = 1024, URL = 4096 };

const struct config_key config_keys[] = {
    {"$schema", KEY_TEXT, false, URL, {NULL}, "where editors find the schema of this file"},
    {"accounts", KEY_ENTRIES, false, 0, {NULL}, "Zendesk accounts by name"},
    {"accounts.*.subdomain", KEY_TEXT, true, 63, {NULL}, "the x of x.zendesk.com"},
    {"accounts.*.enabled", KEY_BOOL, false, 0, {NULL}, "false = nothing is sent for it"},

    {C, KEY_OBJECT, false, 0, {NULL}, "the Conversations API, for messaging"},
    {C ".url",
     KEY_URL,
     false,
     URL,
     {NULL},
     "base address, when it is not https://x.zendesk.com/sc"},
    {C ".app_id", KEY_ID, true, LIMIT_ID_BYTES_MAX, {NULL}, "App ID of the Conversations API key"},
    {C ".key_id", KEY_ID, true, LIMIT_ID_BYTES_MAX, {NULL}, "Key ID of the Conversations API key"},
    {C ".key_secret", KEY_SECRET, true, 0, {NULL}, "Secret of the Conversations API key"},
    {C ".integration_id",
     KEY_ID,
     true,
     LIMIT_ID_BYTES_MAX,
     {NULL},
     "id of our Conversations integration"},
    {C ".switchboard_integration",
     KEY_TEXT,
     false,
     LABEL,
     {NULL},
     "id or name of ours on the switchboard"},
    {C ".agent_target", KEY_TEXT, false, LABEL, {NULL}, "what control is passed to for humans"},
    {C ".webhook_secrets",
     KEY_SECRETS,
     true,
     0,
     {NULL},
     "shared secret of the Conversations webhook (X-API-Key)"},

    {S, KEY_OBJECT, false, 0, {NULL}, "the Support API, for tickets"},
    {S ".url", KEY_URL, false, URL, {NULL}, "base address, when it is not https://x.zendesk.com"},
    {S ".email", KEY_TEXT, false, LABEL, {NULL}, "mail address of the user who owns the API token"},
    {S ".api_token", KEY_SECRET, false, 0, {NULL}, "API token (OAuth is the better way)"},
    {S ".oauth", KEY_OBJECT, false, 0, {NULL}, "an OAuth client with client credentials"},
    {S ".oauth.client_id", KEY_TEXT, true, LABEL, {NULL}, "identifier of the OAuth client"},
    {S ".oauth.client_secret", KEY_SECRET, true, 0, {NULL}, "secret of the OAuth client"},
    {S ".bot_user_id", KEY_ID, false, LIMIT_ID_BYTES_MAX, {NULL}, "the bot's user, an agent"},
    {S ".signing_secrets", KEY_SECRETS, false, 0, {NULL}, "signing secret of the Support webhook"},

    {"stores", KEY_ENTRIES, false, 0, {NULL}, "stores by name: a brand, or a bot, of an account"},
    {"stores.*.account", KEY_NAME, true, 0, {NULL}, "name of the account it belongs to"},
    {"stores.*.enabled", KEY_BOOL, false, 0, {NULL}, "false = the bot is silent"},
    {"stores.*.brand", KEY_ID, false, LIMIT_ID_BYTES_MAX, {NULL}, "id of the Support brand"},
    {"stores.*.widget",
     KEY_ID,
     false,
     LIMIT_ID_BYTES_MAX,
     {NULL},
     "integration id of the brand's widget; \"\" = all widgets that no other store names"},
    {"stores.*.default_responder",
     KEY_BOOL,
     false,
     0,
     {NULL},
     "true = the bot may speak where nobody is active"},
    {"stores.*.after_release",
     KEY_CHOICE,
     false,
     0,
     {"resume", "end"},
     "when a human gives the conversation back"},
    {"stores.*.bot", KEY_OBJECT, false, 0, {NULL}, "the bot that answers"},
    {"stores.*.bot.kind", KEY_CHOICE, false, 0, {"http"}, "how the bot is spoken to"},
    {"stores.*.bot.url", KEY_URL, true, URL, {NULL}, "where turns are posted to"},
    {"stores.*.bot.secret", KEY_SECRET, false, 0, {NULL}, "signs the turns (Standard Webhooks)"},
    {"stores.*.bot.timeout", KEY_SPAN, false, 0, {NULL}, "how long a turn may take: 1s to 120s"},
    {"stores.*.bot.allow_private_address",
     KEY_BOOL,
     false,
     0,
     {NULL},
     "true = the bot may stand at a private or loopback address"},
    {"stores.*.author", KEY_OBJECT, false, 0, {NULL}, "shown with the bot's messages"},
    {"stores.*.author.name", KEY_TEXT, false, LABEL, {NULL}, "display name"},
    {"stores.*.author.avatar_url", KEY_URL, false, URL, {NULL}, "a public address of an image"},
    {"stores.*.welcome",
     KEY_TEXT,
     false,
     LIMIT_TEXT_BYTES_MAX,
     {NULL},
     "said once at the start of a conversation; \"\" = nothing"},
    {"stores.*.tokens",
     KEY_SECRETS,
     false,
     0,
     {NULL},
     "bearer tokens of the store's ticket and event endpoints"},
};
const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];

const struct config_key *config_key_find(const char *path)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].path, path) == 0) {
            return &config_keys[i];
        }
    }
    return NULL;
}
