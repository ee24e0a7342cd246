/* alive.c: signs of life in each partition, when there is somebody to show them to. */
#include "event/codec.h"
#include "ingest/alive.h"
#include "tests/support/bus_double.h"
#include "tests/support/unit.h"

enum { PARTITIONS = 3, EVERY_MS = 15 * 1000 };
static const wall_ms_t wall = {1772438400000};

struct world {
    struct clock_double clock;
    struct log_double *log;
    struct bus_double bus;
    struct alive alive;
};

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return -1;
    }
    clock_double_init(&w->clock);
    w->log = log_double_new(&w->clock, PARTITIONS);
    bus_double_init(&w->bus, w->log, TOPIC_EVENTS);
    alive_init(&w->alive, PARTITIONS, span_ms(EVERY_MS));
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    alive_deinit(&w->alive);
    bus_double_deinit(&w->bus);
    log_double_free(w->log);
    free(w);
    return 0;
}

static err_t tick(struct world *w, int64_t now)
{
    struct bus bus = bus_double_port(&w->bus);
    return alive_tick(&w->alive, &bus, true, (mono_ms_t){now}, wall);
}

static size_t written(const struct world *w)
{
    size_t count = 0;
    for (int32_t p = 0; p < PARTITIONS; p++) {
        count += log_double_count(w->log, TOPIC_EVENTS, p);
    }
    return count;
}

static void shows_in_each_partition_that_it_is_there(void **state)
{
    struct world *w = *state;
    EXPECT_OK("at once", tick(w, 500));
    for (int32_t p = 0; p < PARTITIONS; p++) {
        EXPECT("one in each", log_double_count(w->log, TOPIC_EVENTS, p) == 1);
    }
    const struct log_record *record = log_double_at(w->log, TOPIC_EVENTS, 2, 0);
    EXPECT_SLICE("without a key", record->key, SLICE(""));
    EXPECT_SLICE("its id", record->ce_id, SLICE("alive/2/2026-03-02T08:00:00.000Z"));
    CLEANUP(arena) struct arena arena = {0};
    struct event event = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT_OK("an event", codec_event_decode(&arena, record->value, NULL, &event));
    EXPECT("of life", event.type == EVENT_ALIVE && event.source == EVENT_FROM_INGEST);
}

static void again_when_it_is_time(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *why;
        int64_t now;
        size_t want;
    } rows[] = {
        {"the first at once", 500, 1},
        {"a moment too soon", 500 + EVERY_MS - 1, 1},
        {"in time", 500 + EVERY_MS, 2},
        {"late, and only once", 500 + 9 * EVERY_MS, 3},
        {"from there on", 500 + 10 * EVERY_MS - 1, 3},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_OK(rows[i].why, tick(w, rows[i].now));
        EXPECT(rows[i].why, written(w) == rows[i].want * PARTITIONS);
    }
}

static void says_nothing_to_a_broker_that_is_away(void **state)
{
    struct world *w = *state;
    w->bus.is_away = true;
    EXPECT_OK("no failure", tick(w, 500));
    EXPECT("and nothing waits to be sent", written(w) == 0);
    w->bus.is_away = false;
    EXPECT_OK("back", tick(w, 600));
    EXPECT("at once when it is back", written(w) == PARTITIONS);
}

static void a_full_queue_ends_a_round(void **state)
{
    struct world *w = *state;
    w->bus.produce_fails = ERR(QUEUE_FULL);
    EXPECT_CODE("told", tick(w, 500), ERR_QUEUE_FULL);
    w->bus.produce_fails = err_ok();
    EXPECT_OK("waits for its time", tick(w, 600));
    EXPECT("not tried all the time", written(w) == 0);
    EXPECT_OK("in time", tick(w, 500 + EVERY_MS));
    EXPECT("written", written(w) == PARTITIONS);
}

static void says_nothing_of_a_door_that_is_shut(void **state)
{
    struct world *w = *state;
    struct bus bus = bus_double_port(&w->bus);
    for (int64_t now = 500; now < 500 + 10 * EVERY_MS; now += EVERY_MS) {
        EXPECT_OK("shut", alive_tick(&w->alive, &bus, false, (mono_ms_t){now}, wall));
    }
    EXPECT("no sign of a life that takes nothing in", written(w) == 0);
    EXPECT_OK("open", tick(w, 600 + 10 * EVERY_MS));
    EXPECT("at once when it opens", written(w) == PARTITIONS);
}

/* One is left out for however many were sent away before it was due. */
static void leaves_one_out_when_somebody_was_sent_away(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *why;
        unsigned turned_away; /* before this tick */
        size_t want;
    } rows[] = {
        {"nobody was", 0, 1},       {"one was", 1, 1},     {"nobody since then", 0, 2},
        {"many were", 9, 2},        {"and another", 1, 2}, {"and still another", 1, 2},
        {"the trouble over", 0, 3}, {"for good", 0, 4},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (unsigned k = 0; k < rows[i].turned_away; k++) {
            alive_turned_away(&w->alive);
        }
        EXPECT_OK(rows[i].why, tick(w, 500 + (int64_t)i * EVERY_MS));
        EXPECT_OK("not tried again before its time", tick(w, 501 + (int64_t)i * EVERY_MS));
        EXPECT(rows[i].why, written(w) == rows[i].want * PARTITIONS);
    }
}

static void none_once_it_is_leaving(void **state)
{
    struct world *w = *state;
    alive_stop(&w->alive);
    EXPECT_OK("quiet", tick(w, 500));
    EXPECT("nothing", written(w) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shows_in_each_partition_that_it_is_there, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(again_when_it_is_time, open_world, close_world),
        cmocka_unit_test_setup_teardown(says_nothing_to_a_broker_that_is_away, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_full_queue_ends_a_round, open_world, close_world),
        cmocka_unit_test_setup_teardown(says_nothing_of_a_door_that_is_shut, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(leaves_one_out_when_somebody_was_sent_away, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(none_once_it_is_leaving, open_world, close_world),
    };
    return cmocka_run_group_tests_name("ingest/alive", tests, NULL, NULL);
}
