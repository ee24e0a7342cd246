#include "base/rng.h"
#include "event/horizon_text.h"
#include "tests/support/unit.h"

#include <string.h>

static void test_round_trip(void **state)
{
    (void)state;
    struct rng rng;
    rng_seed(&rng, 7);
    for (int i = 0; i < 2000; i++) {
        struct horizon_text value = {
            .incarnation = rng_next(&rng) >> rng_below(&rng, 64),
            .horizon = (int64_t)(rng_next(&rng) >> (1 + rng_below(&rng, 63))),
            .events = (int64_t)(rng_next(&rng) >> (1 + rng_below(&rng, 63))),
            .counts = rng_next(&rng) >> rng_below(&rng, 64),
        };
        char text[HORIZON_TEXT_BYTES];
        struct horizon_text again = {0};
        horizon_text_format(&value, text);
        EXPECT("text only, and short", strlen(text) < HORIZON_TEXT_BYTES);
        EXPECT_OK(text, horizon_text_parse(slice_of(text), &again));
        EXPECT(text, again.incarnation == value.incarnation && again.horizon == value.horizon &&
                         again.events == value.events && again.counts == value.counts);
    }
}

static void test_largest_values_fit(void **state)
{
    (void)state;
    struct horizon_text value = {UINT64_MAX, INT64_MAX, INT64_MAX, UINT64_MAX};
    char text[HORIZON_TEXT_BYTES];
    horizon_text_format(&value, text);
    EXPECT("all digits there",
           slice_starts_with(slice_of(text), SLICE("v=2;inc=18446744073709551615;"
                                                   "hor=9223372036854775807;")));
    struct horizon_text again = {0};
    EXPECT_OK("read back", horizon_text_parse(slice_of(text), &again));
    EXPECT("the same", again.horizon == INT64_MAX && again.counts == UINT64_MAX);
}

static void test_any_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct horizon_text value = {.incarnation = 7, .horizon = 1204, .events = 88120, .counts = 6};
    char text[HORIZON_TEXT_BYTES];
    horizon_text_format(&value, text);
    size_t len = strlen(text);
    for (size_t bit = 0; bit < len * 8; bit++) {
        char bent[HORIZON_TEXT_BYTES];
        memcpy(bent, text, sizeof bent);
        bent[bit / 8] = (char)(bent[bit / 8] ^ (1 << (bit % 8)));
        struct horizon_text again = {.incarnation = 99};
        EXPECT_CODE(bent, horizon_text_parse(slice_from(bent, len), &again), ERR_SYNTAX);
        EXPECT("nothing is written on failure", again.incarnation == 99);
    }
    for (size_t cut = 0; cut < len; cut++) {
        struct horizon_text again = {0};
        EXPECT_CODE("cut short", horizon_text_parse(slice_from(text, cut), &again), ERR_SYNTAX);
    }
}

static void test_other_forms_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
    } rows[] = {
        {"nothing", ""},
        {"an offset committed by another tool", "hello"},
        {"another version", "v=1;inc=0;hor=0;ev=0;crc=16ffd350"},
        {"no checksum", "v=2;inc=0;hor=0;ev=0;at=0"},
        {"wrong checksum", "v=2;inc=0;hor=0;ev=0;at=0;crc=00000000"},
        {"members in another order", "v=2;hor=0;inc=0;ev=0;at=0;crc=549737c9"},
        {"a leading zero", "v=2;inc=00;hor=0;ev=0;at=0;crc=549737c9"},
        {"a sign", "v=2;inc=0;hor=-1;ev=0;at=0;crc=549737c9"},
        {"beyond an offset", "v=2;inc=0;hor=9223372036854775808;ev=0;at=0;crc=549737c9"},
        {"something behind it", "v=2;inc=0;hor=0;ev=0;at=0;crc=549737c9;"},
        {"upper case digits", "v=2;inc=0;hor=0;ev=0;at=0;crc=549737C9"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct horizon_text value = {0};
        EXPECT_CODE(rows[i].why, horizon_text_parse(slice_of(rows[i].text), &value), ERR_SYNTAX);
    }
}

static void test_first_metadata_is_what_format_would_write(void **state)
{
    (void)state;
    struct horizon_text first = {0};
    char text[HORIZON_TEXT_BYTES];
    horizon_text_format(&first, text);
    EXPECT_TEXT("static text", horizon_first_metadata(), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_largest_values_fit),
        cmocka_unit_test(test_any_flipped_bit_is_refused),
        cmocka_unit_test(test_other_forms_are_refused),
        cmocka_unit_test(test_first_metadata_is_what_format_would_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
