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

/* As brokers answer: the first offset of that time or later. */
static err_t at(void *arg, enum topic topic, int32_t partition, wall_ms_t time, int64_t *ret_offset)
{
    const struct rig *r = arg;
    size_t count = log_double_count(r->log, topic, partition);
    size_t i = (size_t)r->log->topics[topic][partition].first;
    while (i < count && wall_before(log_double_at(r->log, topic, partition, i)->time, time)) {
        i++;
    }
    *ret_offset = (int64_t)i;
    return err_ok();
}

static size_t records_read; /* but of `conversations`, whose tail is all of it here */

static err_t counted(struct reader *reader, span_ms_t timeout, struct bus_record *ret_record,
                     enum reader_status *ret_status)
{
    struct reader_port port = log_double_reader(NULL);
    TRY(port.ops->next(reader, timeout, ret_record, ret_status));
    records_read += *ret_status == READER_RECORD && ret_record->topic != TOPIC_CONVERSATIONS;
    return err_ok();
}

static struct replay replay_by(struct rig *r, int32_t partition, struct past_span span,
                               struct past_times times, struct told *told)
{
    struct reader_port port = log_double_reader(r->log);
    struct reader_ops ops = *port.ops;
    struct why why = {""};
    struct replay replay = {
        .port = &port,
        .partition = partition,
        .span = span,
        .times = times,
        .compares = true,
        .watcher = {told, on_start, on_event, on_difference},
    };
    ops.next = counted;
    port.ops = &ops;
    records_read = 0;
    *told = (struct told){0};
    err_t e = replay_run(&replay, &why);
    EXPECT_OK(why.text[0] != '\0' ? why.text : "a replay", e);
    EXPECT("nothing stays open", r->log->readers_open == 1); /* the loop's, of `config` */
    return replay;
}

/* What a log tells that knows offsets by time is what one tells that is read whole. */
static struct replay replay(struct rig *r, int32_t partition, struct past_span span,
                            struct told *told)
{
    struct told whole_told;
    struct replay whole = replay_by(r, partition, span, (struct past_times){0}, &whole_told);
    struct replay y = replay_by(r, partition, span, (struct past_times){at, r}, told);
    EXPECT("the same states", y.hash == whole.hash && told->start == whole_told.start);
    EXPECT("the same events", y.events == whole.events && told->events == whole_told.events);
    EXPECT("the same differences", told->differences == whole_told.differences);
    EXPECT("as much compared", y.compared == whole.compared && y.unknown == whole.unknown);
    return y;
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

/* A day of one conversation, by key and time: `snapshots` are not read whole, nor are events and
 * commands before the day or behind it. */
static void one_day_is_found_without_reading_the_rest(void **state)
{
    struct rig *r = *state;
    struct told told;
    char key[64];
    size_t found = 0;
    live(r);
    for (int i = 0; i < TALKERS; i++) {
        (void)snprintf(key, sizeof key, "acme/messaging/c%d", i);
        int32_t p = log_double_partition(r->log, slice_of(key));
        size_t all = log_double_count(r->log, TOPIC_EVENTS, p) +
                     log_double_count(r->log, TOPIC_COMMANDS, p) +
                     log_double_count(r->log, TOPIC_SNAPSHOTS, p);
        for (int day = 1; day < DAYS; day++) {
            struct past_span span = {.key = slice_of(key)};
            span.since = wall_add(r->clock.wall, span_ms(-day * day_ms - day_ms / 4));
            span.until = wall_add(span.since, span_ms(day_ms / 2));
            struct replay y = replay(r, p, span, &told);
            EXPECT("the same", y.differences == 0);
            found += y.commands > 0 && records_read < all / 3 ? 1 : 0;
        }
    }
    EXPECT("many days, each with a third of the log", found > (size_t)DAYS);
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

/* What a newer build has decided is not taken for a difference. */
static void a_newer_schema_is_told(void **state)
{
    struct rig *r = *state;
    struct told told;
    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    live(r);
    const struct bus_message newer = {.topic = TOPIC_EVENTS,
                                      .partition = 0,
                                      .key = SLICE("acme/messaging/c9"),
                                      .value = SLICE("\x08\x63")}; /* schema 99 */
    (void)log_double_append(r->log, &newer);
    rig_run(r);
    struct replay y = replay(r, 0, (struct past_span){0}, &told);
    EXPECT("it was set aside then, too", y.differences == 0);
    EXPECT("in dead", r->log->topics[TOPIC_DEAD][0].count == 1);
    r->log->topics[TOPIC_DEAD][0].count = 0;
    y = (struct replay){.port = &port, .compares = true};
    EXPECT_CODE("decided by another build", replay_run(&y, &why), ERR_UNKNOWN_SCHEMA);
    EXPECT("says so", strstr(why.text, "newer schema") != NULL);
    r->log->topics[TOPIC_DEAD][0].count = 1;
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

/* Forward, back and forward again: the same states, whatever the way. */
static void back_is_where_it_was(void **state)
{
    struct rig *r = *state;
    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    struct cursor_event event;
    live(r);
    struct cursor *c = calloc(1, sizeof *c);
    uint64_t hashes[64] = {0};
    uint64_t count = 0;
    bool is_more = true;
    c->past = (struct past){.port = &port, .partition = 0};
    EXPECT_OK("opened", cursor_open(c, &why));
    while (count < 64 && is_more) {
        hashes[count++] = player_hash(&c->player);
        EXPECT_OK("forward", cursor_next(c, &why, &event, &is_more));
    }
    EXPECT("some events", count > 10 && hashes[1] != hashes[5]);
    for (uint64_t n = 0; n < count - 1; n++) {
        EXPECT_OK("back", cursor_seek(c, count - 1 - n, &why, &event));
        EXPECT("as it was", player_hash(&c->player) == hashes[count - 1 - n]);
        EXPECT_OK("forward n", cursor_seek(c, count - 1, &why, &event));
        EXPECT("as it is", player_hash(&c->player) == hashes[count - 1]);
    }
    cursor_close(c);
    free(c);
}

/* Another text for whom a human is called for: only that conversation would have gone otherwise. */
static void another_configuration(void **state)
{
    struct rig *r = *state;
    struct told told;
    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    live(r);
    rig_operator_calls(r, "acme/messaging/c3", "o1");
    rig_run(r);
    int32_t p = log_double_partition(r->log, SLICE("acme/messaging/c3"));
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    CLEANUP_PTR(config_log) struct config_log *config = NULL;
    const struct config_set *set = NULL;
    EXPECT_OK("config", config_log_new(&config));
    for (size_t i = 0; i < log_double_count(r->log, TOPIC_CONFIG, 0); i++) {
        const struct log_record *record = log_double_at(r->log, TOPIC_CONFIG, 0, i);
        struct config_record of = {0};
        CLEANUP(buf) struct buf value = {0};
        buf_init(&value, LIMIT_RECORD_BYTES_MAX);
        EXPECT_OK("read", codec_config_decode(&arena, record->value, NULL, &of));
        if (of.kind == CONFIG_STORE) {
            of.body.store.handoff_notice = SLICE("Somebody comes.");
        }
        EXPECT_OK("write", codec_config_encode(&of, &value));
        EXPECT_OK("add",
                  config_log_add(config, record->offset, record->key, buf_slice(&value), &why));
    }
    EXPECT_OK("set", config_log_at(config, INT64_MAX, &set));
    struct replay y = {.port = &port,
                       .partition = p,
                       .instead = set,
                       .compares = true,
                       .watcher = {&told, on_start, on_event, on_difference}};
    told = (struct told){0};
    EXPECT_OK("replayed", replay_run(&y, &why));
    EXPECT("one would have gone otherwise", y.differences == 1);
    EXPECT("that one", strcmp(told.key, "acme/messaging/c3") == 0);
}

/* One is erased, as others were that are years old: what had been counted is counted on from, in a
 * replay of all and in one of another conversation that begins in the same partition afterwards. */
static void one_that_was_erased(void **state)
{
    struct rig *r = *state;
    struct told told;
    char key[64];
    live(r);
    struct slice gone = SLICE("acme/messaging/c1");
    int32_t p = log_double_partition(r->log, gone);
    struct event event = {.type = EVENT_OPERATOR,
                          .source = EVENT_FROM_OPERATOR,
                          .id = SLICE("e1"),
                          .account = SLICE("acme"),
                          .conversation = gone,
                          .occurred = r->clock.wall};
    event.body.operator_call.action = OPERATOR_ERASE_FORCED;
    rig_tell(r, &event);
    rig_run(r);
    int next = 100;
    do {
        (void)snprintf(key, sizeof key, "acme/messaging/c%d", next++);
    } while (log_double_partition(r->log, slice_of(key)) != p);
    rig_customer_writes(r, key, "after");
    rig_run(r);
    rig_answer(r, key);
    rig_run(r);
    struct replay y = replay(r, p, (struct past_span){0}, &told);
    EXPECT("all of it", y.differences == 0);
    y = replay(r, p, (struct past_span){.key = slice_of(key)}, &told);
    EXPECT("one that counts on from there", y.differences == 0 && y.compared > 0);
    y = replay(r, p, (struct past_span){.key = gone}, &told);
    EXPECT("the one that went", y.differences == 0 && y.compared > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(all_of_it_is_the_same),
        RIG_TEST(a_replay_begins_at_any_day),
        RIG_TEST(one_conversation_by_itself),
        RIG_TEST(one_day_is_found_without_reading_the_rest),
        RIG_TEST(what_is_gone_is_told),
        RIG_TEST(a_newer_schema_is_told),
        RIG_TEST(a_difference_is_of_its_conversation),
        RIG_TEST(what_is_missing_differs),
        RIG_TEST(back_is_where_it_was),
        RIG_TEST(another_configuration),
        RIG_TEST(one_that_was_erased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
