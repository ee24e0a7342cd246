/* A replay finds its start by times that a log tells: by leaders whose clocks differ, and by one
 * that knows no times. */
#include "ctl/replay/run.h"
#include "tests/unit/processor/rig.h"

enum { DAYS = 12, TALKERS = 3, GONE = 9 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

static void talk(struct rig *r)
{
    char key[64];
    char id[32];
    rig_configure(r);
    rig_start(r);
    for (int day = 0; day < DAYS; day++) {
        for (int i = 0; i < TALKERS; i++) {
            (void)snprintf(key, sizeof key, "acme/messaging/c%d", i);
            (void)snprintf(id, sizeof id, "m%d-%d", day, i);
            rig_customer_writes(r, key, id);
            rig_run(r);
            rig_answer(r, key);
            rig_run(r);
        }
        clock_double_advance(&r->clock, span_ms(day_ms));
    }
    rig_run(r);
}

/* The first of that time or later. */
static err_t known(void *arg, enum topic topic, int32_t partition, wall_ms_t time,
                   int64_t *ret_offset)
{
    const struct log_partition *part = &((const struct rig *)arg)->log->topics[topic][partition];
    *ret_offset = part->first;
    while ((size_t)*ret_offset < part->count &&
           wall_before(part->records[*ret_offset].time, time)) {
        (*ret_offset)++;
    }
    return err_ok();
}

/* As reader_kafka_at() says of the embedded broker. */
static err_t beginning(void *arg, enum topic topic, int32_t partition, wall_ms_t time,
                       int64_t *ret_offset)
{
    (void)time;
    return known(arg, topic, partition, (wall_ms_t){0}, ret_offset);
}

static uint64_t compared(struct rig *r, int32_t partition, struct past_span span,
                         struct past_times times)
{
    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    struct replay y = {
        .port = &port, .partition = partition, .span = span, .times = times, .compares = true};
    EXPECT_OK("replayed", replay_run(&y, &why));
    EXPECT("the same, and all of it is known", y.differences == 0 && y.unknown == 0);
    return y.compared;
}

/* What follows from the first event of a day stands in the day before. */
static void clocks_of_leaders_differ(void **state)
{
    static const enum topic behind[] = {TOPIC_COMMANDS, TOPIC_CONVERSATIONS, TOPIC_SNAPSHOTS};
    struct rig *r = *state;
    uint64_t all = 0;
    char key[64];
    r->clock.wall.ms = (r->clock.wall.ms / day_ms + 1) * day_ms + 2000;
    talk(r);
    for (size_t i = 0; i < COUNT_OF(behind); i++) {
        for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
            struct log_partition *part = &r->log->topics[behind[i]][p];
            for (size_t n = 0; n < part->count; n++) {
                part->records[n].time.ms -= 50 * 1000;
            }
        }
    }
    for (int day = 1; day < DAYS; day++) {
        struct past_span span = {.since = wall_add(r->clock.wall, span_ms(-day * day_ms))};
        for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
            all += compared(r, p, span, (struct past_times){known, r});
        }
        for (int i = 0; i < TALKERS; i++) {
            (void)snprintf(key, sizeof key, "acme/messaging/c%d", i);
            span.key = slice_of(key);
            int32_t p = log_double_partition(r->log, span.key);
            all += compared(r, p, span, (struct past_times){known, r});
        }
    }
    EXPECT("something", all > (size_t)DAYS);
}

static void a_log_that_knows_no_times(void **state)
{
    struct rig *r = *state;
    uint64_t all = 0;
    talk(r);
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        struct log_partition *events = &r->log->topics[TOPIC_EVENTS][p];
        if (events->count < 2 * GONE) {
            continue;
        }
        events->first = GONE; /* so there were states at the start */
        for (int day = 1; day < DAYS / 2; day++) {
            struct past_span span = {
                .since = wall_add(r->clock.wall, span_ms(-day * day_ms - day_ms / 4))};
            span.until = wall_add(span.since, span_ms(day_ms / 2));
            all += compared(r, p, span, (struct past_times){beginning, r});
        }
    }
    EXPECT("something", all > (size_t)DAYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(clocks_of_leaders_differ),
        RIG_TEST(a_log_that_knows_no_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
