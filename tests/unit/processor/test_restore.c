/* restore.c: where a restart goes on, what it says when offset and changelog differ, and what of
 * the partition itself survives it. */
#include "processor/core/checkpoint.h"
#include "tests/unit/processor/rig.h"

static const char key[] = "acme/messaging/c1";

/* Three messages decided and left in peace. */
static void history(struct rig *r)
{
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, key, "m1");
    rig_customer_writes(r, key, "m2");
    rig_customer_writes(r, key, "m3");
    rig_run(r);
    rig_finish(r);
    rig_stop(r);
}

static void move_offset(struct rig *r, int64_t offset)
{
    struct bus_offset moved = rig_committed(r, key);
    moved.offset = offset;
    log_double_commit(r->log, &moved);
}

/* An operator's reset, or an offset that was restored from somewhere: nothing is decided twice. */
static void a_changelog_ahead_of_the_offset_is_believed(void **state)
{
    struct rig *r = *state;
    history(r);
    size_t before = rig_records(r, TOPIC_COMMANDS);
    int64_t offset = rig_committed(r, key).offset;
    move_offset(r, 0);
    rig_start(r);
    rig_run(r);
    EXPECT("said loudly", r->canaries == 1);
    EXPECT("with both", r->canary_committed == 0 && r->canary_checkpoint == offset);
    EXPECT("nothing is decided again", rig_records(r, TOPIC_COMMANDS) == before);
    rig_customer_writes(r, key, "m4");
    rig_run(r);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT("and on it goes", rig_state(r, &arena, key)->pending_count == 4);
    EXPECT("from where the changelog stood", rig_committed(r, key).offset == offset + 1);
    rig_stop(r);
    rig_start(r);
    rig_run(r);
    EXPECT("both agree again", r->canaries == 1);
}

/* The changelog lost its end, or the offset was moved on: what went out is not sent anew. */
static void a_changelog_behind_the_offset_lacks_something(void **state)
{
    struct rig *r = *state;
    history(r);
    size_t before = rig_records(r, TOPIC_COMMANDS);
    int64_t offset = rig_committed(r, key).offset;
    rig_customer_writes(r, key, "m4");
    rig_customer_writes(r, key, "m5");
    move_offset(r, offset + 1);
    rig_start(r);
    rig_run(r);
    EXPECT("said loudly", r->canaries == 1);
    EXPECT("with both", r->canary_committed == offset + 1 && r->canary_checkpoint == offset);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT("what was passed over is missing", rig_state(r, &arena, key)->pending_count == 4);
    EXPECT("nothing is decided again", rig_records(r, TOPIC_COMMANDS) == before);
}

static void a_changelog_that_is_gone_is_said(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, key, "m1");
    rig_run(r);
    rig_finish(r);
    rig_stop(r);
    struct bus_offset left = rig_committed(r, key);
    char metadata[128];
    (void)snprintf(metadata, sizeof metadata, "%.*s", SLICE_ARG(left.metadata));
    left.metadata = slice_of(metadata);
    void *fresh = NULL;
    EXPECT("another world", rig_open(&fresh) == 0);
    struct rig *empty = fresh;
    rig_configure(empty);
    log_double_commit(empty->log, &left);
    rig_start(empty);
    rig_run(empty);
    EXPECT("said loudly", empty->canaries == 1 && empty->canary_checkpoint == -1);
    EXPECT("all is closed", rig_close(&fresh) == 0);
}

/* A Kafka that was killed while it ended our transaction: it calls it complete, and it is not. */
static void a_transaction_that_was_left_open_is_ended(void **state)
{
    struct rig *r = *state;
    history(r);
    int32_t number = rig_committed(r, key).partition;
    struct log_partition *changelog = &r->log->topics[TOPIC_CONVERSATIONS][number];
    changelog->is_barred = true;
    changelog->bar = (int64_t)changelog->count - 1;
    size_t before = changelog->count;
    rig_start(r);
    rig_turn(r);
    clock_double_advance(&r->clock, span_ms(400));
    rig_turn(r);
    EXPECT("a live owner's gets its moment", changelog->is_barred);
    clock_double_advance(&r->clock, span_ms(200));
    rig_turn(r);
    EXPECT("then ours is ended", !changelog->is_barred);
    EXPECT("with nothing that anybody sees", changelog->count == before);
    rig_customer_writes(r, key, "m4");
    rig_run(r);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT("and on it goes", rig_state(r, &arena, key)->pending_count == 4);
    EXPECT("as if nothing had been", r->barred == 0 && r->canaries == 0);
}

static void partitions_beside_it_may_be_busy(void **state)
{
    struct rig *r = *state;
    history(r);
    int32_t number = rig_committed(r, key).partition;
    struct log_partition *changelog = &r->log->topics[TOPIC_CONVERSATIONS][number];
    changelog->is_barred = true;
    changelog->bar = (int64_t)changelog->count - 1;
    rig_start(r);
    char beside[] = "acme/messaging/c2";
    while (log_double_partition(r->log, slice_of(beside)) == number) {
        beside[sizeof beside - 2]++;
    }
    for (int i = 0; i < 30 && changelog->is_barred; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "b%d", i);
        rig_customer_writes(r, beside, id);
        rig_turn(r);
        clock_double_advance(&r->clock, span_ms(60));
    }
    EXPECT("it is ended all the same", !changelog->is_barred);
    EXPECT("what was decided stays", r->aborted == 0 && r->unknown == 0);
}

/* Another copy's is told, and tried again now and then: it may be ours after all. */
static void a_transaction_of_another_is_told(void **state)
{
    struct rig *r = *state;
    history(r);
    int32_t number = rig_committed(r, key).partition;
    struct log_partition *changelog = &r->log->topics[TOPIC_CONVERSATIONS][number];
    changelog->bar = (int64_t)changelog->count - 1;
    rig_start(r);
    for (int i = 0; i < 30; i++) {
        changelog->is_barred = true;
        rig_turn(r);
        clock_double_advance(&r->clock, span_ms(600));
    }
    EXPECT("told once", r->barred == 1);
    changelog->is_barred = false;
    rig_customer_writes(r, key, "m4");
    rig_run(r);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT("once it is over, on it goes", rig_state(r, &arena, key)->pending_count == 4);
}

/* CONVERSATION §7: a stalled owner's "gave up" cannot overrule its successor. */
static void an_owner_is_remembered_over_a_restart(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_takeover(r, key, 2);
    rig_customer_writes(r, key, "m1");
    rig_takeover(r, key, 3);
    rig_run(r);
    rig_finish(r);
    rig_stop(r);
    rig_start(r);
    rig_outcome(r, EFFECT_BOT_TURN, OUTCOME_REFUSED, 2);
    rig_run(r);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT("overtaken: the turn is open still",
           rig_state(r, &arena, key)->turn.state == TURN_ASKED);
    rig_outcome(r, EFFECT_BOT_TURN, OUTCOME_REFUSED, 3);
    rig_run(r);
    EXPECT("the successor's counts", rig_state(r, &arena, key)->turn.state == TURN_NONE);
    EXPECT("partition's own events are no dead letters", rig_records(r, TOPIC_DEAD) == 0);
}

/* An abort takes back what was learnt in it. */
static void an_owner_in_a_lost_transaction_is_met_again(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_takeover(r, key, 2);
    rig_customer_writes(r, key, "m1");
    rig_run(r);
    r->bus.txn_fails = ERR(TXN_ABORT);
    rig_outcome(r, EFFECT_BOT_TURN, OUTCOME_REFUSED, 2);
    rig_takeover(r, key, 3);
    rig_run(r);
    EXPECT("aborted", r->aborted > 0);
    r->bus.txn_fails = err_ok();
    rig_run(r);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT("told before the takeover: it counts",
           rig_state(r, &arena, key)->turn.state == TURN_NONE);
}

static void a_checkpoint_of_the_first_version_is_read(void **state)
{
    struct rig *r = *state;
    history(r);
    char text[CHECKPOINT_TEXT_BYTES];
    struct bus_offset left = rig_committed(r, key);
    (void)snprintf(text, sizeof text, "v=1;next=%lld;config=1", (long long)left.offset);
    struct bus_message old = {.topic = TOPIC_CONVERSATIONS,
                              .partition = left.partition,
                              .key = checkpoint_key(),
                              .value = slice_of(text)};
    (void)log_double_append(r->log, &old);
    size_t before = rig_records(r, TOPIC_EVENTS);
    rig_start(r);
    rig_run(r);
    EXPECT("it is where the offset is", r->canaries == 0);
    EXPECT("its configuration is in force", rig_records(r, TOPIC_EVENTS) == before);
}

/* As a program wrote it that did not know leases: to it each record of `config` was a version. */
static void a_version_that_is_a_lease_is_not_waited_for(void **state)
{
    struct rig *r = *state;
    history(r);
    char text[CHECKPOINT_TEXT_BYTES];
    struct bus_offset left = rig_committed(r, key);
    const struct bus_message lease = {
        .topic = TOPIC_CONFIG, .key = SLICE("lease/acme"), .value = SLICE("{}")};
    (void)log_double_append(r->log, &lease);
    (void)snprintf(text, sizeof text, "v=1;next=%lld;config=%zu", (long long)left.offset,
                   r->log->topics[TOPIC_CONFIG][0].count - 1);
    const struct bus_message old = {.topic = TOPIC_CONVERSATIONS,
                                    .partition = left.partition,
                                    .key = checkpoint_key(),
                                    .value = slice_of(text)};
    (void)log_double_append(r->log, &old);
    rig_start(r);
    rig_customer_writes(r, key, "m4");
    rig_run(r);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT("on it goes", rig_state(r, &arena, key)->pending_count == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_changelog_ahead_of_the_offset_is_believed),
        RIG_TEST(a_changelog_behind_the_offset_lacks_something),
        RIG_TEST(a_changelog_that_is_gone_is_said),
        RIG_TEST(a_transaction_that_was_left_open_is_ended),
        RIG_TEST(partitions_beside_it_may_be_busy),
        RIG_TEST(a_transaction_of_another_is_told),
        RIG_TEST(an_owner_is_remembered_over_a_restart),
        RIG_TEST(an_owner_in_a_lost_transaction_is_met_again),
        RIG_TEST(a_checkpoint_of_the_first_version_is_read),
        RIG_TEST(a_version_that_is_a_lease_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
