#include "base/buf.h"
#include "base/rng.h"
#include "tests/support/failing_heap.h"
#include "tests/support/unit.h"

#include <string.h>

/* What holds for every buf at every moment. */
static void expect_sane(const char *why, const struct buf *b)
{
    EXPECT(why, b->len <= b->size_max);
    EXPECT(why, b->ptr == NULL ? b->size == 0 && b->len == 0 : b->len < b->size);
    EXPECT(why, b->ptr == NULL || b->ptr[b->len] == '\0');
    EXPECT(why, b->size <= b->size_max + 1 || b->size <= 64);
    EXPECT(why, strlen(buf_text(b)) <= b->len);
}

static void the_maximum_is_exact(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf b = {0};
    buf_init(&b, 5);
    EXPECT_TEXT("empty is a text", buf_text(&b), "");
    EXPECT_OK("up to it", buf_append_text(&b, "abcde"));
    EXPECT_CODE("one more", buf_append_char(&b, 'f'), ERR_BUF_FULL);
    EXPECT_CODE("one more by printf", buf_printf(&b, "%c", 'f'), ERR_BUF_FULL);
    EXPECT_OK("nothing more", buf_append(&b, (struct slice){0}));
    EXPECT_TEXT("a failure appends nothing", buf_text(&b), "abcde");
    expect_sane("full", &b);
    char *room = NULL;
    EXPECT_CODE("overflow", buf_reserve(&b, SIZE_MAX, &room), ERR_BUF_FULL);
    EXPECT("out-parameter untouched", room == NULL);
    buf_reset(&b);
    EXPECT_CODE("too long at once", buf_append_text(&b, "abcdef"), ERR_BUF_FULL);
    EXPECT("still empty", slice_empty(buf_slice(&b)));
}

static void a_zeroed_buf_takes_nothing(void **state)
{
    (void)state;
    struct buf b = {0};
    EXPECT_CODE("append", buf_append_char(&b, 'a'), ERR_BUF_FULL);
    EXPECT_OK("nothing", buf_append_text(&b, ""));
    buf_reset(&b);
    size_t len = 1;
    EXPECT("nothing to take", buf_take(&b, &len) == NULL && len == 0);
    buf_deinit(&b);
    buf_deinit(&b);
}

static void bytes_go_in_and_out(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf b = {0};
    buf_init(&b, 1000);
    EXPECT_OK("text", buf_append_text(&b, "one "));
    EXPECT_OK("bytes with NUL", buf_append(&b, slice_from("a\0b", 3)));
    EXPECT_OK("printf", buf_printf(&b, " %d%%", 12));
    EXPECT_SLICE("all", buf_slice(&b), slice_from("one a\0b 12%", 11));
    buf_drop_front(&b, 4);
    EXPECT_SLICE("rest", buf_slice(&b), slice_from("a\0b 12%", 7));
    buf_drop_front(&b, 0);
    buf_drop_front(&b, 7);
    EXPECT_SLICE("all dropped", buf_slice(&b), SLICE(""));
    char *room = NULL;
    EXPECT_OK("room", buf_reserve(&b, 1000, &room));
    memset(room, 'r', 1000);
    buf_grew(&b, 999);
    EXPECT("counted", b.len == 999);
    expect_sane("reserve", &b);
    size_t len = 0;
    char *taken = buf_take(&b, &len);
    EXPECT("taken", taken != NULL && len == 999 && strlen(taken) == 999);
    free(taken);
    EXPECT("empty after", b.ptr == NULL && b.len == 0);
    EXPECT_OK("and good for more", buf_append_text(&b, "more"));
}

/* Random calls, on a buf and on an array with a length. */
static void it_does_what_an_array_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct rng rng;
        rng_seed(&rng, seed);
        size_t max = 1 + (size_t)rng_below(&rng, 400);
        CLEANUP(buf) struct buf b = {0};
        buf_init(&b, max);
        char model[512];
        size_t len = 0;
        for (int step = 0; step < 500; step++) {
            char bytes[64];
            size_t count = (size_t)rng_below(&rng, sizeof bytes);
            memset(bytes, (int)('a' + rng_below(&rng, 26)), sizeof bytes);
            bool fits = count <= max - len;
            enum err_code code = fits ? ERR_OK : ERR_BUF_FULL;
            switch (rng_below(&rng, 5)) {
            case 0: EXPECT_CODE("append", buf_append(&b, slice_from(bytes, count)), code); break;
            case 1: EXPECT_CODE("printf", buf_printf(&b, "%.*s", (int)count, bytes), code); break;
            case 2: {
                char *room = NULL;
                EXPECT_CODE("reserve", buf_reserve(&b, count, &room), code);
                if (fits) {
                    memcpy(room, bytes, count);
                    buf_grew(&b, count);
                }
                break;
            }
            case 3:
                fits = false;
                count = count > len ? len : count;
                buf_drop_front(&b, count);
                memmove(model, model + count, len - count);
                len -= count;
                break;
            default:
                fits = false;
                if (count == 0) {
                    buf_reset(&b);
                    len = 0;
                }
                break;
            }
            if (fits) {
                memcpy(model + len, bytes, count);
                len += count;
            }
            EXPECT_SLICE("as the model", buf_slice(&b), slice_from(model, len));
            expect_sane("model", &b);
        }
    }
}

static void growth_is_by_doubling(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf b = {0};
    buf_init(&b, 1024 * 1024);
    size_t moves = 0;
    size_t size = 0;
    for (int i = 0; i < 1024 * 1024; i++) {
        EXPECT_OK("byte by byte", buf_append_char(&b, 'a'));
        moves += b.size != size ? 1U : 0U;
        size = b.size;
    }
    EXPECT("not once a byte", moves < 20);
}

static void no_memory_changes_nothing(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf b = {0};
    buf_init(&b, 1000);
    failing_heap_arm(1);
    EXPECT_CODE("first", buf_append_text(&b, "a"), ERR_NO_MEMORY);
    EXPECT("it failed", failing_heap_disarm());
    expect_sane("first", &b);
    EXPECT_OK("later", buf_append_text(&b, "kept"));
    char lots[900] = {0};
    memset(lots, 'l', sizeof lots);
    failing_heap_arm(1);
    EXPECT_CODE("growing", buf_append(&b, slice_from(lots, sizeof lots)), ERR_NO_MEMORY);
    EXPECT("it failed", failing_heap_disarm());
    EXPECT_TEXT("what was there", buf_text(&b), "kept");
    expect_sane("growing", &b);
}

static void abort_on_no_maximum(void)
{
    struct buf b;
    buf_init(&b, 0);
}
static void abort_on_drop(void)
{
    struct buf b;
    buf_init(&b, 10);
    buf_drop_front(&b, 1);
}
static void abort_on_grew(void)
{
    struct buf b;
    buf_init(&b, 10);
    buf_grew(&b, 1);
}

static void misuse_aborts(void **state)
{
    (void)state;
    EXPECT("no maximum", unit_aborts(abort_on_no_maximum));
    EXPECT("dropping what is not there", unit_aborts(abort_on_drop));
    EXPECT("growing over what was reserved", unit_aborts(abort_on_grew));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_maximum_is_exact),  cmocka_unit_test(a_zeroed_buf_takes_nothing),
        cmocka_unit_test(bytes_go_in_and_out),   cmocka_unit_test(it_does_what_an_array_does),
        cmocka_unit_test(growth_is_by_doubling), cmocka_unit_test(no_memory_changes_nothing),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
