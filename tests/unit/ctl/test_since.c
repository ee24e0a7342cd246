/* since.c: times in the past, as a person types them. */
#include "ctl/since.h"
#include "tests/support/unit.h"

#include <string.h>

static const wall_ms_t now = {1789380000000}; /* 2026-09-14T10:00:00Z */

static void a_span_or_a_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ago_s;
    } rows[] = {
        {"2h", 7200},
        {"30m", 1800},
        {"14d", 14 * 86400},
        {"90", 90},
        {"2026-09-14T09:00:00Z", 3600},
        {"2026-09-14T09:00:00.000Z", 3600},
        {"2026-09-14T11:00:00+02:00", 3600},
        {"2026-09-14T04:30:00-05:00", 1800},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        wall_ms_t since = {0};
        struct why why = {{0}};
        EXPECT_OK(rows[i].text, since_read(slice_of(rows[i].text), now, &why, &since));
        EXPECT(rows[i].text, wall_since(now, since).ms == rows[i].ago_s * 1000);
    }
}

static void anything_else_is_refused_with_the_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "expected one like 2h"},
        {"yesterday", "expected one like 2h"},
        {"2026-09-14", "expected one like 2h"},
        {"2026-09-14T09:00:00", "expected one like 2h"},
        {"2026-09-14T09:00:00+0200", "expected one like 2h"},
        {"2026-09-14T09:00:00+24:00", "expected one like 2h"},
        {"2026-02-30T09:00:00Z", "expected one like 2h"},
        {"0s", "is not in the past"},
        {"2026-09-14T10:00:01Z", "is not in the past"},
        {"15d", "give at most 14d"},
        {"2020-01-01T00:00:00Z", "give at most 14d"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        wall_ms_t since = {0};
        struct why why = {{0}};
        EXPECT_CODE(rows[i].text, since_read(slice_of(rows[i].text), now, &why, &since), ERR_USAGE);
        EXPECT(why.text, strstr(why.text, rows[i].says) != NULL);
        EXPECT("names the flag", strncmp(why.text, "--since: ", 9) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_or_a_time),
        cmocka_unit_test(anything_else_is_refused_with_the_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
