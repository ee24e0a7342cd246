/* What the first version wrote is read for ever. */
#include "tests/golden/v1_records.h"
#include "tests/support/unit.h"
#include "tests/unit/event/same.h"

#include <stdio.h>

static const char *differs(const struct any_record *a, const struct any_record *b)
{
    switch (a->kind) {
    case ANY_EVENT: return event_differs(&a->of.event, &b->of.event);
    case ANY_COMMAND: return command_differs(&a->of.command, &b->of.command);
    case ANY_CONVERSATION: return conversation_differs(&a->of.conversation, &b->of.conversation);
    case ANY_CONFIG: return config_differs(&a->of.config, &b->of.config);
    case ANY_DEAD: return dead_differs(&a->of.dead, &b->of.dead);
    case ANY_KIND_COUNT: break;
    }
    return "kind";
}

static void read_file(const char *name, struct buf *out)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/tests/golden/v1/%s.bin", TEST_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    EXPECT(path, file != NULL);
    char *room = NULL;
    EXPECT_OK(path, buf_reserve(out, 64 * 1024, &room));
    buf_grew(out, fread(room, 1, 64 * 1024, file));
    EXPECT(path, feof(file) != 0 && fclose(file) == 0);
}

static struct any_record expected;
static struct any_record decoded;

static void every_file_is_read_as_it_was_meant(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_DEAD_BYTES_MAX);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &expected);
        buf_reset(&bytes);
        read_file(name, &bytes);
        struct why why = {{0}};
        err_t e = any_decode(expected.kind, &arena, buf_slice(&bytes), &why, &decoded);
        EXPECT(why.text, !err_failed(e));
        const char *member = differs(&expected, &decoded);
        if (member != NULL) {
            fail_msg("%s: %s differs", name, member);
        }
        arena_reset(&arena);
    }
}

static void every_file_is_written_again_byte_for_byte(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_DEAD_BYTES_MAX);
    CLEANUP(buf) struct buf again = {0};
    buf_init(&again, LIMIT_DEAD_BYTES_MAX);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &expected);
        buf_reset(&bytes);
        read_file(name, &bytes);
        EXPECT_OK(name, any_decode(expected.kind, &arena, buf_slice(&bytes), NULL, &decoded));
        /* What is decoded borrows nothing from the bytes. */
        CLEANUP(buf) struct buf copy = {0};
        buf_init(&copy, LIMIT_DEAD_BYTES_MAX);
        EXPECT_OK(name, buf_append(&copy, buf_slice(&bytes)));
        memset(bytes.ptr, 0xee, bytes.len);
        buf_reset(&again);
        EXPECT_OK(name, any_encode(&decoded, &again));
        EXPECT(name, slice_equal(buf_slice(&copy), buf_slice(&again)));
        arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_read_as_it_was_meant),
        cmocka_unit_test(every_file_is_written_again_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
