#include "base/arena.h"
#include "base/rng.h"
#include "tests/support/failing_heap.h"
#include "tests/support/unit.h"

#include <stdalign.h>
#include <string.h>

static bool all_zero(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void memory_is_zeroed_and_aligned_also_the_second_time(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, 1024 * 1024);
    for (int round = 0; round < 3; round++) {
        for (size_t bytes = 0; bytes < 700; bytes += 7) {
            char *p = arena_alloc(&a, bytes);
            EXPECT("there is room", p != NULL);
            EXPECT("aligned", (uintptr_t)p % alignof(max_align_t) == 0);
            EXPECT("zeroed", all_zero(p, bytes));
            memset(p, 0xA5, bytes);
        }
        arena_reset(&a);
        EXPECT("reset gives all back", a.used == 0);
    }
}

static void the_cap_is_exact(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, 100);
    EXPECT("one more than the cap", arena_alloc(&a, 101) == NULL);
    EXPECT("a failure claims nothing", a.used == 0);
    EXPECT("all of it", arena_alloc(&a, 100) != NULL);
    EXPECT("then nothing", arena_alloc(&a, 1) == NULL);
    EXPECT("but of nothing any number", arena_alloc(&a, 0) != NULL);
    struct slice copy = SLICE("kept");
    EXPECT_CODE("copy", arena_copy(&a, SLICE(""), &copy), ERR_ARENA_FULL);
    EXPECT_CODE("joined", arena_join(&a, NULL, 0, &copy), ERR_ARENA_FULL);
    EXPECT_CODE("text", arena_printf(&a, &copy, "%d", 1), ERR_ARENA_FULL);
    EXPECT_SLICE("an out-parameter is written on success only", copy, SLICE("kept"));
    arena_reset(&a);
    EXPECT("17 bytes and the gap to the next value", arena_alloc(&a, 17) != NULL);
    EXPECT("the gap counts", arena_alloc(&a, 69) == NULL);
    EXPECT("what fits with it", arena_alloc(&a, 68) != NULL);

    struct arena zero = {0};
    EXPECT("a zeroed arena has a cap of 0", arena_alloc(&zero, 1) == NULL);
    arena_deinit(&zero);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, 1024);
    EXPECT("product overflows", arena_array(&a, SIZE_MAX / 2, 3) == NULL);
    EXPECT("largest", arena_alloc(&a, SIZE_MAX) == NULL);
    EXPECT("near largest", arena_alloc(&a, SIZE_MAX - 15) == NULL);
    struct slice copy = {0};
    EXPECT_CODE("length and NUL overflow", arena_copy(&a, slice_from("", SIZE_MAX), &copy),
                ERR_ARENA_FULL);
    EXPECT("no elements", ARENA_ARRAY(&a, uint64_t, 0) != NULL);
    EXPECT("elements", ARENA_ARRAY(&a, uint64_t, 4) != NULL);
    EXPECT("an object", ARENA_NEW(&a, uint64_t) != NULL);
}

static void copies_live_in_the_arena_and_end_in_nul(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, 1024 * 1024);
    char source[] = "a\0b";
    struct slice copy = {0};
    EXPECT_OK("copy", arena_copy(&a, slice_from(source, 3), &copy));
    source[0] = 'x';
    EXPECT_SLICE("copy", copy, slice_from("a\0b", 3));
    EXPECT("NUL behind", copy.ptr[3] == '\0');
    EXPECT_OK("empty", arena_copy(&a, (struct slice){0}, &copy));
    EXPECT("empty is not NULL", copy.ptr != NULL && copy.len == 0 && copy.ptr[0] == '\0');
    const struct slice parts[] = {SLICE("ab"), {0}, SLICE("c")};
    EXPECT_OK("joined", arena_join(&a, parts, 3, &copy));
    EXPECT("parts in order", slice_equal(copy, SLICE("abc")) && copy.ptr[3] == '\0');
    EXPECT_OK("joined from nothing", arena_join(&a, NULL, 0, &copy));
    EXPECT("empty", copy.len == 0 && copy.ptr[0] == '\0');
    EXPECT_OK("text", arena_printf(&a, &copy, "%s-%03d", "x", 7));
    EXPECT_SLICE("text", copy, SLICE("x-007"));
    EXPECT("NUL behind text", copy.ptr[5] == '\0');
    EXPECT_OK("long text", arena_printf(&a, &copy, "%50000d", 1));
    EXPECT("long text", copy.len == 50000 && copy.ptr[49999] == '1');
}

static void release_goes_back_to_the_mark(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, 4 * 1024 * 1024);
    struct arena_mark empty = arena_mark(&a);
    struct slice kept = {0};
    EXPECT_OK("kept", arena_copy(&a, SLICE("kept"), &kept));
    struct arena_mark mark = arena_mark(&a);
    size_t used = a.used;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) { /* over many chunks */
            EXPECT("room", arena_alloc(&a, 30 * 1024) != NULL);
        }
        arena_release(&a, mark);
        EXPECT("as it was", a.used == used);
        EXPECT_SLICE("what stood before the mark", kept, SLICE("kept"));
    }
    arena_release(&a, empty);
    EXPECT("a mark of the empty arena", a.used == 0);
    EXPECT("it works on", arena_alloc(&a, 10) != NULL);
    arena_release(&a, arena_mark(&a));
}

/* Values of random sizes, with marks like brackets, each filled with its own byte. */
static void values_never_overlap(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, 1024 * 1024);
    struct rng rng;
    rng_seed(&rng, 3);
    enum { VALUES = 500 };
    struct {
        char *ptr;
        size_t len;
        struct arena_mark before;
    } values[VALUES];
    size_t count = 0;
    for (int step = 0; step < 20000; step++) {
        if (count == VALUES || (count > 0 && rng_below(&rng, 100) == 0)) {
            size_t back = (size_t)rng_below(&rng, count);
            arena_release(&a, values[back].before);
            count = back;
            continue;
        }
        size_t len = (size_t)rng_below(&rng, rng_below(&rng, 20) == 0 ? 40000 : 60);
        struct arena_mark before = arena_mark(&a);
        char *ptr = arena_alloc(&a, len);
        if (ptr == NULL) {
            EXPECT("only the cap refuses", a.used + len + alignof(max_align_t) > a.size_max);
            arena_reset(&a);
            count = 0;
            continue;
        }
        EXPECT("zeroed", all_zero(ptr, len));
        memset(ptr, (int)count % 251 + 1, len);
        values[count].ptr = ptr;
        values[count].len = len;
        values[count].before = before;
        count++;
        size_t looked = (size_t)rng_below(&rng, count);
        for (size_t i = 0; i < values[looked].len; i++) {
            if (values[looked].ptr[i] != (char)(looked % 251 + 1)) {
                fail_msg("value %zu was written over in step %d", looked, step);
            }
        }
    }
}

static void a_heap_that_fails_is_a_full_arena(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, 1024 * 1024);
    failing_heap_arm(1);
    EXPECT("first chunk", arena_alloc(&a, 1) == NULL);
    EXPECT("it failed", failing_heap_disarm());
    EXPECT("nothing is claimed", a.used == 0);
    EXPECT("a small value", arena_alloc(&a, 1) != NULL);
    failing_heap_arm(1);
    struct slice text = {0};
    EXPECT_CODE("second chunk", arena_printf(&a, &text, "%20000d", 1), ERR_NO_MEMORY);
    EXPECT("it failed", failing_heap_disarm());
    EXPECT_CODE("whoever got NULL can tell", ARENA_ERR(&a), ERR_NO_MEMORY);
    struct slice huge = {"", 2 * 1024 * 1024};
    EXPECT_CODE("the cap is another matter", arena_copy(&a, huge, &text), ERR_ARENA_FULL);
    EXPECT("later there is room", arena_alloc(&a, 20000) != NULL);
}

static void abort_on_stale_mark(void)
{
    struct arena a = {0};
    arena_init(&a, 1024);
    (void)arena_alloc(&a, 100);
    struct arena_mark mark = arena_mark(&a);
    arena_reset(&a);
    arena_release(&a, mark);
}

static void a_mark_is_dead_after_a_reset(void **state)
{
    (void)state;
    EXPECT("stale mark", unit_aborts(abort_on_stale_mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned_also_the_second_time),
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(copies_live_in_the_arena_and_end_in_nul),
        cmocka_unit_test(release_goes_back_to_the_mark),
        cmocka_unit_test(values_never_overlap),
        cmocka_unit_test(a_heap_that_fails_is_a_full_arena),
        cmocka_unit_test(a_mark_is_dead_after_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
