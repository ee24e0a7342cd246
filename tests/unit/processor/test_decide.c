/* What follows from one record, and in which order; and that nothing follows from one that cannot
 * be decided. */
#include "event/codec.h"
#include "processor/core/decide.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

static const char key[] = "acme/messaging/c1";
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

struct desk {
    struct decide decide;
    struct place place;
    struct config_log *config;
    struct buf state; /* as it is stored; empty = none */
    struct buf bytes; /* of the record */
    int64_t versions; /* of the configuration that there are */
    struct why why;
};

static struct slice state_of(void *arg, struct slice of)
{
    struct desk *desk = arg;
    return slice_equal(of, slice_of(key)) ? buf_slice(&desk->state) : SLICE("");
}

static struct slice chunk_of(void *arg, struct slice of)
{
    (void)arg, (void)of;
    return SLICE("");
}

static err_t config_of(void *arg, int64_t offset, const struct config_set **ret_set)
{
    struct desk *desk = arg;
    return offset < desk->versions ? config_log_at(desk->config, offset, ret_set) : ERR(TIMEOUT);
}

static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    *state = desk;
    decide_init(&desk->decide);
    buf_init(&desk->state, LIMIT_STATE_BYTES_MAX);
    buf_init(&desk->bytes, LIMIT_RECORD_BYTES_MAX);
    desk->place = (struct place){.partition = 3, .point = {.config = -1}, .gap = span_ms(1000)};
    desk->versions = 1;
    return err_failed(config_log_new(&desk->config)) ||
                   err_failed(config_log_at(desk->config, 0, &desk->place.config))
               ? -1
               : 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    decide_deinit(&desk->decide);
    config_log_free(desk->config);
    buf_deinit(&desk->state);
    buf_deinit(&desk->bytes);
    free(desk);
    return 0;
}

static struct event order(const char *id)
{
    struct event event = {
        .type = EVENT_OPERATOR,
        .source = EVENT_FROM_OPERATOR,
        .id = slice_of(id),
        .account = SLICE("acme"),
        .conversation = slice_of(key),
    };
    event.body.operator_call.action = OPERATOR_ESCALATE;
    return event;
}

static struct decide_record record_of(struct desk *desk, const struct event *event, int64_t offset,
                                      int64_t day)
{
    buf_reset(&desk->bytes);
    EXPECT_OK("encode", codec_event_encode(event, &desk->bytes));
    return (struct decide_record){
        offset, {day * day_ms + offset}, event->conversation, buf_slice(&desk->bytes)};
}

static err_t decide_it(struct desk *desk, const struct decide_record *record)
{
    const struct decide_source source = {desk, state_of, chunk_of, config_of};
    return decide_one(&desk->decide, &desk->place, &source, record, &desk->why);
}

/* As the processor stores what followed. */
static void keep_state(struct desk *desk)
{
    const struct written *last = &desk->decide.written[desk->decide.count - 1];
    EXPECT("the state is the last", last->kind == WRITTEN_STATE);
    buf_reset(&desk->state);
    EXPECT_OK("kept", buf_append(&desk->state, last->value));
}

static void a_new_day_keeps_what_was(void **state)
{
    struct desk *desk = *state;
    struct event event = order("o1");
    struct decide_record record = record_of(desk, &event, 10, 100);
    EXPECT_OK("decided", decide_it(desk, &record));
    EXPECT("it was new", desk->decide.before.is_new);
    keep_state(desk);

    event = order("o2");
    record = record_of(desk, &event, 11, 100);
    EXPECT_OK("the same day", decide_it(desk, &record));
    EXPECT("no snapshot", desk->decide.written[0].kind != WRITTEN_SNAPSHOT);
    EXPECT("it was there", !desk->decide.before.is_new);

    event = order("o3");
    record = record_of(desk, &event, 12, 101);
    EXPECT_OK("the next day", decide_it(desk, &record));
    EXPECT("a snapshot first", desk->decide.written[0].kind == WRITTEN_SNAPSHOT);
    EXPECT_SLICE("of the state as it was", desk->decide.written[0].value, buf_slice(&desk->state));
    EXPECT_TEXT("before this event", desk->decide.written[0].ce_id.ptr, "snapshot/3/12");
}

static void a_day_of_the_partition(void **state)
{
    struct desk *desk = *state;
    struct event event = order("o1");
    struct written snapshot;
    struct checkpoint at;
    bool begins = true;
    struct decide_record record = record_of(desk, &event, 10, 100);
    EXPECT_OK("first", decide_day(&desk->decide, &desk->place, &record, &snapshot, &begins));
    EXPECT("nothing was before", !begins);
    record.time = (wall_ms_t){101 * day_ms};
    record.offset = 20;
    EXPECT_OK("next", decide_day(&desk->decide, &desk->place, &record, &snapshot, &begins));
    EXPECT("a day begins", begins && snapshot.kind == WRITTEN_SNAPSHOT);
    EXPECT_OK("a checkpoint", checkpoint_parse(snapshot.value, &at));
    EXPECT("as it was", at.next == 20 && at.at.ms == 100 * day_ms + 10);
    EXPECT("and now", desk->place.point.at.ms == 101 * day_ms);
}

static void nothing_follows_from_what_cannot_be_decided(void **state)
{
    struct desk *desk = *state;
    struct event event = order("o1");
    struct decide_record record = record_of(desk, &event, 10, 100);
    record.key = SLICE("acme/messaging/another");
    EXPECT_CODE("another key", decide_it(desk, &record), ERR_RANGE);
    EXPECT("nothing, and why", desk->decide.count == 0 && strstr(desk->why.text, "key") != NULL);
    record.key = slice_of(key);
    record.value = SLICE("garbage");
    EXPECT("no event", err_class(decide_it(desk, &record)) == ERR_CLASS_POISON);
    EXPECT("nothing", desk->decide.count == 0);
}

static void the_partition_s_own_events(void **state)
{
    struct desk *desk = *state;
    struct event event = {.type = EVENT_CONFIG, .source = EVENT_FROM_PROCESSOR, .id = SLICE("c")};
    event.body.config_offset = 7;
    struct decide_record record = record_of(desk, &event, 1, 100);
    EXPECT_CODE("not there", decide_it(desk, &record), ERR_RANGE);
    EXPECT("named", strstr(desk->why.text, "configuration 7") != NULL);
    desk->versions = 8;
    EXPECT_OK("there", decide_it(desk, &record));
    EXPECT("in force, and nothing written",
           desk->place.point.config == 7 && desk->decide.count == 0);
    event.body.config_offset = 5;
    record = record_of(desk, &event, 2, 100);
    EXPECT_OK("an older one", decide_it(desk, &record));
    EXPECT("changes nothing", desk->place.point.config == 7);
}

static void a_halted_conversation(void **state)
{
    struct desk *desk = *state;
    const struct decide_source source = {desk, state_of, chunk_of, config_of};
    struct event event = order("o1");
    struct decide_record record = record_of(desk, &event, 10, 100);
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT_OK("halted", decide_halt(&desk->decide, &desk->place, &source, &record));
    EXPECT("only its state", desk->decide.count == 1);
    keep_state(desk);
    struct conversation *halted = ARENA_NEW(&arena, struct conversation);
    EXPECT_OK("read", codec_conversation_decode(&arena, buf_slice(&desk->state), NULL, halted));
    EXPECT("it waits", halted->halted);
    buf_reset(&desk->state);
    EXPECT_OK("garbage", buf_append_text(&desk->state, "garbage"));
    EXPECT_OK("is left", decide_halt(&desk->decide, &desk->place, &source, &record));
    EXPECT("as it is", desk->decide.count == 0);
}

static void a_timer_s_event(void **state)
{
    struct desk *desk = *state;
    struct event event;
    struct conversation *conversation = ARENA_NEW(&desk->decide.arena, struct conversation);
    const struct timer timer = {TIMER_TURN, {1234}, SLICE("t1")};
    conversation->key = slice_of(key);
    conversation->account = SLICE("acme");
    EXPECT_OK("made", decide_timer(&desk->decide.arena, conversation, &timer, &event));
    EXPECT("of this conversation", slice_equal(event.conversation, slice_of(key)));
    EXPECT("at its time", event.occurred.ms == 1234 && event.body.timer.due.ms == 1234);
    EXPECT("named by kind, time and ref", slice_ends_with(event.id, SLICE("/1234/t1")));
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(a_new_day_keeps_what_was),
        DESK_TEST(a_day_of_the_partition),
        DESK_TEST(nothing_follows_from_what_cannot_be_decided),
        DESK_TEST(the_partition_s_own_events),
        DESK_TEST(a_halted_conversation),
        DESK_TEST(a_timer_s_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
