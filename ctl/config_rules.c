#include "ctl/config_rules.h"

#include "ctl/config_handoff.h"
#include "ctl/config_hours.h"
#include "ctl/config_time.h"
#include "ctl/config_words.h"
#include "ctl/text.h"
#include "ctl/url.h"
#include "rt/nearest.h"

#include <stdio.h>
#include <string.h>

enum {
    TIMEOUT_MS_MIN = 1000,
    TIMEOUT_MS_MAX = 120 * 1000,
    TOKENS_MAX = 1000 * 1000,
    RATING_MAX = 100,
    NAMES_MAX = 256,
    NAME_BYTES = 80
};

/* One account or store under judgement. */
struct subject {
    struct problems *p;
    const struct json *at;
    const char *kind; /* "accounts" */
};

static void path_of(const struct subject *s, const char *member, char path[PROBLEM_PATH_BYTES])
{
    text_set(path, PROBLEM_PATH_BYTES, "%s.%.*s%s%s", s->kind, SLICE_ARG(s->at->key),
             member[0] == '\0' ? "" : ".", member);
}

/* The place of a member; of the whole where it is absent. */
static size_t offset_of(const struct subject *s, const char *member)
{
    const struct json *value = member[0] == '\0' ? NULL : json_find(s->at, member);
    return value == NULL ? s->at->offset : value->offset;
}

static void say(const struct subject *s, bool warning, const char *member, const char *text)
{
    char path[PROBLEM_PATH_BYTES];
    path_of(s, member, path);
    if (warning) {
        problems_warn(s->p, offset_of(s, member), path, "%s", text);
    } else {
        problems_error(s->p, offset_of(s, member), path, "%s", text);
    }
}

/* Row 15. What a person pasted is understood well enough to say what to write. */
static void check_subdomain(const struct subject *s, struct slice subdomain)
{
    bool is_plain = subdomain.len > 0;
    bool has_capitals = false;
    for (size_t i = 0; i < subdomain.len; i++) {
        char c = subdomain.ptr[i];
        has_capitals = has_capitals || (c >= 'A' && c <= 'Z');
        is_plain = is_plain && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    }
    if (is_plain || slice_has_nul(subdomain)) {
        return;
    }
    struct slice rest = subdomain;
    struct slice head;
    struct slice tail;
    if (slice_split(rest, ':', &head, &tail) && slice_starts_with(tail, SLICE("//"))) {
        rest = slice_sub(tail, 2, tail.len);
    }
    (void)slice_split(rest, '/', &head, &tail);
    (void)slice_split(head, '.', &head, &tail);
    char text[PROBLEM_TEXT_BYTES];
    text_set(text, sizeof text,
             "expected the account's own subdomain alone (not an address, not a brand's)%s%s%.*s%s",
             has_capitals ? ", in small letters" : "",
             head.len > 0 && !has_capitals ? "; write \"" : "",
             has_capitals ? 0 : (int)(head.len > 63 ? 63 : head.len), head.len > 0 ? head.ptr : "",
             head.len > 0 && !has_capitals ? "\"" : "");
    say(s, false, "subdomain", text);
}

/* Row 33: what carries a credential goes over TLS, or not off this machine. */
static void check_url(const struct subject *s, const char *member, struct slice text,
                      struct url *ret_url)
{
    struct url url = {0};
    if (text.len == 0) {
        return;
    }
    const char *wrong = url_parse(text, &url);
    if (wrong != NULL) {
        char line[PROBLEM_TEXT_BYTES];
        text_set(line, sizeof line, "the address %s", wrong);
        say(s, false, member, line);
        return;
    }
    *ret_url = url;
}

static void check_zendesk_url(const struct subject *s, const char *member, struct slice text,
                              bool path_allowed)
{
    struct url url = {0};
    check_url(s, member, text, &url);
    if (url.host.len == 0) {
        return;
    }
    if (!url.is_https && !url_is_loopback(&url)) {
        say(s, false, member,
            "http:// would send secrets in the clear; it is allowed for 127.0.0.1, ::1 and "
            "localhost only: "
            "write https://");
    }
    if (url.path.len > 1 && !path_allowed) {
        say(s, false, member, "expected an address without a path");
    }
    if (slice_find(text, '?') != text.len) {
        say(s, false, member, "expected an address without a query");
    }
}

static void check_support(const struct subject *s, const struct draft_account *a)
{
    bool has_email = a->account.email.len > 0;
    bool has_token = a->api_token.at != NULL;
    bool has_oauth = a->oauth_client_secret.at != NULL;
    if (has_token && !has_email) {
        say(s, false, "support",
            "\"email\" is missing: an API token works only with the mail address of its owner");
    }
    if (has_email && !has_token) {
        say(s, false, "support", "\"api_token\" is missing: a mail address alone is no login");
    }
    if (!has_email && !has_token && !has_oauth) {
        say(s, false, "support", "\"oauth\" is missing: the client whose credentials are used");
    }
    if (has_token && !has_oauth) {
        say(s, true, "support.api_token",
            "Zendesk has stopped making API tokens and ends all of them on 2027-04-30; use "
            "\"oauth\"");
    }
}

static void check_account(struct config_file *file, const struct draft_account *a)
{
    const struct subject s = {&file->problems, a->at, "accounts"};
    if (json_find(a->at, "subdomain") != NULL) {
        check_subdomain(&s, a->account.subdomain);
    }
    check_zendesk_url(&s, "conversations.url", a->account.conversations_url, true);
    check_zendesk_url(&s, "support.url", a->account.support_url, false);
    if (!a->has_conversations && !a->has_support) {
        say(&s, false, "", "needs \"conversations\" (messaging), \"support\" (tickets) or both");
    }
    if (a->has_support) {
        check_support(&s, a);
    }
}

static void check_bot(const struct subject *s, const struct store *store)
{
    struct url url = {0};
    check_url(s, "bot.url", store->bot_url, &url);
    if (url.host.len > 0 && url_is_private(&url) && !store->bot_private_allowed) {
        say(s, false, "bot.url",
            "this address is private; if the bot really stands there, add "
            "\"allow_private_address\": true");
    } else if (url.host.len > 0 && !url.is_https && !url_is_loopback(&url)) {
        say(s, !store->bot_private_allowed ? false : true, "bot.url",
            store->bot_private_allowed ? "http:// sends customers' words in the clear"
                                       : "http:// would send customers' words in the clear; write "
                                         "https://, or, for a bot in the same "
                                         "private network, add \"allow_private_address\": true");
    }
    if (store->bot_timeout.ms < TIMEOUT_MS_MIN || store->bot_timeout.ms > TIMEOUT_MS_MAX) {
        say(s, false, "bot.timeout", "expected a time from 1s to 120s");
    }
}

static void check_model(const struct subject *s, const struct store *store)
{
    if (store->bot_kind != BOT_OPENAI) {
        if (store->bot_model.len > 0 || store->bot_system.len > 0) {
            say(s, false, "bot", "\"model\" and \"system\" need \"kind\": \"openai\"");
        }
        return;
    }
    if (store->bot_model.len == 0) {
        say(s, false, "bot", "needs \"model\": the name of the model to ask");
    }
    if (store->bot_max_tokens > TOKENS_MAX) {
        say(s, false, "bot.max_tokens", "expected a whole number up to 1000000");
    }
    if (store->bot_context_tokens > TOKENS_MAX) {
        say(s, false, "bot.context_tokens", "expected a whole number up to 1000000");
    }
}

/* Row 69, as far as it shows without a request. */
static void check_avatar(const struct subject *s, struct slice avatar)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"};
    struct url url = {0};
    check_url(s, "author.avatar_url", avatar, &url);
    if (url.host.len == 0) {
        return;
    }
    if (!url.is_https || url_is_private(&url)) {
        say(s, true, "author.avatar_url",
            "customers' browsers load it: expected a public https:// address");
        return;
    }
    if (slice_equal(url.host, SLICE("drive.google.com")) &&
        slice_starts_with(url.path, SLICE("/file/d/"))) {
        struct slice id = slice_sub(url.path, 8, url.path.len);
        char text[PROBLEM_TEXT_BYTES];
        text_set(text, sizeof text,
                 "this is a page, not an image; write "
                 "\"https://drive.google.com/uc?export=view&id=%.*s\"",
                 (int)slice_find(id, '/'), id.ptr);
        say(s, true, "author.avatar_url", text);
        return;
    }
    bool is_image = slice_starts_with(url.path, SLICE("/uc?export=view&id="));
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct slice path = slice_sub(url.path, 0, slice_find(url.path, '?'));
        struct slice ending = slice_of(endings[i]);
        is_image = is_image ||
                   (path.len > ending.len &&
                    slice_equal_nocase(slice_sub(path, path.len - ending.len, path.len), ending));
    }
    if (!is_image) {
        say(s, true, "author.avatar_url",
            "does not end like an image (.png, .jpg, …); a web page or a share link shows nothing");
    }
}

static void check_welcome(const struct subject *s, struct slice welcome)
{
    size_t chars = 0;
    for (size_t i = 0; i < welcome.len; i++) {
        chars += ((unsigned char)welcome.ptr[i] & 0xc0) != 0x80;
    }
    if (chars > LIMIT_CONVERSATIONS_TEXT_CHARS_MAX) {
        say(s, false, "welcome", "has more than 4096 characters, the most that one message takes");
    }
}

/* Of what a store tells, one message has room for so much; the rest would not be told. */
static void check_told(const struct subject *s, const char *path, struct slice text)
{
    if (text.len > LIMIT_TOLD_BYTES_MAX) {
        say(s, false, path, "has more than 3000 bytes, the most that is told");
    }
}

/* In all languages. */
static void check_texts(const struct subject *s, const struct store *store)
{
    check_welcome(s, store->welcome);
    check_told(s, "handoff.notice", store->handoff_notice);
    check_told(s, "handoff.failed", store->handoff_failed);
    check_told(s, "handoff.ended", store->session_ended);
    check_told(s, "handoff.nobody.text", store->nobody_text);
    check_told(s, "handoff.hours.text", store->closed_text);
    check_told(s, "handoff.agents.text", store->away_text);
    check_told(s, "inactivity.text", store->silent_text);
    for (size_t i = 0; i < store->outcome_count; i++) {
        check_told(s, "handoff.outcomes", store->outcomes[i].text);
    }
    for (size_t i = 0; i < store->text_count; i++) {
        const struct store_text *text = &store->texts[i];
        const char *path = config_words_path(text->slot);
        if (text->slot == SLOT_WELCOME) {
            check_welcome(s, text->text);
        } else {
            check_told(s, path != NULL ? path : "handoff.outcomes", text->text);
        }
    }
}

/* Rows 72, 73, 77. */
static void check_handoff(const struct subject *s, const struct store *store)
{
    const uint32_t usual_rules = REASON_BIT(REASON_ASKED) | REASON_BIT(REASON_BOT) |
                                 REASON_BIT(REASON_BOT_FAILED) | REASON_BIT(REASON_BOT_TIMED_OUT);
    if ((store->reasons_off & usual_rules) == usual_rules && store->reasons_on == 0) {
        say(s, true, "handoff.rules",
            "all rules are switched off: no human will ever be called but by hand");
    }
    config_handoff_check(s->p, s->at, store);
    config_time_check(s->p, s->at, store);
    config_hours_check(s->p, s->at, store);
    bool needs_confidence = (store->reasons_on & REASON_BIT(REASON_LOW_CONFIDENCE)) != 0;
    if (needs_confidence && !(store->low_confidence > 0 && store->low_confidence <= 1)) {
        say(s, false, "handoff.rules.low_confidence",
            "expected a number above 0 and at most 1, like 0.6; leave it out to switch it off");
    }
    if (!(store->low_rating >= -RATING_MAX && store->low_rating <= RATING_MAX)) {
        say(s, false, "handoff.rules.low_rating", "expected a number from -100 to 100");
    }
}

/* Rows 5, 6. */
static void check_chat(const struct subject *s, const struct store *store, bool has_messaging)
{
    if (store->handoff_live && !has_messaging) {
        say(s, false, "chat",
            "its account has no \"conversations\", over which a chat reaches a human; add them, or "
            "write \"handoff\": {\"live\": false} to have a ticket made instead");
    }
    if (store->bot_kind == BOT_OPENAI || (store->handoff_live && store->bot_kind == BOT_NONE)) {
        say(s, false, "chat",
            "needs a \"bot\" of kind \"http\": what agents say is posted to its url, for its "
            "widget "
            "to show");
    } else if (store->chat_turns && store->bot_kind == BOT_NONE) {
        say(s, false, "chat.turns", "there is no \"bot\" to be asked");
    }
}

static void unknown_account(const struct subject *s, struct config_file *file,
                            const struct config_set *published, struct slice name)
{
    char texts[NAMES_MAX][NAME_BYTES];
    const char *names[NAMES_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < file->account_count && count < NAMES_MAX; i++, count++) {
        text_set(texts[count], NAME_BYTES, "%.*s", SLICE_ARG(file->accounts[i].account.name));
    }
    size_t more = published == NULL ? 0 : config_account_count(published);
    for (size_t i = 0; i < more && count < NAMES_MAX; i++, count++) {
        text_set(texts[count], NAME_BYTES, "%.*s",
                 SLICE_ARG(config_account_at(published, i)->name));
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = texts[i];
    }
    const char *nearest = nearest_name(name, names, count);
    char text[PROBLEM_TEXT_BYTES];
    text_set(text, sizeof text, "there is no account \"%.*s\"%s%s%s%s",
             SLICE_ARG(slice_cut_utf8(name, LIMIT_NAME_BYTES_MAX)),
             published == NULL ? " in this file" : " in this file, and none is published",
             nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
             nearest == NULL ? "" : "\"?");
    say(s, false, "account", text);
}

static void check_store(struct config_file *file, const struct config_set *published,
                        const struct draft_store *d)
{
    const struct subject s = {&file->problems, d->at, "stores"};
    const struct store *store = &d->store;
    const struct draft_account *account = config_file_account(file, store->account);
    const struct account *known = published_account(published, store->account);
    if (store->account.len > 0 && account == NULL && known == NULL) {
        unknown_account(&s, file, published, store->account);
    }
    bool has_messaging =
        account != NULL ? account->has_conversations : known != NULL && known->app_id.len > 0;
    if (store->widget_id.len > 0 && !has_messaging && (account != NULL || known != NULL)) {
        say(&s, false, "widget",
            "its account has no \"conversations\", and no widget can be answered without: app_id, "
            "key_id and "
            "key_secret of a Conversations API key");
    }
    if (store->chat) {
        check_chat(&s, store, has_messaging);
    }
    if (store->bot_kind == BOT_NONE) {
        say(&s, true, "", "has no \"bot\": nobody will answer");
    } else if (store->bot_url.len > 0) {
        check_bot(&s, store);
        check_model(&s, store);
    }
    check_handoff(&s, store);
    check_avatar(&s, store->author_avatar_url);
    check_texts(&s, store);
    bool has_tickets = account != NULL
                           ? account->has_support
                           : known != NULL && known->email.len + known->oauth_client_id.len > 0;
    if (has_tickets && d->tokens.count == 0) {
        say(&s, true, "", "has no \"tokens\": its ticket and event endpoints will answer 401");
    }
}

err_t config_rules_check(struct config_file *file, const struct config_set *published)
{
    for (size_t i = 0; i < file->account_count; i++) {
        check_account(file, &file->accounts[i]);
    }
    for (size_t i = 0; i < file->store_count; i++) {
        check_store(file, published, &file->stores[i]);
    }
    return config_rules_widgets(file, published);
}
