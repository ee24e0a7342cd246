/* What every broker must do for the bus: the embedded one too. */
#include "kafka/client.h"
#include "tests/integration/kafka_world.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <string.h>

static const struct bus_offset nothing[1];

static void acknowledged_where_the_key_belongs(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "ingest", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_PRODUCER, TOPIC_EVENTS, w->log);
    loop_produce(&loop, TOPIC_EVENTS, -1, "a", 7);
    loop_produce(&loop, TOPIC_DEAD, 3, "b", 8);
    EXPECT("both are reported", loop_until(&loop, &loop.delivered_count, 2, 10000));
    for (size_t i = 0; i < 2; i++) {
        const struct note *note = &loop.delivered[i];
        EXPECT_OK("stored", note->result);
        EXPECT("the first of its partition", note->offset == 0);
        int32_t wanted = note->cookie == 7
                             ? cluster_partition(SLICE("acme/conversations/1"), WORLD_PARTITIONS)
                             : 3;
        EXPECT("by key, or as told", note->partition == wanted);
    }
    EXPECT("a broker is heard", bus_connected(&loop.bus));
    EXPECT_OK("nothing is left", bus_flush(&loop.bus, span_ms(1000)));
    EXPECT_CODE("no transactions here", bus_begin(&loop.bus), ERR_STATE);
    EXPECT_CODE("no commits here", bus_commit_offsets(&loop.bus, nothing, 1), ERR_STATE);
    loop_close(&loop);
}

static void too_large_is_refused_by_class(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "ingest", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_PRODUCER, TOPIC_EVENTS, w->log);
    size_t size = CLIENT_MESSAGE_BYTES_MAX;
    char *bytes = calloc(1, size);
    struct bus_message message = {
        .topic = TOPIC_EVENTS, .partition = 0, .value = slice_from(bytes, size), .cookie = 1};
    EXPECT_CODE("beyond the limit", bus_produce(&loop.bus, &message), ERR_TOO_LARGE);
    message.value.len = 1024 * 1024 + 64 * 1024;
    EXPECT_OK("the largest record", bus_produce(&loop.bus, &message));
    EXPECT("is stored", loop_until(&loop, &loop.delivered_count, 1, 10000));
    EXPECT_OK("really", loop.delivered[0].result);
    free(bytes);
    loop_close(&loop);
}

static void offsets_and_their_metadata_come_back(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "egress", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_READ_WRITE, TOPIC_COMMANDS, w->log);
    EXPECT("assigned", loop_until(&loop, &loop.assigned_count, WORLD_PARTITIONS, 20000));
    for (int i = 0; i < WORLD_PARTITIONS; i++) {
        EXPECT("the first offset", loop.assigned[i].offset == 0);
        EXPECT_TEXT("and its metadata", loop.assigned[i].text, "h=0");
    }
    const struct bus_offset offsets[] = {{2, 41, SLICE("h=41 ~")}, {3, 7, {NULL, 0}}};
    EXPECT_OK("asked", bus_commit_offsets(&loop.bus, offsets, 2));
    EXPECT_CODE("one outstanding", bus_commit_offsets(&loop.bus, offsets, 2), ERR_STATE);
    EXPECT("answered", loop_until(&loop, &loop.committed_count, 1, 10000));
    EXPECT_OK("stored", loop.committed[0].result);
    char large[4001];
    memset(large, 'x', sizeof large);
    const struct bus_offset too_large = {2, 42, {large, sizeof large}};
    EXPECT_CODE("metadata beyond the limit", bus_commit_offsets(&loop.bus, &too_large, 1),
                ERR_TOO_LARGE);
    const struct bus_offset most = {1, 42, {large, sizeof large - 1}};
    EXPECT_OK("metadata at the limit", bus_commit_offsets(&loop.bus, &most, 1));
    EXPECT("answered", loop_until(&loop, &loop.committed_count, 2, 10000));
    EXPECT_OK("stored", loop.committed[1].result);
    const struct bus_offset foreign = {WORLD_PARTITIONS, 1, {NULL, 0}};
    EXPECT_CODE("not ours", bus_commit_offsets(&loop.bus, &foreign, 1), ERR_FENCED);
    loop_close(&loop);

    loop_open(&loop, &o, BUS_READ_WRITE, TOPIC_COMMANDS, w->log);
    EXPECT("assigned again", loop_until(&loop, &loop.assigned_count, WORLD_PARTITIONS, 20000));
    for (int i = 0; i < WORLD_PARTITIONS; i++) {
        const struct note *note = &loop.assigned[i];
        EXPECT("as committed", note->partition != 2 || note->offset == 41);
        EXPECT("with metadata", note->partition != 2 || strcmp(note->text, "h=41 ~") == 0);
        EXPECT("without", note->partition != 3 || (note->offset == 7 && note->text[0] == '\0'));
    }
    loop_close(&loop);
}

/* Reads events of partition 0 after writing `count` of them there. */
static void open_with(struct world *w, struct loop *loop, int count)
{
    struct kafka_options o = world_options(w, "processor", "0");
    o.program = "egress"; /* its group has first offsets on commands */
    loop_open(loop, &o, BUS_READ_WRITE, TOPIC_COMMANDS, w->log);
    for (int i = 0; i < count; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        loop_produce(loop, TOPIC_COMMANDS, 0, text, 1);
    }
    EXPECT("stored", loop_until(loop, &loop->delivered_count, (size_t)count, 10000));
    EXPECT("assigned", loop_until(loop, &loop->assigned_count, WORLD_PARTITIONS, 20000));
}

static void expect_run(const struct loop *loop, size_t from, size_t count, int64_t first)
{
    for (size_t i = 0; i < count; i++) {
        EXPECT("in order, without a hole", loop->records[from + i].offset == first + (int64_t)i);
    }
}

static void nothing_is_read_before_start_and_all_after(void **state)
{
    struct world *w = *state;
    struct loop loop;
    open_with(w, &loop, 50);
    loop_for(&loop, 500);
    EXPECT("not started", loop.record_count == 0);
    int64_t lag = -1;
    EXPECT_CODE("unknown before", bus_lag(&loop.bus, 0, &lag), ERR_UNAVAILABLE);
    EXPECT_OK("start in the middle", bus_start(&loop.bus, 0, 20));
    EXPECT("the rest", loop_until(&loop, &loop.record_count, 30, 10000));
    expect_run(&loop, 0, 30, 20);
    loop_for(&loop, 300);
    EXPECT("no more", loop.record_count == 30);
    EXPECT_OK("known now", bus_lag(&loop.bus, 0, &lag));
    EXPECT("nothing waits", lag == 0);
    EXPECT_OK("back", bus_start(&loop.bus, 0, 0));
    EXPECT("all again", loop_until(&loop, &loop.record_count, 80, 10000));
    expect_run(&loop, 30, 50, 0);
    EXPECT_OK("forward, while nothing is left", bus_start(&loop.bus, 0, 49));
    EXPECT("the last", loop_until(&loop, &loop.record_count, 81, 10000));
    EXPECT("it", loop.records[80].offset == 49);
    loop_close(&loop);
}

static void a_pause_loses_and_doubles_nothing(void **state)
{
    struct world *w = *state;
    struct loop loop;
    open_with(w, &loop, 200);
    EXPECT_OK("start", bus_start(&loop.bus, 0, 0));
    size_t read = 0;
    for (int round = 0; round < 8; round++) {
        read += 10;
        EXPECT("some", loop_until(&loop, &loop.record_count, read, 10000));
        EXPECT("record by record", loop.record_count == read);
        EXPECT_OK("pause", bus_pause(&loop.bus, 0));
        if (round % 2 == 0) {
            loop_for(&loop, 100);
        }
        EXPECT("still", loop.record_count == read);
        EXPECT_OK("resume", bus_resume(&loop.bus, 0));
        if (round % 3 == 0) { /* before anything was delivered: what was fetched must come again */
            loop_for(&loop, 0);
            EXPECT_OK("pause", bus_pause(&loop.bus, 0));
            EXPECT_OK("resume", bus_resume(&loop.bus, 0));
        }
    }
    EXPECT("all", loop_until(&loop, &loop.record_count, 200, 10000));
    loop_for(&loop, 200);
    EXPECT("and no more", loop.record_count == 200);
    expect_run(&loop, 0, 200, 0);
    loop_close(&loop);
}

static void the_wake_fd_tells_of_records_and_reports(void **state)
{
    struct world *w = *state;
    struct loop loop;
    open_with(w, &loop, 1);
    EXPECT_OK("start", bus_start(&loop.bus, 0, 1));
    loop_for(&loop, 300);
    struct pollfd fd = {.fd = bus_kafka_wake_fd(loop.kafka), .events = POLLIN};
    struct bus_record record;
    bool got = true;
    EXPECT_OK("nothing", bus_poll(&loop.bus, span_ms(0), &record, &got));
    EXPECT("nothing", !got);
    int64_t slowest = 0;
    for (int i = 0; i < 5; i++) {
        size_t reports = loop.delivered_count;
        loop_produce(&loop, TOPIC_COMMANDS, 0, "x", 1);
        int64_t since = world_now_ms();
        for (got = false; !got || loop.delivered_count == reports;) {
            bool now = false;
            EXPECT("woken", poll(&fd, 1, 2000) == 1);
            EXPECT_OK("poll", bus_poll(&loop.bus, span_ms(0), &record, &now));
            got |= now;
        }
        int64_t took = world_now_ms() - since;
        slowest = took > slowest ? took : slowest;
    }
    print_message("record and report after at most %lld ms\n", (long long)slowest);
    EXPECT("soon", slowest < 250);
    loop_close(&loop);
}

static void rejoining_is_losing_and_being_assigned_again(void **state)
{
    struct world *w = *state;
    struct loop loop;
    open_with(w, &loop, 3);
    EXPECT_OK("rejoin", bus_rejoin(&loop.bus));
    const struct bus_offset offset = {0, 1, SLICE("h")};
    EXPECT_CODE("no commit any more", bus_commit_offsets(&loop.bus, &offset, 1), ERR_FENCED);
    int64_t since = world_now_ms();
    EXPECT("assigned again",
           loop_until(&loop, &loop.assigned_count, 2 * (size_t)WORLD_PARTITIONS, 30000));
    print_message("rejoined after %lld ms\n", (long long)(world_now_ms() - since));
    EXPECT("revoked once", loop.revokes == 1 && loop.last_lost);
    EXPECT_OK("start", bus_start(&loop.bus, 0, 0));
    EXPECT("reads", loop_until(&loop, &loop.record_count, 3, 10000));
    EXPECT_OK("commits", bus_commit_offsets(&loop.bus, &offset, 1));
    EXPECT("answered", loop_until(&loop, &loop.committed_count, 1, 10000));
    EXPECT_OK("stored", loop.committed[0].result);
    loop_close(&loop);
}

static void a_transaction_makes_its_records_visible(void **state)
{
    struct world *w = *state;
    struct kafka_options o = world_options(w, "processor", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_TRANSACTIONS, TOPIC_EVENTS, w->log);
    EXPECT("assigned", loop_until(&loop, &loop.assigned_count, WORLD_PARTITIONS, 20000));
    EXPECT_CODE("nothing is open", bus_commit(&loop.bus, nothing, 0), ERR_STATE);
    EXPECT_OK("nothing to abort", bus_abort(&loop.bus));
    EXPECT_OK("start", bus_start(&loop.bus, 1, 0));
    for (int i = 0; i < 20; i++) {
        EXPECT_OK("begin", bus_begin(&loop.bus));
        EXPECT_CODE("once", bus_begin(&loop.bus), ERR_STATE);
        loop_produce(&loop, TOPIC_COMMANDS, 1, "c", 0);
        loop_produce(&loop, TOPIC_EVENTS, 1, "e", 5);
        const struct bus_offset offset = {1, i, {NULL, 0}};
        EXPECT_OK("commit", bus_commit(&loop.bus, &offset, 1));
    }
    EXPECT("its own record comes in", loop_until(&loop, &loop.record_count, 20, 10000));
    EXPECT("reported", loop.delivered_count == 20);
    EXPECT_OK("renew", bus_renew(&loop.bus));
    EXPECT_OK("begin", bus_begin(&loop.bus));
    loop_produce(&loop, TOPIC_EVENTS, 1, "after", 0);
    EXPECT_OK("commit", bus_commit(&loop.bus, nothing, 0));
    EXPECT("and works on", loop_until(&loop, &loop.record_count, 21, 10000));
    EXPECT_TEXT("it", loop.records[20].text, "after");
    loop_close(&loop);
}

static void a_broker_that_goes_away_is_weather(void **state)
{
    struct world *w = *state;
    if (w->real) {
        skip(); /* kafka_bus.sh stops a real one */
    }
    struct loop loop;
    open_with(w, &loop, 1);
    EXPECT_OK("start", bus_start(&loop.bus, 0, 0));
    EXPECT("reads", loop_until(&loop, &loop.record_count, 1, 10000));
    EXPECT("heard", bus_connected(&loop.bus));
    embedded_broker_free(w->broker);
    w->broker = NULL;
    size_t reported = loop.delivered_count;
    loop_produce(&loop, TOPIC_COMMANDS, 0, "x", 9);
    int64_t since = world_now_ms();
    while (bus_connected(&loop.bus) && world_now_ms() - since < 10000) {
        loop_for(&loop, 50);
    }
    EXPECT("not heard any more", !bus_connected(&loop.bus));
    int64_t before = world_now_ms();
    loop_for(&loop, 1000);
    EXPECT("polling stays bounded", world_now_ms() - before < 3000);
    EXPECT("no report yet", loop.delivered_count == reported);
    before = world_now_ms();
    loop_close(&loop);
    EXPECT("so does closing", world_now_ms() - before < 6000);
}

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    world_open(w);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        ROW(acknowledged_where_the_key_belongs),
        ROW(too_large_is_refused_by_class),
        ROW(offsets_and_their_metadata_come_back),
        ROW(nothing_is_read_before_start_and_all_after),
        ROW(a_pause_loses_and_doubles_nothing),
        ROW(the_wake_fd_tells_of_records_and_reports),
        ROW(rejoining_is_losing_and_being_assigned_again),
        ROW(a_transaction_makes_its_records_visible),
        ROW(a_broker_that_goes_away_is_weather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
