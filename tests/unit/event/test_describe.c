/* Records for people: always one JSON object, with what a person looks for under its name. */
#include "event/describe.h"
#include "json/json_read.h"
#include "tests/golden/v1_records.h"
#include "tests/support/unit.h"
#include "tests/unit/event/later.h"

static struct any_record record;

static struct slice described(struct buf *out)
{
    struct json_write w;
    json_write_init(&w, out);
    switch (record.kind) {
    case ANY_EVENT: describe_event(&w, &record.of.event); break;
    case ANY_COMMAND: describe_command(&w, &record.of.command); break;
    case ANY_CONVERSATION: describe_conversation(&w, &record.of.conversation); break;
    case ANY_DEAD: describe_dead(&w, &record.of.dead); break;
    case ANY_CONFIG:
    case ANY_KIND_COUNT: json_null(&w); break;
    }
    EXPECT_OK("written", json_write_done(&w));
    return buf_slice(out);
}

static void every_record_is_one_object(void **state)
{
    (void)state;
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &record);
        if (record.kind == ANY_CONFIG) {
            continue;
        }
        CLEANUP(buf) struct buf out = {0};
        buf_init(&out, 1024 * 1024);
        CLEANUP(arena) struct arena arena = {0};
        arena_init(&arena, 1024 * 1024);
        const struct json *root = NULL;
        struct why why = {{0}};
        EXPECT_OK(name, json_parse(&arena, described(&out), NULL, &why, &root));
        EXPECT(name, root->type == JSON_OBJECT && root->count > 1);
    }
}

/* describe_command.c: what goes with a request, and what is sent instead. */
static void a_command_names_its_files(void **state)
{
    CLEANUP(buf) struct buf out = {0};
    (void)state;
    buf_init(&out, 64 * 1024);
    record = (struct any_record){.kind = ANY_COMMAND};
    record.of.command.effect = EFFECT_MESSAGE;
    record.of.command.body = SLICE("not JSON");
    later_command(&record.of.command);
    EXPECT_SLICE("files", described(&out),
                 SLICE("{\"effect\":\"message\",\"slot\":0,\"epoch\":0,\"typing\":true,\"files\":[{"
                       "\"url\":\"u\","
                       "\"media_type\":\"image/png\",\"name\":\"n\",\"zendesks\":true}],"
                       "\"body\":\"not JSON\",\"fallback\":{}}"));
}

static void what_is_looked_for_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *record, *path, *value;
    } rows[] = {
        {"event.conversations.message", "type", "conversations.message"},
        {"event.conversations.message", "conversation", "acme/messaging/6a1000000000000000000001"},
        {"event.conversations.message", "occurred", "2026-09-21T14:13:20.000Z"},
        {"event.conversations.message", "text", "Where is my order?"},
        {"event.tieline.outcome", "effect_id", "00112233445566778899aabbccddeeff"},
        {"event.tieline.outcome", "result", "applied"},
        {"command.message", "effect", "message"},
        {"command.message", "body.author.type", "business"},
        {"conversation.full", "phase", "handing_off"},
        {"conversation.full", "turn.state", "deferred"},
        {"dead.record", "reason", "SYNTAX"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool found = false;
        for (size_t r = 0; r < v1_count(); r++) {
            char name[V1_NAME_BYTES];
            v1_at(r, name, &record);
            if (!slice_equal(slice_of(name), slice_of(rows[i].record))) {
                continue;
            }
            CLEANUP(buf) struct buf out = {0};
            buf_init(&out, 1024 * 1024);
            CLEANUP(arena) struct arena arena = {0};
            arena_init(&arena, 1024 * 1024);
            const struct json *root = NULL;
            EXPECT_OK(name, json_parse(&arena, described(&out), NULL, NULL, &root));
            EXPECT_SLICE(rows[i].path, json_string(json_find(root, rows[i].path)),
                         slice_of(rows[i].value));
            found = true;
        }
        EXPECT(rows[i].record, found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_one_object),
        cmocka_unit_test(a_command_names_its_files),
        cmocka_unit_test(what_is_looked_for_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
