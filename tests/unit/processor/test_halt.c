/* halt.c: nothing of a halted conversation is decided before an operator says so, from whichever
 * phase it was halted in. */
#include "processor/core/halt.h"
#include "tests/support/story_test.h"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"bot_user\":\"900\"}],"
    "\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"brand\":\"11\"}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static const char says_hello[] =
    "{\"at\":\"2026-09-14T09:00:01Z\",\"webhook\":{\"id\":\"e1\",\"type\":\"conversation:message\","
    "\"createdAt\":\"2026-09-14T09:00:01Z\",\"payload\":{\"conversation\":{\"id\":\"c1\","
    "\"activeSwitchboardIntegration\":{\"id\":\"s\",\"integrationId\":\"int\"}},\"message\":{"
    "\"id\":\"m1\",\"author\":{\"type\":\"user\",\"userId\":\"u1\"},\"content\":{\"type\":\"text\","
    "\"text\":\"hello\"},\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}}}}}";
static const char is_released[] =
    "{\"at\":\"2026-09-14T09:00:09Z\",\"webhook\":{\"id\":\"e9\",\"type\":"
    "\"switchboard:releaseControl\",\"createdAt\":\"2026-09-14T09:00:09Z\",\"payload\":{"
    "\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":{\"id\":\"s\","
    "\"integrationId\":\"int\"}}}}}";

static bool commanded(const struct story *s, enum effect_kind effect)
{
    for (size_t i = 0; i < s->effects.command_count; i++) {
        if (s->effects.commands[i].effect == effect) {
            return true;
        }
    }
    return false;
}

static void an_order_goes_on_from_any_phase(void **state)
{
    static const struct {
        const char *why, *order;
        enum phase phase, after;
        enum effect_kind effect;
    } rows[] = {
        {"the bot had it", "handback", PHASE_BOT, PHASE_BOT, EFFECT_FETCH_ACTIVE},
        {"on its way to a human", "handback", PHASE_HANDING_OFF, PHASE_BOT, EFFECT_FETCH_ACTIVE},
        {"a human had it", "handback", PHASE_HUMAN, PHASE_RELEASED, EFFECT_FETCH_ACTIVE},
        {"nobody had it", "handback", PHASE_RELEASED, PHASE_RELEASED, EFFECT_FETCH_ACTIVE},
        {"the bot had it", "escalate", PHASE_BOT, PHASE_HANDING_OFF, EFFECT_PASS_CONTROL},
        {"called anew", "escalate", PHASE_HANDING_OFF, PHASE_HANDING_OFF, EFFECT_PASS_CONTROL},
        {"called anew", "escalate", PHASE_HUMAN, PHASE_HANDING_OFF, EFFECT_PASS_CONTROL},
        {"nobody had it", "escalate", PHASE_RELEASED, PHASE_HANDING_OFF, EFFECT_PASS_CONTROL},
    };
    struct story *s = *state;
    play(s, says_hello);
    struct conversation before = *s->state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        *s->state = before;
        s->state->phase = rows[i].phase;
        s->state->handover = rows[i].phase == PHASE_HANDING_OFF ? HANDOVER_PASSING : HANDOVER_NONE;
        s->state->evidence_asked = true;
        halt_begin(s->state, s->state->updated);
        struct slice line = {0};
        EXPECT_OK("line", arena_printf(&s->arena, &line,
                                       "{\"at\":\"2026-09-14T09:01:00Z\",\"operator\":\"%s\"}",
                                       rows[i].order));
        play(s, line.ptr);
        EXPECT(rows[i].why, !s->state->halted && s->state->phase == rows[i].after);
        EXPECT(rows[i].why, commanded(s, rows[i].effect));
        EXPECT("of a try of its own",
               s->state->attempt == before.attempt + 1 || s->state->episode > before.episode);
    }
}

static void nothing_is_decided_meanwhile(void **state)
{
    struct story *s = *state;
    play(s, says_hello);
    uint32_t epoch = s->state->epoch;
    halt_begin(s->state, s->state->updated);
    EXPECT("no timer fires in vain", s->state->timer_count == 0);
    static const char *const lines[] = {
        "{\"at\":\"2026-09-14T09:00:03Z\",\"outcome\":{\"of\":\"bot_turn\",\"result\":\"failed\"}}",
        is_released,
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        play(s, lines[i]);
        EXPECT("said so", effects_has_note(&s->effects, NOTE_HALTED));
        EXPECT("nothing changed", !s->effects.changed && s->effects.command_count == 0);
    }
    EXPECT("nobody else owns it", s->state->epoch == epoch && s->state->phase == PHASE_BOT);
}

static void a_ticket_is_read_again(void **state)
{
    struct story *s = *state;
    play(s, "{\"at\":\"2026-09-14T09:00:01Z\",\"ticket\":{\"id\":\"17\",\"event\":\"created\"}}");
    halt_begin(s->state, s->state->updated);
    play(s, "{\"at\":\"2026-09-14T09:00:02Z\",\"ticket\":{\"id\":\"17\",\"event\":\"comment\"}}");
    EXPECT("not now", s->effects.command_count == 0 && !s->effects.changed);
    play(s, "{\"at\":\"2026-09-14T09:00:03Z\",\"operator\":\"handback\"}");
    EXPECT("with all that came meanwhile", commanded(s, EFFECT_FETCH_TICKET));
    EXPECT("it waits no longer", !s->state->halted);
}

static void an_order_told_twice_counts_once(void **state)
{
    struct story *s = *state;
    play(s, says_hello);
    static const char order[] = "{\"at\":\"2026-09-14T09:00:03Z\",\"operator\":\"escalate\"}";
    play(s, order);
    EXPECT("a human is called", commanded(s, EFFECT_PASS_CONTROL));
    s->events--; /* the same id again */
    play(s, order);
    EXPECT("row 44: known by its id", effects_has_note(&s->effects, NOTE_DUPLICATE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(an_order_goes_on_from_any_phase),
        STORY_TEST(nothing_is_decided_meanwhile),
        STORY_TEST(a_ticket_is_read_again),
        STORY_TEST(an_order_told_twice_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
