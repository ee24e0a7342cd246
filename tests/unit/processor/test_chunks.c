/* chunks.c, partition.c and restore.c: what a transcript has beside its state survives restarts and
 * lost transactions, goes when it was handed over or its conversation goes, and stands on the
 * partition of its conversation. Row 85. */
#include "processor/core/evict.h"
#include "processor/loop_state.h"
#include "tests/unit/processor/rig.h"

static const char key[] = "acme/messaging/c1";
static const int64_t day_s = INT64_C(24) * 3600;

static void begin(struct rig *r)
{
    r->transcript = TRANSCRIPT_NOTE;
    rig_configure(r);
    rig_start(r);
}

static void restart(struct rig *r)
{
    rig_finish(r);
    rig_stop(r);
    rig_start(r);
    rig_run(r);
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

/* Chunks whose newest record in the changelog is not a tombstone; all stand where they belong. */
static size_t stored(struct rig *r)
{
    enum { CHUNKS_MAX = 16 };
    bool is_there[CHUNKS_MAX] = {false};
    size_t count = 0;
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        for (size_t i = 0; i < log_double_count(r->log, TOPIC_CONVERSATIONS, p); i++) {
            const struct log_record *record = log_double_at(r->log, TOPIC_CONVERSATIONS, p, i);
            struct slice of = {0};
            uint32_t number = 0;
            if (transcript_key_parse(record->key, &of, &number)) {
                EXPECT_SLICE("of this conversation", of, slice_of(key));
                EXPECT("on its partition", p == log_double_partition(r->log, of));
                EXPECT("few", number < CHUNKS_MAX);
                is_there[number] = record->value.len > 0;
            }
        }
    }
    for (size_t i = 0; i < CHUNKS_MAX; i++) {
        count += is_there[i] ? 1 : 0;
    }
    return count;
}

static size_t held(struct rig *r)
{
    int32_t p = log_double_partition(r->log, slice_of(key));
    return table_count(r->loop->partitions[p]->chunks);
}

/* How often the customer's words stand in the notes of the ticket. */
static size_t told(struct rig *r)
{
    CLEANUP(arena) struct arena arena = {0};
    size_t count = 0;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    int32_t p = log_double_partition(r->log, slice_of(key));
    for (size_t i = 0; i < log_double_count(r->log, TOPIC_COMMANDS, p); i++) {
        struct command command = {0};
        const struct log_record *record = log_double_at(r->log, TOPIC_COMMANDS, p, i);
        EXPECT_OK("command", codec_command_decode(&arena, record->value, NULL, &command));
        for (size_t j = 0; command.slot == SLOT_TRANSCRIPT && j + 5 <= command.body.len; j++) {
            count += memcmp(command.body.ptr + j, "hello", 5) == 0 ? 1 : 0;
        }
    }
    return count;
}

static void hand_over(struct rig *r)
{
    rig_operator_calls(r, key, "call");
    rig_run(r);
    rig_outcome(r, EFFECT_PASS_CONTROL, OUTCOME_REFUSED, 0);
    rig_run(r);
    rig_outcome(r, EFFECT_TICKET_CREATE, OUTCOME_APPLIED, 0);
    rig_run(r);
}

static void restarts_lose_nothing(void **state)
{
    struct rig *r = *state;
    begin(r);
    say(r, 0, 25);
    EXPECT("there is one", stored(r) == 1 && held(r) == 1);
    EXPECT("no conversation of its own", loop_conversations(r->loop) == 1);
    restart(r);
    EXPECT("it came back", held(r) == 1);
    EXPECT("alone", loop_conversations(r->loop) == 1 && r->dead == 0 && r->canaries == 0);
    say(r, 25, 50);
    restart(r);
    hand_over(r);
    EXPECT("row 85: each turn once", told(r) == 50);
    EXPECT("gone", stored(r) == 0 && held(r) == 0);
    restart(r);
    EXPECT("for good", held(r) == 0);
}

/* A copy that dies with the transaction open: what it had kept is kept once by the next. */
static void a_lost_transaction_keeps_nothing(void **state)
{
    struct rig *r = *state;
    begin(r);
    say(r, 0, 20);
    rig_customer_writes(r, key, "late");
    rig_turn(r);
    rig_stop(r); /* as by a kill */
    rig_start(r);
    rig_run(r);
    rig_answer(r, key);
    say(r, 20, 30);
    hand_over(r);
    EXPECT("each turn once", told(r) == 31);
}

static void put(struct partition *p, uint64_t txn, const char *bytes)
{
    struct slice of = SLICE("k\00000000000");
    EXPECT_OK(bytes, partition_put_chunk(p, txn, of, slice_of(bytes)));
}

static void expect_chunk(const char *why, const struct partition *p, const char *bytes)
{
    const struct blob *chunk = partition_get_chunk(p, SLICE("k\00000000000"));
    struct slice got = chunk != NULL ? slice_from(chunk->bytes, chunk->len) : SLICE("");
    EXPECT_SLICE(why, got, slice_of(bytes));
}

static void an_abort_puts_it_back(void **state)
{
    struct partition *p = NULL;
    (void)state;
    EXPECT_OK("new", partition_new(0, 1, &p));
    partition_touch(p);
    put(p, 1, "first");
    expect_chunk("there", p, "first");
    EXPECT_OK("abort", partition_rollback(p));
    expect_chunk("never was", p, "");
    partition_touch(p);
    put(p, 2, "second");
    partition_end(p);
    partition_commit(p);
    partition_touch(p);
    put(p, 3, "third");
    put(p, 3, "");
    put(p, 3, "fourth");
    EXPECT_OK("abort", partition_rollback(p));
    expect_chunk("as it was", p, "second");
    EXPECT("no state", table_count(p->states) == 0);
    partition_free(p);
}

static void it_goes_with_its_state(void **state)
{
    struct rig *r = *state;
    begin(r);
    say(r, 0, 25);
    EXPECT("there is one", held(r) == 1);
    clock_double_advance(&r->clock, span_s(15 * day_s));
    rig_run(r);
    EXPECT("evicted", loop_conversations(r->loop) == 0);
    EXPECT("both", held(r) == 0 && stored(r) == 0);
}

/* What a replay begins with on another day. */
static void a_snapshot_has_it(void **state)
{
    struct rig *r = *state;
    begin(r);
    say(r, 0, 25);
    EXPECT("none yet", rig_records(r, TOPIC_SNAPSHOTS) == 0);
    clock_double_advance(&r->clock, span_s(day_s));
    say(r, 25, 26);
    int32_t p = log_double_partition(r->log, slice_of(key));
    size_t chunks = 0;
    for (size_t i = 0; i < log_double_count(r->log, TOPIC_SNAPSHOTS, p); i++) {
        const struct log_record *record = log_double_at(r->log, TOPIC_SNAPSHOTS, p, i);
        bool is_one = transcript_key_parse(record->key, NULL, NULL);
        chunks += is_one && record->value.len > 0 ? 1 : 0;
    }
    EXPECT("beside the state", chunks == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(restarts_lose_nothing),
        RIG_TEST(a_lost_transaction_keeps_nothing),
        cmocka_unit_test(an_abort_puts_it_back),
        RIG_TEST(it_goes_with_its_state),
        RIG_TEST(a_snapshot_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
