/* ending.c without a broker: what a job owns, and who ends what was left behind. */
#include "kafka/ending.h"
#include "tests/support/unit.h"

#include <stdlib.h>

static void nothing_to_send_ends_well(void **unused)
{
    (void)unused;
    struct ending *e = NULL;
    struct why why = {0};
    const char *what = NULL;
    EXPECT_OK("new", ending_new(NULL, -1, NULL, NULL, false, &e));
    EXPECT("not begun, not late", !ending_is_overdue(e));
    ending_run(e);
    EXPECT_OK("no offsets, no commit", ending_result(e, &what, &why));
    EXPECT_TEXT("the call", what, "offsets");
    EXPECT("on time", !ending_is_overdue(e));
    ending_drop(e);
}

/* A handle without transactions refuses; the job says which call did. */
static void a_call_that_is_refused_is_named(void **unused)
{
    (void)unused;
    char text[256];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof text);
    EXPECT("handle", rk != NULL);
    struct ending *e = NULL;
    struct why why = {0};
    const char *what = NULL;
    EXPECT_OK("new", ending_new(rk, -1, NULL, NULL, true, &e));
    ending_run(e);
    EXPECT("refused", err_failed(ending_result(e, &what, &why)));
    EXPECT_TEXT("by", what, "commit");
    EXPECT("and why", why.text[0] != '\0');
    ending_drop(e);
    rd_kafka_destroy(rk);
}

static void who_comes_last_frees_the_count(void **unused)
{
    (void)unused;
    struct ending *first = NULL;
    struct ending *second = NULL;
    atomic_int *holders = calloc(1, sizeof *holders);
    EXPECT("memory", holders != NULL);
    atomic_store(holders, 1);
    EXPECT_OK("new", ending_new(NULL, -1, NULL, NULL, false, &first));
    EXPECT_OK("new", ending_new(NULL, -1, NULL, NULL, false, &second));
    ending_leave(first, NULL, holders);
    ending_leave(second, NULL, holders);
    EXPECT("each counts", atomic_load(holders) == 3);
    ending_drop(first);
    EXPECT("one is back", atomic_load(holders) == 2);
    ending_holder_gone(holders); /* the owner of the transactions */
    ending_drop(second);         /* the sanitizer sees whether that was the end of it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_send_ends_well),
        cmocka_unit_test(a_call_that_is_refused_is_named),
        cmocka_unit_test(who_comes_last_frees_the_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
