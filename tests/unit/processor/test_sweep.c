/* sweep.c and core/evict.c: idle conversations give up their states, by events of the log alone,
 * and what comes after starts anew without repeating what was. */
#include "processor/core/evict.h"
#include "processor/sweep.h"
#include "tests/unit/processor/rig.h"

static const int64_t day_s = INT64_C(24) * 3600;
static const char key_c1[] = "acme/messaging/c1";

static void advance(struct rig *r, int64_t days)
{
    clock_double_advance(&r->clock, span_s(days * day_s));
    rig_run(r);
}

/* A conversation with a turn that was answered: nothing is outstanding. */
static void talk(struct rig *r, const char *key, const char *id)
{
    rig_customer_writes(r, key, id);
    rig_run(r);
    rig_answer(r, key);
    rig_run(r);
}

static void begin(struct rig *r)
{
    rig_configure(r);
    rig_start(r);
    talk(r, key_c1, "m1");
}

/* The newest record of a key in `conversations`: 0 = none, 1 = a state, -1 = a tombstone. */
static int stored(struct rig *r, const char *key)
{
    int32_t p = log_double_partition(r->log, slice_of(key));
    for (size_t i = log_double_count(r->log, TOPIC_CONVERSATIONS, p); i > 0; i--) {
        const struct log_record *record = log_double_at(r->log, TOPIC_CONVERSATIONS, p, i - 1);
        if (slice_equal(record->key, slice_of(key))) {
            return record->value.len > 0 ? 1 : -1;
        }
    }
    return 0;
}

static void an_idle_conversation_goes(void **state)
{
    struct rig *r = *state;
    begin(r);
    advance(r, 13);
    EXPECT("not before its time", loop_conversations(r->loop) == 1);
    EXPECT("the bot's", loop_owned(r->loop, OWNER_BOT) == 1);
    rig_stop(r);
    rig_start(r);
    rig_run(r);
    EXPECT("also after a restart", loop_owned(r->loop, OWNER_BOT) == 1);
    advance(r, 2);
    EXPECT("gone", loop_conversations(r->loop) == 0 && loop_owned(r->loop, OWNER_BOT) == 0);
    EXPECT("from the changelog too", stored(r, key_c1) == -1);
    rig_stop(r);
    rig_start(r);
    rig_run(r);
    EXPECT("also after a restart", loop_conversations(r->loop) == 0 && r->canaries == 0);
    size_t events = rig_records(r, TOPIC_EVENTS);
    advance(r, 30);
    EXPECT("told once", rig_records(r, TOPIC_EVENTS) == events);
}

static void who_waits_for_something_stays(void **state)
{
    struct rig *r = *state;
    rig_configure(r);
    rig_start(r);
    rig_customer_writes(r, key_c1, "m1"); /* its turn has no outcome */
    rig_run(r);
    advance(r, 20);
    EXPECT("stays", loop_conversations(r->loop) == 1 && stored(r, key_c1) == 1);
    advance(r, 14 * (int64_t)EVICT_HELD_FACTOR);
    EXPECT("but not for ever", loop_conversations(r->loop) == 0 && stored(r, key_c1) == -1);
}

/* The event stands in the log, but the customer was faster. */
static void something_came_in_between(void **state)
{
    struct rig *r = *state;
    begin(r);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct event event;
    EXPECT_OK("event", evict_event(&arena, rig_state(r, &arena, key_c1),
                                   (span_ms_t){EVICT_AGE_MS_MIN}, &event));
    rig_tell(r, &event);
    rig_run(r);
    EXPECT("too early, whoever says it", loop_conversations(r->loop) == 1);
    rig_stop(r);
    clock_double_advance(&r->clock, span_s(14 * day_s));
    rig_customer_writes(r, key_c1, "m2");
    rig_tell(r, &event);
    rig_start(r);
    rig_run(r);
    EXPECT("it is not idle", loop_conversations(r->loop) == 1 && stored(r, key_c1) == 1);
    EXPECT("and answered", rig_commands(r, EFFECT_BOT_TURN) == 2);
}

static void what_is_older_makes_no_state(void **state)
{
    struct rig *r = *state;
    begin(r);
    wall_ms_t then = r->clock.wall;
    advance(r, 15);
    wall_ms_t now = r->clock.wall;
    r->clock.wall = then; /* the same words as delivered then */
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    int32_t p = log_double_partition(r->log, slice_of(key_c1));
    r->clock.wall = now;
    for (size_t i = 0, told = 0; told == 0; i++) {
        const struct log_record *record = log_double_at(r->log, TOPIC_EVENTS, p, i);
        struct event event = {0};
        EXPECT_OK("event", codec_event_decode(&arena, record->value, NULL, &event));
        if (event.type == EVENT_MESSAGE) {
            rig_tell(r, &event);
            told = 1;
        }
    }
    rig_run(r);
    EXPECT("forgotten, and not answered again", rig_commands(r, EFFECT_BOT_TURN) == 1);
    EXPECT("no state", loop_conversations(r->loop) == 0);
}

static void a_second_life_repeats_no_number(void **state)
{
    struct rig *r = *state;
    begin(r);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct conversation *first = rig_state(r, &arena, key_c1);
    advance(r, 15);
    rig_stop(r);
    rig_start(r); /* where it had come stands in the checkpoint */
    talk(r, key_c1, "m2");
    const struct conversation *second = rig_state(r, &arena, key_c1);
    EXPECT("answered", rig_commands(r, EFFECT_BOT_TURN) == 2);
    EXPECT("a new life", wall_before(first->created, second->created));
    EXPECT("counts on", second->episode > first->episode && second->epoch > first->epoch);
}

/* How many commands in the log have the effect id of one before them. */
static size_t repeated(struct rig *r)
{
    enum { MOST = 512 };
    CLEANUP(arena) struct arena arena = {0};
    struct effect_id ids[MOST];
    size_t count = 0;
    size_t again = 0;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        for (size_t i = 0; i < log_double_count(r->log, TOPIC_COMMANDS, p); i++) {
            struct command command = {0};
            const struct log_record *record = log_double_at(r->log, TOPIC_COMMANDS, p, i);
            EXPECT_OK("command", codec_command_decode(&arena, record->value, NULL, &command));
            for (size_t j = 0; j < count; j++) {
                again += effect_id_equal(ids[j], command.effect_id) ? 1 : 0;
            }
            EXPECT("not too many", count < MOST);
            ids[count++] = command.effect_id;
        }
    }
    return again;
}

static void chat_writes(struct rig *r, const char *key, const char *id)
{
    struct event event = {.type = EVENT_PLATFORM_MESSAGE,
                          .source = EVENT_FROM_PLATFORM,
                          .id = slice_of(id),
                          .account = SLICE("acme"),
                          .store = SLICE("shoes"),
                          .conversation = slice_of(key),
                          .occurred = r->clock.wall};
    event.body.platform.message_id = slice_of(id);
    event.body.platform.text = SLICE("hello");
    rig_tell(r, &event);
    rig_run(r);
}

/* A human is called, and a conversation made at Zendesk for that. */
static void call(struct rig *r, const char *key, const char *id)
{
    rig_operator_calls(r, key, id);
    rig_run(r);
    rig_outcome(r, EFFECT_USER_CREATE, OUTCOME_APPLIED, 0);
    rig_run(r);
    rig_outcome(r, EFFECT_CONVERSATION_CREATE, OUTCOME_APPLIED, 0);
    rig_run(r);
}

/* Row 106: what a life has once, and the versions that its platform hears. */
static void a_second_life_repeats_no_effect(void **state)
{
    static const char key[] = "acme/chat/shoes:7";
    struct rig *r = *state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    rig_configure(r);
    rig_greet(r, "Welcome!");
    rig_start(r);
    for (int life = 0; life < 2; life++) {
        talk(r, key_c1, life == 0 ? "w1" : "w2");
        chat_writes(r, key, life == 0 ? "m1" : "m2");
        call(r, key, life == 0 ? "o1" : "o2");
        EXPECT("a user each", rig_commands(r, EFFECT_USER_CREATE) == (size_t)life + 1);
        EXPECT("a conversation each",
               rig_commands(r, EFFECT_CONVERSATION_CREATE) == (size_t)life + 1);
        EXPECT("a status each", rig_commands(r, EFFECT_BOT_NOTICE) == (size_t)life + 1);
        EXPECT("none repeated", repeated(r) == 0);
        if (life == 0) {
            advance(r, 14 * (int64_t)EVICT_HELD_FACTOR + 1);
            EXPECT("all are gone", loop_conversations(r->loop) == 0);
            rig_stop(r);
            rig_start(r);
        }
    }
    EXPECT("the version rises", rig_state(r, &arena, key)->status_version == 2);
}

static void an_abort_brings_it_back(void **state)
{
    struct rig *r = *state;
    begin(r);
    clock_double_advance(&r->clock, span_s(15 * day_s));
    for (int i = 0; i < 20; i++) { /* the event is committed, its decision is not */
        rig_turn(r);
        if (r->log->committed[log_double_partition(r->log, slice_of(key_c1))].offset > 0 &&
            loop_conversations(r->loop) == 0) {
            break;
        }
        r->bus.txn_fails = i % 2 == 1 ? ERR(TXN_ABORT) : err_ok();
    }
    r->bus.txn_fails = err_ok();
    rig_run(r);
    EXPECT("gone in the end", loop_conversations(r->loop) == 0 && stored(r, key_c1) == -1);
    EXPECT("and not counted", loop_owned(r->loop, OWNER_BOT) == 0);
    EXPECT("nothing was set aside", r->dead == 0);
}

/* What is held is bounded by what happened lately, not by what ever happened. */
static void memory_is_bounded_over_weeks(void **state)
{
    struct rig *r = *state;
    enum { WEEKS = 8, A_DAY = 6 };
    char key[64];
    char id[32];
    size_t most = 0;
    rig_configure(r);
    rig_start(r);
    rig_run(r);
    for (int day = 0; day < WEEKS * 7; day++) {
        for (int i = 0; i < A_DAY; i++) {
            (void)snprintf(key, sizeof key, "acme/messaging/d%d-%d", day, i);
            (void)snprintf(id, sizeof id, "m%d-%d", day, i);
            rig_customer_writes(r, key, id);
            for (int turn = 0; turn < 20; turn++) {
                rig_turn(r);
            }
            rig_answer(r, key);
        }
        if (day % 9 == 4) {
            rig_stop(r);
            rig_start(r);
        }
        clock_double_advance(&r->clock, span_s(day_s));
        for (int turn = 0; turn < 60; turn++) {
            rig_turn(r);
        }
        size_t now = loop_conversations(r->loop);
        most = now > most ? now : most;
    }
    EXPECT("those of the last two weeks are there", most >= (size_t)13 * A_DAY);
    EXPECT("and hardly more", most <= (size_t)15 * A_DAY);
    EXPECT("each was answered", rig_commands(r, EFFECT_BOT_TURN) == (size_t)WEEKS * 7 * A_DAY);
    EXPECT("nothing was set aside", r->dead == 0 && r->canaries == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(an_idle_conversation_goes),       RIG_TEST(who_waits_for_something_stays),
        RIG_TEST(something_came_in_between),       RIG_TEST(what_is_older_makes_no_state),
        RIG_TEST(a_second_life_repeats_no_number), RIG_TEST(a_second_life_repeats_no_effect),
        RIG_TEST(an_abort_brings_it_back),         RIG_TEST(memory_is_bounded_over_weeks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
