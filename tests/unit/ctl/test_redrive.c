/* redrive.c, dead_read.c: what was set aside, once more. */
#include "base/limits.h"
#include "ctl/dead_read.h"
#include "ctl/redrive.h"
#include "event/codec.h"
#include "tests/support/unit.h"

#include <string.h>

static struct command command_of(enum effect_kind effect, enum voice voice)
{
    bool is_fence = effect == EFFECT_FENCE;
    return (struct command){
        .effect_id = {{7}},
        .effect = effect,
        .slot = SLOT_FORWARD,
        .voice = voice,
        .account = SLICE("acme"),
        .conversation = SLICE("acme/messaging/c1"),
        .api = is_fence ? API_NONE : API_CONVERSATIONS,
        .method = is_fence ? METHOD_NONE : METHOD_POST,
        .body = is_fence ? (struct slice){0} : SLICE("{\"text\":\"caf\xC3\xA9\"}"),
    };
}

static const struct {
    const char *why;
    enum effect_kind effect;
    enum voice voice;
    const char *refusal; /* NULL = it is written again */
} commands[] = {
    {"the customer's words to an agent", EFFECT_MESSAGE, VOICE_CUSTOMER, NULL},
    {"a summary", EFFECT_MESSAGE, VOICE_NONE, NULL},
    {"a ticket", EFFECT_TICKET_CREATE, VOICE_NONE, NULL},
    {"a note", EFFECT_TICKET_UPDATE, VOICE_NONE, NULL},
    {"the bot's words", EFFECT_MESSAGE, VOICE_BOT, "too late"},
    {"the bot's comment", EFFECT_TICKET_UPDATE, VOICE_BOT, "too late"},
    {"a notice", EFFECT_MESSAGE, VOICE_NOTICE, "too late"},
    {"a turn", EFFECT_BOT_TURN, VOICE_NONE, "asks anew"},
    {"a read", EFFECT_FETCH_TICKET, VOICE_NONE, "asks anew"},
    {"a pass", EFFECT_PASS_CONTROL, VOICE_NONE, "tieline escalate"},
    {"a fence", EFFECT_FENCE, VOICE_NONE, "asks anew"},
};

static void calls_are_written_again_where_that_is_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        CLEANUP(arena) struct arena arena = {0};
        CLEANUP(buf) struct buf value = {0};
        struct command command = command_of(commands[i].effect, commands[i].voice);
        struct bus_message message = {0};
        struct why why = {""};
        arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
        buf_init(&value, LIMIT_RECORD_BYTES_MAX);
        EXPECT_OK(commands[i].why, codec_command_encode(&command, &value));
        const struct dead dead = {.topic = SLICE("commands"), .value = buf_slice(&value)};
        err_t e = redrive_make(&arena, &dead, &why, &message);
        if (commands[i].refusal != NULL) {
            EXPECT_CODE(commands[i].why, e, ERR_USAGE);
            EXPECT(commands[i].why, strstr(why.text, commands[i].refusal) != NULL);
            continue;
        }
        struct command again = {0};
        EXPECT_OK(commands[i].why, e);
        EXPECT(commands[i].why, message.topic == TOPIC_COMMANDS && message.partition == -1);
        EXPECT_SLICE(commands[i].why, message.key, command.conversation);
        EXPECT_OK(commands[i].why, codec_command_decode(&arena, message.value, &why, &again));
        EXPECT("looks first", again.look_first);
        EXPECT("the same effect", effect_id_equal(again.effect_id, command.effect_id));
        EXPECT_SLICE("the same bytes", again.body, command.body);
    }
}

static void events_are_written_again_as_they_are(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf value = {0};
    struct event event = {.type = EVENT_END,
                          .source = EVENT_FROM_PLATFORM,
                          .id = SLICE("e-1"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/c1")};
    struct bus_message message = {0};
    struct why why = {""};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encoded", codec_event_encode(&event, &value));
    struct dead dead = {.topic = SLICE("events"), .value = buf_slice(&value)};
    EXPECT_OK("made", redrive_make(&arena, &dead, &why, &message));
    EXPECT("onto events", message.topic == TOPIC_EVENTS);
    EXPECT_SLICE("its id, so that it counts once", message.ce_id, event.id);
    EXPECT_SLICE("its bytes", message.value, dead.value);
}

static void what_is_no_record_is_refused(void **state)
{
    (void)state;
    static char large[LIMIT_DEAD_VALUE_BYTES_MAX];
    const struct {
        const char *why;
        struct dead dead;
        const char *text;
    } rows[] = {
        {"a webhook", {.value = SLICE("{")}, "backfill"},
        {"an unreadable command", {.topic = SLICE("commands"), .value = SLICE("\xff")}, "read it"},
        {"an unreadable event", {.topic = SLICE("events"), .value = SLICE("\xff")}, "read it"},
        {"cut", {.topic = SLICE("events"), .value = slice_from(large, sizeof large)}, "too large"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct bus_message message = {0};
        struct why why = {""};
        arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
        EXPECT_CODE(rows[i].why, redrive_make(&arena, &rows[i].dead, &why, &message), ERR_USAGE);
        EXPECT(rows[i].why, strstr(why.text, rows[i].text) != NULL);
    }
}

static void letters_are_called_by_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        enum err_code code;
    } rows[] = {
        {"right", "3-17", ERR_OK},
        {"no dash", "317", ERR_SYNTAX},
        {"no offset", "3-", ERR_SYNTAX},
        {"a sign", "-3-17", ERR_SYNTAX},
        {"no number", "3-x", ERR_SYNTAX},
        {"a partition that cannot be", "1024-1", ERR_RANGE},
        {"too far", "0-9223372036854775808", ERR_RANGE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct dead_place place = {0};
        EXPECT_CODE(rows[i].why, dead_place_parse(slice_of(rows[i].text), &place), rows[i].code);
        if (rows[i].code == ERR_OK) {
            EXPECT(rows[i].why, place.partition == 3 && place.offset == 17);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_written_again_where_that_is_right),
        cmocka_unit_test(events_are_written_again_as_they_are),
        cmocka_unit_test(what_is_no_record_is_refused),
        cmocka_unit_test(letters_are_called_by_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
