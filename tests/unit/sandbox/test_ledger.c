#include "sandbox/ledger.h"
#include "sandbox/text.h"
#include "tests/support/unit.h"

#include <fcntl.h>

enum { SCRATCH_BYTES = 256 * 1024 };

struct bench {
    char dir[64];
    struct arena arena;
    struct ledger ledger;
    struct why why;
};

static void bench_init(struct bench *b)
{
    *b = (struct bench){.dir = "/tmp/tieline-test-ledger-XXXXXX"};
    assert_non_null(mkdtemp(b->dir));
    arena_init(&b->arena, SCRATCH_BYTES);
    EXPECT_OK("open", ledger_open(&b->ledger, b->dir, &b->why));
}

static void bench_deinit(struct bench *b)
{
    char path[128];
    ledger_close(&b->ledger);
    arena_deinit(&b->arena);
    (void)snprintf(path, sizeof path, "%s/ledger.jsonl", b->dir);
    (void)unlink(path);
    (void)rmdir(b->dir);
}

static void reopen(struct bench *b)
{
    ledger_close(&b->ledger);
    EXPECT_OK("reopen", ledger_open(&b->ledger, b->dir, &b->why));
}

static struct slice put(struct bench *b, const char *method, const char *body)
{
    struct slice line = {0};
    struct ledger_entry entry = {.time = {1000},
                                 .method = slice_of(method),
                                 .path = SLICE("/x"),
                                 .status = 201,
                                 .body = slice_of(body)};
    EXPECT_OK("render", ledger_render(&b->ledger, &b->arena, &entry, &line));
    EXPECT_OK("append", ledger_append(&b->ledger, line));
    return line;
}

static void equal_requests_are_counted_also_after_a_restart(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    EXPECT("1", text_contains(put(&b, "POST", "a"), SLICE("\"attempt\":1,")));
    EXPECT("2", text_contains(put(&b, "POST", "a"), SLICE("\"attempt\":2,")));
    EXPECT("other bytes", text_contains(put(&b, "POST", "b"), SLICE("\"attempt\":1,")));
    EXPECT("a read", text_contains(put(&b, "GET", ""), SLICE("\"attempt\":1,")));
    EXPECT("a read again", text_contains(put(&b, "GET", ""), SLICE("\"attempt\":1,")));
    reopen(&b);
    struct slice line = put(&b, "POST", "a");
    EXPECT("3", text_contains(line, SLICE("\"attempt\":3,")));
    EXPECT("numbers go on", slice_starts_with(line, SLICE("{\"seq\":6,")));
    bench_deinit(&b);
}

static void ranges_begin_at_a_line(void **state)
{
    (void)state;
    struct bench b;
    uint64_t from = 0;
    uint64_t bytes = 0;
    bench_init(&b);
    size_t first = put(&b, "GET", "").len;
    size_t second = put(&b, "GET", "").len;
    ledger_range(&b.ledger, 1, &from, &bytes);
    EXPECT("all", from == 0 && bytes == first + second);
    ledger_range(&b.ledger, 0, &from, &bytes);
    EXPECT("0 is all", from == 0 && bytes == first + second);
    ledger_range(&b.ledger, 2, &from, &bytes);
    EXPECT("the second", from == first && bytes == second);
    ledger_range(&b.ledger, 3, &from, &bytes);
    EXPECT("none yet", from == first + second && bytes == 0);
    bench_deinit(&b);
}

static void half_a_line_is_cut_and_a_missing_one_restored(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    (void)put(&b, "POST", "a");
    uint64_t whole = b.ledger.file.bytes;
    EXPECT_OK("half", logfile_append(&b.ledger.file, SLICE("{\"seq\":2,\"ti")));
    reopen(&b);
    EXPECT("cut", b.ledger.file.bytes == whole && b.ledger.count == 1);
    EXPECT_OK("a line that is there", ledger_restore(&b.ledger, 1, SLICE("{}\n")));
    EXPECT("stays alone", b.ledger.count == 1);
    EXPECT_OK("a line that is not", ledger_restore(&b.ledger, 2, SLICE("{}\n")));
    EXPECT("is added", b.ledger.count == 2 && b.ledger.file.bytes == whole + 3);
    bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_requests_are_counted_also_after_a_restart),
        cmocka_unit_test(ranges_begin_at_a_line),
        cmocka_unit_test(half_a_line_is_cut_and_a_missing_one_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
