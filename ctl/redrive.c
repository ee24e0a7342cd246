#include "ctl/redrive.h"

#include "event/codec.h"

static err_t refuse(struct why *why, const char *text)
{
    why_set(why, "%s", text);
    return ERR(USAGE);
}

/* NULL when it may be done late. */
static const char *came_too_late(const struct command *command)
{
    if (command->effect == EFFECT_PASS_CONTROL) {
        return "control is not passed again by itself, since somebody may have the conversation by "
               "now: "
               "`tieline escalate CONVERSATION` calls a human, `tieline handback CONVERSATION` the "
               "bot";
    }
    bool is_said = command->voice == VOICE_BOT || command->voice == VOICE_NOTICE;
    bool is_question =
        command->effect == EFFECT_BOT_TURN || command->effect == EFFECT_FENCE ||
        command->effect == EFFECT_FETCH_ACTIVE || command->effect == EFFECT_FETCH_TICKET ||
        command->effect == EFFECT_FETCH_MESSAGES || command->effect == EFFECT_SEARCH_TICKETS ||
        command->effect == EFFECT_FETCH_AGENTS;
    if (is_said) {
        return "these words were for their moment, and would be said too late";
    }
    return is_question ? "it asked how things were then; the next event asks anew" : NULL;
}

static err_t command_again(struct arena *arena, const struct dead *dead, struct why *why,
                           struct bus_message *ret)
{
    struct command command = {0};
    CLEANUP(buf) struct buf value = {0};
    char id[IDENT_EFFECT_TEXT_BYTES];
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    if (err_failed(codec_command_decode(arena, dead->value, why, &command))) {
        why_prefix(why, "this version cannot read it either: ");
        return ERR(USAGE);
    }
    const char *late = came_too_late(&command);
    if (late != NULL) {
        return refuse(why, late);
    }
    command.look_first = true;
    effect_id_text(command.effect_id, id);
    TRY(codec_command_encode(&command, &value));
    TRY(arena_copy(arena, buf_slice(&value), &ret->value));
    TRY(arena_copy(arena, slice_of(id), &ret->ce_id));
    ret->topic = TOPIC_COMMANDS;
    ret->key = command.conversation;
    ret->ce_type = slice_of(effect_name(command.effect));
    ret->traceparent = command.traceparent;
    return err_ok();
}

static err_t event_again(struct arena *arena, const struct dead *dead, struct why *why,
                         struct bus_message *ret)
{
    struct event event = {0};
    if (err_failed(codec_event_decode(arena, dead->value, why, &event))) {
        why_prefix(why, "this version cannot read it either: ");
        return ERR(USAGE);
    }
    if (!event_has_conversation(event.type)) {
        return refuse(why, "it is no event of a conversation");
    }
    ret->topic = TOPIC_EVENTS;
    ret->key = event.conversation;
    ret->value = dead->value;
    ret->ce_id = event.id;
    ret->ce_type = slice_of(event_type_name(event.type));
    ret->traceparent = event.traceparent;
    return err_ok();
}

err_t redrive_make(struct arena *arena, const struct dead *dead, struct why *why,
                   struct bus_message *ret)
{
    struct bus_message message = {.partition = -1, .ce_source = SLICE("tieline/ctl")};
    struct slice commands = slice_of(topic_name(TOPIC_COMMANDS));
    struct slice events = slice_of(topic_name(TOPIC_EVENTS));
    if (dead->value.len >= LIMIT_DEAD_VALUE_BYTES_MAX) {
        return refuse(why, "it was too large to be kept whole");
    }
    if (slice_equal(dead->topic, commands)) {
        TRY(command_again(arena, dead, why, &message));
    } else if (slice_equal(dead->topic, events)) {
        TRY(event_again(arena, dead, why, &message));
    } else {
        return refuse(why, "it came as a webhook and never was a record: "
                           "`tieline backfill ACCOUNT --since T` has its account read again");
    }
    *ret = message;
    return err_ok();
}
