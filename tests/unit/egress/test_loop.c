#include "base/rng.h"
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

static struct peer_reply made(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)seen;
    (void)index;
    return (struct peer_reply){.status = 201, .body = "{\"messages\":[{\"id\":\"m1\"}]}"};
}

static const struct outcome *outcome_of(const char *account, const char *conversation,
                                        int64_t offset)
{
    return rig_outcome(&rig, rig_partition(&rig, account, conversation), offset);
}

/* How many requests went to a path that holds `part`. */
static size_t seen_count(const char *method, const char *part)
{
    size_t count = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        count += slice_equal(rig.peer.seen[i].method, slice_of(method)) &&
                         strstr(rig.peer.seen[i].url.ptr, part) != NULL
                     ? 1
                     : 0;
    }
    return count;
}

/* ---- one call, whole */

static void test_a_message_goes_out_as_it_was_rendered(void **state)
{
    (void)state;
    rig_init(&rig, 1, made, NULL);
    rig_start(&rig);
    int64_t offset =
        rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = "c1"});
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    EXPECT("one request", rig.peer.seen_count == 1);
    const struct peer_seen *seen = &rig.peer.seen[0];
    EXPECT_SLICE("row 4: one POST", seen->method, SLICE("POST"));
    EXPECT_SLICE("to the account's address", seen->url,
                 SLICE("https://acme.example/v2/apps/app1/conversations/c1/messages"));
    EXPECT("with its login", strstr(seen->headers.ptr, "Authorization: Basic dGVzdA==\n") != NULL);
    EXPECT("stamped", strstr(seen->body.ptr, "\"tieline.effect\":\"01000000") != NULL);
    EXPECT("https stays out of private addresses", !seen->private_allowed);
    const struct outcome *o = outcome_of("acme", "c1", offset);
    EXPECT("applied", o != NULL && o->result == OUTCOME_APPLIED && o->status == 201);
    EXPECT_SLICE("what was made", o->remote_id, SLICE("m1"));
    EXPECT("by the first owner, in one try", o->incarnation == 1 && o->tries == 1);
    EXPECT("Zendesk's clock", o->answered.ms > 0);
    int64_t committed = 0;
    struct horizon_text text = rig_committed(&rig, 0, &committed);
    EXPECT("passed", committed == offset + 1 && text.incarnation == 1);
    EXPECT("the horizon stands where it was sent", text.horizon == offset + 1);
    EXPECT_SLICE("recorded before", log_double_at(rig.log, TOPIC_EVENTS, 0, 1)->ce_id,
                 SLICE("horizon/0/1/1"));
    const struct log_record *record = log_double_at(rig.log, TOPIC_EVENTS, 0, 2);
    EXPECT_SLICE("an id that says which writing it is of", record->ce_id, SLICE("outcome/0/0"));
    EXPECT_SLICE("keyed as its command", record->key, SLICE("acme/messaging/c1"));
    rig_deinit(&rig);
}

/* The topics of the next prefix count their offsets from 0 again. */
static void test_an_outcome_has_no_name_from_before_a_move(void **state)
{
    (void)state;
    char text[HORIZON_TEXT_BYTES];
    const uint64_t owner = horizon_first_incarnation(2);
    const struct horizon_text first = {.incarnation = owner, .counts = owner};
    rig_init(&rig, 1, made, NULL);
    horizon_text_format(&first, text);
    struct bus_offset committed = {0, 0, slice_of(text)};
    log_double_commit(rig.log, &committed);
    rig_start(&rig);
    (void)rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = "c1"});
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    const struct log_record *record = log_double_at(rig.log, TOPIC_EVENTS, 0, 2);
    EXPECT_SLICE("it says after how many moves", record->ce_id, SLICE("outcome/0/0/2"));
    int64_t offset = 0;
    EXPECT("owners count on", rig_committed(&rig, 0, &offset).incarnation == owner + 1);
    rig_deinit(&rig);
}

static struct peer_reply active(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)seen;
    (void)index;
    return (struct peer_reply){
        .status = 200,
        .body = "{\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":{\"id\":\"s9\","
                "\"name\":\"zd-agentWorkspace\",\"integrationType\":\"zd:agentWorkspace\"}}}"};
}

static void test_fetch_tells_who_is_active(void **state)
{
    (void)state;
    rig_init(&rig, 1, active, NULL);
    rig_start(&rig);
    struct command c = rig_base(&rig, EFFECT_FETCH_ACTIVE, "acme", "c1");
    c.method = METHOD_GET;
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    EXPECT_SLICE("asked", rig.peer.seen[0].url,
                 SLICE("https://acme.example/v2/apps/app1/conversations/c1"));
    const struct outcome *o = outcome_of("acme", "c1", offset);
    EXPECT("told", o != NULL && o->result == OUTCOME_APPLIED && o->active_given);
    EXPECT_SLICE("who", o->active.name, SLICE("zd-agentWorkspace"));
    rig_deinit(&rig);
}

/* ---- order */

struct order {
    struct rng rng;
    size_t faults;
};

/* A different wait for every answer, and now and then none at all or a wish for less. */
static struct peer_reply uneven(void *arg, const struct peer_seen *seen, size_t index)
{
    struct order *o = arg;
    struct peer_reply reply = made(NULL, seen, index);
    reply.after = span_ms((int64_t)rng_below(&o->rng, 80));
    if (slice_equal(seen->method, SLICE("GET"))) {
        reply.status = 200;
        reply.body = "{\"messages\":[]}";
    } else if (rng_below(&o->rng, 20) == 0) {
        reply.result = PEER_NOT_SENT;
    } else if (rng_below(&o->rng, 30) == 0) {
        reply.status = 429;
        reply.retry_after = span_s(1);
    } else if (rng_below(&o->rng, 30) == 0) {
        reply.status = 503;
    }
    return reply;
}

static void test_order_is_kept_in_each_conversation(void **state)
{
    (void)state;
    enum { CONVERSATIONS = 40, WORDS = 8 };
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct order order = {0};
        rng_seed(&order.rng, seed);
        rig_init(&rig, 4, uneven, &order);
        rig.options.settle = span_ms(200);
        rig.options.call_timeout = span_ms(300);
        rig_start(&rig);
        for (int word = 0; word < WORDS; word++) {
            for (int i = 0; i < CONVERSATIONS; i++) {
                char name[16];
                (void)snprintf(name, sizeof name, "c%d", i);
                (void)rig_message(&rig,
                                  &(struct rig_message){.account = i % 3 == 0 ? "globex" : "acme",
                                                        .conversation = name});
            }
        }
        EXPECT_OK("run", rig_run(&rig, span_s(600)));
        static const struct outcome *all[RIG_OUTCOMES_MAX];
        size_t count = 0;
        for (int32_t p = 0; p < 4; p++) {
            count += rig_outcomes(&rig, p, all);
            int64_t committed = 0;
            (void)rig_committed(&rig, p, &committed);
            EXPECT("all passed",
                   committed == (int64_t)log_double_count(rig.log, TOPIC_COMMANDS, p));
        }
        EXPECT("an outcome for each", count == (size_t)CONVERSATIONS * WORDS);
        for (int i = 0; i < CONVERSATIONS; i++) {
            char part[40];
            (void)snprintf(part, sizeof part, "/conversations/c%d/", i);
            uint32_t last = 0;
            for (size_t s = 0; s < rig.peer.seen_count; s++) {
                const struct peer_seen *seen = &rig.peer.seen[s];
                const char *stamp = strstr(seen->body.ptr, "\"tieline.effect\":\"");
                if (strstr(seen->url.ptr, part) == NULL || stamp == NULL) {
                    continue;
                }
                struct effect_id id;
                uint32_t number = 0;
                EXPECT_OK("id", effect_id_parse(slice_from(stamp + 18, 32), &id));
                memcpy(&number, id.bytes, sizeof number);
                EXPECT("never back to an earlier word", number >= last);
                last = number;
            }
        }
        EXPECT("many side by side", rig.peer.in_flight_most > 4);
        rig_deinit(&rig);
    }
}

/* ---- limits */

static struct peer_reply limited(void *arg, const struct peer_seen *seen, size_t index)
{
    struct rig *r = arg;
    if (strstr(seen->url.ptr, "acme.example") != NULL && r->clock.mono.ms < 1000 * 1000 + 30000) {
        return (struct peer_reply){.status = 429, .retry_after = span_s(30)};
    }
    return made(NULL, seen, index);
}

static void test_a_limited_account_waits_in_full_and_alone(void **state)
{
    (void)state;
    rig_init(&rig, 2, limited, &rig);
    rig_start(&rig);
    EXPECT_OK("taken over", rig_run(&rig, span_ms(0)));
    for (int i = 0; i < 20; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i);
        (void)rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = name});
        (void)rig_message(&rig, &(struct rig_message){.account = "globex", .conversation = name});
    }
    EXPECT_OK("run", rig_run(&rig, span_s(29)));
    EXPECT("the other account is through", seen_count("POST", "globex.example") == 20);
    size_t early = seen_count("POST", "acme.example");
    EXPECT("what was under way when it said no, and nothing more", early <= 20);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("then all of it, once each", seen_count("POST", "acme.example") == early + 20);
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        int64_t at = rig.peer.seen[i].at.ms - 1000 * 1000;
        EXPECT("not one call in the pause",
               strstr(rig.peer.seen[i].url.ptr, "acme.example") == NULL || at < 100 || at >= 30000);
    }
    rig_deinit(&rig);
}

static struct peer_reply always_limited(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)seen;
    (void)index;
    return (struct peer_reply){.status = 429, .retry_after = span_s(3600)};
}

static void test_what_waits_too_long_ends(void **state)
{
    (void)state;
    rig_init(&rig, 1, always_limited, NULL);
    rig_start(&rig);
    int64_t notice = rig_message(
        &rig,
        &(struct rig_message){.account = "acme", .conversation = "c1", .voice = VOICE_NOTICE});
    int64_t word = rig_message(
        &rig, &(struct rig_message){.account = "acme", .conversation = "c2", .voice = VOICE_BOT});
    int64_t own = rig_message(
        &rig,
        &(struct rig_message){.account = "acme", .conversation = "c3", .voice = VOICE_CUSTOMER});
    EXPECT_OK("run", rig_run(&rig, span_s(299)));
    EXPECT("not yet", outcome_of("acme", "c1", notice) == NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    const struct outcome *o = outcome_of("acme", "c1", notice);
    EXPECT("a notice after 5 min", o != NULL && o->result == OUTCOME_GAVE_UP);
    EXPECT_OK("run", rig_run(&rig, span_s(601)));
    o = outcome_of("acme", "c2", word);
    EXPECT("a bot's word after 15", o != NULL && o->result == OUTCOME_GAVE_UP);
    EXPECT("neither is a person's business", log_double_count(rig.log, TOPIC_DEAD, 0) == 0);
    EXPECT_OK("run", rig_run(&rig, span_s(24 * 3600)));
    o = outcome_of("acme", "c3", own);
    EXPECT("the customer's words after a day", o != NULL && o->result == OUTCOME_GAVE_UP);
    EXPECT("these are", log_double_count(rig.log, TOPIC_DEAD, 0) == 1);
    rig_deinit(&rig);
}

static struct peer_reply wrong_key(void *arg, const struct peer_seen *seen, size_t index)
{
    return *(bool *)arg ? made(NULL, seen, index) : (struct peer_reply){.status = 401};
}

static void test_a_wrong_key_is_not_hammered_and_mends_with_the_configuration(void **state)
{
    (void)state;
    bool is_right = false;
    rig_init(&rig, 1, wrong_key, &is_right);
    rig_start(&rig);
    for (int i = 0; i < 5; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i);
        (void)rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = name});
    }
    EXPECT_OK("run", rig_run(&rig, span_s(120)));
    EXPECT("a few tries in two minutes", rig.peer.seen_count <= 5 + 5);
    is_right = true;
    EXPECT_OK("new set", config_log_at(rig.config_log, 3, &rig.config));
    egress_loop_configure(rig.loop, rig.config);
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    EXPECT("all go at once", seen_count("POST", "/messages") >= 5 + 5);
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    EXPECT("all done", rig_outcomes(&rig, 0, all) == 5);
    rig_deinit(&rig);
}

static void test_sealed_to_another_key(void **state)
{
    (void)state;
    rig_init(&rig, 1, made, NULL);
    rig.login_fails = true;
    rig_start(&rig);
    int64_t offset =
        rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = "c1"});
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("nothing goes out without a login", rig.peer.seen_count == 0);
    rig.login_fails = false;
    EXPECT_OK("new set", config_log_at(rig.config_log, 3, &rig.config));
    egress_loop_configure(rig.loop, rig.config);
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    EXPECT("applied", outcome_of("acme", "c1", offset)->result == OUTCOME_APPLIED);
    rig_deinit(&rig);
}

/* ---- what cannot be carried out */

static void test_unknown_account_and_store_are_refused(void **state)
{
    (void)state;
    rig_init(&rig, 1, made, NULL);
    rig_start(&rig);
    int64_t unknown =
        rig_message(&rig, &(struct rig_message){.account = "initech", .conversation = "c1"});
    struct command turn = rig_base(&rig, EFFECT_BOT_TURN, "globex", "c2");
    turn.api = API_BOT;
    turn.store = SLICE("shoes"); /* of another account */
    int64_t foreign = rig_command(&rig, &turn);
    struct command climbing = rig_base(&rig, EFFECT_PASS_CONTROL, "acme", "c3");
    climbing.path = SLICE("/conversations/../../apps");
    int64_t climbed = rig_command(&rig, &climbing);
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    EXPECT("row 27: nothing went out", rig.peer.seen_count == 0);
    EXPECT("unknown account", outcome_of("initech", "c1", unknown)->result == OUTCOME_REFUSED);
    EXPECT("row 27: a store of another account",
           outcome_of("globex", "c2", foreign)->result == OUTCOME_REFUSED);
    EXPECT("an address elsewhere", outcome_of("acme", "c3", climbed)->result == OUTCOME_REFUSED);
    rig_deinit(&rig);
}

static void test_garbage_goes_to_dead_and_holds_up_nothing(void **state)
{
    (void)state;
    rig_init(&rig, 1, made, NULL);
    rig_start(&rig);
    struct bus_message garbage = {.topic = TOPIC_COMMANDS,
                                  .partition = 0,
                                  .key = SLICE("acme/messaging/c1"),
                                  .value = SLICE("\xFF\xFE not a command")};
    (void)log_double_append(rig.log, &garbage);
    garbage.key = (struct slice){0};
    garbage.value = (struct slice){0};
    (void)log_double_append(rig.log, &garbage);
    int64_t offset =
        rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = "c1"});
    EXPECT_OK("run", rig_run(&rig, span_ms(50)));
    EXPECT("both kept", log_double_count(rig.log, TOPIC_DEAD, 0) == 2);
    struct dead dead = {0};
    EXPECT_OK("readable",
              codec_dead_decode(&rig.arena, log_double_at(rig.log, TOPIC_DEAD, 0, 0)->value, NULL,
                                &dead));
    EXPECT_SLICE("whole", dead.value, SLICE("\xFF\xFE not a command"));
    EXPECT_SLICE("where", dead.stage, SLICE("egress"));
    EXPECT("its conversation goes on", outcome_of("acme", "c1", offset) != NULL);
    int64_t committed = 0;
    (void)rig_committed(&rig, 0, &committed);
    EXPECT("passed", committed == 3);
    rig_deinit(&rig);
}

/* ---- memory */

static void test_a_full_memory_pauses_and_goes_on(void **state)
{
    (void)state;
    rig_init(&rig, 2, limited, &rig);
    rig.options.bytes_max = 20 * 1024;
    rig_start(&rig);
    EXPECT_OK("taken over", rig_run(&rig, span_ms(0)));
    for (int i = 0; i < 400; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i);
        (void)rig_message(&rig, &(struct rig_message){.account = "acme", .conversation = name});
    }
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    struct egress_figures figures = {0};
    egress_loop_figures(rig.loop, &figures);
    EXPECT("held under its limit", figures.bytes_held < 22 * 1024);
    EXPECT("more conversations wait than are let", figures.bare > 200 && figures.bare < 250);
    EXPECT("paused", rig.bus.partitions[0].is_paused && rig.bus.partitions[1].is_paused);
    EXPECT_OK("run", rig_run(&rig, span_s(120)));
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    size_t count = rig_outcomes(&rig, 0, all) + rig_outcomes(&rig, 1, all);
    EXPECT("each once", count == 400);
    egress_loop_figures(rig.loop, &figures);
    EXPECT("given back", figures.bytes_held == 0 && figures.bare == 0 && figures.lanes == 0);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_goes_out_as_it_was_rendered),
        cmocka_unit_test(test_an_outcome_has_no_name_from_before_a_move),
        cmocka_unit_test(test_fetch_tells_who_is_active),
        cmocka_unit_test(test_order_is_kept_in_each_conversation),
        cmocka_unit_test(test_a_limited_account_waits_in_full_and_alone),
        cmocka_unit_test(test_what_waits_too_long_ends),
        cmocka_unit_test(test_a_wrong_key_is_not_hammered_and_mends_with_the_configuration),
        cmocka_unit_test(test_sealed_to_another_key),
        cmocka_unit_test(test_unknown_account_and_store_are_refused),
        cmocka_unit_test(test_garbage_goes_to_dead_and_holds_up_nothing),
        cmocka_unit_test(test_a_full_memory_pauses_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
