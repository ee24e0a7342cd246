/* erase.c, and decide.c around it: what is held of a person goes by order, unless something is
 * under way; no effect id is used twice after it; no word of it gets into `snapshots`. Row 35. */
#include "processor/core/decide.h"
#include "processor/core/erase.h"
#include "processor/loop_state.h"
#include "tests/unit/processor/rig.h"

static const char key[] = "acme/messaging/c1";
static const int64_t day_s = INT64_C(24) * 3600;

static void order(struct rig *r, enum operator_action action, const char *id)
{
    struct event event = {.type = EVENT_OPERATOR,
                          .source = EVENT_FROM_OPERATOR,
                          .id = slice_of(id),
                          .account = SLICE("acme"),
                          .conversation = slice_of(key),
                          .occurred = r->clock.wall};
    event.body.operator_call.action = action;
    rig_tell(r, &event);
    rig_run(r);
}

static void begin(struct rig *r)
{
    r->transcript = TRANSCRIPT_NOTE;
    rig_configure(r);
    rig_start(r);
}

static void say(struct rig *r, int from, int to)
{
    for (int i = from; i < to; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "m%d", i);
        rig_customer_writes(r, key, id);
        rig_run(r);
        rig_answer(r, key);
        rig_run(r);
    }
}

/* The newest turn of the conversation. */
static struct effect_id newest_turn(struct rig *r)
{
    CLEANUP(arena) struct arena arena = {0};
    struct effect_id id = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    int32_t p = log_double_partition(r->log, slice_of(key));
    for (size_t i = 0; i < log_double_count(r->log, TOPIC_COMMANDS, p); i++) {
        struct command command = {0};
        const struct log_record *record = log_double_at(r->log, TOPIC_COMMANDS, p, i);
        EXPECT_OK("command", codec_command_decode(&arena, record->value, NULL, &command));
        id = command.effect == EFFECT_BOT_TURN ? command.effect_id : id;
    }
    return id;
}

static void state_and_chunks_go(void **state)
{
    struct rig *r = *state;
    begin(r);
    say(r, 0, 25);
    int32_t p = log_double_partition(r->log, slice_of(key));
    EXPECT("a transcript is there", table_count(r->loop->partitions[p]->chunks) == 1);
    struct effect_id before = newest_turn(r);
    order(r, OPERATOR_ERASE, "e1");
    EXPECT("row 35: the state is gone", loop_conversations(r->loop) == 0);
    EXPECT("and its transcript", table_count(r->loop->partitions[p]->chunks) == 0);
    size_t count = log_double_count(r->log, TOPIC_CONVERSATIONS, p);
    bool is_gone = false;
    for (size_t i = 0; i < count; i++) {
        const struct log_record *record = log_double_at(r->log, TOPIC_CONVERSATIONS, p, i);
        is_gone = slice_equal(record->key, slice_of(key)) ? record->value.len == 0 : is_gone;
    }
    EXPECT("a tombstone stands there", is_gone);
    say(r, 100, 101);
    struct effect_id after = newest_turn(r);
    EXPECT("the next life asks under another id", memcmp(&before, &after, sizeof after) != 0);
    EXPECT("nothing died of it", r->dead == 0 && r->canaries == 0);
}

static void what_is_under_way_is_left(void **state)
{
    struct rig *r = *state;
    begin(r);
    rig_customer_writes(r, key, "m1");
    rig_run(r);
    order(r, OPERATOR_ERASE, "e1");
    EXPECT("a turn has no outcome", loop_conversations(r->loop) == 1);
    rig_answer(r, key);
    rig_run(r);
    rig_operator_calls(r, key, "call");
    rig_run(r);
    order(r, OPERATOR_ERASE, "e2");
    EXPECT("a human has it", loop_conversations(r->loop) == 1);
    order(r, OPERATOR_ERASE_FORCED, "e3");
    EXPECT("row 35: forced it goes", loop_conversations(r->loop) == 0);
}

static void what_is_not_there_stays_so(void **state)
{
    struct rig *r = *state;
    begin(r);
    order(r, OPERATOR_ERASE_FORCED, "e1");
    EXPECT("none is made", loop_conversations(r->loop) == 0);
    EXPECT("nor written", rig_records(r, TOPIC_SNAPSHOTS) == 0);
}

static void no_word_gets_into_snapshots(void **state)
{
    struct rig *r = *state;
    begin(r);
    say(r, 0, 25);
    clock_double_advance(&r->clock, span_s(2 * day_s));
    order(r, OPERATOR_ERASE, "e1");
    int32_t p = log_double_partition(r->log, slice_of(key));
    size_t traces = 0;
    for (size_t i = 0; i < log_double_count(r->log, TOPIC_SNAPSHOTS, p); i++) {
        const struct log_record *record = log_double_at(r->log, TOPIC_SNAPSHOTS, p, i);
        EXPECT("no chunk", !transcript_key_parse(record->key, NULL, NULL));
        traces += slice_equal(record->key, slice_of(key)) ? 1 : 0;
        for (size_t j = 0; j + 5 <= record->value.len; j++) {
            EXPECT("no word", memcmp(record->value.ptr + j, "hello", 5) != 0);
        }
    }
    EXPECT("its numbers", traces == 1);
}

static void a_trace_has_numbers_only(void **state)
{
    (void)state;
    static struct conversation full;
    static struct conversation trace;
    full =
        (struct conversation){.key = slice_of(key),
                              .account = SLICE("acme"),
                              .surface = SURFACE_MESSAGING,
                              .remote_id = SLICE("c1"),
                              .customer = {.name = SLICE("Ada"), .email = SLICE("ada@x.example")},
                              .phase = PHASE_BOT,
                              .epoch = 3,
                              .episode = 5,
                              .status_version = 7,
                              .history_count = 2,
                              .created = {1},
                              .updated = {2}};
    erase_trace(&full, &trace);
    EXPECT("nobody", trace.customer.name.len == 0 && trace.customer.email.len == 0);
    EXPECT("no words", trace.history_count == 0 && trace.pending_count == 0);
    EXPECT("numbers", trace.epoch == 3 && trace.episode == 5 && trace.status_version == 7);
    EXPECT("it would go again", !erase_is_held(&trace));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(state_and_chunks_go),
        RIG_TEST(what_is_under_way_is_left),
        RIG_TEST(what_is_not_there_stays_so),
        RIG_TEST(no_word_gets_into_snapshots),
        cmocka_unit_test(a_trace_has_numbers_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
