#include "ctl/config_draft.h"

#include "ctl/config_handoff.h"
#include "ctl/config_hours.h"
#include "ctl/config_time.h"
#include "ctl/config_words.h"
#include "event/reason.h"
#include "rt/options.h"

#include <string.h>

enum { BOT_TIMEOUT_DEFAULT_MS = 20 * 1000, CONTEXT_TOKENS_DEFAULT = 4000 };

static struct slice without_slash(struct slice url)
{
    while (url.len > 0 && url.ptr[url.len - 1] == '/') {
        url.len--;
    }
    return url;
}

static struct draft_secret one_secret(const struct json *at)
{
    return (struct draft_secret){.at = at != NULL && at->type == JSON_OBJECT ? at : NULL};
}

static struct draft_secrets some_secrets(const struct json *at)
{
    struct draft_secrets secrets = {0};
    JSON_EACH(item, at != NULL && at->type == JSON_ARRAY ? at : NULL)
    {
        if (secrets.count < LIMIT_LIVE_SECRETS_MAX && item->type == JSON_OBJECT) {
            secrets.secret[secrets.count++] = one_secret(item);
        }
    }
    return secrets;
}

void config_draft_account(const struct json *at, struct draft_account *ret)
{
    const struct json *conversations = json_find(at, "conversations");
    const struct json *support = json_find(at, "support");
    struct slice target = json_string(json_find(conversations, "agent_target"));
    struct slice login = json_string(json_find(conversations, "key_login"));
    *ret = (struct draft_account){
        .at = at,
        .has_conversations = conversations != NULL,
        .has_support = support != NULL,
        .account =
            {
                .name = at->key,
                .enabled = json_bool(json_find(at, "enabled"), true),
                .subdomain = json_string(json_find(at, "subdomain")),
                .conversations_url = without_slash(json_string(json_find(conversations, "url"))),
                .app_id = json_id(json_find(conversations, "app_id")),
                .key_id = json_id(json_find(conversations, "key_id")),
                .key_login = slice_equal(login, SLICE("jwt")) ? KEY_LOGIN_JWT : KEY_LOGIN_BASIC,
                .integration_id = json_id(json_find(conversations, "integration_id")),
                .switchboard_integration =
                    json_string(json_find(conversations, "switchboard_integration")),
                .agent_target = slice_empty(target) ? SLICE("zd-agentWorkspace") : target,
                .support_url = without_slash(json_string(json_find(support, "url"))),
                .email = json_string(json_find(support, "email")),
                .oauth_client_id = json_string(json_find(support, "oauth.client_id")),
                .bot_user_id = json_id(json_find(support, "bot_user_id")),
            },
        .key_secret = one_secret(json_find(conversations, "key_secret")),
        .api_token = one_secret(json_find(support, "api_token")),
        .oauth_client_secret = one_secret(json_find(support, "oauth.client_secret")),
        .agent_target_is_usual = slice_empty(target),
        .webhook_secrets = some_secrets(json_find(conversations, "webhook_secrets")),
        .signing_secrets = some_secrets(json_find(support, "signing_secrets")),
    };
}

static uint32_t reasons_off(const struct json *rules)
{
    static const enum reason known[] = {REASON_ASKED, REASON_BOT, REASON_BOT_FAILED,
                                        REASON_BOT_TIMED_OUT};
    uint32_t off = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!json_bool(json_find(rules, reason_label(known[i])), true)) {
            off |= REASON_BIT(known[i]);
        }
    }
    return off;
}

/* An array of texts, each without the spaces around it; none when it is absent or has a problem. */
static err_t draft_texts(struct arena *arena, const struct json *texts,
                         const struct slice **ret_list, size_t *ret_count)
{
    struct slice *list = NULL;
    size_t count = 0;
    if (texts != NULL && texts->type == JSON_ARRAY && texts->count <= LIMIT_PHRASES_MAX) {
        list = ARENA_ARRAY(arena, struct slice, texts->count);
        if (list == NULL) {
            return ERR(NO_MEMORY);
        }
        JSON_EACH(text, texts)
        {
            list[count++] = slice_trim(json_string(text));
        }
    }
    *ret_list = list;
    *ret_count = count;
    return err_ok();
}

/* Rules that are off until they are asked for, with what each needs. */
static void draft_rules(const struct json *rules, struct store *ret)
{
    const struct json *confidence = json_find(rules, "low_confidence");
    const struct json *rating = json_find(rules, "low_rating");
    ret->reasons_off = reasons_off(rules);
    static const enum reason plain[] = {REASON_FRUSTRATED, REASON_UNRESOLVED, REASON_TURN_CAP};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (json_bool(json_find(rules, reason_label(plain[i])), false)) {
            ret->reasons_on |= REASON_BIT(plain[i]);
        }
    }
    if (confidence != NULL) {
        ret->reasons_on |= REASON_BIT(REASON_LOW_CONFIDENCE);
        ret->low_confidence = json_double(confidence, 0);
    }
    if (rating != NULL) {
        ret->reasons_on |= REASON_BIT(REASON_LOW_RATING);
        ret->low_rating = json_double(rating, INT32_MAX); /* beyond the scale: refused */
    }
}

static err_t draft_handoff(struct arena *arena, const struct json *at, struct store *ret)
{
    ret->handoff_live = json_bool(json_find(at, "live"), true);
    draft_rules(json_find(at, "rules"), ret);
    TRY(config_handoff_draft(arena, at, ret));
    TRY(draft_texts(arena, json_find(at, "phrases"), &ret->phrases, &ret->phrase_count));
    TRY(draft_texts(arena, json_find(at, "rules.action"), &ret->actions, &ret->action_count));
    if (ret->action_count > 0) {
        ret->reasons_on |= REASON_BIT(REASON_ACTION);
    }
    ret->handoff_notice =
        config_words_default(json_find(at, "notice"),
                             SLICE("I am connecting you with a colleague. One moment, please."));
    ret->handoff_failed = config_words_default(
        json_find(at, "failed"),
        SLICE("I could not reach a colleague just now. Please try again later."));
    ret->session_ended =
        config_words_default(json_find(at, "ended"),
                             SLICE("The conversation with my colleague is over. Anything else?"));
    ret->handoff_group_id = json_id(json_find(at, "group"));
    ret->handoff_tags = json_string(json_find(at, "tags"));
    return err_ok();
}

static enum bot_kind bot_kind_of(const struct json *bot)
{
    bool is_openai = slice_equal(json_string(json_find(bot, "kind")), SLICE("openai"));
    return bot == NULL ? BOT_NONE : is_openai ? BOT_OPENAI : BOT_HTTP;
}

/* A number that is none is refused elsewhere (config_rules.h), as what it became. */
static uint32_t tokens_of(const struct json *value, uint32_t fallback)
{
    int64_t number = json_i64(value, value == NULL ? fallback : INT64_MAX);
    return number < 0 || number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

err_t config_draft_store(struct arena *arena, const struct json *at, struct draft_store *ret)
{
    const struct json *bot = json_find(at, "bot");
    struct slice release = json_string(json_find(at, "after_release"));
    span_ms_t timeout = {BOT_TIMEOUT_DEFAULT_MS};
    if (!options_span_parse(json_string(json_find(bot, "timeout")), &timeout)) {
        timeout = span_ms(BOT_TIMEOUT_DEFAULT_MS);
    }
    *ret = (struct draft_store){
        .at = at,
        .store =
            {
                .name = at->key,
                .account = json_string(json_find(at, "account")),
                .enabled = json_bool(json_find(at, "enabled"), true),
                .brand_id = json_id(json_find(at, "brand")),
                .widget_id = json_id(json_find(at, "widget")),
                .default_responder = json_bool(json_find(at, "default_responder"), false),
                .after_release =
                    slice_equal(release, SLICE("end")) ? AFTER_RELEASE_END : AFTER_RELEASE_RESUME,
                .bot_kind = bot_kind_of(bot),
                .bot_url = json_string(json_find(bot, "url")),
                .bot_timeout = bot == NULL ? span_ms(0) : timeout,
                .bot_private_allowed = json_bool(json_find(bot, "allow_private_address"), false),
                .bot_notices = json_bool(json_find(bot, "notices"), false),
                .bot_typing = json_bool(json_find(bot, "typing"), true),
                .bot_model = json_string(json_find(bot, "model")),
                .bot_system = json_string(json_find(bot, "system")),
                .bot_max_tokens = tokens_of(json_find(bot, "max_tokens"), 0),
                .bot_context_tokens =
                    tokens_of(json_find(bot, "context_tokens"), CONTEXT_TOKENS_DEFAULT),
                .author_name = json_string(json_find(at, "author.name")),
                .author_avatar_url = json_string(json_find(at, "author.avatar_url")),
                .welcome = config_words_default(json_find(at, "welcome"), SLICE("")),
                .chat = json_find(at, "chat") != NULL,
                .chat_turns = json_bool(json_find(at, "chat.turns"), false),
            },
        .bot_secret = one_secret(json_find(bot, "secret")),
        .tokens = some_secrets(json_find(at, "tokens")),
        .signing_secrets = some_secrets(json_find(at, "signing_secrets")),
    };
    config_time_draft(at, &ret->store);
    TRY(config_words_draft(arena, at, &ret->store));
    TRY(config_hours_draft(arena, at, &ret->store));
    return draft_handoff(arena, json_find(at, "handoff"), &ret->store);
}
