/* Bytes that nobody meant: a decoder refuses them or reads them, and what it has read it can write
 * and read again. Under AddressSanitizer every input stands in memory of its own size. */
#include "base/rng.h"
#include "tests/golden/v1_records.h"
#include "tests/support/unit.h"

static struct arena arena;
static struct any_record record;
static struct any_record again;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

/* Decodes a copy that ends where the heap block ends. True when it was a record. */
static bool try_decode(enum any_kind kind, const char *bytes, size_t len)
{
    char *exact = malloc(len == 0 ? 1 : len);
    EXPECT("heap", exact != NULL);
    memcpy(exact, bytes, len);
    struct why why = {{0}};
    arena_reset(&arena);
    err_t e = any_decode(kind, &arena, slice_from(exact, len), &why, &record);
    free(exact);
    if (err_failed(e)) {
        EXPECT("a reason is given", why.text[0] != '\0');
        EXPECT("poison", err_class(e) == ERR_CLASS_POISON);
        EXPECT("nothing stays", arena.used == 0);
        return false;
    }
    CLEANUP(buf) struct buf first = {0};
    buf_init(&first, LIMIT_DEAD_BYTES_MAX);
    EXPECT_OK("what was read can be written", any_encode(&record, &first));
    EXPECT_OK("and read", any_decode(kind, &arena, buf_slice(&first), NULL, &again));
    CLEANUP(buf) struct buf second = {0};
    buf_init(&second, LIMIT_DEAD_BYTES_MAX);
    EXPECT_OK("and written", any_encode(&again, &second));
    EXPECT("the same", slice_equal(buf_slice(&first), buf_slice(&second)));
    return true;
}

static void every_length_of_every_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &record);
        enum any_kind kind = record.kind;
        CLEANUP(buf) struct buf bytes = {0};
        buf_init(&bytes, LIMIT_DEAD_BYTES_MAX);
        EXPECT_OK(name, any_encode(&record, &bytes));
        EXPECT(name, try_decode(kind, bytes.ptr, bytes.len));
        for (size_t len = 0; len < bytes.len; len++) {
            (void)try_decode(kind, bytes.ptr, len);
        }
    }
}

static void one_byte_changed_anywhere(void **state)
{
    (void)state;
    static const unsigned char flips[] = {0x01, 0x80, 0xff};
    size_t read = 0;
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &record);
        enum any_kind kind = record.kind;
        CLEANUP(buf) struct buf bytes = {0};
        buf_init(&bytes, LIMIT_DEAD_BYTES_MAX);
        EXPECT_OK(name, any_encode(&record, &bytes));
        for (size_t at = 0; at < bytes.len; at++) {
            for (size_t f = 0; f < COUNT_OF(flips); f++) {
                bytes.ptr[at] = (char)((unsigned char)bytes.ptr[at] ^ flips[f]);
                read += try_decode(kind, bytes.ptr, bytes.len) ? 1 : 0;
                bytes.ptr[at] = (char)((unsigned char)bytes.ptr[at] ^ flips[f]);
            }
        }
    }
    EXPECT("some are still records", read > 1000);
}

/* A record of one kind where another is expected, and plain noise. */
static void the_wrong_kind_and_noise(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_DEAD_BYTES_MAX);
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &record);
        enum any_kind kind = record.kind;
        buf_reset(&bytes);
        EXPECT_OK(name, any_encode(&record, &bytes));
        for (enum any_kind other = 0; other < ANY_KIND_COUNT; other++) {
            EXPECT(name, try_decode(other, bytes.ptr, bytes.len) == (other == kind));
        }
    }
    struct rng rng;
    rng_seed(&rng, 4711);
    for (int round = 0; round < 20000; round++) {
        char noise[64];
        size_t len = (size_t)rng_below(&rng, sizeof noise);
        for (size_t i = 0; i < len; i++) {
            noise[i] = (char)rng_below(&rng, 256);
        }
        (void)try_decode((enum any_kind)rng_below(&rng, ANY_KIND_COUNT), noise, len);
    }
}

/* A decoder with too little memory says so, wherever it runs out. */
static void a_small_arena_at_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &record);
        enum any_kind kind = record.kind;
        CLEANUP(buf) struct buf bytes = {0};
        buf_init(&bytes, LIMIT_DEAD_BYTES_MAX);
        EXPECT_OK(name, any_encode(&record, &bytes));
        bool done = false;
        for (size_t size = 0; !done; size += 16) {
            CLEANUP(arena) struct arena small = {0};
            arena_init(&small, size);
            struct why why = {{0}};
            err_t e = any_decode(kind, &small, buf_slice(&bytes), &why, &again);
            done = !err_failed(e);
            EXPECT_CODE(name, e, done ? ERR_OK : ERR_ARENA_FULL);
            EXPECT(name, done || (small.used == 0 && why.text[0] != '\0'));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_of_every_record),
        cmocka_unit_test(one_byte_changed_anywhere),
        cmocka_unit_test(the_wrong_kind_and_noise),
        cmocka_unit_test(a_small_arena_at_every_size),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
