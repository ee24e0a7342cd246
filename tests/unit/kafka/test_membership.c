/* The layout that membership.c reads, as the librdkafka that is linked writes it. */
#include "kafka/membership.h"
#include "tests/support/unit.h"

#include <string.h>

static struct slice written(const char *group, int32_t generation, const char *member,
                            const char *instance, char *bytes, size_t size)
{
    rd_kafka_consumer_group_metadata_t *metadata =
        rd_kafka_consumer_group_metadata_new_with_genid(group, generation, member, instance);
    void *buffer = NULL;
    size_t length = 0;
    EXPECT("written", rd_kafka_consumer_group_metadata_write(metadata, &buffer, &length) == NULL);
    EXPECT("fits", length <= size);
    memcpy(bytes, buffer, length);
    rd_kafka_mem_free(NULL, buffer);
    rd_kafka_consumer_group_metadata_destroy(metadata);
    return slice_from(bytes, length);
}

static void generation_and_member_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *why, *group;
        int32_t generation;
        const char *member, *instance;
    } rows[] = {
        {"a dynamic member", "tieline.egress", 17, "rdkafka-1234", NULL},
        {"a static member", "tieline.egress", 2147483647, "tieline.egress-0-1234",
         "tieline.egress-0"},
        {"no member", "tieline.egress", -1, "", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char bytes[512];
        struct membership m = {0};
        struct slice s = written(rows[i].group, rows[i].generation, rows[i].member,
                                 rows[i].instance, bytes, sizeof bytes);
        EXPECT_OK(rows[i].why, membership_parse(s, &m));
        EXPECT(rows[i].why, m.generation == rows[i].generation);
        EXPECT_TEXT(rows[i].why, m.member, rows[i].member);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    char bytes[512];
    struct membership m = {.generation = 3};
    struct slice whole = written("group", 5, "member", NULL, bytes, sizeof bytes);
    for (size_t cut = 0; cut < whole.len; cut++) {
        EXPECT_CODE("cut", membership_parse(slice_sub(whole, 0, cut), &m), ERR_SYNTAX);
    }
    EXPECT("untouched", m.generation == 3);
    bytes[5]++;
    EXPECT_CODE("another version", membership_parse(whole, &m), ERR_SYNTAX);
}

static void only_the_same_member_is_the_same(void **state)
{
    (void)state;
    const struct membership a = {5, "x"};
    const struct membership later = {6, "x"};
    const struct membership other = {5, "y"};
    const struct membership none = {-1, "x"};
    EXPECT("itself", membership_same(&a, &a));
    EXPECT("a later generation", !membership_same(&a, &later));
    EXPECT("a static member that joined anew keeps its generation", !membership_same(&a, &other));
    EXPECT("who is none is nobody", !membership_same(&none, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generation_and_member_are_read),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(only_the_same_member_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
