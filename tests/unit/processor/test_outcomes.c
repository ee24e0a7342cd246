/* outcomes.c: which of several outcomes of an effect counts, and what an older one may still do. */
#include "processor/core/outcomes.h"
#include "tests/support/story_test.h"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"bot_user\":\"900\"}],"
    "\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"brand\":\"11\"}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static void says(struct story *s, int n, const char *words)
{
    struct slice line = {0};
    EXPECT_OK("line",
              arena_printf(&s->arena, &line,
                           "{\"at\":\"2026-09-14T09:00:%02dZ\",\"webhook\":{\"id\":\"e%d\","
                           "\"type\":\"conversation:message\",\"createdAt\":"
                           "\"2026-09-14T09:00:%02dZ\",\"payload\":{\"conversation\":{\"id\":"
                           "\"c1\",\"activeSwitchboardIntegration\":{\"id\":\"s\","
                           "\"integrationId\":\"int\"}},\"message\":{\"id\":\"m%d\",\"author\":{"
                           "\"type\":\"user\",\"userId\":\"u1\"},\"content\":{\"type\":\"text\","
                           "\"text\":\"%s\"},\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}"
                           "}}}}",
                           n, n, n, n, words));
    play(s, line.ptr);
}

/* What egress tells of the newest command of a kind. */
struct telling {
    enum effect_kind effect;
    enum outcome_result result;
    uint64_t incarnation;
    int64_t offset;
    const char *remote_id;
};

static void tell(struct story *s, const struct telling *telling)
{
    const struct command *command = NULL;
    for (size_t i = 0; i < s->waiting_count; i++) {
        command = s->waiting[i].effect == telling->effect ? &s->waiting[i] : command;
    }
    EXPECT("such a command", command != NULL);
    struct event event = {.type = EVENT_OUTCOME,
                          .source = EVENT_FROM_EGRESS,
                          .id = SLICE("outcome"),
                          .account = command->account,
                          .conversation = command->conversation};
    event.body.outcome = (struct outcome){.effect_id = command->effect_id,
                                          .command_offset = telling->offset,
                                          .incarnation = telling->incarnation,
                                          .effect = command->effect,
                                          .slot = command->slot,
                                          .episode = command->episode,
                                          .attempt = command->attempt,
                                          .epoch = command->epoch,
                                          .result = telling->result,
                                          .remote_id = slice_of(telling->remote_id),
                                          .turn = command->turn};
    wall_ms_t now = wall_add(s->state->updated, span_s(1));
    struct step_input input = {&event, now, s->config, s->incarnation, NULL};
    EXPECT_OK("decided", step(&s->arena, &input, s->state, &s->effects));
    for (size_t i = 0; i < s->effects.command_count; i++) {
        s->waiting[s->waiting_count++] = s->effects.commands[i];
    }
}

static bool noted(const struct story *s, enum note note)
{
    return effects_has_note(&s->effects, note);
}

static bool commanded(const struct story *s, enum effect_kind effect)
{
    for (size_t i = 0; i < s->effects.command_count; i++) {
        if (s->effects.commands[i].effect == effect) {
            return true;
        }
    }
    return false;
}

/* CONVERSATION §7.1; the mutant `incarnation` is caught here. */
static void who_was_succeeded_cannot_overrule(void **state)
{
    static const struct {
        const char *why;
        enum outcome_result result;
        bool counts;
    } rows[] = {
        {"done is done, whoever tells it", OUTCOME_APPLIED, true},
        {"the bot will tell its successor, too", OUTCOME_DEFERRED, false},
        {"the successor asks itself", OUTCOME_REFUSED, false},
        {"the successor has more time", OUTCOME_TIMED_OUT, false},
        {"the successor tries itself", OUTCOME_FAILED, false},
        {"the successor meets the fence, too", OUTCOME_SUPERSEDED, false},
        {"the successor has not given up", OUTCOME_GAVE_UP, false},
        {"the successor looks itself", OUTCOME_UNDECIDED, false},
    };
    struct story *s = *state;
    says(s, 1, "hello");
    struct conversation before = *s->state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        *s->state = before;
        s->incarnation = 3;
        tell(s, &(struct telling){EFFECT_BOT_TURN, rows[i].result, 2, 1, NULL});
        EXPECT(rows[i].why, noted(s, NOTE_OVERTAKEN) != rows[i].counts);
        EXPECT(rows[i].why, s->effects.changed == rows[i].counts);
        EXPECT(rows[i].why, (s->state->turn.state == TURN_NONE) == rows[i].counts);
        *s->state = before;
        tell(s, &(struct telling){EFFECT_BOT_TURN, rows[i].result, 3, 1, NULL});
        EXPECT("of the newest owner each counts", s->state->turn.state != TURN_ASKED);
        *s->state = before;
        tell(s, &(struct telling){EFFECT_BOT_TURN, rows[i].result, 4, 1, NULL});
        EXPECT("and of one whose takeover was not met", !noted(s, NOTE_OVERTAKEN));
    }
}

static void the_successors_own_outcome_counts(void **state)
{
    struct story *s = *state;
    says(s, 1, "talk to a human");
    s->incarnation = 2;
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_GAVE_UP, 1, 5, NULL});
    EXPECT("not counted", !noted(s, NOTE_LIVE_FAILED) && s->effects.command_count == 0);
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_APPLIED, 2, 5, NULL});
    EXPECT("the hand-over is through", s->state->handover == HANDOVER_DONE);
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_GAVE_UP, 2, 5, NULL});
    EXPECT("the first counts", noted(s, NOTE_DUPLICATE) && !s->effects.changed);
}

static void better_news_is_taken(void **state)
{
    struct story *s = *state;
    says(s, 1, "talk to a human");
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_GAVE_UP, 0, 5, NULL});
    EXPECT("a ticket instead", commanded(s, EFFECT_TICKET_CREATE));
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_GAVE_UP, 0, 5, NULL});
    EXPECT("the same writing, told twice", noted(s, NOTE_DUPLICATE) && !s->effects.changed);
    tell(s, &(struct telling){EFFECT_TICKET_CREATE, OUTCOME_UNDECIDED, 0, 9, NULL});
    EXPECT("no way is left", noted(s, NOTE_HANDOVER_FAILED) && s->state->given_up_count == 2);

    tell(s, &(struct telling){EFFECT_TICKET_CREATE, OUTCOME_APPLIED, 0, 30, "4711"});
    EXPECT("a redrive made it", noted(s, NOTE_BETTER_NEWS));
    EXPECT_SLICE("the ticket is known", s->state->ticket_id, SLICE("4711"));
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_APPLIED, 0, 31, NULL});
    EXPECT("who has it now", noted(s, NOTE_BETTER_NEWS) && commanded(s, EFFECT_FETCH_ACTIVE));
    EXPECT("nothing is given up any more", s->state->given_up_count == 0);
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_APPLIED, 0, 31, NULL});
    EXPECT("good news is news once", noted(s, NOTE_DUPLICATE));
}

/* The same effect written a second time has an outcome of its own. */
static void each_writing_has_its_own_end(void **state)
{
    struct story *s = *state;
    says(s, 1, "talk to a human");
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_REFUSED, 0, 5, NULL});
    tell(s, &(struct telling){EFFECT_TICKET_CREATE, OUTCOME_GAVE_UP, 0, 9, NULL});
    says(s, 2, "talk to a human");
    EXPECT("once more", commanded(s, EFFECT_PASS_CONTROL));
    tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_REFUSED, 0, 12, NULL});
    EXPECT("a second writing of the ticket", commanded(s, EFFECT_TICKET_CREATE));
    tell(s, &(struct telling){EFFECT_TICKET_CREATE, OUTCOME_GAVE_UP, 0, 9, NULL});
    EXPECT("the first writing's end is old news", noted(s, NOTE_DUPLICATE));
    tell(s, &(struct telling){EFFECT_TICKET_CREATE, OUTCOME_APPLIED, 0, 15, "4711"});
    EXPECT("the second counts", s->state->handover == HANDOVER_DONE);
    EXPECT_SLICE("its ticket", s->state->ticket_id, SLICE("4711"));
}

static void an_older_attempt_or_episode_decides_nothing(void **state)
{
    static const struct {
        const char *why;
        uint32_t episode, attempt;
        enum effect_kind effect;
        enum outcome_result result;
    } rows[] = {
        {"a pass of an older episode", 1, 0, EFFECT_PASS_CONTROL, OUTCOME_APPLIED},
        {"refused in an older episode", 1, 0, EFFECT_PASS_CONTROL, OUTCOME_REFUSED},
        {"a pass of an older attempt", 0, 1, EFFECT_PASS_CONTROL, OUTCOME_REFUSED},
    };
    struct story *s = *state;
    says(s, 1, "talk to a human");
    struct conversation before = *s->state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        *s->state = before;
        s->state->episode += rows[i].episode;
        s->state->attempt += rows[i].attempt;
        tell(s, &(struct telling){rows[i].effect, rows[i].result, 0, 5, NULL});
        EXPECT(rows[i].why, s->state->handover == HANDOVER_PASSING);
        EXPECT(rows[i].why, s->effects.command_count == 0);
        EXPECT("taken off the list", s->state->outstanding_count == before.outstanding_count - 1);
    }
}

static void what_is_given_up_is_bounded(void **state)
{
    struct story *s = *state;
    says(s, 1, "talk to a human");
    struct outstanding pass = s->state->outstanding[s->state->outstanding_count - 1];
    for (int64_t i = 0; i < LIMIT_GIVEN_UP_MAX + 3; i++) {
        s->state->outstanding[0] = pass;
        s->state->outstanding_count = 1;
        s->state->handover = HANDOVER_NONE;
        tell(s, &(struct telling){EFFECT_PASS_CONTROL, OUTCOME_GAVE_UP, 0, i, NULL});
    }
    EXPECT("the oldest are forgotten", s->state->given_up_count == LIMIT_GIVEN_UP_MAX &&
                                           s->state->given_up[0].command_offset == 3);
}

/* Too many commands without outcome: one that nothing waits for is forgotten first. */
static void what_matters_is_not_forgotten(void **state)
{
    struct story *s = *state;
    says(s, 1, "hello");
    struct conversation *c = s->state;
    while (c->outstanding_count < LIMIT_OUTSTANDING_MAX) {
        bool is_notice = c->outstanding_count == 10;
        c->outstanding[c->outstanding_count] =
            (struct outstanding){{{(unsigned char)c->outstanding_count}},
                                 EFFECT_MESSAGE,
                                 is_notice ? SLOT_NOTICE_ENDED : SLOT_WORD};
        c->outstanding_count++;
    }
    says(s, 2, "talk to a human");
    EXPECT("the turn came first and is there still",
           c->outstanding[0].effect != EFFECT_BOT_TURN ||
               effect_id_equal(c->outstanding[0].effect_id, s->waiting[0].effect_id));
    for (size_t i = 0; i < c->outstanding_count; i++) {
        EXPECT("the notice made room", c->outstanding[i].slot != SLOT_NOTICE_ENDED);
    }
    EXPECT("bounded", c->outstanding_count == LIMIT_OUTSTANDING_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(who_was_succeeded_cannot_overrule),
        STORY_TEST(the_successors_own_outcome_counts),
        STORY_TEST(better_news_is_taken),
        STORY_TEST(each_writing_has_its_own_end),
        STORY_TEST(an_older_attempt_or_episode_decides_nothing),
        STORY_TEST(what_is_given_up_is_bounded),
        STORY_TEST(what_matters_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
