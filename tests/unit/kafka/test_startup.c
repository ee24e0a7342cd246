#include "kafka/count_guard.h"
#include "kafka/embedded.h"
#include "kafka/startup.h"
#include "tests/support/unit.h"

#include <string.h>

static const struct option_row rows[] = {STARTUP_ROWS};

static struct options *parsed(int argc, char *const *argv)
{
    struct options *o = NULL;
    bool done = true;
    int status = -1;
    options_parse("test", "Tests.", rows, COUNT_OF(rows), NULL, argc, argv, &o, &done, &status);
    EXPECT("parsed", !done);
    return o;
}

static void flags_become_options(void **state)
{
    (void)state;
    char *const argv[] = {(char[]){"test"},       (char[]){"--brokers"}, (char[]){"a:1,b:2"},
                          (char[]){"--prefix"},   (char[]){"shop."},     (char[]){"-X"},
                          (char[]){"linger.ms=3"}};
    struct options *o = parsed(COUNT_OF(argv), argv);
    struct startup s;
    struct why why = {0};
    EXPECT_OK("taken", startup_options(o, "egress", "b", &why, &s));
    EXPECT_TEXT("brokers", s.kafka.brokers, "a:1,b:2");
    EXPECT_TEXT("prefix", s.kafka.prefix, "shop.");
    EXPECT_TEXT("program", s.kafka.program, "egress");
    EXPECT_TEXT("instance", s.kafka.instance, "b");
    EXPECT("property", s.kafka.property_count == 1);
    EXPECT_TEXT("its key", s.kafka.properties[0].key, "linger.ms");
    EXPECT_TEXT("its value", s.kafka.properties[0].value, "3");
    options_free(o);
}

static void a_broken_promise_is_named(void **state)
{
    (void)state;
    char *const argv[] = {(char[]){"test"}, (char[]){"-X"}, (char[]){"acks=1"}};
    struct options *o = parsed(COUNT_OF(argv), argv);
    struct startup s;
    struct why why = {0};
    EXPECT_CODE("refused", startup_options(o, "egress", "0", &why, &s), ERR_USAGE);
    EXPECT("by name", strstr(why.text, "acks=1") != NULL);
    options_free(o);
}

static void the_cluster_is_recognised(void **state)
{
    (void)state;
    struct log *log = log_new("test", LOG_FORMAT_TEXT, LOG_ERROR);
    struct startup s = {.kafka = {.prefix = "s.", .program = "egress", .instance = "0"}};
    struct embedded_broker *broker = NULL;
    struct why why = {0};
    EXPECT_OK("broker", embedded_broker_new(&s.kafka, 3, &why, &broker));
    s.kafka.brokers = embedded_broker_brokers(broker);
    EXPECT_OK("checked", startup_cluster(&s, log, &why));
    EXPECT("known", s.cluster.embedded && s.kafka.embedded && s.cluster.partitions == 3);
    s.kafka.prefix = "nobody.";
    err_t err = startup_cluster(&s, log, &why);
    EXPECT_CODE("missing topics", err, ERR_NO_TOPIC);
    EXPECT("with the status of a configuration", startup_failed(log, err, &why) == 78);
    embedded_broker_free(broker);
    log_free(log);
}

static void another_count_is_named(void **state)
{
    (void)state;
    struct why why = {0};
    EXPECT_OK("none stands there yet", count_guard_compare(4, 0, &why));
    EXPECT_OK("the same", count_guard_compare(4, 4, &why));
    EXPECT_CODE("more", count_guard_compare(8, 4, &why), ERR_CONFIG);
    EXPECT("both counts",
           strstr(why.text, "8 partitions") != NULL && strstr(why.text, "made with 4") != NULL);
    EXPECT("and the way", strstr(why.text, "`tieline move --into PREFIX`") != NULL);
    EXPECT_CODE("fewer", count_guard_compare(2, 4, &why), ERR_CONFIG);
}

static const struct {
    const char *why;
    const char *program;
    const char *moved_into;
    const char *moving_from;
    const char *says; /* NULL = it begins */
} moves[] = {
    {"nothing was moved", "processor", "", "", NULL},
    {"nobody works where all has gone", "processor", "new.", "", "`--prefix new.`"},
    {"nor takes anything in there", "ingest", "new.", "", "`--prefix new.`"},
    {"nor sends from there", "egress", "new.", "", "`--prefix new.`"},
    {"nothing is decided without the states", "processor", "", "old.",
     "`tieline move --prefix old. --into here.`"},
    {"nor sent", "egress", "", "old.", "`tieline move --prefix old. --into here.`"},
    {"but what comes in may wait there", "ingest", "", "old.", NULL},
};

static void a_move_keeps_programs_from_beginning(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(moves); i++) {
        struct why why = {0};
        const struct kafka_options options = {.program = moves[i].program, .prefix = "here."};
        err_t err = count_guard_moved(&options, slice_of(moves[i].moved_into),
                                      slice_of(moves[i].moving_from), &why);
        if (moves[i].says == NULL) {
            EXPECT_OK(moves[i].why, err);
            continue;
        }
        EXPECT_CODE(moves[i].why, err, ERR_CONFIG);
        EXPECT(moves[i].why, strstr(why.text, moves[i].says) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_become_options),
        cmocka_unit_test(a_broken_promise_is_named),
        cmocka_unit_test(the_cluster_is_recognised),
        cmocka_unit_test(another_count_is_named),
        cmocka_unit_test(a_move_keeps_programs_from_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
