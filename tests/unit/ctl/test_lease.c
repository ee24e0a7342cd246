/* lease_log.c: who has an account's lease, by the records of the log. */
#include "ctl/lease_log.h"
#include "tests/support/unit.h"

#include <string.h>

enum { ACTS_MAX = 5, ARENA_BYTES = 64 * 1024 };

static const char done[] = "that was all"; /* `instead` of who lets go */

/* One record: who, at which second, and in whose place. NULL = a tombstone. */
struct act {
    int64_t at_s;
    const char *who, *instead;
};

static const struct {
    const char *why;
    struct act acts[ACTS_MAX];
    size_t count;
    const char *holder; /* NULL = nobody */
} rows[] = {
    {"nobody at first", {{0}}, 0, NULL},
    {"who comes first has it", {{1, "a", ""}}, 1, "a"},
    {"and keeps it when another one comes", {{1, "a", ""}, {2, "b", ""}}, 2, "a"},
    {"until it lets go", {{1, "a", ""}, {2, NULL, ""}}, 2, NULL},
    {"by its own word", {{1, "a", ""}, {2, "a", done}}, 2, NULL},
    {"then another one can have it",
     {{1, "a", ""}, {2, "b", ""}, {3, "a", done}, {4, "b", ""}},
     4,
     "b"},
    {"who comes too late with it frees nobody else's",
     {{1, "a", ""}, {2, "b", "a"}, {3, "a", done}},
     3,
     "b"},
    {"nor when its time was over",
     {{1, "a", ""}, {1 + LEASE_S, "b", ""}, {2 + LEASE_S, "a", done}, {3 + LEASE_S, "c", ""}},
     4,
     "b"},
    {"nor makes it a holder", {{1, "a", done}}, 1, NULL},
    {"then the next who asks", {{1, "a", ""}, {2, "b", ""}, {3, NULL, ""}, {4, "b", ""}}, 4, "b"},
    {"or its time is over", {{1, "a", ""}, {1 + LEASE_S, "b", ""}}, 2, "b"},
    {"not a second before", {{1, "a", ""}, {LEASE_S, "b", ""}}, 2, "a"},
    {"which begins anew with each of its records",
     {{1, "a", ""}, {LEASE_S / 2, "a", ""}, {LEASE_S + 2, "b", ""}},
     3,
     "a"},
    {"in the place of one that is dead", {{1, "a", ""}, {2, "b", "a"}}, 2, "b"},
    {"of two who find it dead the first", {{1, "a", ""}, {2, "b", "a"}, {3, "c", "a"}}, 3, "b"},
    {"who was taken for dead does not get it back",
     {{1, "a", ""}, {2, "b", "a"}, {3, "a", ""}},
     3,
     "b"},
};

static void who_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena;
        struct lease_log log = {.is_held = false};
        arena_init(&arena, ARENA_BYTES);
        for (size_t j = 0; j < rows[i].count; j++) {
            const struct act *act = &rows[i].acts[j];
            struct lease_holder holder = {.host = "h", .place = "p", .pid = 7};
            CLEANUP(buf) struct buf value;
            buf_init(&value, 1024);
            (void)snprintf(holder.id, sizeof holder.id, "%s", act->who == NULL ? "" : act->who);
            if (act->who != NULL) {
                EXPECT_OK(rows[i].why, act->instead == done
                                           ? lease_log_write_done(&holder, &value)
                                           : lease_log_write(&holder, act->instead, &value));
            }
            lease_log_add(&log, (wall_ms_t){act->at_s * 1000}, buf_slice(&value), &arena);
        }
        EXPECT(rows[i].why, log.is_held == (rows[i].holder != NULL));
        EXPECT(rows[i].why, !log.is_held || strcmp(log.holder.id, rows[i].holder) == 0);
    }
}

static void what_cannot_be_read_is_passed_over(void **state)
{
    static const char *const values[] = {"{", "[]", "{\"holder\":7}", "\xff\xfe"};
    CLEANUP(arena) struct arena arena;
    struct lease_log log = {.is_held = true, .holder = {.id = "a"}, .since = {1000}};
    (void)state;
    arena_init(&arena, ARENA_BYTES);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        lease_log_add(&log, (wall_ms_t){INT64_C(10) * LEASE_S * 1000}, slice_of(values[i]), &arena);
        EXPECT(values[i], log.is_held && strcmp(log.holder.id, "a") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_it),
        cmocka_unit_test(what_cannot_be_read_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
