/* What becomes of single calls: bots, lost answers, fences. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

static const struct outcome *outcome_of(const char *conversation, int64_t offset)
{
    return rig_outcome(&rig, rig_partition(&rig, "acme", conversation), offset);
}

/* A script: one reply after the other, the last one for ever. */
struct script {
    const struct peer_reply *replies;
    size_t count;
};

static struct peer_reply scripted(void *arg, const struct peer_seen *seen, size_t index)
{
    const struct script *s = arg;
    (void)seen;
    return s->replies[index < s->count ? index : s->count - 1];
}

/* ---- the bot */

static struct command turn_of(const char *conversation)
{
    struct command c = rig_base(&rig, EFFECT_BOT_TURN, "acme", conversation);
    c.api = API_BOT;
    c.slot = SLOT_TURN;
    c.path = (struct slice){0};
    c.body = SLICE("{\"type\":\"turn\"}");
    c.turn = SLICE("t-1");
    c.deadline = span_s(20);
    return c;
}

#define ANSWER                                                                                     \
    "{\"messages\":[{\"markdown\":\"Hello\"},{\"markdown\":\"there\"}],\"confidence\":0.9,"        \
    "\"intent\":\"greet\",\"resolved\":true}"

static void test_bot_turns(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct peer_reply replies[6];
        size_t count;
        enum outcome_result want;
        size_t tries;
        bool answer;
    } rows[] = {
        {"answers", {{.status = 200, .body = ANSWER}}, 1, OUTCOME_APPLIED, 1, true},
        {"answers later", {{.status = 202}}, 1, OUTCOME_DEFERRED, 1, false},
        {"fails, then answers",
         {{.status = 500}, {.result = PEER_LOST}, {.status = 200, .body = ANSWER}},
         3,
         OUTCOME_APPLIED,
         3,
         true},
        {"fails for good", {{.status = 500}}, 1, OUTCOME_FAILED, 4, false},
        {"answers with garbage for good",
         {{.status = 200, .body = "<html>"}},
         1,
         OUTCOME_FAILED,
         4,
         false},
        {"answers with another JSON",
         {{.status = 200, .body = "{\"confidence\":7}"}},
         1,
         OUTCOME_FAILED,
         4,
         false},
        {"answers without a body", {{.status = 204}}, 1, OUTCOME_FAILED, 4, false},
        {"refuses", {{.status = 400}}, 1, OUTCOME_REFUSED, 1, false},
        {"does not know us", {{.status = 401}}, 1, OUTCOME_REFUSED, 1, false},
        {"sends us elsewhere", {{.status = 301}}, 1, OUTCOME_REFUSED, 1, false},
        {"is too slow",
         {{.status = 200, .body = ANSWER, .after = {30 * 1000}}},
         1,
         OUTCOME_TIMED_OUT,
         1,
         false},
        {"lives at a forbidden address", {{.result = PEER_REFUSED}}, 1, OUTCOME_REFUSED, 1, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct script script = {rows[i].replies, rows[i].count};
        rig_init(&rig, 1, scripted, &script);
        rig_start(&rig);
        struct command c = turn_of("c1");
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(60)));
        const struct outcome *o = outcome_of("c1", offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].want);
        EXPECT(rows[i].why, rig.peer.seen_count == rows[i].tries && o->tries == rows[i].tries);
        EXPECT(rows[i].why, o->answer_given == rows[i].answer);
        EXPECT_SLICE("whose turn", o->turn, SLICE("t-1"));
        if (rows[i].answer) {
            EXPECT("two words", o->answer.message_count == 2 && o->answer.resolved);
            EXPECT_SLICE("as said", o->answer.messages[1], SLICE("there"));
        }
        rig_deinit(&rig);
    }
}

static void test_a_turn_is_signed_and_keeps_its_id(void **state)
{
    (void)state;
    static const struct peer_reply replies[] = {{.status = 500}, {.status = 200, .body = ANSWER}};
    struct script script = {replies, 2};
    rig_init(&rig, 1, scripted, &script);
    rig_start(&rig);
    struct command c = turn_of("c1");
    char id[IDENT_EFFECT_TEXT_BYTES];
    char line[80];
    effect_id_text(c.effect_id, id);
    (void)snprintf(line, sizeof line, "webhook-id: %s\n", id);
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("two tries", rig.peer.seen_count == 2);
    for (size_t i = 0; i < 2; i++) {
        const struct peer_seen *seen = &rig.peer.seen[i];
        EXPECT_SLICE("the store's bot", seen->url, SLICE("https://bot.example/shoes"));
        EXPECT_SLICE("as rendered", seen->body, SLICE("{\"type\":\"turn\"}"));
        EXPECT("one id for all tries", strstr(seen->headers.ptr, line) != NULL);
        EXPECT("signed", strstr(seen->headers.ptr, "webhook-signature: v1,") != NULL);
        EXPECT("no login of Zendesk's", strstr(seen->headers.ptr, "Authorization") == NULL);
    }
    EXPECT("the bot's time runs from the first try", rig.peer.seen[1].deadline.ms <= 20 * 1000);
    rig_deinit(&rig);
}

static void test_a_model_is_asked_as_such(void **state)
{
    (void)state;
    static const struct peer_reply replies[] = {
        {.status = 200, .body = "{\"choices\":[{\"message\":{\"content\":\"Hello\"}}]}"}};
    struct script script = {replies, 1};
    rig_init(&rig, 1, scripted, &script);
    rig_start(&rig);
    struct command c = turn_of("c1");
    c.store = SLICE("brain");
    c.openai = true;
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    const struct outcome *o = outcome_of("c1", offset);
    EXPECT("answered", o != NULL && o->result == OUTCOME_APPLIED && o->answer.message_count == 1);
    EXPECT_SLICE("its words", o->answer.messages[0], SLICE("Hello"));
    const struct peer_seen *seen = &rig.peer.seen[0];
    EXPECT("row 82: with its key",
           strstr(seen->headers.ptr, "Authorization: Bearer sk-test\n") != NULL);
    EXPECT("and nothing of ours", strstr(seen->headers.ptr, "webhook-") == NULL);
    rig_deinit(&rig);
}

/* The store got another bot after the turn was written: its bytes are for the old one. */
static void test_a_turn_for_another_kind_of_bot_is_refused(void **state)
{
    (void)state;
    for (int is_openai = 0; is_openai < 2; is_openai++) {
        rig_init(&rig, 1, scripted, NULL);
        rig_start(&rig);
        struct command c = turn_of("c1");
        c.store = is_openai ? SLICE("shoes") : SLICE("brain");
        c.openai = is_openai == 1;
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(10)));
        const struct outcome *o = outcome_of("c1", offset);
        EXPECT("ended, nothing sent", o != NULL && o->result == OUTCOME_REFUSED);
        EXPECT("nothing sent", rig.peer.seen_count == 0);
        rig_deinit(&rig);
    }
}

/* Nothing is in it yet, and what is posted is taken. */
static struct peer_reply empty_conversation(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)index;
    bool is_look = slice_equal(seen->method, SLICE("GET"));
    return (struct peer_reply){.status = is_look ? 200 : 201,
                               .body = is_look ? "{\"messages\":[]}"
                                               : "{\"messages\":[{\"id\":\"m1\"}]}"};
}

/* Somebody wrote it a second time, days after its cause: it has its patience from then on. */
static void test_what_is_written_again_is_tried_again(void **state)
{
    (void)state;
    for (int is_again = 0; is_again < 2; is_again++) {
        rig_init(&rig, 1, empty_conversation, NULL);
        rig_start(&rig);
        int64_t offset = rig_message(
            &rig, &(struct rig_message){.account = "acme",
                                        .conversation = "c1",
                                        .voice = VOICE_CUSTOMER,
                                        .created = wall_add(rig.clock.wall, span_s(-2 * 24 * 3600)),
                                        .look_first = is_again == 1});
        EXPECT_OK("run", rig_run(&rig, span_s(200)));
        const struct outcome *o = outcome_of("c1", offset);
        EXPECT("it has an end", o != NULL);
        EXPECT("new: given up; again: done",
               o->result == (is_again ? OUTCOME_APPLIED : OUTCOME_GAVE_UP));
        size_t sent = 0;
        for (size_t i = 0; i < rig.peer.seen_count; i++) {
            sent += slice_equal(rig.peer.seen[i].method, SLICE("POST"));
        }
        EXPECT("sent once, after a look", sent == (is_again ? 1 : 0));
        EXPECT("looked for first", !is_again || slice_equal(rig.peer.seen[0].method, SLICE("GET")));
        rig_deinit(&rig);
    }
}

static struct peer_reply nobody_there(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)seen;
    (void)index;
    return (struct peer_reply){.result = PEER_NOT_SENT, .after = span_ms(3)};
}

static void test_a_bot_that_is_away_times_out(void **state)
{
    (void)state;
    rig_init(&rig, 1, nobody_there, NULL);
    rig_start(&rig);
    struct command c = turn_of("c1");
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(19)));
    EXPECT("tried meanwhile", rig.peer.seen_count > 3 && outcome_of("c1", offset) == NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(2)));
    EXPECT("in time", outcome_of("c1", offset)->result == OUTCOME_TIMED_OUT);
    rig_deinit(&rig);
}

/* ---- lost answers */

/* A conversation at Zendesk: what was posted, when it shows in the list, which answers get lost. */
struct zendesk {
    const char *stamp;
    size_t posts;
    mono_ms_t shows_at; /* of the first post; 0 = never applied */
    size_t lost;        /* how many answers to posts */
    uint32_t look_status;
};

static struct peer_reply zendesk(void *arg, const struct peer_seen *seen, size_t index)
{
    struct zendesk *z = arg;
    static char body[256];
    (void)index;
    if (slice_equal(seen->method, SLICE("POST"))) {
        z->posts++;
        return z->posts <= z->lost
                   ? (struct peer_reply){.result = PEER_LOST, .after = span_ms(20)}
                   : (struct peer_reply){.status = 201,
                                         .body = "{\"messages\":[{\"id\":\"new\"}]}"};
    }
    if (!slice_ends_with(seen->url, SLICE("/messages"))) { /* a check of the owner: nobody */
        return (struct peer_reply){.status = 200, .body = "{\"conversation\":{\"id\":\"c\"}}"};
    }
    if (z->look_status != 0) {
        return (struct peer_reply){.status = z->look_status};
    }
    bool shows = z->shows_at.ms != 0 && !mono_before(rig.clock.mono, z->shows_at);
    (void)snprintf(body, sizeof body,
                   "{\"messages\":[{\"id\":\"old\",\"author\":{\"type\":\"business\"},"
                   "\"metadata\":{\"tieline.effect\":\"%s\"}}]}",
                   shows ? z->stamp : "-");
    return (struct peer_reply){.status = 200, .body = body};
}

#define FIRST_STAMP "010000000000000000000000000000ee"

static void test_a_lost_answer_is_looked_up(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t shows_after_s; /* -1 = it was never applied */
        size_t posts;
        const char *id;
        int64_t done_by_s;
    } rows[] = {
        {"applied, and seen at once", 0, 1, "old", 1},
        {"applied, and seen late", 40, 1, "old", 61},
        {"applied late, within the settle time", 74, 1, "old", 80},
        {"never applied: sent again, but only after the settle time", -1, 2, "new", 80},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zendesk z = {.stamp = FIRST_STAMP, .lost = 1};
        rig_init(&rig, 1, zendesk, &z);
        rig_start(&rig);
        int64_t began = rig.clock.mono.ms;
        if (rows[i].shows_after_s >= 0) {
            z.shows_at = mono_add(rig.clock.mono, span_s(rows[i].shows_after_s));
        }
        int64_t offset = rig_message(
            &rig,
            &(struct rig_message){.account = "acme", .conversation = "c1", .voice = VOICE_BOT});
        EXPECT_OK("run", rig_run(&rig, span_s(rows[i].done_by_s)));
        const struct outcome *o = outcome_of("c1", offset);
        EXPECT(rows[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        EXPECT_SLICE(rows[i].why, o->remote_id, slice_of(rows[i].id));
        EXPECT(rows[i].why, z.posts == rows[i].posts && o->tries == rows[i].posts);
        EXPECT("looked", rig.looks >= 2 && rig.looks <= 10);
        if (rows[i].posts == 2) {
            EXPECT("75 s after the call's beginning",
                   rig.peer.seen[rig.peer.seen_count - 1].at.ms - began >= 75 * 1000);
        }
        rig_deinit(&rig);
    }
}

static void test_lanes_wait_for_doubt_and_others_do_not(void **state)
{
    (void)state;
    struct zendesk z = {.stamp = "-", .lost = 1};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    struct rig_message m = {.account = "acme", .conversation = "c1", .voice = VOICE_BOT};
    (void)rig_message(&rig, &m);
    int64_t behind = rig_message(&rig, &m);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    m.conversation = "c2";
    int64_t beside = rig_message(&rig, &m);
    EXPECT_OK("run", rig_run(&rig, span_s(30)));
    EXPECT("the next of the lane waits", outcome_of("c1", behind) == NULL);
    EXPECT("another conversation does not", outcome_of("c2", beside) != NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("then it goes", outcome_of("c1", behind)->result == OUTCOME_APPLIED);
    rig_deinit(&rig);
}

static void test_a_notice_is_looked_for_once(void **state)
{
    (void)state;
    struct zendesk z = {.stamp = "-", .lost = 1};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    int64_t offset = rig_message(
        &rig,
        &(struct rig_message){.account = "acme", .conversation = "c1", .voice = VOICE_NOTICE});
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("given up, holding up nothing", outcome_of("c1", offset)->result == OUTCOME_GAVE_UP);
    EXPECT("lost, looked for, given up", z.posts == 1 && rig.looks == 3);
    rig_deinit(&rig);
}

static void test_looking_that_does_not_tell(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint32_t status;
        enum outcome_result want;
        size_t dead;
    } rows[] = {
        {"the conversation is gone", 404, OUTCOME_REFUSED, 0},
        {"we may not look", 403, OUTCOME_UNDECIDED, 1},
        {"looking fails until patience is over", 503, OUTCOME_UNDECIDED, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zendesk z = {.stamp = "-", .lost = 1, .look_status = rows[i].status};
        rig_init(&rig, 1, zendesk, &z);
        rig_start(&rig);
        int64_t offset = rig_message(
            &rig,
            &(struct rig_message){.account = "acme", .conversation = "c1", .voice = VOICE_BOT});
        EXPECT_OK("run", rig_run(&rig, span_s(20 * 60)));
        const struct outcome *o = outcome_of("c1", offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].want);
        EXPECT("never sent blindly", z.posts == 1);
        EXPECT(rows[i].why, log_double_count(rig.log, TOPIC_DEAD, 0) == rows[i].dead);
        rig_deinit(&rig);
    }
}

static void test_what_is_written_a_second_time_is_looked_up_first(void **state)
{
    (void)state;
    struct zendesk z = {.stamp = FIRST_STAMP, .shows_at = {1}};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    int64_t first = rig_message(
        &rig, &(struct rig_message){.account = "acme", .conversation = "c1", .look_first = true});
    int64_t second = rig_message(
        &rig, &(struct rig_message){.account = "acme", .conversation = "c1", .look_first = true});
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    EXPECT_SLICE("there already", outcome_of("c1", first)->remote_id, SLICE("old"));
    EXPECT("not there, but the list may lag", outcome_of("c1", second) == NULL && z.posts == 0);
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT_SLICE("settled: sent", outcome_of("c1", second)->remote_id, SLICE("new"));
    EXPECT("one post", z.posts == 1);
    rig_deinit(&rig);
}

/* ---- fences */

static int64_t fence_of(const char *conversation, uint32_t epoch)
{
    struct command c = rig_base(&rig, EFFECT_FENCE, "acme", conversation);
    c.api = API_NONE;
    c.method = METHOD_NONE;
    c.path = (struct slice){0};
    c.epoch = epoch;
    c.slot = SLOT_FENCE;
    return rig_command(&rig, &c);
}

static void test_a_fence_acts_when_it_is_read(void **state)
{
    (void)state;
    static const struct peer_reply replies[] = {
        {.status = 201, .body = "{\"messages\":[{\"id\":\"m\"}]}"},
        {.status = 429, .retry_after = {10 * 1000}},
        {.status = 201, .body = "{\"messages\":[{\"id\":\"m\"}]}"},
        {.status = 200, .body = "{\"conversation\":{\"id\":\"c1\"}}"}, /* of late: whose is it? */
        {.status = 201, .body = "{\"messages\":[{\"id\":\"m\"}]}"},
    };
    struct script script = {replies, 5};
    rig_init(&rig, 1, scripted, &script);
    rig_start(&rig);
    struct rig_message word = {
        .account = "acme", .conversation = "c1", .voice = VOICE_BOT, .epoch = 4};
    int64_t said = rig_message(&rig, &word);
    int64_t limited = rig_message(&rig, &word);
    int64_t waiting = rig_message(&rig, &word);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("one said, one waits",
           outcome_of("c1", said) != NULL && outcome_of("c1", limited) == NULL);
    int64_t fence = fence_of("c1", 5);
    struct rig_message notice = {
        .account = "acme", .conversation = "c1", .voice = VOICE_NOTICE, .epoch = 5};
    int64_t told = rig_message(&rig, &notice);
    word.epoch = 5;
    int64_t later = rig_message(&rig, &word);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    EXPECT("the words before it end at once",
           outcome_of("c1", limited)->result == OUTCOME_SUPERSEDED &&
               outcome_of("c1", waiting)->result == OUTCOME_SUPERSEDED);
    EXPECT("itself is done", outcome_of("c1", fence)->result == OUTCOME_APPLIED);
    EXPECT_OK("run", rig_run(&rig, span_s(15)));
    EXPECT("the notice is told", outcome_of("c1", told)->result == OUTCOME_APPLIED);
    EXPECT("the new owner may speak", outcome_of("c1", later)->result == OUTCOME_APPLIED);
    EXPECT("five requests in all", rig.peer.seen_count == 5);
    rig_deinit(&rig);
}

static void test_a_fence_and_a_word_in_doubt(void **state)
{
    (void)state;
    struct zendesk z = {.stamp = "-", .lost = 1};
    rig_init(&rig, 1, zendesk, &z);
    rig_start(&rig);
    int64_t word = rig_message(
        &rig, &(struct rig_message){
                  .account = "acme", .conversation = "c1", .voice = VOICE_BOT, .epoch = 1});
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    (void)fence_of("c1", 2);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("in doubt it is not ended", outcome_of("c1", word) == NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(80)));
    EXPECT("shown absent it counts as not started",
           outcome_of("c1", word)->result == OUTCOME_SUPERSEDED && z.posts == 1);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bot_turns),
        cmocka_unit_test(test_a_turn_is_signed_and_keeps_its_id),
        cmocka_unit_test(test_a_model_is_asked_as_such),
        cmocka_unit_test(test_what_is_written_again_is_tried_again),
        cmocka_unit_test(test_a_turn_for_another_kind_of_bot_is_refused),
        cmocka_unit_test(test_a_bot_that_is_away_times_out),
        cmocka_unit_test(test_a_lost_answer_is_looked_up),
        cmocka_unit_test(test_lanes_wait_for_doubt_and_others_do_not),
        cmocka_unit_test(test_a_notice_is_looked_for_once),
        cmocka_unit_test(test_looking_that_does_not_tell),
        cmocka_unit_test(test_what_is_written_a_second_time_is_looked_up_first),
        cmocka_unit_test(test_a_fence_acts_when_it_is_read),
        cmocka_unit_test(test_a_fence_and_a_word_in_doubt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
