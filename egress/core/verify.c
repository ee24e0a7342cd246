#include "egress/core/verify.h"

#include "base/check.h"
#include "base/limits.h"
#include "egress/core/audits.h"
#include "egress/core/conversations.h"
#include "egress/core/owner.h"
#include "egress/core/support.h"
#include "egress/core/verify_made.h"
#include "egress/core/zendesk.h"

enum {
    MESSAGE_PAGES_MAX = 10,
    MESSAGES_A_PAGE = 100, /* fixed by Zendesk */
    TICKET_PAGES_MAX = 5,
};

static bool is_control(enum effect_kind effect)
{
    return effect == EFFECT_PASS_CONTROL || effect == EFFECT_RELEASE_CONTROL;
}

bool verify_can_look(const struct command *command)
{
    if (command->api == API_CONVERSATIONS) {
        return command->effect == EFFECT_MESSAGE || is_control(command->effect) ||
               verify_made_is(command->effect);
    }
    return command->api == API_SUPPORT &&
           (command->effect == EFFECT_TICKET_UPDATE || command->effect == EFFECT_TICKET_CREATE);
}

const char *verify_result_name(enum verify_result result)
{
    switch (result) {
#define X(name, text)                                                                              \
    case VERIFY_##name: return text;
        VERIFY_RESULT_TABLE(X)
#undef X
    }
    BUG("verify result out of range");
}

bool verify_names(const struct json *metadata, const struct command *command)
{
    char stamp[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, stamp);
    return slice_equal(json_string(json_member(metadata, SLICE(VERIFY_STAMP))), slice_of(stamp));
}

static wall_ms_t born(const struct command *command)
{
    return wall_add(command->created, span_ms(-VERIFY_SLACK_MS));
}

bool verify_is_older(const struct json *object, const char *member, const struct command *command)
{
    wall_ms_t at = {0};
    return wall_known(command->created) &&
           !err_failed(
               instant_parse_iso8601(json_string(json_member(object, slice_of(member))), &at)) &&
           wall_before(at, born(command));
}

/* ---- messages */

static err_t messages_path(const struct verify_ask *ask, struct slice *ret_path)
{
    struct slice path = ask->command->path; /* the list stands where they are posted */
    if (slice_empty(ask->cursor)) {
        *ret_path = path;
        return err_ok();
    }
    struct slice before = {0};
    TRY(zendesk_encode(ask->arena, ask->cursor, &before));
    return arena_printf(ask->arena, ret_path, "%.*s?page%%5Bbefore%%5D=%.*s", SLICE_ARG(path),
                        SLICE_ARG(before));
}

/* Whom the command speaks as: the business, or one user. */
struct speaker {
    bool is_user;
    struct slice user_id; /* empty: known by another id */
};

static struct speaker speaker_of(const struct verify_ask *ask)
{
    const struct json *body = NULL;
    struct speaker speaker = {.is_user = ask->command->voice == VOICE_CUSTOMER};
    if (err_failed(json_parse(ask->arena, ask->command->body, NULL, NULL, &body))) {
        return speaker;
    }
    const struct json *author = json_member(body, SLICE("author"));
    struct slice type = json_string(json_member(author, SLICE("type")));
    if (!slice_empty(type)) {
        speaker.is_user = slice_equal(type, SLICE("user"));
    }
    speaker.user_id = json_id(json_member(author, SLICE("userId")));
    return speaker;
}

/* Anyone who can write metadata could copy a stamp; only who we post as counts. */
static bool is_by(const struct json *message, const struct speaker *speaker)
{
    const struct json *author = json_member(message, SLICE("author"));
    struct slice type = json_string(json_member(author, SLICE("type")));
    if (!speaker->is_user) {
        return slice_equal(type, SLICE("business"));
    }
    return slice_equal(type, SLICE("user")) &&
           (slice_empty(speaker->user_id) ||
            slice_equal(json_id(json_member(author, SLICE("userId"))), speaker->user_id));
}

/* The oldest message of a page, in whatever order it stands there. */
static const struct json *oldest_of(const struct json *messages)
{
    const struct json *oldest = NULL;
    wall_ms_t since = {0};
    JSON_EACH(message, messages)
    {
        wall_ms_t at = {0};
        struct slice text = json_string(json_member(message, SLICE("received")));
        if (!err_failed(instant_parse_iso8601(text, &at)) &&
            (oldest == NULL || wall_before(at, since))) {
            oldest = message;
            since = at;
        }
    }
    return oldest;
}

/* What to read after a page that does not hold it. Pages go back in time, so one message that is
 * older than the command says that all further ones are. A full page counts as one of several,
 * whatever is said beside it. */
static err_t older_messages(const struct verify_ask *ask, const struct json *root,
                            const struct json *messages, struct verify_found *found)
{
    const struct json *oldest = oldest_of(messages);
    bool has_more = json_bool(json_find(root, "meta.hasMore"), false) ||
                    !slice_empty(json_string(json_find(root, "links.prev"))) ||
                    messages->count >= MESSAGES_A_PAGE;
    if (!has_more || messages->count == 0 || verify_is_older(oldest, "received", ask->command)) {
        found->result = VERIFY_ABSENT;
        return err_ok();
    }
    struct slice before = json_id(json_find(root, "meta.beforeCursor"));
    if (slice_empty(before)) {
        before = json_id(json_member(oldest, SLICE("id"))); /* the marks are ids of messages */
    }
    if (slice_empty(before) || before.len > LIMIT_ID_BYTES_MAX ||
        slice_equal(before, ask->cursor)) {
        return err_ok(); /* leads nowhere */
    }
    found->result = VERIFY_MORE;
    return arena_copy(ask->arena, before, &found->cursor);
}

static err_t messages_read(const struct verify_ask *ask, const struct json *root,
                           struct verify_found *found)
{
    const struct json *messages = json_member(root, SLICE("messages"));
    if (messages == NULL || messages->type != JSON_ARRAY) {
        return err_ok();
    }
    struct speaker speaker = speaker_of(ask);
    JSON_EACH(message, messages)
    {
        if (verify_names(json_member(message, SLICE("metadata")), ask->command) &&
            is_by(message, &speaker)) {
            found->result = VERIFY_PRESENT;
            found->remote_id = json_id(json_member(message, SLICE("id")));
            return err_ok();
        }
    }
    return older_messages(ask, root, messages, found);
}

/* ---- new tickets */

static err_t tickets_path(const struct verify_ask *ask, struct slice *ret_path)
{
    struct slice id = {0};
    struct slice path = {0};
    TRY(support_external_path(ask->arena, ask->command->body, &path, &id));
    if (slice_empty(ask->cursor)) {
        *ret_path = path;
        return err_ok();
    }
    return arena_printf(ask->arena, ret_path, "%.*s&page=%.*s", SLICE_ARG(path),
                        SLICE_ARG(ask->cursor));
}

static err_t tickets_read(const struct verify_ask *ask, const struct json *root,
                          struct verify_found *found)
{
    const struct json *tickets = json_member(root, SLICE("tickets"));
    struct slice path = {0};
    struct slice wanted = {0};
    if (tickets == NULL || tickets->type != JSON_ARRAY ||
        err_failed(support_external_path(ask->arena, ask->command->body, &path, &wanted))) {
        return err_ok();
    }
    JSON_EACH(ticket, tickets)
    {
        if (slice_equal(json_string(json_member(ticket, SLICE("external_id"))), wanted)) {
            found->result = VERIFY_PRESENT;
            found->remote_id = json_id(json_member(ticket, SLICE("id")));
            return err_ok();
        }
    }
    if (slice_empty(json_string(json_member(root, SLICE("next_page"))))) {
        found->result = VERIFY_ABSENT;
        return err_ok();
    }
    uint64_t page = 1;
    if (!slice_empty(ask->cursor) && err_failed(slice_to_u64(ask->cursor, &page))) {
        return err_ok();
    }
    found->result = VERIFY_MORE;
    return arena_printf(ask->arena, &found->cursor, "%u", (unsigned)(page + 1));
}

/* ---- control */

static bool is_target(const struct integration *active, struct slice target)
{
    return !slice_empty(target) &&
           (slice_equal(active->id, target) || slice_equal(active->name, target) ||
            slice_equal(active->type, target));
}

/* Where a call for control has brought the conversation. What it should go to: done. Where it was
 * before (ours when it goes to others; with a human when it goes to us) or nobody's: not done.
 * Anything else came from somebody else. */
static enum verify_result control_of(const struct verify_ask *ask, const struct json *body,
                                     const struct integration *active)
{
    bool is_ours = active->present && owner_is_ours(ask->account, active);
    if (ask->command->effect == EFFECT_RELEASE_CONTROL) {
        return is_ours ? VERIFY_ABSENT : VERIFY_PRESENT;
    }
    struct slice target = json_string(json_member(body, SLICE("switchboardIntegration")));
    const struct integration to = {.present = true, .id = target, .name = target};
    bool to_us = owner_is_ours(ask->account, &to);
    if (active->present && (is_target(active, target) || (to_us && is_ours))) {
        return VERIFY_PRESENT;
    }
    bool is_as_before =
        !active->present || (to_us ? owner_is_human(ask->account, active) : is_ours);
    return is_as_before ? VERIFY_ABSENT : VERIFY_OTHER;
}

static err_t control_read(const struct verify_ask *ask, const struct json *root,
                          struct verify_found *found)
{
    struct integration active = {0};
    const struct json *body = NULL;
    bool has_body = ask->command->effect == EFFECT_PASS_CONTROL;
    if (ask->account == NULL || err_failed(conversations_active(root, &active)) ||
        (has_body && err_failed(json_parse(ask->arena, ask->command->body, NULL, NULL, &body)))) {
        return err_ok();
    }
    found->result = control_of(ask, body, &active);
    found->remote_id = ask->command->remote_id;
    return err_ok();
}

/* ---- all of them */

err_t verify_path(const struct verify_ask *ask, struct slice *ret_path)
{
    enum effect_kind effect = ask->command->effect;
    CHECK(verify_can_look(ask->command));
    if (effect == EFFECT_TICKET_UPDATE) {
        return audits_path(ask, ret_path);
    }
    if (effect == EFFECT_TICKET_CREATE) {
        return tickets_path(ask, ret_path);
    }
    if (effect == EFFECT_MESSAGE) {
        return messages_path(ask, ret_path);
    }
    if (verify_made_is(effect)) {
        return verify_made_path(ask, ret_path);
    }
    *ret_path = owner_conversation_path(ask->command);
    return err_ok();
}

uint32_t verify_requests_max(const struct verify_ask *ask)
{
    enum effect_kind effect = ask->command->effect;
    if (effect == EFFECT_TICKET_UPDATE) {
        return audits_requests_max(ask);
    }
    if (effect == EFFECT_TICKET_CREATE) {
        return TICKET_PAGES_MAX;
    }
    if (effect == EFFECT_CONVERSATION_CREATE) {
        return VERIFY_MADE_PAGES_MAX;
    }
    return effect == EFFECT_MESSAGE ? MESSAGE_PAGES_MAX : 1;
}

static err_t answer_read(const struct verify_ask *ask, const struct json *root,
                         struct verify_found *found)
{
    enum effect_kind effect = ask->command->effect;
    if (effect == EFFECT_TICKET_UPDATE) {
        return audits_read(ask, root, found);
    }
    if (effect == EFFECT_TICKET_CREATE) {
        return tickets_read(ask, root, found);
    }
    if (verify_made_is(effect)) {
        return verify_made_read(ask, root, found);
    }
    return effect == EFFECT_MESSAGE ? messages_read(ask, root, found)
                                    : control_read(ask, root, found);
}

err_t verify_read(const struct verify_ask *ask, const struct json *root,
                  struct verify_found *ret_found)
{
    CHECK(verify_can_look(ask->command));
    struct verify_found found = {.result = VERIFY_UNREADABLE};
    TRY(answer_read(ask, root, &found));
    if (found.result == VERIFY_MORE && found.cursor.len > VERIFY_CURSOR_BYTES_MAX) {
        found.result = VERIFY_UNREADABLE;
    }
    *ret_found = found;
    return err_ok();
}

/* ---- when to look */

mono_ms_t verify_settled_at(mono_ms_t deadline_or_takeover, span_ms_t settle)
{
    return mono_add(deadline_or_takeover, settle);
}

mono_ms_t verify_next_look(uint32_t looks, mono_ms_t now, mono_ms_t settled_at)
{
    static const int64_t waits_ms[] = {1000, 4000, 10 * 1000, 15 * 1000, 30 * 1000};
    enum { WAIT_COUNT = sizeof waits_ms / sizeof waits_ms[0] };
    CHECK(looks >= 1);
    size_t step = looks - 1 < WAIT_COUNT ? looks - 1 : WAIT_COUNT - 1;
    mono_ms_t next = mono_add(now, span_ms(waits_ms[step]));
    /* The look that makes absence count comes as early as it can. */
    return mono_before(now, settled_at) && mono_before(settled_at, next) ? settled_at : next;
}
