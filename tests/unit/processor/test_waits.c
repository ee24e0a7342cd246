/* waits.c and timers.c: which waits begin and end when, and in which order timers come. Rows 103,
 * 107. Whole stories of it: tests/golden/stories/nobody_*, silent_*. */
#include "processor/core/timers.h"
#include "processor/core/waits.h"
#include "tests/unit/processor/bare_context.h"

#include <string.h>

static struct context begin(enum phase phase)
{
    bare_begin(EVENT_OUTCOME);
    store = (struct store){.name = SLICE("shoes"),
                           .enabled = true,
                           .nobody_after = span_s(300),
                           .silent_after = span_s(600)};
    state.key = SLICE("acme/messaging/c1");
    state.surface = SURFACE_MESSAGING;
    state.phase = phase;
    return bare_context((wall_ms_t){1000});
}

static bool runs(enum timer_kind kind, int64_t due)
{
    for (size_t i = 0; i < state.timer_count; i++) {
        if (state.timers[i].kind == kind) {
            return state.timers[i].due.ms == due;
        }
    }
    return false;
}

static void the_wait_for_a_human_begins_once(void **unused)
{
    (void)unused;
    struct context ctx = begin(PHASE_HANDING_OFF);
    state.handover = HANDOVER_DONE;
    EXPECT_OK("handed over", waits_continue(&ctx, HANDOVER_PASSING));
    EXPECT("five minutes", runs(TIMER_NOBODY_TOOK_IT, 301000));
    ctx.now.ms = 5000;
    EXPECT_OK("later", waits_continue(&ctx, HANDOVER_DONE));
    EXPECT("not longer for it", runs(TIMER_NOBODY_TOOK_IT, 301000));
    event.type = EVENT_MESSAGE;
    event.body.conversations.author = AUTHOR_BUSINESS;
    event.body.conversations.author_subtype = SLICE("bot");
    EXPECT_OK("an automaton", waits_continue(&ctx, HANDOVER_DONE));
    EXPECT("is no human", state.timer_count == 1);
    event.body.conversations.author_subtype = SLICE("agent");
    EXPECT_OK("an agent", waits_continue(&ctx, HANDOVER_DONE));
    EXPECT("took it", state.timer_count == 0);
    EXPECT_OK("later", waits_continue(&ctx, HANDOVER_DONE));
    EXPECT("it stays taken", state.timer_count == 0);
}

static void it_ends_with_the_situation(void **unused)
{
    (void)unused;
    struct context ctx = begin(PHASE_HUMAN);
    state.handover = HANDOVER_DONE;
    EXPECT_OK("handed over", waits_continue(&ctx, HANDOVER_PASSING));
    EXPECT("runs", state.timer_count == 1);
    state.phase = PHASE_RELEASED;
    EXPECT_OK("given back", waits_continue(&ctx, HANDOVER_DONE));
    EXPECT("over", state.timer_count == 0);

    ctx = begin(PHASE_HANDING_OFF);
    state.handover = HANDOVER_DONE;
    state.surface = SURFACE_TICKET;
    EXPECT_OK("a ticket", waits_continue(&ctx, HANDOVER_TICKETING));
    EXPECT("waits without end", state.timer_count == 0);

    ctx = begin(PHASE_HANDING_OFF);
    state.handover = HANDOVER_DONE;
    store.nobody_after.ms = 0;
    EXPECT_OK("off", waits_continue(&ctx, HANDOVER_PASSING));
    EXPECT("off unless asked for", state.timer_count == 0);
}

static void the_wait_for_the_customer_begins_with_each_word(void **unused)
{
    (void)unused;
    struct context ctx = begin(PHASE_BOT);
    state.turn.state = TURN_SPEAKING;
    EXPECT_OK("the bot speaks", waits_continue(&ctx, HANDOVER_NONE));
    EXPECT("not yet", state.timer_count == 0);
    state.turn.state = TURN_NONE;
    EXPECT_OK("spoke", waits_continue(&ctx, HANDOVER_NONE));
    EXPECT("ten minutes", runs(TIMER_INACTIVITY, 601000));
    ctx.now.ms = 2000;
    EXPECT_OK("something else", waits_continue(&ctx, HANDOVER_NONE));
    EXPECT("is no word", runs(TIMER_INACTIVITY, 601000));
    event.type = EVENT_PLATFORM_MESSAGE;
    EXPECT_OK("a word", waits_continue(&ctx, HANDOVER_NONE));
    EXPECT("anew", runs(TIMER_INACTIVITY, 602000));
    state.pending_count = 1;
    EXPECT_OK("one to answer", waits_continue(&ctx, HANDOVER_NONE));
    EXPECT("our turn", state.timer_count == 0);
}

static void only_what_runs_fires(void **unused)
{
    (void)unused;
    struct context ctx = begin(PHASE_BOT);
    EXPECT_OK("idle", waits_continue(&ctx, HANDOVER_NONE));
    struct timer_fired fired = {TIMER_INACTIVITY, {600999}, 0, {NULL, 0}};
    EXPECT_OK("an older one", waits_timer(&ctx, &fired));
    EXPECT("ignored", !effects.changed && state.phase == PHASE_BOT && state.timer_count == 1);
    effects_reset(&effects);
    fired.due.ms = 601000;
    EXPECT_OK("this one", waits_timer(&ctx, &fired));
    EXPECT("released", state.phase == PHASE_RELEASED && state.timer_count == 0);
    EXPECT("noted", effects_has_note(&effects, NOTE_GONE_SILENT));
    effects_reset(&effects);
    EXPECT_OK("twice", waits_timer(&ctx, &fired));
    EXPECT("ignored too", !effects.changed);
}

static void timers_of_one_instant_come_by_kind(void **unused)
{
    (void)unused;
    memset(&state, 0, sizeof state);
    EXPECT_OK("set", timers_set(&state, TIMER_NOBODY_TOOK_IT, (wall_ms_t){50}, SLICE("n")));
    EXPECT_OK("set", timers_set(&state, TIMER_SEARCH, (wall_ms_t){40}, SLICE("s")));
    EXPECT_OK("set", timers_set(&state, TIMER_INACTIVITY, (wall_ms_t){50}, SLICE("i")));
    EXPECT_OK("set", timers_set(&state, TIMER_TURN, (wall_ms_t){50}, SLICE("t")));
    static const enum timer_kind order[] = {TIMER_SEARCH, TIMER_TURN, TIMER_INACTIVITY,
                                            TIMER_NOBODY_TOOK_IT};
    const struct timer *timer = timers_next(&state);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        EXPECT("there is one", timer != NULL && timer->kind == order[i]);
        timer = timers_following(&state, timer);
    }
    EXPECT("and no more", timer == NULL);
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wait_for_a_human_begins_once),
        cmocka_unit_test(it_ends_with_the_situation),
        cmocka_unit_test(the_wait_for_the_customer_begins_with_each_word),
        cmocka_unit_test(only_what_runs_fires),
        cmocka_unit_test(timers_of_one_instant_come_by_kind),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
