#include "egress/core/outcome.h"
#include "tests/support/unit.h"

static const enum effect_kind effects[] = {
#define X(name, number, label) EFFECT_##name,
    EFFECT_TABLE(X)
#undef X
};
static const enum peer_result results[] = {PEER_ANSWERED, PEER_NOT_SENT, PEER_LOST, PEER_TIMED_OUT,
                                           PEER_REFUSED};

static void test_every_answer_has_a_verdict(void **state)
{
    (void)state;
    for (size_t e = 0; e < COUNT_OF(effects); e++) {
        for (size_t r = 0; r < COUNT_OF(results); r++) {
            for (uint32_t status = 0; status < 1200; status++) {
                enum verdict v = outcome_verdict(results[r], status, effects[e]);
                EXPECT("in range", v < VERDICT_COUNT);
                EXPECT("named", verdict_name(v)[0] != '\0');
                bool is_answer = results[r] == PEER_ANSWERED;
                bool is_2xx = is_answer && status >= 200 && status < 300;
                EXPECT("done only when told so",
                       (v == VERDICT_APPLIED || v == VERDICT_DEFERRED) == is_2xx);
                EXPECT("only the bot defers",
                       v != VERDICT_DEFERRED || effects[e] == EFFECT_BOT_TURN);
                bool unclear = results[r] == PEER_LOST || results[r] == PEER_TIMED_OUT ||
                               (is_answer && (status < 200 || status >= 500));
                EXPECT("what may have happened is in doubt", !unclear || v == VERDICT_IN_DOUBT);
            }
        }
    }
}

static void test_verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum peer_result result;
        uint32_t status;
        enum effect_kind effect;
        enum verdict want;
    } rows[] = {
        {"message made", PEER_ANSWERED, 201, EFFECT_MESSAGE, VERDICT_APPLIED},
        {"bot answers at once", PEER_ANSWERED, 200, EFFECT_BOT_TURN, VERDICT_APPLIED},
        {"bot answers later", PEER_ANSWERED, 202, EFFECT_BOT_TURN, VERDICT_DEFERRED},
        {"202 to a message is no promise of later", PEER_ANSWERED, 202, EFFECT_MESSAGE,
         VERDICT_APPLIED},
        {"row 58: ticket made", PEER_ANSWERED, 201, EFFECT_TICKET_CREATE, VERDICT_APPLIED},
        {"comment written", PEER_ANSWERED, 200, EFFECT_TICKET_UPDATE, VERDICT_APPLIED},
        {"somebody else changed the ticket", PEER_ANSWERED, 409, EFFECT_TICKET_UPDATE,
         VERDICT_RETRY},
        {"ticket closed", PEER_ANSWERED, 422, EFFECT_TICKET_UPDATE, VERDICT_REFUSED},
        {"ticket gone", PEER_ANSWERED, 404, EFFECT_TICKET_UPDATE, VERDICT_REFUSED},
        {"31st update", PEER_ANSWERED, 429, EFFECT_TICKET_UPDATE, VERDICT_RATE_LIMITED},
        {"database busy: may have come after writing", PEER_ANSWERED, 503, EFFECT_TICKET_UPDATE,
         VERDICT_IN_DOUBT},
        {"key with another body", PEER_ANSWERED, 400, EFFECT_TICKET_CREATE, VERDICT_REFUSED},
        {"token ended", PEER_ANSWERED, 401, EFFECT_FETCH_TICKET, VERDICT_CREDENTIAL},
        {"redirects are not followed", PEER_ANSWERED, 302, EFFECT_MESSAGE, VERDICT_REFUSED},
        {"wrong body", PEER_ANSWERED, 400, EFFECT_MESSAGE, VERDICT_REFUSED},
        {"wrong key", PEER_ANSWERED, 401, EFFECT_MESSAGE, VERDICT_CREDENTIAL},
        {"a bot that refuses us fails the turn", PEER_ANSWERED, 401, EFFECT_BOT_TURN,
         VERDICT_REFUSED},
        {"not active on the conversation", PEER_ANSWERED, 403, EFFECT_PASS_CONTROL,
         VERDICT_REFUSED},
        {"conversation gone", PEER_ANSWERED, 404, EFFECT_MESSAGE, VERDICT_REFUSED},
        {"two writers met", PEER_ANSWERED, 409, EFFECT_MESSAGE, VERDICT_RETRY},
        {"conversation full", PEER_ANSWERED, 423, EFFECT_MESSAGE, VERDICT_REFUSED},
        {"too many", PEER_ANSWERED, 429, EFFECT_MESSAGE, VERDICT_RATE_LIMITED},
        {"too many, bot", PEER_ANSWERED, 429, EFFECT_BOT_TURN, VERDICT_RATE_LIMITED},
        {"a 5xx can come after applying", PEER_ANSWERED, 503, EFFECT_MESSAGE, VERDICT_IN_DOUBT},
        {"gave up waiting for us", PEER_ANSWERED, 408, EFFECT_MESSAGE, VERDICT_IN_DOUBT},
        {"no connection", PEER_NOT_SENT, 0, EFFECT_MESSAGE, VERDICT_RETRY},
        {"answer lost", PEER_LOST, 0, EFFECT_MESSAGE, VERDICT_IN_DOUBT},
        {"status counts only for answers", PEER_LOST, 201, EFFECT_MESSAGE, VERDICT_IN_DOUBT},
        {"too slow", PEER_TIMED_OUT, 0, EFFECT_PASS_CONTROL, VERDICT_IN_DOUBT},
        {"forbidden address", PEER_REFUSED, 0, EFFECT_BOT_TURN, VERDICT_REFUSED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why,
               outcome_verdict(rows[i].result, rows[i].status, rows[i].effect) == rows[i].want);
    }
}

static void test_only_what_dedupes_is_repeated_blindly(void **state)
{
    (void)state;
    EXPECT("message", !effect_is_repeatable(EFFECT_MESSAGE));
    EXPECT("ticket", !effect_is_repeatable(EFFECT_TICKET_CREATE));
    EXPECT("comment", !effect_is_repeatable(EFFECT_TICKET_UPDATE));
    EXPECT("turn", effect_is_repeatable(EFFECT_BOT_TURN));
    EXPECT("pass", effect_is_repeatable(EFFECT_PASS_CONTROL));
    EXPECT("fetch",
           effect_is_repeatable(EFFECT_FETCH_ACTIVE) && effect_is_read(EFFECT_FETCH_ACTIVE));
}

static void test_patience(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum effect_kind effect;
        enum voice voice;
        int64_t minutes;
    } rows[] = {
        {"bot turn", EFFECT_BOT_TURN, VOICE_NONE, 15},
        {"fetch", EFFECT_FETCH_ACTIVE, VOICE_NONE, 15},
        {"bot word in messaging", EFFECT_MESSAGE, VOICE_BOT, 15},
        {"bot word on a ticket", EFFECT_TICKET_UPDATE, VOICE_BOT, 240},
        {"notice", EFFECT_MESSAGE, VOICE_NOTICE, 5},
        {"customer's words", EFFECT_MESSAGE, VOICE_CUSTOMER, 24 * 60},
        {"hand-over", EFFECT_PASS_CONTROL, VOICE_NONE, 24 * 60},
    };
    const span_ms_t day = span_s(24 * 3600);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct command c = {.effect = rows[i].effect, .voice = rows[i].voice, .created = {1000000}};
        wall_ms_t last = {1000000 + rows[i].minutes * 60 * 1000};
        EXPECT(rows[i].why, !outcome_patience_over(&c, day, last));
        EXPECT(rows[i].why, outcome_patience_over(&c, day, wall_add(last, span_ms(1))));
    }
    EXPECT("--give-up bounds them all",
           outcome_patience(EFFECT_BOT_TURN, VOICE_NONE, span_s(3)).ms == 3000);
    struct command ageless = {.effect = EFFECT_MESSAGE};
    EXPECT("age unknown", !outcome_patience_over(&ageless, day, (wall_ms_t){INT64_MAX}));
}

static void test_new_tickets_show_late(void **state)
{
    (void)state;
    EXPECT("message", outcome_settle(EFFECT_MESSAGE, span_s(60)).ms == 60 * 1000);
    EXPECT("ticket", outcome_settle(EFFECT_TICKET_CREATE, span_s(60)).ms == 120 * 1000);
    EXPECT("longer stays", outcome_settle(EFFECT_TICKET_CREATE, span_s(300)).ms == 300 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_answer_has_a_verdict),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_only_what_dedupes_is_repeated_blindly),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_new_tickets_show_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
