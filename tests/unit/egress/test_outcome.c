#include "egress/core/outcome.h"
#include "tests/support/unit.h"

static const enum effect_kind effects[] = {
#define X(name, number, label) EFFECT_##name,
    EFFECT_TABLE(X)
#undef X
};
static const enum peer_result results[] = {PEER_ANSWERED, PEER_NOT_SENT, PEER_LOST, PEER_TIMED_OUT,
                                           PEER_REFUSED};

enum kind { WRITE, READ, TURN, NOTICE, KIND_COUNT };

static enum kind kind_of(enum effect_kind effect)
{
    if (effect == EFFECT_BOT_TURN || effect == EFFECT_BOT_NOTICE) {
        return effect == EFFECT_BOT_TURN ? TURN : NOTICE;
    }
    bool is_read = effect == EFFECT_FETCH_ACTIVE || effect == EFFECT_FETCH_TICKET ||
                   effect == EFFECT_FETCH_MESSAGES || effect == EFFECT_SEARCH_TICKETS ||
                   effect == EFFECT_FETCH_AGENTS;
    return is_read ? READ : WRITE;
}

/* The whole table: of the last row that fits a status, the verdict for each kind of effect. */
static const struct {
    uint32_t from, to;
    enum verdict told[KIND_COUNT];
    enum verdict untold[KIND_COUNT]; /* the body does not name what was made */
} statuses[] = {
#define ALL(v)                                                                                     \
    {                                                                                              \
        v, v, v, v                                                                                 \
    }
#define SAME(from, to, ...)                                                                        \
    {                                                                                              \
        from, to, __VA_ARGS__, __VA_ARGS__                                                         \
    }
    {0, UINT32_MAX, ALL(VERDICT_IN_DOUBT), ALL(VERDICT_IN_DOUBT)},
    {200,
     299,
     ALL(VERDICT_APPLIED),
     {VERDICT_IN_DOUBT, VERDICT_APPLIED, VERDICT_APPLIED, VERDICT_APPLIED}},
    {202,
     202,
     {VERDICT_IN_DOUBT, VERDICT_APPLIED, VERDICT_DEFERRED, VERDICT_APPLIED},
     {VERDICT_IN_DOUBT, VERDICT_APPLIED, VERDICT_DEFERRED, VERDICT_APPLIED}},
    {300, 399, ALL(VERDICT_REFUSED), ALL(VERDICT_REFUSED)},
    {303,
     303,
     {VERDICT_IN_DOUBT, VERDICT_REFUSED, VERDICT_REFUSED, VERDICT_REFUSED},
     {VERDICT_IN_DOUBT, VERDICT_REFUSED, VERDICT_REFUSED, VERDICT_REFUSED}},
    {400, 499, ALL(VERDICT_REFUSED), ALL(VERDICT_REFUSED)},
    {401,
     401,
     {VERDICT_CREDENTIAL, VERDICT_CREDENTIAL, VERDICT_REFUSED, VERDICT_REFUSED},
     {VERDICT_CREDENTIAL, VERDICT_CREDENTIAL, VERDICT_REFUSED, VERDICT_REFUSED}},
    {408, 408, ALL(VERDICT_IN_DOUBT), ALL(VERDICT_IN_DOUBT)},
    {409,
     409,
     {VERDICT_RETRY, VERDICT_RETRY, VERDICT_REFUSED, VERDICT_REFUSED},
     {VERDICT_RETRY, VERDICT_RETRY, VERDICT_REFUSED, VERDICT_REFUSED}},
    {421, 421, ALL(VERDICT_RETRY), ALL(VERDICT_RETRY)},
    {425, 425, ALL(VERDICT_RETRY), ALL(VERDICT_RETRY)},
    {429, 429, ALL(VERDICT_RATE_LIMITED), ALL(VERDICT_RATE_LIMITED)},
    {499, 499, ALL(VERDICT_IN_DOUBT), ALL(VERDICT_IN_DOUBT)},
};

static enum verdict expected(enum peer_result result, uint32_t status, bool tells,
                             enum effect_kind effect)
{
    switch (result) {
    case PEER_NOT_SENT: return VERDICT_RETRY;
    case PEER_REFUSED: return VERDICT_REFUSED;
    case PEER_LOST:
    case PEER_TIMED_OUT: return VERDICT_IN_DOUBT;
    case PEER_ANSWERED: break;
    }
    if (effect == EFFECT_USER_CREATE && status == 409) {
        return VERDICT_IN_DOUBT; /* there is one: a look finds it */
    }
    size_t at = 0;
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        at = status >= statuses[i].from && status <= statuses[i].to ? i : at;
    }
    return tells ? statuses[at].told[kind_of(effect)] : statuses[at].untold[kind_of(effect)];
}

static void test_every_answer_has_its_verdict(void **state)
{
    (void)state;
    for (size_t e = 0; e < COUNT_OF(effects); e++) {
        for (size_t r = 0; r < COUNT_OF(results); r++) {
            for (uint32_t status = 0; status < 1200; status++) {
                for (int tells = 0; tells < 2; tells++) {
                    enum verdict v = outcome_verdict(results[r], status, tells != 0, effects[e]);
                    bool is_right = v == expected(results[r], status, tells != 0, effects[e]);
                    if (!is_right) {
                        print_error("%s, result %d, status %u: %s\n", effect_name(effects[e]),
                                    (int)results[r], (unsigned)status, verdict_name(v));
                    }
                    EXPECT("as the table says", is_right);
                }
            }
        }
    }
}

static void test_no_write_is_done_or_tried_again_on_a_guess(void **state)
{
    (void)state;
    for (size_t e = 0; e < COUNT_OF(effects); e++) {
        for (uint32_t status = 0; status < 1200 && kind_of(effects[e]) == WRITE; status++) {
            enum verdict v = outcome_verdict(PEER_ANSWERED, status, true, effects[e]);
            bool is_server = status < 200 || status >= 500;
            EXPECT("what may have happened is not sent again", !is_server || v == VERDICT_IN_DOUBT);
            EXPECT("done only when told so",
                   v != VERDICT_APPLIED || (status >= 200 && status < 300));
            v = outcome_verdict(PEER_ANSWERED, status, false, effects[e]);
            EXPECT("and by an answer that says what", v != VERDICT_APPLIED);
        }
    }
}

static void test_what_an_answer_tells(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum effect_kind effect;
        const char *body;
        bool want;
    } rows[] = {
        {"a message", EFFECT_MESSAGE, "{\"messages\":[{\"id\":\"m\"}]}", true},
        {"no message", EFFECT_MESSAGE, "{\"messages\":[]}", false},
        {"a user", EFFECT_USER_CREATE, "{\"user\":{\"id\":\"u\"}}", true},
        {"no user", EFFECT_USER_CREATE, "{\"conversation\":{\"id\":\"c\"}}", false},
        {"a conversation", EFFECT_CONVERSATION_CREATE, "{\"conversation\":{\"id\":\"c\"}}", true},
        {"no conversation", EFFECT_CONVERSATION_CREATE, "{}", false},
        {"a page of some proxy", EFFECT_MESSAGE, "<html>", false},
        {"nothing", EFFECT_MESSAGE, "", false},
        {"a ticket", EFFECT_TICKET_CREATE, "{\"ticket\":{\"id\":7}}", true},
        {"a ticket without an id", EFFECT_TICKET_CREATE, "{\"ticket\":{}}", false},
        {"a ticket that was changed", EFFECT_TICKET_UPDATE, "{\"ticket\":{\"id\":7}}", true},
        {"cut short", EFFECT_TICKET_UPDATE, "{\"ticket\":", false},
        {"control says no more than that", EFFECT_PASS_CONTROL, "{}", true},
        {"control, without a body", EFFECT_RELEASE_CONTROL, "", true},
        {"control, a page of some proxy", EFFECT_PASS_CONTROL, "<html>", false},
        {"bots and reads have readers of their own", EFFECT_BOT_TURN, "<html>", true},
        {"bots and reads have readers of their own", EFFECT_FETCH_TICKET, "", true},
    };
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, 64 * 1024);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *root = NULL;
        if (err_failed(json_parse(&arena, slice_of(rows[i].body), NULL, NULL, &root))) {
            root = NULL;
        }
        EXPECT(rows[i].why,
               outcome_tells(rows[i].effect, slice_of(rows[i].body), root) == rows[i].want);
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
        {"taken is not done: looked up", PEER_ANSWERED, 202, EFFECT_MESSAGE, VERDICT_IN_DOUBT},
        {"the answer is elsewhere", PEER_ANSWERED, 303, EFFECT_MESSAGE, VERDICT_IN_DOUBT},
        {"locked for good", PEER_ANSWERED, 423, EFFECT_TICKET_UPDATE, VERDICT_REFUSED},
        {"too early", PEER_ANSWERED, 425, EFFECT_TICKET_CREATE, VERDICT_RETRY},
        {"two writers met, on control", PEER_ANSWERED, 409, EFFECT_PASS_CONTROL, VERDICT_RETRY},
        {"two tries with one key met", PEER_ANSWERED, 409, EFFECT_TICKET_CREATE, VERDICT_RETRY},
        {"key with another body, by another number", PEER_ANSWERED, 422, EFFECT_TICKET_CREATE,
         VERDICT_REFUSED},
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
        EXPECT(rows[i].why, outcome_verdict(rows[i].result, rows[i].status, true, rows[i].effect) ==
                                rows[i].want);
    }
}

static void test_only_what_dedupes_is_repeated_blindly(void **state)
{
    (void)state;
    EXPECT("message", !effect_is_repeatable(EFFECT_MESSAGE));
    EXPECT("ticket", !effect_is_repeatable(EFFECT_TICKET_CREATE));
    EXPECT("comment", !effect_is_repeatable(EFFECT_TICKET_UPDATE));
    EXPECT("turn", effect_is_repeatable(EFFECT_BOT_TURN));
    EXPECT("tags are added once however often",
           effect_is_repeatable(EFFECT_TICKET_TAGS) && !effect_is_read(EFFECT_TICKET_TAGS));
    EXPECT("a user is the same by its address", effect_is_repeatable(EFFECT_USER_UPSERT));
    EXPECT("pass: a human may have had it since", !effect_is_repeatable(EFFECT_PASS_CONTROL));
    EXPECT("release", !effect_is_repeatable(EFFECT_RELEASE_CONTROL));
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
        span_ms_t patience = outcome_patience(rows[i].effect, rows[i].voice, day);
        EXPECT(rows[i].why, patience.ms == rows[i].minutes * 60 * 1000);
    }
    EXPECT("--give-up bounds them all",
           outcome_patience(EFFECT_BOT_TURN, VOICE_NONE, span_s(3)).ms == 3000);
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
        cmocka_unit_test(test_every_answer_has_its_verdict),
        cmocka_unit_test(test_no_write_is_done_or_tried_again_on_a_guess),
        cmocka_unit_test(test_what_an_answer_tells),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_only_what_dedupes_is_repeated_blindly),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_new_tickets_show_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
