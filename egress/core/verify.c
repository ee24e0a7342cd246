#include "egress/core/verify.h"

#include "base/check.h"
#include "egress/core/support.h"
#include "event/ident.h"

/* Audits that are older than the command by this much are not its; clocks may differ. */
enum { AUDIT_SLACK_MS = 10 * 60 * 1000 };

bool verify_can_look(const struct command *command)
{
    if (command->api == API_CONVERSATIONS) {
        return command->effect == EFFECT_MESSAGE;
    }
    return command->api == API_SUPPORT &&
           (command->effect == EFFECT_TICKET_UPDATE || command->effect == EFFECT_TICKET_CREATE);
}

err_t verify_path(struct arena *arena, const struct command *command, uint32_t page,
                  struct slice *ret_path)
{
    CHECK(verify_can_look(command));
    struct slice id = {0};
    if (command->effect == EFFECT_TICKET_UPDATE) {
        return support_audits_path(arena, command->path, page, ret_path);
    }
    if (command->effect == EFFECT_TICKET_CREATE) {
        return support_external_path(arena, command->body, ret_path, &id);
    }
    *ret_path = command->path; /* the list of a conversation's messages is where they are posted */
    return err_ok();
}

const char *verify_result_name(enum verify_result result)
{
    switch (result) {
    case VERIFY_PRESENT: return "present";
    case VERIFY_ABSENT: return "absent";
    case VERIFY_UNREADABLE: return "unreadable";
    case VERIFY_MORE: return "more";
    }
    BUG("verify result out of range");
}

/* Anyone who can write metadata could copy a stamp; only who we post as counts. */
static bool author_is_ours(const struct command *command, const struct json *message)
{
    struct slice type = json_string(json_find(message, "author.type"));
    return slice_equal(type, SLICE("business")) ||
           (command->voice == VOICE_CUSTOMER && slice_equal(type, SLICE("user")));
}

static enum verify_result messages_read(const struct command *command, const struct json *root,
                                        struct slice stamp, struct slice *ret_remote_id)
{
    const struct json *messages = json_member(root, SLICE("messages"));
    if (messages == NULL || messages->type != JSON_ARRAY) {
        return VERIFY_UNREADABLE;
    }
    JSON_EACH(message, messages)
    {
        const struct json *metadata = json_member(message, SLICE("metadata"));
        struct slice found = json_string(json_member(metadata, SLICE(VERIFY_STAMP)));
        if (slice_equal(found, stamp) && author_is_ours(command, message)) {
            *ret_remote_id = json_id(json_member(message, SLICE("id")));
            return VERIFY_PRESENT;
        }
    }
    return VERIFY_ABSENT;
}

/* Written through the API or by the user we work as: a customer's mail is neither. */
static bool audit_is_ours(const struct json *audit, struct slice bot_user_id)
{
    struct slice author = json_id(json_member(audit, SLICE("author_id")));
    return slice_equal(json_string(json_find(audit, "via.channel")), SLICE("api")) ||
           (!slice_empty(author) && slice_equal(author, bot_user_id));
}

static bool is_older(const struct json *audit, wall_ms_t than)
{
    wall_ms_t at = {0};
    return !err_failed(
               instant_parse_iso8601(json_string(json_member(audit, SLICE("created_at"))), &at)) &&
           wall_before(at, than);
}

static enum verify_result audits_read(const struct command *command, struct slice bot_user_id,
                                      const struct json *root, struct slice stamp,
                                      struct slice *ret_remote_id)
{
    const struct json *audits = json_member(root, SLICE("audits"));
    if (audits == NULL || audits->type != JSON_ARRAY) {
        return VERIFY_UNREADABLE;
    }
    wall_ms_t born = wall_add(command->created, span_ms(-AUDIT_SLACK_MS));
    bool starts_newer = audits->first != NULL && !is_older(audits->first, born);
    bool ends_older = false;
    JSON_EACH(audit, audits)
    {
        const struct json *custom = json_find(audit, "metadata.custom");
        struct slice found = json_string(json_member(custom, SLICE(VERIFY_STAMP)));
        if (slice_equal(found, stamp) && audit_is_ours(audit, bot_user_id)) {
            struct slice ticket = json_id(json_member(audit, SLICE("ticket_id")));
            *ret_remote_id = slice_empty(ticket) ? command->remote_id : ticket;
            return VERIFY_PRESENT;
        }
        ends_older = is_older(audit, born);
    }
    bool has_next = !slice_empty(json_string(json_member(root, SLICE("next_page")))) ||
                    json_bool(json_find(root, "meta.has_more"), false);
    /* Newest first, down to what is older than the command: the rest is older still. */
    bool is_enough = wall_known(command->created) && starts_newer && ends_older;
    return has_next && !is_enough ? VERIFY_MORE : VERIFY_ABSENT;
}

static enum verify_result tickets_read(struct arena *arena, const struct command *command,
                                       const struct json *root, struct slice *ret_remote_id)
{
    const struct json *tickets = json_member(root, SLICE("tickets"));
    struct slice path = {0};
    struct slice wanted = {0};
    if (tickets == NULL || tickets->type != JSON_ARRAY ||
        err_failed(support_external_path(arena, command->body, &path, &wanted))) {
        return VERIFY_UNREADABLE;
    }
    JSON_EACH(ticket, tickets)
    {
        if (slice_equal(json_string(json_member(ticket, SLICE("external_id"))), wanted)) {
            *ret_remote_id = json_id(json_member(ticket, SLICE("id")));
            return VERIFY_PRESENT;
        }
    }
    return VERIFY_ABSENT;
}

enum verify_result verify_read(struct arena *arena, const struct command *command,
                               struct slice bot_user_id, const struct json *root,
                               struct slice *ret_remote_id)
{
    CHECK(verify_can_look(command));
    char stamp[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, stamp);
    if (command->effect == EFFECT_TICKET_UPDATE) {
        return audits_read(command, bot_user_id, root, slice_of(stamp), ret_remote_id);
    }
    if (command->effect == EFFECT_TICKET_CREATE) {
        return tickets_read(arena, command, root, ret_remote_id);
    }
    return messages_read(command, root, slice_of(stamp), ret_remote_id);
}

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
