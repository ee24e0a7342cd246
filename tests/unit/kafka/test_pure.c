/* What of lib/kafka needs no broker: classes, names, partitions, properties.c, topic_spec. */
#include "kafka/client.h"
#include "kafka/cluster.h"
#include "kafka/committed.h"
#include "kafka/kafka_err.h"
#include "kafka/reports.h"
#include "kafka/topic_spec.h"
#include "tests/support/unit.h"

#include <string.h>

static void a_code_has_a_class(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        rd_kafka_resp_err_t code;
        enum err_code wanted;
    } rows[] = {
        {"success", RD_KAFKA_RESP_ERR_NO_ERROR, ERR_OK},
        {"time", RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, ERR_TIMEOUT},
        {"queue", RD_KAFKA_RESP_ERR__QUEUE_FULL, ERR_QUEUE_FULL},
        {"size", RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ERR_TOO_LARGE},
        {"topic", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ERR_NO_TOPIC},
        {"range", RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, ERR_RANGE},
        {"static member", RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, ERR_FENCED},
        {"producer", RD_KAFKA_RESP_ERR__FENCED, ERR_FENCED},
        {"rights", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ERR_PERMISSION},
        {"network", RD_KAFKA_RESP_ERR__TRANSPORT, ERR_UNAVAILABLE},
        {"replicas", RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, ERR_UNAVAILABLE},
        {"a code of the future", (rd_kafka_resp_err_t)9999, ERR_UNAVAILABLE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_CODE(rows[i].why, KAFKA_ERR(rows[i].code), rows[i].wanted);
    }
    EXPECT_CODE("an unknown outcome is never a bug of ours",
                kafka_commit_err(RD_KAFKA_RESP_ERR__STATE, "here"), ERR_UNAVAILABLE);
    EXPECT_CODE("nor a missing offset", kafka_commit_err(RD_KAFKA_RESP_ERR__NO_OFFSET, "here"),
                ERR_UNAVAILABLE);
    EXPECT_CODE("refused is refused",
                kafka_commit_err(RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, "here"), ERR_FENCED);
    EXPECT_OK("no error", KAFKA_TXN_ERR(NULL, NULL));
    struct why why = {0};
    EXPECT_CODE("not fatal, not retriable: unknown",
                KAFKA_TXN_ERR(rd_kafka_error_new(RD_KAFKA_RESP_ERR__TRANSPORT, "lost"), &why),
                ERR_TXN_UNKNOWN);
    EXPECT("says what", strstr(why.text, "lost") != NULL);
    EXPECT_CODE("fenced",
                KAFKA_TXN_ERR(rd_kafka_error_new(RD_KAFKA_RESP_ERR__FENCED, "other"), &why),
                ERR_FENCED);
}

/* The vectors of Java's client: a key must not move when a program in Java writes. */
static void a_key_has_the_partition_that_java_gives_it(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        int32_t hash;
    } rows[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    static const int32_t counts[] = {1, 2, 7, 16, 1024};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t k = 0; k < COUNT_OF(counts); k++) {
            EXPECT(rows[i].key, cluster_partition(slice_of(rows[i].key), counts[k]) ==
                                    (rows[i].hash & 0x7fffffff) % counts[k]);
        }
    }
    int32_t empty = cluster_partition((struct slice){0}, 16);
    EXPECT("an empty key has one too", empty >= 0 && empty < 16);
}

static void names_come_from_prefix_and_instance(void **state)
{
    (void)state;
    struct kafka_options o = {.prefix = "tieline.", .program = "egress", .instance = "b"};
    char text[CLIENT_NAME_BYTES];
    struct why why = {0};
    EXPECT("fits", cluster_topic_name(&o, TOPIC_EVENTS, text, sizeof text));
    EXPECT_TEXT("topic", text, "tieline.events");
    EXPECT("does not fit", !cluster_topic_name(&o, TOPIC_EVENTS, text, 14));
    EXPECT_OK("group", client_group(&o, text, &why));
    EXPECT_TEXT("group", text, "tieline.egress");
    EXPECT_OK("instance", client_instance(&o, text, &why));
    EXPECT_TEXT("instance", text, "tieline.egress-b");
    char longer[CLIENT_NAME_BYTES + 1];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    o.instance = longer;
    EXPECT_CODE("too long", client_instance(&o, text, &why), ERR_CONFIG);
}

static void the_embedded_broker_gets_short_sessions(void **state)
{
    (void)state;
    struct kafka_options o = {.session_timeout = span_s(45)};
    EXPECT("as told", client_session_ms(&o) == 45000);
    o.embedded = true;
    EXPECT("short", client_session_ms(&o) == 6000);
    o.session_timeout = span_ms(2000);
    EXPECT("shorter", client_session_ms(&o) == 2000);
    EXPECT("the default", client_session_ms(&(struct kafka_options){0}) == 45000);
}

static void a_property_that_breaks_a_promise_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *why, *key, *value;
        bool accepted;
    } rows[] = {
        {"transport security", "security.protocol", "SSL", true},
        {"tuning", "linger.ms", "20", true},
        {"a promise repeated", "acks", "all", true},
        {"a promise repeated", "enable.idempotence", "true", true},
        {"fewer acknowledgements", "acks", "1", false},
        {"their other name", "request.required.acks", "0", false},
        {"doubles", "enable.idempotence", "false", false},
        {"losing the place", "auto.offset.reset", "earliest", false},
        {"commits by itself", "enable.auto.commit", "true", false},
        {"aborted records", "isolation.level", "read_uncommitted", false},
        {"another transaction", "transactional.id", "x", false},
        {"another group", "group.id", "x", false},
        {"another partition", "partitioner", "consistent", false},
        {"another assignor", "partition.assignment.strategy", "cooperative-sticky", false},
        {"a flag exists", "bootstrap.servers", "x:1", false},
        {"late answers", "message.timeout.ms", "60000", false},
        {"their other name", "delivery.timeout.ms", "60000", false},
        {"librdkafka's word on names", "no.such.property", "1", false},
        {"librdkafka's word on values", "socket.timeout.ms", "soon", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct kafka_property p = {rows[i].key, rows[i].value};
        struct kafka_options o = {.properties = &p, .property_count = 1};
        struct why why = {0};
        EXPECT_CODE(rows[i].why, kafka_properties_check(&o, &why),
                    rows[i].accepted ? ERR_OK : ERR_USAGE);
        EXPECT(rows[i].key, rows[i].accepted || strstr(why.text, rows[i].key) != NULL);
    }
    EXPECT_OK("none", kafka_properties_check(&(struct kafka_options){0}, NULL));
}

static void settings_are_judged_by_their_rule(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct topic_setting setting;
        const char *value;
        bool right;
    } rows[] = {
        {"equal", {"retention.ms", "100", TOPIC_RULE_AT_LEAST}, "100", true},
        {"more", {"retention.ms", "100", TOPIC_RULE_AT_LEAST}, "101", true},
        {"less", {"retention.ms", "100", TOPIC_RULE_AT_LEAST}, "99", false},
        {"for ever", {"retention.ms", "100", TOPIC_RULE_AT_LEAST}, "-1", true},
        {"no number", {"retention.ms", "100", TOPIC_RULE_AT_LEAST}, "", false},
        {"exact", {"cleanup.policy", "delete", TOPIC_RULE_EXACT}, "delete", true},
        {"other", {"cleanup.policy", "delete", TOPIC_RULE_EXACT}, "compact", false},
        {"taste", {"segment.ms", "1", TOPIC_RULE_TUNING}, "2", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why, topic_setting_right(&rows[i].setting, rows[i].value) == rows[i].right);
    }
}

static const char *setting(enum topic topic, int replicas, const char *key)
{
    static struct topic_setting settings[TOPIC_SETTINGS_MAX];
    size_t count = topic_spec(topic, replicas, settings);
    const char *found = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].key, key) == 0) {
            EXPECT("stated once", found[0] == '\0');
            found = settings[i].value;
        }
    }
    return found;
}

static void each_topic_is_specified(void **state)
{
    (void)state;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        enum topic topic = (enum topic)t;
        EXPECT_TEXT("the log's time", setting(topic, 1, "message.timestamp.type"), "LogAppendTime");
        EXPECT_TEXT("three copies: two have it", setting(topic, 3, "min.insync.replicas"), "2");
        EXPECT_TEXT("one copy", setting(topic, 1, "min.insync.replicas"), "");
        bool compacted = topic == TOPIC_CONVERSATIONS || topic == TOPIC_CONFIG;
        EXPECT_TEXT("policy", setting(topic, 1, "cleanup.policy"),
                    compacted ? "compact" : "delete");
        EXPECT("partitions", topic_spec_partitions(topic, 8) == (topic == TOPIC_CONFIG ? 1 : 8));
    }
    EXPECT_TEXT("the replay window", setting(TOPIC_EVENTS, 1, "retention.ms"), "604800000");
    EXPECT_TEXT("as long", setting(TOPIC_COMMANDS, 1, "retention.ms"), "604800000");
    EXPECT_TEXT("a day longer", setting(TOPIC_SNAPSHOTS, 1, "retention.ms"), "691200000");
    EXPECT_TEXT("a month", setting(TOPIC_DEAD, 1, "retention.ms"), "2592000000");
    EXPECT_TEXT("each version for a replay", setting(TOPIC_CONFIG, 1, "min.compaction.lag.ms"),
                "604800000");
}

static void offsets_become_lists_and_back(void **state)
{
    (void)state;
    const struct bus_offset offsets[] = {{3, 12, SLICE("h=12")}, {5, 0, {NULL, 0}}};
    rd_kafka_topic_partition_list_t *list = NULL;
    EXPECT_OK("list", committed_list("t", offsets, 2, &list));
    struct bus_offset *back = NULL;
    size_t count = 0;
    list->elems[1].offset = RD_KAFKA_OFFSET_INVALID;
    EXPECT_OK("offsets", committed_offsets(list, &back, &count));
    EXPECT("count", count == 2);
    EXPECT("offset", back[0].partition == 3 && back[0].offset == 12);
    EXPECT_SLICE("metadata", back[0].metadata, SLICE("h=12"));
    EXPECT("none stored", back[1].offset == -1 && slice_empty(back[1].metadata));
    free(back);
    rd_kafka_topic_partition_list_destroy(list);
    const struct bus_offset nul = {3, 12, SLICE("h\0")};
    EXPECT_CODE("librdkafka would cut it", committed_list("t", &nul, 1, &list), ERR_SYNTAX);
}

struct heard {
    struct reports *reports;
    uint64_t cookies[8];
    size_t count;
};

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    struct heard *heard = loop;
    (void)partition;
    (void)offset;
    EXPECT_OK("as reported", result);
    heard->cookies[heard->count++] = cookie;
    if (cookie == 1) { /* what comes meanwhile waits */
        EXPECT_OK("room", reports_reserve(heard->reports));
        reports_add(heard->reports, &(struct report){.cookie = 9});
    }
}

static void reports_are_told_in_order_and_later_ones_later(void **state)
{
    (void)state;
    struct reports r = {0};
    struct heard heard = {.reports = &r};
    const struct bus_handler handler = {.loop = &heard, .on_delivery = on_delivery};
    for (uint64_t i = 1; i <= 3; i++) {
        EXPECT_OK("room", reports_reserve(&r));
    }
    reports_unreserve(&r);
    reports_add(&r, &(struct report){.cookie = 1});
    reports_add(&r, &(struct report){.cookie = 2});
    reports_tell(&r, &handler);
    EXPECT("two", heard.count == 2 && heard.cookies[0] == 1 && heard.cookies[1] == 2);
    reports_tell(&r, &handler);
    EXPECT("then the third", heard.count == 3 && heard.cookies[2] == 9);
    reports_tell(&r, &handler);
    EXPECT("once", heard.count == 3);
    reports_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_has_a_class),
        cmocka_unit_test(a_key_has_the_partition_that_java_gives_it),
        cmocka_unit_test(names_come_from_prefix_and_instance),
        cmocka_unit_test(the_embedded_broker_gets_short_sessions),
        cmocka_unit_test(a_property_that_breaks_a_promise_is_refused_by_name),
        cmocka_unit_test(settings_are_judged_by_their_rule),
        cmocka_unit_test(each_topic_is_specified),
        cmocka_unit_test(offsets_become_lists_and_back),
        cmocka_unit_test(reports_are_told_in_order_and_later_ones_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
