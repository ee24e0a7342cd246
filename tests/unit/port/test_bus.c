#include "port/bus.h"
#include "tests/support/unit.h"

static void topics_are_named_as_documented(void **unused)
{
    (void)unused;
    static const char *const names[TOPIC_COUNT] = {"events",    "commands", "conversations",
                                                   "snapshots", "config",   "dead"};
    for (unsigned topic = 0; topic < TOPIC_COUNT; topic++) {
        EXPECT_TEXT("name", topic_name((enum topic)topic), names[topic]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(topics_are_named_as_documented)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
