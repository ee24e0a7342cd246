#include "ctl/diff.h"

#include "base/check.h"
#include "ctl/out.h"

#include <string.h>

enum { LINES_BYTES_MAX = 64 * 1024, SHOWN_BYTES_MAX = 60 };

static err_t note(struct diff *d, const char *member)
{
    CHECK(d->count < DIFF_MEMBERS_MAX);
    d->members[d->count++] = member;
    return buf_printf(&d->lines, "    %s: ", member);
}

static err_t put_value(struct diff *d, struct slice value)
{
    if (value.len == 0) {
        return buf_append_text(&d->lines, "(none)");
    }
    struct slice shown = slice_cut_utf8(value, SHOWN_BYTES_MAX);
    CLEANUP(buf) struct buf quoted;
    buf_init(&quoted, 8 * SHOWN_BYTES_MAX);
    struct json_write w; /* escapes what would move the cursor */
    json_write_init(&w, &quoted);
    json_slice(&w, shown);
    TRY(json_write_done(&w));
    TRY(buf_append(&d->lines, buf_slice(&quoted)));
    return shown.len < value.len ? buf_append_text(&d->lines, "…") : err_ok();
}

static err_t text(struct diff *d, const char *member, struct slice before, struct slice after)
{
    if (slice_equal(before, after)) {
        return err_ok();
    }
    TRY(note(d, member));
    TRY(put_value(d, before));
    TRY(buf_append_text(&d->lines, " → "));
    TRY(put_value(d, after));
    return buf_append_char(&d->lines, '\n');
}

static err_t words(struct diff *d, const char *member, const char *before, const char *after)
{
    if (strcmp(before, after) == 0) {
        return err_ok();
    }
    TRY(note(d, member));
    return buf_printf(&d->lines, "%s → %s\n", before, after);
}

static err_t boolean(struct diff *d, const char *member, bool before, bool after)
{
    return words(d, member, before ? "true" : "false", after ? "true" : "false");
}

static err_t number(struct diff *d, const char *member, uint32_t before, uint32_t after)
{
    char was[16];
    char is[16];
    (void)snprintf(was, sizeof was, "%u", before);
    (void)snprintf(is, sizeof is, "%u", after);
    return words(d, member, was, is);
}

static err_t secret(struct diff *d, const char *member, bool is_same, bool was_set, bool is_set)
{
    if (is_same) {
        return err_ok();
    }
    TRY(note(d, member));
    const char *what = !was_set ? "set" : is_set ? "changed" : "taken away";
    return buf_printf(&d->lines, "%s\n", what);
}

static err_t sealed(struct diff *d, const char *member, const struct sealed *before,
                    const struct sealed *after)
{
    return secret(d, member, slice_equal(before->box, after->box), before->box.len > 0,
                  after->box.len > 0);
}

static err_t hashes(struct diff *d, const char *member, const struct secret_hashes *before,
                    const struct secret_hashes *after)
{
    bool is_same = before->count == after->count;
    for (size_t i = 0; i < before->count && is_same; i++) {
        is_same = memcmp(before->hash[i].bytes, after->hash[i].bytes, IDENT_KEY_BYTES) == 0;
    }
    return secret(d, member, is_same, before->count > 0, after->count > 0);
}

static err_t boxes(struct diff *d, const char *member, const struct sealed *before,
                   size_t before_count, const struct sealed *after, size_t after_count)
{
    bool is_same = before_count == after_count;
    for (size_t i = 0; i < before_count && is_same; i++) {
        is_same = slice_equal(before[i].box, after[i].box);
    }
    return secret(d, member, is_same, before_count > 0, after_count > 0);
}

static err_t diff_deployment(struct diff *d, const struct deployment *b, const struct deployment *a)
{
    char before[16];
    char after[16];
    (void)snprintf(before, sizeof before, "%u", b->partitions);
    (void)snprintf(after, sizeof after, "%u", a->partitions);
    TRY(words(d, "partitions", before, after));
    TRY(text(d, "moved into", b->moved_into, a->moved_into));
    TRY(text(d, "moving from", b->moving_from, a->moving_from));
    TRY(text(d, "public address", b->public_url, a->public_url));
    TRY(secret(d, "ingest public key", slice_equal(b->ingest_public_key, a->ingest_public_key),
               b->ingest_public_key.len > 0, a->ingest_public_key.len > 0));
    return secret(d, "egress public key", slice_equal(b->egress_public_key, a->egress_public_key),
                  b->egress_public_key.len > 0, a->egress_public_key.len > 0);
}

static const char *login_name(enum key_login login)
{
    return login == KEY_LOGIN_JWT ? "\"jwt\"" : "\"basic\"";
}

static err_t diff_account(struct diff *d, const struct account *b, const struct account *a)
{
    TRY(boolean(d, "enabled", b->enabled, a->enabled));
    TRY(text(d, "subdomain", b->subdomain, a->subdomain));
    TRY(text(d, "conversations.url", b->conversations_url, a->conversations_url));
    TRY(text(d, "conversations.app_id", b->app_id, a->app_id));
    TRY(text(d, "conversations.key_id", b->key_id, a->key_id));
    TRY(sealed(d, "conversations.key_secret", &b->key_secret, &a->key_secret));
    TRY(words(d, "conversations.key_login", login_name(b->key_login), login_name(a->key_login)));
    TRY(text(d, "conversations.integration_id", b->integration_id, a->integration_id));
    TRY(text(d, "conversations.switchboard_integration", b->switchboard_integration,
             a->switchboard_integration));
    TRY(text(d, "conversations.agent_target", b->agent_target, a->agent_target));
    TRY(hashes(d, "conversations.webhook_secrets", &b->webhook_secrets, &a->webhook_secrets));
    TRY(text(d, "support.url", b->support_url, a->support_url));
    TRY(text(d, "support.email", b->email, a->email));
    TRY(sealed(d, "support.api_token", &b->api_token, &a->api_token));
    TRY(text(d, "support.oauth.client_id", b->oauth_client_id, a->oauth_client_id));
    TRY(sealed(d, "support.oauth.client_secret", &b->oauth_client_secret, &a->oauth_client_secret));
    TRY(text(d, "support.bot_user_id", b->bot_user_id, a->bot_user_id));
    return boxes(d, "support.signing_secrets", b->signing_secrets, b->signing_secret_count,
                 a->signing_secrets, a->signing_secret_count);
}

static const char *release_name(enum after_release release)
{
    return release == AFTER_RELEASE_END ? "\"end\"" : "\"resume\"";
}

static const char *bot_name(enum bot_kind kind)
{
    switch (kind) {
    case BOT_NONE: return "(none)";
    case BOT_HTTP: return "\"http\"";
    case BOT_OPENAI: return "\"openai\"";
    default: BUG("no such kind of bot");
    }
}

static bool same_texts(const struct slice *b, size_t b_count, const struct slice *a, size_t a_count)
{
    bool same = b_count == a_count;
    for (size_t i = 0; i < b_count && same; i++) {
        same = slice_equal(b[i], a[i]);
    }
    return same;
}

static bool same_outcomes(const struct store *b, const struct store *a)
{
    bool same = b->outcome_count == a->outcome_count;
    for (size_t i = 0; i < b->outcome_count && same; i++) {
        const struct rule_outcome *x = &b->outcomes[i];
        const struct rule_outcome *y = &a->outcomes[i];
        same = x->reason == y->reason && x->way == y->way && x->priority == y->priority &&
               slice_equal(x->tags, y->tags) && slice_equal(x->text, y->text);
    }
    return same;
}

static bool same_rules(const struct store *b, const struct store *a)
{
    return b->reasons_off == a->reasons_off && b->reasons_on == a->reasons_on &&
           memcmp(&b->low_confidence, &a->low_confidence, sizeof b->low_confidence) == 0 &&
           memcmp(&b->low_rating, &a->low_rating, sizeof b->low_rating) == 0 &&
           same_texts(b->actions, b->action_count, a->actions, a->action_count) &&
           same_outcomes(b, a);
}

static bool same_fields(const struct store *b, const struct store *a)
{
    bool same = b->field_count == a->field_count;
    for (size_t i = 0; i < b->field_count && same; i++) {
        same = slice_equal(b->fields[i].field_id, a->fields[i].field_id) &&
               slice_equal(b->fields[i].source, a->fields[i].source);
    }
    return same;
}

static const char *place_name(enum summary_place place)
{
    switch (place) {
    case SUMMARY_NOTE: return "note";
    case SUMMARY_FIRST_MESSAGE: return "first_message";
    case SUMMARY_OFF: return "off";
    }
    BUG("no such place");
}

static const char *transcript_name(enum transcript_place place)
{
    return place == TRANSCRIPT_NOTE ? "note" : "off";
}

/* What a ticket of a hand-over carries. */
static err_t diff_ticket(struct diff *d, const struct store *b, const struct store *a)
{
    if (!same_fields(b, a)) {
        TRY(note(d, "handoff.fields"));
        TRY(buf_printf(&d->lines, "%zu → %zu\n", b->field_count, a->field_count));
    }
    TRY(words(d, "handoff.summary", place_name(b->summary_place), place_name(a->summary_place)));
    TRY(words(d, "handoff.transcript", transcript_name(b->transcript_place),
              transcript_name(a->transcript_place)));
    TRY(words(d, "handoff.priority", priority_name(b->handoff_priority),
              priority_name(a->handoff_priority)));
    TRY(words(d, "handoff.status", b->handoff_open ? "open" : "new",
              a->handoff_open ? "open" : "new"));
    TRY(boolean(d, "handoff.bot_tag", b->handoff_bot_tag, a->handoff_bot_tag));
    TRY(text(d, "handoff.assignee", b->handoff_assignee_id, a->handoff_assignee_id));
    TRY(text(d, "handoff.form", b->handoff_form_id, a->handoff_form_id));
    TRY(text(d, "handoff.conversation_url", b->conversation_url, a->conversation_url));
    return text(d, "handoff.placeholder_domain", b->placeholder_domain, a->placeholder_domain);
}

static err_t diff_handoff(struct diff *d, const struct store *b, const struct store *a)
{
    char before[16];
    char after[16];
    (void)snprintf(before, sizeof before, "%zu", b->phrase_count);
    (void)snprintf(after, sizeof after, "%zu", a->phrase_count);
    bool same = same_texts(b->phrases, b->phrase_count, a->phrases, a->phrase_count);
    TRY(boolean(d, "handoff.live", b->handoff_live, a->handoff_live));
    if (!same_rules(b, a)) {
        TRY(note(d, "handoff.rules"));
        TRY(buf_append_text(&d->lines, "changed\n"));
    }
    if (!same) {
        TRY(note(d, "handoff.phrases"));
        TRY(buf_printf(&d->lines, "%s → %s\n", before, after));
    }
    TRY(boolean(d, "handoff.preferences", b->handoff_preferences, a->handoff_preferences));
    TRY(diff_ticket(d, b, a));
    TRY(text(d, "handoff.notice", b->handoff_notice, a->handoff_notice));
    TRY(text(d, "handoff.failed", b->handoff_failed, a->handoff_failed));
    TRY(text(d, "handoff.ended", b->session_ended, a->session_ended));
    TRY(text(d, "handoff.group", b->handoff_group_id, a->handoff_group_id));
    return text(d, "handoff.tags", b->handoff_tags, a->handoff_tags);
}

static err_t span(struct diff *d, const char *member, span_ms_t before, span_ms_t after)
{
    char was[32];
    char is[32];
    (void)snprintf(was, sizeof was, "%lldms", (long long)before.ms);
    (void)snprintf(is, sizeof is, "%lldms", (long long)after.ms);
    return words(d, member, was, is);
}

static bool same_languages(const struct store *b, const struct store *a)
{
    bool same = b->text_count == a->text_count;
    for (size_t i = 0; i < b->text_count && same; i++) {
        const struct store_text *x = &b->texts[i];
        const struct store_text *y = &a->texts[i];
        same = x->slot == y->slot && x->reason == y->reason &&
               slice_equal(x->language, y->language) && slice_equal(x->text, y->text);
    }
    return same;
}

/* Rows without padding between their members. */
static bool same_rows(const void *b, size_t b_count, const void *a, size_t a_count, size_t bytes)
{
    return b_count == a_count && (b_count == 0 || memcmp(b, a, b_count * bytes) == 0);
}

static bool same_hours(const struct store *b, const struct store *a)
{
    bool same = slice_equal(b->zone, a->zone) && b->closed_then == a->closed_then &&
                b->offset_count == a->offset_count;
    for (size_t i = 0; i < b->offset_count && same; i++) {
        same = b->offsets[i].from.ms == a->offsets[i].from.ms &&
               b->offsets[i].east_s == a->offsets[i].east_s;
    }
    return same &&
           same_rows(b->openings, b->opening_count, a->openings, a->opening_count,
                     sizeof b->openings[0]) &&
           same_rows(b->holidays, b->holiday_count, a->holidays, a->holiday_count,
                     sizeof b->holidays[0]);
}

static err_t diff_time(struct diff *d, const struct store *b, const struct store *a)
{
    static const char *const away[] = {"ticket", "message"};
    static const char *const nobody[] = {"wait", "ticket", "bot"};
    static const char *const silent[] = {"release", "end"};
    if (!same_hours(b, a)) {
        TRY(note(d, "handoff.hours"));
        TRY(buf_append_text(&d->lines, "changed\n"));
    }
    TRY(text(d, "handoff.hours.text", b->closed_text, a->closed_text));
    TRY(boolean(d, "handoff.agents", b->agents_asked, a->agents_asked));
    TRY(words(d, "handoff.agents.then", away[b->away_then], away[a->away_then]));
    TRY(text(d, "handoff.agents.text", b->away_text, a->away_text));
    if (!same_languages(b, a)) {
        TRY(note(d, "texts in other languages"));
        TRY(buf_append_text(&d->lines, "changed\n"));
    }
    TRY(span(d, "handoff.nobody.after", b->nobody_after, a->nobody_after));
    TRY(words(d, "handoff.nobody.then", nobody[b->nobody_then], nobody[a->nobody_then]));
    TRY(text(d, "handoff.nobody.text", b->nobody_text, a->nobody_text));
    TRY(span(d, "inactivity.after", b->silent_after, a->silent_after));
    TRY(words(d, "inactivity.then", silent[b->silent_then], silent[a->silent_then]));
    TRY(text(d, "inactivity.text", b->silent_text, a->silent_text));
    return boolean(d, "end_solves_ticket", b->end_solves, a->end_solves);
}

static err_t diff_store(struct diff *d, const struct store *b, const struct store *a)
{
    TRY(text(d, "account", b->account, a->account));
    TRY(boolean(d, "enabled", b->enabled, a->enabled));
    TRY(text(d, "brand", b->brand_id, a->brand_id));
    TRY(text(d, "widget", b->widget_id, a->widget_id));
    TRY(boolean(d, "default_responder", b->default_responder, a->default_responder));
    TRY(words(d, "after_release", release_name(b->after_release), release_name(a->after_release)));
    TRY(words(d, "bot.kind", bot_name(b->bot_kind), bot_name(a->bot_kind)));
    TRY(text(d, "bot.url", b->bot_url, a->bot_url));
    TRY(sealed(d, "bot.secret", &b->bot_secret, &a->bot_secret));
    TRY(span(d, "bot.timeout", b->bot_timeout, a->bot_timeout));
    TRY(boolean(d, "bot.allow_private_address", b->bot_private_allowed, a->bot_private_allowed));
    TRY(boolean(d, "bot.notices", b->bot_notices, a->bot_notices));
    TRY(boolean(d, "bot.typing", b->bot_typing, a->bot_typing));
    TRY(text(d, "bot.model", b->bot_model, a->bot_model));
    TRY(text(d, "bot.system", b->bot_system, a->bot_system));
    TRY(number(d, "bot.max_tokens", b->bot_max_tokens, a->bot_max_tokens));
    TRY(number(d, "bot.context_tokens", b->bot_context_tokens, a->bot_context_tokens));
    TRY(text(d, "author.name", b->author_name, a->author_name));
    TRY(text(d, "author.avatar_url", b->author_avatar_url, a->author_avatar_url));
    TRY(text(d, "welcome", b->welcome, a->welcome));
    TRY(boolean(d, "chat", b->chat, a->chat));
    TRY(boolean(d, "chat.turns", b->chat_turns, a->chat_turns));
    TRY(diff_handoff(d, b, a));
    TRY(diff_time(d, b, a));
    TRY(hashes(d, "tokens", &b->tokens, &a->tokens));
    return boxes(d, "signing_secrets", b->signing_secrets, b->signing_secret_count,
                 a->signing_secrets, a->signing_secret_count);
}

err_t diff_entry(const struct plan_entry *entry, struct diff *ret)
{
    *ret = (struct diff){.count = 0};
    buf_init(&ret->lines, LINES_BYTES_MAX);
    if (entry->change != PLAN_CHANGED) {
        return err_ok();
    }
    switch (entry->after.kind) {
    case CONFIG_DEPLOYMENT:
        return diff_deployment(ret, &entry->before.body.deployment, &entry->after.body.deployment);
    case CONFIG_ACCOUNT:
        return diff_account(ret, &entry->before.body.account, &entry->after.body.account);
    case CONFIG_STORE: return diff_store(ret, &entry->before.body.store, &entry->after.body.store);
    case CONFIG_NONE:
    default: BUG("a plan entry without a kind");
    }
}

void diff_deinit(struct diff *d)
{
    buf_deinit(&d->lines);
}

static const char *change_name(enum plan_change change)
{
    switch (change) {
    case PLAN_ADDED: return "added";
    case PLAN_CHANGED: return "changed";
    case PLAN_SAME: return "same";
    default: BUG("no such change");
    }
}

static void print_json(const struct plan_entry *entry, const struct diff *d, FILE *out)
{
    struct out_line o;
    out_begin(&o, out);
    json_put_text(&o.json, "change", change_name(entry->change));
    json_put_slice(&o.json, "key", entry->key);
    json_key(&o.json, "members");
    json_array(&o.json);
    for (size_t i = 0; i < d->count; i++) {
        json_text(&o.json, d->members[i]);
    }
    json_end(&o.json);
    out_end(&o);
}

err_t diff_print(const struct plan *plan, bool json, FILE *out)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];
        struct diff d;
        err_t e = diff_entry(entry, &d);
        if (!err_failed(e) && json) {
            print_json(entry, &d, out);
        } else if (!err_failed(e) && entry->change != PLAN_SAME) {
            (void)fprintf(out, "  %c %.*s\n%s", entry->change == PLAN_ADDED ? '+' : '~',
                          SLICE_ARG(entry->key), buf_text(&d.lines));
        }
        diff_deinit(&d);
        TRY(e);
    }
    if (!json && plan->count > plan->changes) {
        (void)fprintf(out, "  %zu unchanged\n", plan->count - plan->changes);
    }
    return err_ok();
}
