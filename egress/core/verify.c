#include "egress/core/verify.h"

#include "base/check.h"
#include "event/ident.h"

bool verify_can_look(const struct command *command)
{
    return command->effect == EFFECT_MESSAGE && command->api == API_CONVERSATIONS;
}

struct slice verify_path(const struct command *command)
{
    CHECK(verify_can_look(command));
    return command->path; /* the list of a conversation's messages is where they are posted */
}

const char *verify_result_name(enum verify_result result)
{
    switch (result) {
    case VERIFY_PRESENT: return "present";
    case VERIFY_ABSENT: return "absent";
    case VERIFY_UNREADABLE: return "unreadable";
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

enum verify_result verify_read(const struct command *command, const struct json *root,
                               struct slice *ret_remote_id)
{
    CHECK(verify_can_look(command));
    const struct json *messages = json_member(root, SLICE("messages"));
    if (messages == NULL || messages->type != JSON_ARRAY) {
        return VERIFY_UNREADABLE;
    }
    char stamp[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, stamp);
    JSON_EACH(message, messages)
    {
        const struct json *metadata = json_member(message, SLICE("metadata"));
        struct slice found = json_string(json_member(metadata, SLICE(VERIFY_STAMP)));
        if (slice_equal(found, slice_of(stamp)) && author_is_ours(command, message)) {
            *ret_remote_id = json_id(json_member(message, SLICE("id")));
            return VERIFY_PRESENT;
        }
    }
    return VERIFY_ABSENT;
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
