#include "sandbox/scenario.h"
#include "tests/support/unit.h"

enum { SCRATCH_BYTES = 256 * 1024 };

static void the_defaults_are_as_documented(void **state)
{
    (void)state;
    struct scenario s;
    scenario_default(&s);
    EXPECT("brands", s.brand_count == 3);
    EXPECT_SLICE("mapped", s.brands[0].name, SLICE("Acme Shoes"));
    EXPECT_SLICE("unmapped", s.brands[2].name, SLICE("Acme Outlet"));
    EXPECT("limit", s.limits.messages_per_conversation == 30000);
    EXPECT("time-out", s.limits.webhook_timeout_ms == 20000);
}

static void files_are_read_and_checked(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        enum err_code code;
    } rows[] = {
        {"empty", "{}", ERR_OK},
        {"comments", "{/* x */ \"switchboard\": false // y\n}", ERR_OK},
        {"all of it",
         "{\"subdomain\":\"a\",\"brands\":[{\"id\":1,\"name\":\"B\"}],\"agents\":[{\"name\":\"A\"}]"
         ","
         "\"switchboard\":true,\"messages_per_conversation\":5,\"webhook_timeout_ms\":10,"
         "\"store_bytes\":1048576,\"webhook_batch\":true,\"active_on_return\":false}",
         ERR_OK},
        {"not JSON", "{", ERR_CONFIG},
        {"a list", "[]", ERR_CONFIG},
        {"an unknown member", "{\"brand\":[]}", ERR_CONFIG},
        {"no brand", "{\"brands\":[]}", ERR_CONFIG},
        {"a brand without a name", "{\"brands\":[{\"id\":1}]}", ERR_CONFIG},
        {"a limit of nothing", "{\"messages_per_conversation\":0}", ERR_CONFIG},
        {"a limit above the real one", "{\"messages_per_conversation\":30001}", ERR_CONFIG},
        {"a word for a flag", "{\"switchboard\":\"no\"}", ERR_CONFIG},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        struct scenario s;
        struct why why = {{0}};
        arena_init(&arena, SCRATCH_BYTES);
        EXPECT_CODE(rows[i].why, scenario_read(&s, &arena, slice_of(rows[i].text), &why),
                    rows[i].code);
        EXPECT(rows[i].why, (why.text[0] != '\0') == (rows[i].code != ERR_OK));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_as_documented),
        cmocka_unit_test(files_are_read_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
