/* Memory is for what moves: who has to wait keeps a place, and delays nobody. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

enum { LANES = 80, OTHERS = 20, WORDS = 5, RETRY_S = 600 };

/* acme is limited until the test says otherwise. */
static bool acme_is_limited;

static struct peer_reply answers(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)index;
    if (acme_is_limited && slice_starts_with(seen->url, SLICE("https://acme.example"))) {
        return (struct peer_reply){.status = 429, .retry_after = span_s(RETRY_S)};
    }
    return (struct peer_reply){
        .status = 201, .body = "{\"messages\":[{\"id\":\"m1\"}]}", .after = span_ms(5)};
}

static void write_words(const char *account, int lanes, int words)
{
    for (int i = 0; i < lanes * words; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i % lanes);
        (void)rig_message(&rig, &(struct rig_message){.account = account,
                                                      .conversation = name,
                                                      .voice = VOICE_CUSTOMER});
    }
}

/* Outcomes of an account's messages; each conversation's stand in the order of its commands. */
static size_t applied(const char *account)
{
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    size_t count = 0;
    for (int32_t p = 0; p < rig.log->partitions; p++) {
        size_t found = rig_outcomes(&rig, p, all);
        for (size_t i = 0; i < found; i++) {
            const struct log_record *command =
                log_double_at(rig.log, TOPIC_COMMANDS, p, (size_t)all[i]->command_offset);
            count += all[i]->result == OUTCOME_APPLIED &&
                             slice_starts_with(command->key, slice_of(account))
                         ? 1
                         : 0;
        }
    }
    return count;
}

static void expect_order(void)
{
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    for (int32_t p = 0; p < rig.log->partitions; p++) {
        size_t found = rig_outcomes(&rig, p, all);
        for (size_t i = 0; i < found; i++) {
            for (size_t k = i + 1; k < found; k++) {
                struct slice a =
                    log_double_at(rig.log, TOPIC_COMMANDS, p, (size_t)all[i]->command_offset)->key;
                struct slice b =
                    log_double_at(rig.log, TOPIC_COMMANDS, p, (size_t)all[k]->command_offset)->key;
                EXPECT("in order, each once",
                       !slice_equal(a, b) || all[i]->command_offset < all[k]->command_offset);
            }
        }
    }
}

static struct egress_figures figures(void)
{
    struct egress_figures f = {0};
    egress_loop_figures(rig.loop, &f);
    return f;
}

static void begin(void)
{
    acme_is_limited = true;
    rig_init(&rig, 2, answers, NULL);
    rig.options.bytes_max = 40 * 1024;
    rig_start(&rig);
    EXPECT_OK("taken over", rig_run(&rig, span_ms(0)));
}

static void test_a_limited_account_takes_no_room_from_others(void **state)
{
    (void)state;
    begin();
    write_words("acme", LANES, WORDS);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("its records are not kept", figures().bytes_held < rig.options.bytes_max);
    EXPECT("their places are", figures().bare > 0);
    size_t refused = rig.peer.seen_count;
    write_words("globex", OTHERS, 1);
    EXPECT_OK("run", rig_run(&rig, span_ms(200)));
    EXPECT("the other account has not waited", applied("globex") == OTHERS);
    EXPECT("nothing is paused",
           !rig.bus.partitions[0].is_paused && !rig.bus.partitions[1].is_paused);
    EXPECT("nor was the limit forgotten", rig.peer.seen_count == refused + OTHERS);

    acme_is_limited = false;
    EXPECT_OK("run", rig_run(&rig, span_s(RETRY_S + 60)));
    EXPECT("each once", applied("acme") == LANES * WORDS);
    expect_order();
    EXPECT("one request each", rig.peer.seen_count == refused + (size_t)LANES * WORDS + OTHERS);
    EXPECT("given back", figures().bytes_held == 0 && figures().bare == 0 && figures().lanes == 0);
    EXPECT("readers are closed", rig.log->readers_open == 0);
    rig_deinit(&rig);
}

static void test_what_waits_too_long_ends_without_its_bytes_too(void **state)
{
    (void)state;
    begin();
    rig.options.give_up = span_s(60);
    rig_kill(&rig);
    rig_start(&rig);
    EXPECT_OK("taken over", rig_run(&rig, span_ms(0)));
    write_words("acme", LANES, WORDS);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("bytes were let go", figures().bare > 0);
    EXPECT_OK("run", rig_run(&rig, span_s(120)));
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    size_t ended = 0;
    for (int32_t p = 0; p < 2; p++) {
        size_t found = rig_outcomes(&rig, p, all);
        for (size_t i = 0; i < found; i++) {
            ended += all[i]->result == OUTCOME_GAVE_UP ? 1 : 0;
        }
    }
    EXPECT("never in silence", ended == LANES * WORDS);
    EXPECT("given back", figures().bytes_held == 0 && figures().bare == 0);
    rig_deinit(&rig);
}

static void test_a_fence_acts_on_what_was_let_go(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < LANES * WORDS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i % LANES);
        (void)rig_message(
            &rig, &(struct rig_message){
                      .account = "acme", .conversation = name, .voice = VOICE_BOT, .epoch = 1});
    }
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("bytes were let go", figures().bare > 0);
    struct command fence = rig_base(&rig, EFFECT_FENCE, "acme", "c7");
    fence.epoch = 2;
    fence.slot = SLOT_FENCE;
    fence.api = API_NONE;
    fence.method = METHOD_NONE;
    fence.path = (struct slice){0};
    int64_t offset = rig_command(&rig, &fence);
    EXPECT_OK("run", rig_run(&rig, span_s(5)));
    const struct outcome *outcome = rig_outcome(&rig, rig_partition(&rig, "acme", "c7"), offset);
    EXPECT("the fence was come to while the account waits",
           outcome != NULL && outcome->result == OUTCOME_APPLIED);
    static const struct outcome *all[RIG_OUTCOMES_MAX];
    size_t found = rig_outcomes(&rig, rig_partition(&rig, "acme", "c7"), all);
    size_t superseded = 0;
    for (size_t i = 0; i < found; i++) {
        superseded += all[i]->result == OUTCOME_SUPERSEDED ? 1 : 0;
    }
    EXPECT("all words before it", superseded == WORDS);
    rig_deinit(&rig);
}

static void test_a_successor_takes_over_what_fits_in_no_memory(void **state)
{
    (void)state;
    begin();
    write_words("acme", LANES, WORDS);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    rig_kill(&rig);
    acme_is_limited = false;
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_s(180)));
    EXPECT("each once", applied("acme") == LANES * WORDS);
    expect_order();
    EXPECT("given back", figures().bytes_held == 0 && figures().bare == 0);
    rig_deinit(&rig);
}

static void test_partitions_taken_away_while_records_are_read(void **state)
{
    (void)state;
    begin();
    write_words("acme", LANES, WORDS);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    rig.log->topics[TOPIC_COMMANDS][0].is_silent = true;
    rig.log->topics[TOPIC_COMMANDS][1].is_silent = true;
    acme_is_limited = false;
    EXPECT_OK("run", rig_run(&rig, span_s(RETRY_S)));
    size_t before = applied("acme");
    EXPECT("some cannot be read again", before < LANES * WORDS);
    bus_double_revoke(&rig.bus, true);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("all is given back", figures().bytes_held == 0 && figures().bare == 0);
    EXPECT("readers are closed", rig.log->readers_open == 0);
    rig.log->topics[TOPIC_COMMANDS][0].is_silent = false;
    rig.log->topics[TOPIC_COMMANDS][1].is_silent = false;
    bus_double_assign(&rig.bus);
    EXPECT_OK("run", rig_run(&rig, span_s(180)));
    EXPECT("each once", applied("acme") == LANES * WORDS);
    expect_order();
    rig_deinit(&rig);
}

/* ---- many accounts */

enum { ACCOUNTS = 100, WORDS_OF_EACH = 20 };

static uint64_t number_of(const struct peer_seen *seen)
{
    struct slice prefix = SLICE("https://many-");
    struct slice number = {0};
    struct slice rest = {0};
    uint64_t value = 0;
    EXPECT("one of many",
           slice_starts_with(seen->url, prefix) &&
               slice_split(slice_sub(seen->url, prefix.len, seen->url.len), '.', &number, &rest));
    EXPECT_OK("a number", slice_to_u64(number, &value));
    return value;
}

/* Those with an odd number are limited for an hour at their first call. */
static struct peer_reply every_other(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    if (number_of(seen) % 2 == 1) {
        return (struct peer_reply){.status = 429, .retry_after = span_s(3600)};
    }
    return (struct peer_reply){.status = 201,
                               .body = "{\"messages\":[{\"id\":\"m1\"}]}",
                               .after = span_ms(20 + (int64_t)(index % 7))};
}

/* When the last of those that are not limited was called, and how many calls there were. */
static mono_ms_t last_of_the_others(bool with_limited, size_t *ret_calls)
{
    rig_init(&rig, 4, every_other, NULL);
    rig_add_accounts(&rig, ACCOUNTS);
    rig.options.bytes_max = 512 * 1024;
    rig_start(&rig);
    EXPECT_OK("taken over", rig_run(&rig, span_ms(0)));
    for (int i = 0; i < ACCOUNTS * WORDS_OF_EACH; i++) {
        char account[24];
        char conversation[16];
        (void)snprintf(account, sizeof account, "many-%d", i % ACCOUNTS);
        (void)snprintf(conversation, sizeof conversation, "c%d", i / ACCOUNTS % 4);
        if (i % ACCOUNTS % 2 == 0 || with_limited) {
            (void)rig_message(&rig, &(struct rig_message){.account = account,
                                                          .conversation = conversation,
                                                          .voice = VOICE_CUSTOMER});
        }
    }
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    mono_ms_t last = {0};
    *ret_calls = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        if (number_of(&rig.peer.seen[i]) % 2 == 0) {
            last = rig.peer.seen[i].at;
            ++*ret_calls;
        }
    }
    last = mono_add((mono_ms_t){0}, mono_since(last, rig.peer.seen[0].at));
    rig_deinit(&rig);
    return last;
}

static void test_half_of_all_accounts_are_limited(void **state)
{
    (void)state;
    size_t alone_calls = 0;
    size_t calls = 0;
    mono_ms_t alone = last_of_the_others(false, &alone_calls);
    mono_ms_t beside = last_of_the_others(true, &calls);
    EXPECT("all of them",
           alone_calls == (size_t)ACCOUNTS / 2 * WORDS_OF_EACH && calls == alone_calls);
    if (beside.ms > alone.ms + alone.ms / 10) {
        fail_msg("done after %lld ms instead of %lld", (long long)beside.ms, (long long)alone.ms);
    }
}

/* ---- places in flight */

static struct peer_reply slow_acme(void *arg, const struct peer_seen *seen, size_t index)
{
    (void)arg;
    (void)index;
    bool is_slow = slice_starts_with(seen->url, SLICE("https://acme.example"));
    return (struct peer_reply){.status = 201,
                               .body = "{\"messages\":[{\"id\":\"m1\"}]}",
                               .after = is_slow ? span_s(12) : span_ms(5)};
}

static void test_a_slow_account_leaves_places_to_others(void **state)
{
    (void)state;
    rig_init(&rig, 2, slow_acme, NULL);
    rig_start(&rig);
    EXPECT_OK("taken over", rig_run(&rig, span_ms(0)));
    write_words("acme", LIMIT_CALLS_IN_FLIGHT_MAX + 100, 1);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    EXPECT("half of all places, while it is alone",
           rig.peer.in_flight == LIMIT_CALLS_IN_FLIGHT_MAX / 2);
    write_words("globex", 200, 1);
    EXPECT_OK("run", rig_run(&rig, span_ms(100)));
    EXPECT("the other account does not wait for it", applied("globex") == 200);
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("all in the end", applied("acme") == LIMIT_CALLS_IN_FLIGHT_MAX + 100);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_limited_account_takes_no_room_from_others),
        cmocka_unit_test(test_what_waits_too_long_ends_without_its_bytes_too),
        cmocka_unit_test(test_a_fence_acts_on_what_was_let_go),
        cmocka_unit_test(test_a_successor_takes_over_what_fits_in_no_memory),
        cmocka_unit_test(test_partitions_taken_away_while_records_are_read),
        cmocka_unit_test(test_half_of_all_accounts_are_limited),
        cmocka_unit_test(test_a_slow_account_leaves_places_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
