/* Everything that a decoder refuses, one change in a good record at a time: the rules of values in
 * codec_check.c and codec_get.c, and those between members in codec_event.c, codec_command.c,
 * codec_conversation.c, codec_config.c and codec_dead.c. */
#include "tests/golden/v1_records.h"
#include "tests/support/unit.h"
#include "tests/unit/event/wire_bytes.h"

#include <float.h>
#include <math.h>

enum change { NUMBER, DOUBLE, BYTES, TIMES };

struct row {
    const char *why;
    const char *record; /* name in v1 */
    uint32_t path[2];   /* messages that the member is in; 0 = none */
    uint32_t member;
    enum change change;
    uint64_t number;    /* NUMBER; TIMES: how often an empty element is added */
    double real;        /* DOUBLE */
    struct slice bytes; /* BYTES; empty with number > 0: that many 'x' */
    enum err_code code;
    const char *says;
};

#define MINUS_ONE UINT64_MAX
#define SET_NUMBER(record, path0, path1, member, value, code, says)                                \
    {                                                                                              \
        "number", record, {path0, path1}, member, NUMBER, value, 0, {NULL, 0}, ERR_##code, says    \
    }
#define SET_BYTES(record, path0, path1, member, value, code, says)                                 \
    {                                                                                              \
        "bytes", record, {path0, path1}, member, BYTES, 0, 0, {value, sizeof(value) - 1},          \
            ERR_##code, says                                                                       \
    }
#define SET_LONG(record, path0, path1, member, count, says)                                        \
    {                                                                                              \
        "long", record, {path0, path1}, member, BYTES, count, 0, {NULL, 0}, ERR_TOO_LARGE, says    \
    }
#define SET_DOUBLE(record, path0, path1, member, value, says)                                      \
    {                                                                                              \
        "double", record, {path0, path1}, member, DOUBLE, 0, value, {NULL, 0}, ERR_RANGE, says     \
    }
#define ADD(record, path0, path1, member, count, code, says)                                       \
    {                                                                                              \
        "elements", record, {path0, path1}, member, TIMES, count, 0, {NULL, 0}, ERR_##code, says   \
    }

#define MESSAGE "event.conversations.message"
#define REPLY "event.platform.reply"
#define RATING "event.platform.rating"
#define OUTCOME "event.tieline.outcome"
#define COMMAND "command.message"
#define STATE "conversation.full"

static const struct row rows[] = {
    /* schema, of each format */
    SET_NUMBER(MESSAGE, 0, 0, 1, 0, MISSING, "schema: is missing"),
    SET_NUMBER(MESSAGE, 0, 0, 1, 2, UNKNOWN_SCHEMA, "schema: is 2, this version reads up to 1"),
    SET_NUMBER(MESSAGE, 0, 0, 1, UINT32_MAX, UNKNOWN_SCHEMA, "schema: is 4294967295"),
    SET_NUMBER(COMMAND, 0, 0, 1, 0, MISSING, "schema"),
    SET_NUMBER(COMMAND, 0, 0, 1, 2, UNKNOWN_SCHEMA, "schema"),
    SET_NUMBER(STATE, 0, 0, 1, 0, MISSING, "schema"),
    SET_NUMBER(STATE, 0, 0, 1, 2, UNKNOWN_SCHEMA, "schema"),
    SET_NUMBER("config.store", 0, 0, 1, 0, MISSING, "schema"),
    SET_NUMBER("config.store", 0, 0, 1, 2, UNKNOWN_SCHEMA, "schema"),
    SET_NUMBER("dead.record", 0, 0, 1, 0, MISSING, "schema"),
    SET_NUMBER("dead.record", 0, 0, 1, 2, UNKNOWN_SCHEMA, "schema"),

    /* the event's envelope */
    SET_NUMBER(MESSAGE, 0, 0, 2, 0, MISSING, "type: is missing"),
    SET_NUMBER(MESSAGE, 0, 0, 2, 8, RANGE, "type: has the unknown value 8"),
    SET_NUMBER(MESSAGE, 0, 0, 2, 99, RANGE, "type: has the unknown value 99"),
    SET_NUMBER(MESSAGE, 0, 0, 2, 20, MISSING, "body: is not the one of support.ticket"),
    SET_NUMBER(MESSAGE, 0, 0, 2, 65, RANGE, "conversation: an event of the partition has none"),
    SET_NUMBER("event.tieline.alive", 0, 0, 2, 2, MISSING, "id: is missing"),
    SET_NUMBER("event.tieline.absorb", 0, 0, 2, 60, MISSING, "body: is not the one of"),
    SET_NUMBER(MESSAGE, 0, 0, 3, 0, MISSING, "source: is missing"),
    SET_NUMBER(MESSAGE, 0, 0, 3, 8, RANGE, "source: has the unknown value 8"),
    SET_BYTES(MESSAGE, 0, 0, 4, "", MISSING, "id: is missing"),
    SET_BYTES(MESSAGE, 0, 0, 4, "a\0b", RANGE, "id: has a NUL byte in it"),
    SET_LONG(MESSAGE, 0, 0, 4, LIMIT_ID_BYTES_MAX + 1, "id: has 257 bytes, at most 256"),
    SET_BYTES(MESSAGE, 0, 0, 5, "", MISSING, "account: is missing"),
    SET_BYTES(MESSAGE, 0, 0, 5, "Acme", RANGE, "account: is not a name"),
    SET_BYTES(MESSAGE, 0, 0, 5, "other", RANGE, "account: is not the one in the conversation key"),
    SET_BYTES(MESSAGE, 0, 0, 5, "acm", RANGE, "account: is not the one in the conversation key"),
    SET_LONG(MESSAGE, 0, 0, 5, LIMIT_NAME_BYTES_MAX + 1, "account: has 65 bytes"),
    SET_BYTES(MESSAGE, 0, 0, 6, "a/b", RANGE, "store: is not a name"),
    SET_BYTES(MESSAGE, 0, 0, 7, "", MISSING, "conversation: is missing"),
    SET_BYTES(MESSAGE, 0, 0, 7, "acme", SYNTAX, "conversation: is not a conversation key"),
    SET_BYTES(MESSAGE, 0, 0, 7, "acme/mail/1", SYNTAX, "conversation: is not a conversation key"),
    SET_BYTES(MESSAGE, 0, 0, 7, "acme/ticket/1\0", SYNTAX, "conversation"),
    SET_LONG(MESSAGE, 0, 0, 7, LIMIT_KEY_BYTES_MAX + 1, "conversation: has 513 bytes"),
    SET_NUMBER(MESSAGE, 0, 0, 8, MINUS_ONE, RANGE, "occurred: is -1, at least 0"),
    SET_NUMBER(MESSAGE, 0, 0, 9, UINT64_C(1) << 63, RANGE, "accepted: is -9223372036854775808"),
    SET_BYTES(MESSAGE, 0, 0, 10, "\0", RANGE, "traceparent: has a NUL"),
    SET_LONG(MESSAGE, 0, 0, 11, LIMIT_BODY_BYTES_MAX + 1, "raw: has 1048577 bytes"),

    /* bodies */
    SET_BYTES(MESSAGE, 30, 0, 1, "\xff", UTF8, "type: is not valid UTF-8"),
    SET_BYTES(MESSAGE, 30, 0, 1, "a\0", RANGE, "type: has a NUL"),
    SET_LONG(MESSAGE, 30, 0, 1, LIMIT_LABEL_BYTES_MAX + 1, "type: has 1025 bytes"),
    SET_BYTES(MESSAGE, 30, 0, 2, "\0", RANGE, "conversation_id: has a NUL"),
    SET_BYTES(MESSAGE, 30, 0, 4, "\0", RANGE, "widget_id: has a NUL"),
    SET_BYTES(MESSAGE, 30, 6, 3, "\xc0\x80", UTF8, "active.name: is not valid UTF-8"),
    SET_BYTES(MESSAGE, 30, 7, 2, "\0", RANGE, "pending.id: has a NUL"),
    SET_BYTES(MESSAGE, 30, 8, 4, "\xed\xa0\x80", UTF8, "customer.name: is not valid UTF-8"),
    SET_LONG(MESSAGE, 30, 8, 5, LIMIT_LABEL_BYTES_MAX + 1, "customer.email: has 1025 bytes"),
    SET_NUMBER(MESSAGE, 30, 0, 12, 3, RANGE, "author: has the unknown value 3"),
    SET_NUMBER(MESSAGE, 30, 0, 11, MINUS_ONE, RANGE, "received: is -1"),
    SET_BYTES(MESSAGE, 30, 0, 16, "Gr\xfc\xdf", UTF8, "text: is not valid UTF-8"),
    SET_LONG(MESSAGE, 30, 0, 16, LIMIT_TEXT_BYTES_MAX + 1, "text: has 65537 bytes"),
    SET_LONG(MESSAGE, 30, 0, 17, LIMIT_TEXT_BYTES_MAX + 1, "payload: has 65537 bytes"),
    ADD(MESSAGE, 30, 0, 18, LIMIT_ATTACHMENTS_MAX - 1, TOO_LARGE, "attachments: has 11 elements"),
    SET_BYTES(MESSAGE, 30, 18, 1, "\xff", UTF8, "attachments[2].url: is not valid UTF-8"),
    SET_LONG(MESSAGE, 30, 18, 1, LIMIT_URL_BYTES_MAX + 1, "attachments[2].url: has 4097 bytes"),
    SET_NUMBER(MESSAGE, 30, 0, 30, 8, RANGE, "switchboard: has the unknown value 8"),
    SET_BYTES("event.support.ticket", 31, 0, 2, "", MISSING, "ticket_id: is missing"),
    SET_BYTES("event.support.ticket", 31, 0, 6, "1\0", RANGE, "latest_comment_id: has a NUL"),
    SET_BYTES(REPLY, 32, 0, 1, "", MISSING, "turn: is missing"),
    SET_BYTES(REPLY, 32, 2, 1, "", MISSING, "answer.element 2 of messages: is missing"),
    SET_BYTES(REPLY, 32, 2, 1, "\xff", UTF8, "answer.element 2 of messages: is not valid UTF-8"),
    ADD(REPLY, 32, 2, 1, LIMIT_TURN_WORDS_MAX - 1, TOO_LARGE, "answer.messages: has 21 elements"),
    SET_DOUBLE(REPLY, 32, 2, 2, 1.0000001, "answer.confidence: must be from 0 to 1"),
    SET_DOUBLE(REPLY, 32, 2, 2, -DBL_MIN, "answer.confidence: must be from 0 to 1"),
    SET_DOUBLE(REPLY, 32, 2, 2, (double)NAN, "answer.confidence: must be from 0 to 1"),
    SET_BYTES(REPLY, 32, 2, 3, "a\0", RANGE, "answer.intent: has a NUL"),
    SET_BYTES(REPLY, 32, 2, 5, "a\0", RANGE, "answer.element 2 of actions: has a NUL"),
    ADD(REPLY, 32, 2, 5, LIMIT_ACTIONS_MAX - 1, TOO_LARGE, "answer.actions: has 33 elements"),
    SET_NUMBER(RATING, 0, 0, 2, 40, MISSING, "answer: is missing"),
    SET_DOUBLE(RATING, 32, 0, 6, (double)INFINITY, "value: must be a finite number"),
    SET_LONG(RATING, 32, 0, 9, LIMIT_BODY_BYTES_MAX + 1, "data: has 1048577 bytes"),
    SET_BYTES(OUTCOME, 33, 0, 1, "0123456789abcde", RANGE, "effect_id: must have 16 bytes, not 15"),
    SET_BYTES(OUTCOME, 33, 0, 1, "0123456789abcdef0", TOO_LARGE, "effect_id: has 17 bytes"),
    SET_BYTES(OUTCOME, 33, 0, 1, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", MISSING, "effect_id"),
    SET_NUMBER(OUTCOME, 33, 0, 2, (uint64_t)-2, RANGE, "command_offset: is -2, at least -1"),
    SET_NUMBER(OUTCOME, 33, 0, 4, 13, RANGE, "effect: has the unknown value 13"),
    SET_NUMBER(OUTCOME, 33, 0, 5, 18, RANGE, "slot: has the unknown value 18"),
    SET_NUMBER(OUTCOME, 33, 0, 9, 0, MISSING, "result: is missing"),
    SET_NUMBER(OUTCOME, 33, 0, 9, 9, RANGE, "result: has the unknown value 9"),
    SET_BYTES(OUTCOME, 33, 16, 3, "\xff", UTF8, "answer.intent: is not valid UTF-8"),
    SET_BYTES(OUTCOME, 33, 17, 5, "\xff", UTF8, "active.type: is not valid UTF-8"),
    SET_LONG(OUTCOME, 33, 0, 18, LIMIT_ANSWER_BYTES_MAX + 1, "fetched: has 1048577 bytes"),
    SET_NUMBER("event.tieline.horizon", 34, 0, 1, (uint64_t)-2, RANGE, "offset: is -2"),
    SET_NUMBER("event.tieline.timer", 35, 0, 1, 0, MISSING, "kind: is missing"),
    SET_NUMBER("event.tieline.timer", 35, 0, 1, 5, RANGE, "kind: has the unknown value 5"),
    SET_NUMBER("event.tieline.config", 36, 0, 1, 3, RANGE, "offset: is -2, at least -1"),
    SET_NUMBER("event.tieline.operator", 38, 0, 1, 0, MISSING, "action: is missing"),
    SET_NUMBER("event.tieline.operator", 38, 0, 1, 5, RANGE, "action: has the unknown value 5"),

    /* command */
    SET_BYTES(COMMAND, 0, 0, 2, "", MISSING, "effect_id: is missing"),
    SET_BYTES(COMMAND, 0, 0, 2, "short", RANGE, "effect_id: must have 16 bytes, not 5"),
    SET_NUMBER(COMMAND, 0, 0, 3, 0, MISSING, "effect: is missing"),
    SET_NUMBER(COMMAND, 0, 0, 3, 13, RANGE, "effect: has the unknown value 13"),
    SET_NUMBER(COMMAND, 0, 0, 3, 1, RANGE, "api: a fence has no request"),
    SET_NUMBER("command.fence", 0, 0, 3, 3, MISSING, "api: api or method is missing"),
    SET_NUMBER("command.fence", 0, 0, 31, 2, RANGE, "api: a fence has no request"),
    SET_BYTES("command.fence", 0, 0, 32, "/", RANGE, "api: a fence has no request"),
    SET_BYTES("command.fence", 0, 0, 33, "{}", RANGE, "api: a fence has no request"),
    SET_NUMBER(COMMAND, 0, 0, 30, 0, MISSING, "api: api or method is missing"),
    SET_NUMBER(COMMAND, 0, 0, 31, 0, MISSING, "api: api or method is missing"),
    SET_NUMBER(COMMAND, 0, 0, 4, 0, MISSING, "slot: is missing"),
    SET_NUMBER(COMMAND, 0, 0, 4, 18, RANGE, "slot: has the unknown value 18"),
    SET_NUMBER(COMMAND, 0, 0, 6, 4, RANGE, "voice: has the unknown value 4"),
    SET_BYTES(COMMAND, 0, 0, 7, "", MISSING, "account: is missing"),
    SET_BYTES(COMMAND, 0, 0, 7, "other", RANGE, "account: is not the one in the conversation key"),
    SET_BYTES(COMMAND, 0, 0, 9, "", MISSING, "conversation: is missing"),
    SET_NUMBER(COMMAND, 0, 0, 17, MINUS_ONE, RANGE, "deadline: is -1"),
    SET_NUMBER(COMMAND, 0, 0, 30, 4, RANGE, "api: has the unknown value 4"),
    SET_NUMBER(COMMAND, 0, 0, 31, 6, RANGE, "method: has the unknown value 6"),
    SET_BYTES(COMMAND, 0, 0, 32, "/a\0b", RANGE, "path: has a NUL"),
    SET_LONG(COMMAND, 0, 0, 32, LIMIT_URL_BYTES_MAX + 1, "path: has 4097 bytes"),
    SET_LONG(COMMAND, 0, 0, 33, LIMIT_BODY_BYTES_MAX + 1, "body: has 1048577 bytes"),

    /* conversation */
    SET_BYTES(STATE, 0, 0, 2, "", MISSING, "key: is missing"),
    SET_BYTES(STATE, 0, 0, 3, "other", RANGE, "account: is not the one"),
    SET_BYTES(STATE, 0, 0, 4, "", RANGE, "store: must be there"),
    SET_BYTES("conversation.new", 0, 0, 4, "shoes", RANGE, "store: must be there"),
    SET_NUMBER(STATE, 0, 0, 5, 0, MISSING, "surface: is missing"),
    SET_NUMBER(STATE, 0, 0, 5, 6, RANGE, "surface: has the unknown value 6"),
    SET_NUMBER(STATE, 0, 0, 7, 0, MISSING, "routing: is missing"),
    SET_NUMBER(STATE, 0, 0, 7, 4, RANGE, "routing: has the unknown value 4"),
    SET_NUMBER(STATE, 0, 0, 20, 0, MISSING, "phase: is missing"),
    SET_NUMBER(STATE, 0, 0, 20, 7, RANGE, "phase: has the unknown value 7"),
    SET_NUMBER(STATE, 0, 0, 42, MINUS_ONE, RANGE, "watermark: is -1"),
    {"one column longer",
     STATE,
     {0, 0},
     40,
     BYTES,
     0,
     0,
     {"12345678", 8},
     ERR_RANGE,
     "seen: its two columns differ in length"},
    {"ids without times",
     STATE,
     {0, 0},
     40,
     BYTES,
     62 * 8,
     0,
     {NULL, 0},
     ERR_TOO_LARGE,
     "seen: has 65 elements, at most 64"},
    ADD(STATE, 0, 0, 43, LIMIT_PENDING_MESSAGES_MAX - 1, TOO_LARGE, "pending: has 51 elements"),
    SET_BYTES(STATE, 43, 0, 2, "\xff", UTF8, "pending[2].text: is not valid UTF-8"),
    SET_BYTES(STATE, 43, 4, 3, "\0", RANGE, "pending[2].attachments[0].name: has a NUL"),
    SET_NUMBER(STATE, 44, 0, 1, 4, RANGE, "turn.state: has the unknown value 4"),
    SET_BYTES(STATE, 44, 0, 3, "x", RANGE, "turn.effect_id: must have 16 bytes"),
    SET_NUMBER(STATE, 44, 0, 5, 3, RANGE, "turn.covers: is 3, but only 2 messages are pending"),
    ADD(STATE, 0, 0, 45, 1, MISSING, "history[2].speaker: is missing"),
    ADD(STATE, 0, 0, 45, LIMIT_HISTORY_ENTRIES_MAX - 1, TOO_LARGE, "history: has 21 elements"),
    SET_NUMBER(STATE, 45, 0, 1, 5, RANGE, "history[2].speaker: has the unknown value 5"),
    ADD(STATE, 0, 0, 46, 1, MISSING, "timers[2].kind: is missing"),
    ADD(STATE, 0, 0, 46, LIMIT_TIMERS_MAX - 1, TOO_LARGE, "timers: has 9 elements"),
    ADD(STATE, 0, 0, 47, 1, MISSING, "outstanding[2].effect_id: is missing"),
    ADD(STATE, 0, 0, 47, LIMIT_OUTSTANDING_MAX - 1, TOO_LARGE, "outstanding: has 65 elements"),
    SET_LONG(STATE, 0, 0, 99, LIMIT_STATE_BYTES_MAX, "the record has"),

    /* config */
    SET_NUMBER("config.deployment", 10, 0, 1, 0, RANGE, "partitions: is 0, must be from 1 to 1024"),
    SET_NUMBER("config.deployment", 10, 0, 1, 1025, RANGE, "partitions: is 1025"),
    SET_BYTES("config.deployment", 10, 0, 2, "short", RANGE, "ingest_public_key: must have 32"),
    SET_BYTES("config.account", 11, 0, 1, "", MISSING, "name: is missing"),
    SET_BYTES("config.account", 11, 0, 1, "a b", RANGE, "name: is not a name"),
    SET_BYTES("config.account", 11, 0, 3, "", MISSING, "id_key: is missing"),
    SET_BYTES("config.account", 11, 0, 3, "short", RANGE, "id_key: must have 32 bytes, not 5"),
    SET_LONG("config.account", 11, 0, 13, LIMIT_SECRET_BYTES_MAX + 65, "key_secret: has 4161"),
    ADD("config.account", 11, 0, 17, 1, TOO_LARGE, "webhook_secrets: has 3 elements, at most 2"),
    SET_BYTES("config.store", 12, 0, 43, "short", RANGE, "element 1 of tokens: must have 32 bytes"),
    ADD("config.store", 12, 0, 43, 1, MISSING, "element 1 of tokens: is missing"),
    ADD("config.account", 11, 0, 36, 1, TOO_LARGE, "signing_secrets: has 3 elements"),
    ADD("config.store", 12, 0, 44, 3, TOO_LARGE, "signing_secrets: has 3 elements"),
    SET_BYTES("config.store", 12, 0, 2, "", MISSING, "account: is missing"),
    SET_NUMBER("config.store", 12, 0, 7, 0, MISSING, "after_release: is missing"),
    SET_NUMBER("config.store", 12, 0, 7, 3, RANGE, "after_release: has the unknown value 3"),
    SET_NUMBER("config.store", 12, 0, 20, 3, RANGE, "bot_kind: has the unknown value 3"),
    SET_NUMBER("config.store", 12, 0, 23, 0, RANGE, "bot_timeout: is 0 ms, must be from 1000"),
    SET_NUMBER("config.store", 12, 0, 23, 999, RANGE, "bot_timeout: is 999 ms"),
    SET_NUMBER("config.store", 12, 0, 23, 120001, RANGE, "bot_timeout: is 120001 ms"),
    SET_BYTES("config.store", 12, 0, 42, "\xff", UTF8, "welcome: is not valid UTF-8"),

    /* dead */
    SET_BYTES("dead.record", 0, 0, 2, "", MISSING, "stage: is missing"),
    SET_BYTES("dead.record", 0, 0, 3, "\xff", UTF8, "class: is not valid UTF-8"),
    SET_BYTES("dead.record", 0, 0, 4, "", MISSING, "reason: is missing"),
    SET_NUMBER("dead.record", 0, 0, 7, 3, RANGE, "partition: is -2, at least -1"),
    SET_NUMBER("dead.record", 0, 0, 8, 3, RANGE, "offset: is -2, at least -1"),
    SET_BYTES("dead.record", 0, 0, 12, "\0", RANGE, "conversation: has a NUL"),
    SET_LONG("dead.record", 0, 0, 21, LIMIT_DEAD_VALUE_BYTES_MAX + 1, "value: has 1179649 bytes"),
};

static struct any_record record;

static void good_record(const char *name, struct buf *out)
{
    for (size_t i = 0; i < v1_count(); i++) {
        char found[V1_NAME_BYTES];
        v1_at(i, found, &record);
        if (slice_equal(slice_of(found), slice_of(name))) {
            EXPECT_OK(name, any_encode(&record, out));
            return;
        }
    }
    fail_msg("no record %s", name);
}

static char filler[2 * 1024 * 1024];

static void write_change(const struct row *row, struct buf *out)
{
    uint64_t bits = 0;
    memcpy(&bits, &row->real, sizeof bits);
    struct slice bytes = row->bytes;
    if (slice_empty(bytes) && row->number > 0) {
        bytes = slice_from(filler, (size_t)row->number);
    }
    switch (row->change) {
    case NUMBER: wire_number(out, row->member, row->number); break;
    case DOUBLE: wire_fixed64(out, row->member, bits); break;
    case BYTES: wire_bytes(out, row->member, bytes); break;
    case TIMES:
        for (uint64_t i = 0; i < row->number; i++) {
            wire_bytes(out, row->member, (struct slice){0});
        }
        break;
    }
}

/* Puts what is in `inner` into the message `member`, behind `before`. */
static void wrap(uint32_t member, struct slice before, struct buf *inner)
{
    CLEANUP(buf) struct buf whole = {0};
    buf_init(&whole, 4 * 1024 * 1024);
    EXPECT_OK("append", buf_append(&whole, before));
    EXPECT_OK("append", buf_append(&whole, buf_slice(inner)));
    buf_reset(inner);
    wire_bytes(inner, member, buf_slice(&whole));
}

/* The good record, and behind it the change within its messages. */
static void changed_record(const struct row *row, struct buf *out)
{
    good_record(row->record, out);
    CLEANUP(buf) struct buf inner = {0};
    buf_init(&inner, 4 * 1024 * 1024);
    write_change(row, &inner);
    if (row->path[1] != 0) {
        wrap(row->path[1], (struct slice){0}, &inner);
    }
    if (row->path[0] != 0) {
        bool oneof = record.kind == ANY_EVENT || record.kind == ANY_CONFIG;
        struct slice none = {0};
        wrap(row->path[0], oneof ? wire_find(buf_slice(out), row->path[0]) : none, &inner);
    }
    EXPECT_OK(row->why, buf_append(out, buf_slice(&inner)));
}

static void each_change_is_refused_and_named(void **state)
{
    (void)state;
    memset(filler, 'x', sizeof filler);
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, 4 * 1024 * 1024);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_reset(&bytes);
        changed_record(&rows[i], &bytes);
        struct why why = {{0}};
        EXPECT_CODE(rows[i].says, any_decode(record.kind, &arena, buf_slice(&bytes), &why, &record),
                    rows[i].code);
        if (strncmp(why.text, rows[i].says, strlen(rows[i].says)) != 0) {
            fail_msg("row %zu: says \"%s\", expected \"%s\"", i, why.text, rows[i].says);
        }
        EXPECT("nothing stays in the arena", arena.used == 0);
        EXPECT_CODE("without why",
                    any_decode(record.kind, &arena, buf_slice(&bytes), NULL, &record),
                    rows[i].code);
    }
}

/* A newer writer may add members; they are skipped at every depth. */
static void unknown_members_are_skipped(void **state)
{
    (void)state;
    static const struct row added[] = {
        {"a number", MESSAGE, {0, 0}, 500, NUMBER, 1, 0, {NULL, 0}, ERR_OK, ""},
        {"bytes in a body", MESSAGE, {30, 0}, 500, BYTES, 100, 0, {NULL, 0}, ERR_OK, ""},
        {"in a part of it", MESSAGE, {30, 8}, 500, DOUBLE, 0, 1.5, {NULL, 0}, ERR_OK, ""},
        {"in a command", COMMAND, {0, 0}, 500, BYTES, 9, 0, {NULL, 0}, ERR_OK, ""},
        {"in an element", STATE, {43, 0}, 500, NUMBER, 1, 0, {NULL, 0}, ERR_OK, ""},
        {"in a store", "config.store", {12, 0}, 500, NUMBER, 1, 0, {NULL, 0}, ERR_OK, ""},
        {"in a dead letter", "dead.record", {0, 0}, 500, NUMBER, 1, 0, {NULL, 0}, ERR_OK, ""},
    };
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, 4 * 1024 * 1024);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(added); i++) {
        buf_reset(&bytes);
        changed_record(&added[i], &bytes);
        EXPECT_OK(added[i].why, any_decode(record.kind, &arena, buf_slice(&bytes), NULL, &record));
        arena_reset(&arena);
    }
}

/* One megabyte of empty messages would be many of memory: the cap stops that before it starts. */
static void what_would_swell_is_refused(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, 4 * 1024 * 1024);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    static const uint32_t members[] = {30, 500};
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        buf_reset(&bytes);
        while (bytes.len < LIMIT_RECORD_BYTES_MAX - 8) {
            wire_bytes(&bytes, members[i], (struct slice){0});
        }
        struct why why = {{0}};
        err_t e = any_decode(ANY_EVENT, &arena, buf_slice(&bytes), &why, &record);
        EXPECT_CODE("too much", e, ERR_ARENA_FULL);
        EXPECT("given back", arena.used == 0);
    }
    buf_reset(&bytes);
    wire_bytes(&bytes, 500, slice_from(filler, LIMIT_RECORD_BYTES_MAX));
    struct why why = {{0}};
    EXPECT_CODE("too long", any_decode(ANY_EVENT, &arena, buf_slice(&bytes), &why, &record),
                ERR_TOO_LARGE);
    EXPECT(why.text, strncmp(why.text, "the record has 11", 17) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_refused_and_named),
        cmocka_unit_test(unknown_members_are_skipped),
        cmocka_unit_test(what_would_swell_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
