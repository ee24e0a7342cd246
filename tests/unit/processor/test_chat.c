/* chat.c through step.c: what of a chat in the bot's own widget is taken in, and what follows. The
 * golden stories chat_*.jsonl have the bytes. Rows 5, 6, 104-107. */
#include "processor/core/chat.h"
#include "processor/core/effects.h"
#include "tests/support/story_test.h"

#include <stdio.h>

#define AT(second) "{\"at\":\"2026-09-14T09:00:" second "Z\","
#define POSTS(second, members) AT(second) "\"platform\":{\"chat\":\"7\"," members "}}"
#define WRITES(second, id, text)                                                                   \
    POSTS(second, "\"type\":\"message\",\"id\":\"" id "\",\"text\":\"" text "\"")
#define ENDS(second, effect, more)                                                                 \
    AT(second) "\"outcome\":{\"of\":\"" effect "\",\"result\":\"applied\"" more "}}"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\"}],\"stores\":[{"
    "\"name\":\"shoes\",\"account\":\"acme\",\"chat\":{},\"reasons_on\":64,\"low_confidence\":0.6}]"
    "}"
    "}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static size_t commands(const struct story *s, enum effect_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < s->effects.command_count; i++) {
        count += s->effects.commands[i].effect == kind ? 1 : 0;
    }
    return count;
}

static void nothing_goes_out_before_a_human_is_called(void **state)
{
    struct story *s = *state;
    play(s, WRITES("01", "m1", "Hello"));
    EXPECT("row 5: no call", s->effects.command_count == 0);
    EXPECT("remembered", s->state->history_count == 1 && s->state->pending_count == 0);
    EXPECT("whose it is", s->state->routing == ROUTING_STORE && s->state->episode == 1);
    play(s, POSTS("02", "\"type\":\"answer\",\"id\":\"a\",\"messages\":[{\"markdown\":\"Hi\"}],"
                        "\"confidence\":0.9"));
    EXPECT("nor for what the bot said", s->effects.command_count == 0);
    EXPECT("which is known",
           s->state->history_count == 2 && s->state->history[1].speaker == SPEAKER_BOT);
    play(s,
         POSTS("03", "\"type\":\"customer_data\",\"id\":\"d\",\"data\":{},\"customer\":{\"name\":"
                     "\"Ada\",\"phone\":\"1\"}"));
    EXPECT_SLICE("who it is", s->state->customer.phone, SLICE("1"));
    play(s, WRITES("04", "m1", "Hello"));
    EXPECT("posted again", effects_has_note(&s->effects, NOTE_DUPLICATE));
}

static void the_rules_run_on_what_is_posted(void **state)
{
    struct story *s = *state;
    play(s, WRITES("01", "m1", "Hello"));
    play(s, POSTS("02", "\"type\":\"answer\",\"id\":\"a\",\"messages\":[{\"markdown\":\"Hm\"}],"
                        "\"confidence\":0.5"));
    EXPECT("row 72 there too", effects_has_note(&s->effects, NOTE_ESCALATED));
    EXPECT("its words stand once", s->state->history_count == 2);
    EXPECT("a user first",
           commands(s, EFFECT_USER_CREATE) == 1 && commands(s, EFFECT_CONVERSATION_CREATE) == 0);
    play(s, POSTS("03", "\"type\":\"handoff\",\"id\":\"h\""));
    EXPECT("called once", s->effects.command_count == 0);
}

/* From `escalated` on what the customer wrote goes to the human, whoever has left meanwhile. */
static void its_end_waits_for_what_is_under_way(void **state)
{
    struct story *s = *state;
    play(s, POSTS("01", "\"type\":\"handoff\",\"id\":\"h\""));
    play(s, WRITES("01", "m1", "It is broken"));
    play(s, POSTS("02", "\"type\":\"end\",\"id\":\"e\""));
    EXPECT("the word is no human's yet", s->state->ending && s->state->pending_count == 1);
    play(s, ENDS("03", "user_create", ",\"remote_id\":\"u1\""));
    play(s, POSTS("04", "\"type\":\"handoff\",\"id\":\"h2\""));
    EXPECT("called once", s->effects.command_count == 0);
    play(s, WRITES("04", "m0", "Order 17"));
    EXPECT("a word that was overtaken by the end", s->state->pending_count == 2);
    play(s, ENDS("05", "conversation_create", ",\"remote_id\":\"c1\""));
    EXPECT("row 104: it goes to the human, and who left is told",
           commands(s, EFFECT_PASS_CONTROL) == 1 && commands(s, EFFECT_MESSAGE) == 4);
    EXPECT("ended", s->state->phase == PHASE_ENDED && !s->state->ending);
    play(s, WRITES("06", "m2", "Hello?"));
    EXPECT("row 107: who writes on is told", commands(s, EFFECT_BOT_NOTICE) == 1);
    EXPECT("counted", effects_has_note(&s->effects, NOTE_AFTER_END));
}

/* More words than one step has room for: the rest goes when there is, and before the end. */
static void its_end_waits_for_room(void **state)
{
    struct story *s = *state;
    size_t forwarded = 0;
    char line[200];
    play(s, POSTS("01", "\"type\":\"handoff\",\"id\":\"h\""));
    for (int i = 0; i < LIMIT_PENDING_MESSAGES_MAX; i++) {
        (void)snprintf(line, sizeof line,
                       AT("02") "\"platform\":{\"chat\":\"7\",\"type\":\"message\",\"id\":\"m%d\","
                                "\"text\":\"w%d\"}}",
                       i, i);
        play(s, line);
    }
    play(s, ENDS("03", "user_create", ",\"remote_id\":\"u1\""));
    play(s, ENDS("04", "conversation_create", ",\"remote_id\":\"c1\""));
    forwarded = commands(s, EFFECT_MESSAGE) - 1; /* and the summary */
    EXPECT("not all at once", s->state->pending_count > 0);
    play(s, POSTS("05", "\"type\":\"end\",\"id\":\"e\""));
    EXPECT("not before the words", s->state->phase == PHASE_HANDING_OFF);
    for (int i = 0; i < 2 * LIMIT_PENDING_MESSAGES_MAX && s->state->phase != PHASE_ENDED; i++) {
        play(s, ENDS("06", "message", ""));
        forwarded += commands(s, EFFECT_MESSAGE);
    }
    EXPECT("row 104: each of them, and that the customer left",
           forwarded == (size_t)LIMIT_PENDING_MESSAGES_MAX + 1);
    EXPECT("then it has ended", s->state->phase == PHASE_ENDED && s->state->pending_count == 0);
}

/* Whether somebody is online is asked first: the call is under way as well. */
static void its_end_waits_for_who_is_online(void **state)
{
    struct story *s = *state;
    play(s, "{\"config\":{\"accounts\":[],\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\","
            "\"chat\":{},\"agents\":{\"then\":\"ticket\"}}]}}");
    play(s, POSTS("01", "\"type\":\"handoff\",\"id\":\"h\""));
    EXPECT("asked", commands(s, EFFECT_FETCH_AGENTS) == 1);
    play(s, POSTS("02", "\"type\":\"end\",\"id\":\"e\""));
    EXPECT("not yet", s->state->ending && s->state->phase == PHASE_HANDING_OFF);
    play(s, AT("03") "\"outcome\":{\"of\":\"fetch_agents\",\"result\":\"gave_up\"}}");
    EXPECT("on the way", commands(s, EFFECT_USER_CREATE) == 1 && s->state->ending);
}

/* Nobody carries them any more: the end does not wait for ever. */
static void its_end_waits_for_nobody_who_is_gone(void **state)
{
    struct story *s = *state;
    play(s, POSTS("01", "\"type\":\"handoff\",\"id\":\"h\""));
    play(s, WRITES("01", "m1", "It is broken"));
    play(s, POSTS("02", "\"type\":\"end\",\"id\":\"e\""));
    play(s, ENDS("03", "user_create", ",\"remote_id\":\"u1\""));
    play(s, AT("04") "\"outcome\":{\"of\":\"conversation_create\",\"result\":\"refused\"}}");
    EXPECT("a ticket instead", commands(s, EFFECT_TICKET_CREATE) == 1);
    play(s, AT("05") "\"outcome\":{\"of\":\"ticket_create\",\"result\":\"refused\"}}");
    EXPECT("no way is left", s->state->phase == PHASE_ENDED && s->state->pending_count == 0);
}

static void a_halted_chat_keeps_what_is_written(void **state)
{
    struct story *s = *state;
    play(s, WRITES("01", "m1", "Hello"));
    play(s, AT("02") "\"halt\":true}");
    play(s, WRITES("03", "m2", "Talk to a human"));
    EXPECT("kept", s->state->pending_count == 1 && s->effects.command_count == 0);
    play(s, AT("04") "\"operator\":\"handback\"}");
    EXPECT("nothing of it is at Zendesk", s->effects.command_count == 0);
    EXPECT("it goes on", !s->state->halted);
    play(s, AT("05") "\"operator\":\"escalate\"}");
    EXPECT("row 75: by hand", commands(s, EFFECT_USER_CREATE) == 1);
}

#define TURNS(on)                                                                                  \
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\"}],\"stores\":[{"        \
    "\"name\":\"shoes\",\"account\":\"acme\",\"chat\":{\"turns\":" on "}}]}}"

static void a_bot_that_is_asked_no_more_still_answers_what_it_was_asked(void **state)
{
    struct story *s = *state;
    play(s, TURNS("true"));
    play(s, WRITES("01", "m1", "Hello"));
    EXPECT("asked", commands(s, EFFECT_BOT_TURN) == 1);
    play(s, TURNS("false"));
    play(s, WRITES("02", "m2", "Are you there?"));
    EXPECT("both wait for it", s->state->pending_count == 2);
    play(s, ENDS("03", "bot_turn", ",\"answer\":{\"messages\":[{\"markdown\":\"Hi\"}]}"));
    EXPECT("answered", effects_has_note(&s->effects, NOTE_TURN_ANSWERED));
    play(s, WRITES("04", "m3", "Thanks"));
    EXPECT("then its platform's", commands(s, EFFECT_BOT_TURN) == 0);
}

/* Row 104: what waits for the human is not the bot's to answer. */
static void an_answer_too_late_takes_no_words_from_the_human(void **state)
{
    struct story *s = *state;
    play(s, POSTS("01", "\"type\":\"handoff\",\"id\":\"h\""));
    play(s, WRITES("02", "m1", "It is broken"));
    EXPECT("waits for the human", s->state->pending_count == 1);
    play(s, POSTS("03", "\"type\":\"answer\",\"id\":\"a\",\"messages\":[{\"markdown\":\"Hm\"}]"));
    EXPECT("still", s->state->pending_count == 1);
}

static void handed_back_only_where_a_human_has_it(void **state)
{
    struct story *s = *state;
    play(s, WRITES("01", "m1", "Hello"));
    play(s, POSTS("02", "\"type\":\"handback\",\"id\":\"b1\""));
    EXPECT("nobody has", s->effects.command_count == 0 && !s->effects.changed);
    play(s, POSTS("03", "\"type\":\"handoff\",\"id\":\"h\""));
    play(s, POSTS("04", "\"type\":\"handback\",\"id\":\"b2\""));
    EXPECT("there is no conversation yet", s->effects.command_count == 0);
    play(s, ENDS("05", "user_create", ",\"remote_id\":\"u1\""));
    play(s, ENDS("06", "conversation_create", ",\"remote_id\":\"c1\""));
    play(s, POSTS("07", "\"type\":\"handback\",\"id\":\"b3\""));
    EXPECT("asked of Zendesk", commands(s, EFFECT_PASS_CONTROL) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(nothing_goes_out_before_a_human_is_called),
        STORY_TEST(the_rules_run_on_what_is_posted),
        STORY_TEST(its_end_waits_for_what_is_under_way),
        STORY_TEST(its_end_waits_for_room),
        STORY_TEST(its_end_waits_for_who_is_online),
        STORY_TEST(its_end_waits_for_nobody_who_is_gone),
        STORY_TEST(a_halted_chat_keeps_what_is_written),
        STORY_TEST(a_bot_that_is_asked_no_more_still_answers_what_it_was_asked),
        STORY_TEST(an_answer_too_late_takes_no_words_from_the_human),
        STORY_TEST(handed_back_only_where_a_human_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
