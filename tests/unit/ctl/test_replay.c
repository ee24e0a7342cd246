/* What stands in `snapshots` is enough to begin a replay in the middle of the log: from there the
 * events alone give the same states and the same commands, byte for byte. */
#include "ctl/replay/run.h"
#include "tests/unit/processor/rig.h"

enum { DAYS = 20, TALKERS = 5 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* Some talk often, one falls silent and is evicted, and comes again. */
static void live(struct rig *r)
{
    char key[64];
    char id[32];
    rig_configure(r);
    rig_start(r);
    for (int day = 0; day < DAYS; day++) {
        for (int i = 0; i < TALKERS; i++) {
            if (i > 0 ? day % (i + 1) != 0 : day > 1 && day != DAYS - 1) {
                continue;
            }
            (void)snprintf(key, sizeof key, "acme/messaging/c%d", i);
            (void)snprintf(id, sizeof id, "m%d-%d", day, i);
            rig_customer_writes(r, key, id);
            rig_run(r);
            rig_answer(r, key);
            rig_run(r);
        }
        if (day == DAYS / 2) {
            rig_configure(r);
        }
        if (day % 6 == 3) {
            rig_stop(r);
            rig_start(r);
        }
        clock_double_advance(&r->clock, span_ms(day_ms));
        rig_run(r);
    }
}

/* What was told by a replay. */
struct told {
    size_t events, differences;
    char key[64]; /* of the newest difference */
    enum difference_kind kind;
    bool is_cut;
    int64_t start;
};

static err_t on_start(void *arg, const struct past *past)
{
    struct told *told = arg;
    told->is_cut = past->is_cut;
    told->start = past->start.next;
    return err_ok();
}

static err_t on_event(void *arg, const struct bus_record *record, const struct player *player,
                      enum played played)
{
    struct told *told = arg;
    (void)record, (void)player, (void)played;
    told->events++;
    return err_ok();
}

static err_t on_difference(void *arg, const struct difference *d)
{
    struct told *told = arg;
    told->differences++;
    told->kind = d->kind;
    (void)snprintf(told->key, sizeof told->key, "%.*s", SLICE_ARG(d->key));
    return err_ok();
}

static struct replay replay(struct rig *r, int32_t partition, struct past_span span,
                            struct told *told)
{
    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    struct replay replay = {
        .port = &port,
        .partition = partition,
        .span = span,
        .compares = true,
        .watcher = {told, on_start, on_event, on_difference},
    };
    *told = (struct told){0};
    err_t e = replay_run(&replay, &why);
    EXPECT_OK(why.text[0] != '\0' ? why.text : "a replay", e);
    EXPECT("nothing stays open", r->log->readers_open == 1); /* the loop's, of `config` */
    return replay;
}

static void all_of_it_is_the_same(void **state)
{
    struct rig *r = *state;
    struct told told;
    live(r);
    uint64_t compared = 0;
    size_t events = 0;
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        struct replay y = replay(r, p, (struct past_span){0}, &told);
        EXPECT("the same", told.differences == 0 && y.differences == 0);
        compared += y.compared;
        events += told.events;
        EXPECT("all that was told", y.events == told.events);
    }
    EXPECT("every event", events == rig_records(r, TOPIC_EVENTS));
    EXPECT("every command, and more", compared > rig_records(r, TOPIC_COMMANDS));
}

static void a_replay_begins_at_any_day(void **state)
{
    struct rig *r = *state;
    struct told told;
    live(r);
    size_t later = 0;
    uint64_t compared = 0;
    for (int day = 0; day < DAYS; day++) {
        wall_ms_t since = wall_add(r->clock.wall, span_ms(-day * day_ms));
        for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
            struct replay y = replay(r, p, (struct past_span){.since = since}, &told);
            EXPECT("the same", y.differences == 0);
            later += told.start > 0 ? 1 : 0;
            compared += y.compared;
        }
    }
    EXPECT("at many days", later > (size_t)DAYS && compared > (size_t)DAYS);
}

static void one_conversation_by_itself(void **state)
{
    struct rig *r = *state;
    struct told told;
    char key[64];
    live(r);
    for (int i = 0; i < TALKERS; i++) {
        (void)snprintf(key, sizeof key, "acme/messaging/c%d", i);
        int32_t p = log_double_partition(r->log, slice_of(key));
        for (int day = 0; day < DAYS; day += 3) {
            struct past_span span = {.key = slice_of(key)};
            if (day > 0) {
                span.since = wall_add(r->clock.wall, span_ms(-day * day_ms));
            }
            struct replay y = replay(r, p, span, &told);
            EXPECT("the same", y.differences == 0);
            EXPECT("something of it", day > 0 || (y.compared > 0 && y.commands > 0));
        }
    }
}

/* Retention takes the oldest events; a replay begins at the first day that is left. */
static void what_is_gone_is_told(void **state)
{
    struct rig *r = *state;
    struct told told;
    live(r);
    int32_t p = log_double_partition(r->log, SLICE("acme/messaging/c1"));
    r->log->topics[TOPIC_EVENTS][p].first = 9;
    struct replay y = replay(r, p, (struct past_span){0}, &told);
    EXPECT("cut", told.is_cut && told.start >= 9);
    EXPECT("the rest is the same", y.differences == 0 && y.compared > 0);

    struct past_span span = {.from = told.start + 1};
    y = replay(r, p, span, &told);
    EXPECT("nothing was asked for that is gone", !told.is_cut && y.differences == 0);

    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    r->log->topics[TOPIC_SNAPSHOTS][p].first = (int64_t)r->log->topics[TOPIC_SNAPSHOTS][p].count;
    struct replay gone = {.port = &port, .partition = p};
    EXPECT_CODE("no place to start", replay_run(&gone, &why), ERR_RANGE);
    EXPECT("says from when on there are events",
           strstr(why.text, "retention") != NULL && strstr(why.text, "offset 9") != NULL);
}

/* A byte of one command is another: its conversation differs, and no other. */
static void a_difference_is_of_its_conversation(void **state)
{
    struct rig *r = *state;
    struct told told;
    live(r);
    int32_t p = log_double_partition(r->log, SLICE("acme/messaging/c2"));
    static const enum topic topics[] = {TOPIC_COMMANDS, TOPIC_CONVERSATIONS};
    for (size_t t = 0; t < 2; t++) {
        struct log_partition *log = &r->log->topics[topics[t]][p];
        for (size_t i = 0; i < log->count; i++) {
            struct log_record *record = &log->records[i];
            if (slice_equal(record->key, SLICE("acme/messaging/c2")) && record->value.len > 0) {
                char *at = (char *)(uintptr_t)record->value.ptr + record->value.len - 1;
                *at ^= 1;
                struct replay y = replay(r, p, (struct past_span){0}, &told);
                *at ^= 1;
                EXPECT("one", y.differences == 1 && told.differences == 1);
                EXPECT("that one", strcmp(told.key, "acme/messaging/c2") == 0);
                i += log->count / 7;
            }
        }
    }
    (void)replay(r, p, (struct past_span){0}, &told);
    EXPECT("as it was", told.differences == 0);
}

/* One command less, or one more, is a difference too; a redrive is none. */
static void what_is_missing_differs(void **state)
{
    struct rig *r = *state;
    struct told told;
    live(r);
    struct slice key = SLICE("acme/messaging/c1");
    int32_t p = log_double_partition(r->log, key);
    struct log_partition *log = &r->log->topics[TOPIC_COMMANDS][p];
    struct log_record last = log->records[log->count - 1];
    log->count--;
    struct replay y = replay(r, p, (struct past_span){0}, &told);
    EXPECT("one is missing", y.differences == 1 && told.kind == DIFFERENCE_COMMAND);
    log->count++;

    struct bus_message again = {.topic = TOPIC_COMMANDS,
                                .partition = p,
                                .key = last.key,
                                .value = last.value,
                                .ce_source = SLICE("tieline/ctl")};
    (void)log_double_append(r->log, &again);
    y = replay(r, p, (struct past_span){0}, &told);
    EXPECT("a person's order is none of the processor's", y.differences == 0);

    again.ce_source = SLICE("tieline/processor");
    (void)log_double_append(r->log, &again);
    y = replay(r, p, (struct past_span){0}, &told);
    EXPECT("one too many", y.differences == 1 && told.kind == DIFFERENCE_COMMAND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(all_of_it_is_the_same),
        RIG_TEST(a_replay_begins_at_any_day),
        RIG_TEST(one_conversation_by_itself),
        RIG_TEST(what_is_gone_is_told),
        RIG_TEST(a_difference_is_of_its_conversation),
        RIG_TEST(what_is_missing_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
