/* What becomes of calls to the ticket API, of access tokens, and of words that came late. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

/* A ticket at Zendesk, and what its API answers. */
struct desk {
    const char *assignee; /* JSON; NULL = the bot's */
    const char *active;   /* conversations: id of the one who is active; NULL = nobody */
    const char *stamp;    /* the audit that is there; NULL = none */
    size_t puts, posts, gets, audits, lists, tokens, comments, checks;
    size_t lost;         /* how many of the writes are not answered */
    size_t conflicts;    /* how many are answered 409 */
    const char *late;    /* what the audits show from the first 409 on */
    size_t unauthorized; /* how many calls are answered 401 */
    size_t large;        /* how many comment lists are too long */
    uint32_t status;     /* of writes, if not good */
    span_ms_t wait;      /* Retry-After with it */
    const char *remaining;
    uint32_t token_status;
    bool listed; /* the created ticket shows */
    const char *external_id;
    const char *keyed; /* the answer to a taken key */
};

static struct peer_reply written(struct desk *d, size_t nth, const char *good, uint32_t status)
{
    if (nth <= d->lost) {
        return (struct peer_reply){.result = PEER_LOST, .after = span_ms(5)};
    }
    if (nth <= d->lost + d->conflicts) {
        d->stamp = d->late;
        return (struct peer_reply){.status = 409, .body = "{\"error\":\"UpdateConflict\"}"};
    }
    if (d->keyed != NULL) {
        return (struct peer_reply){.status = 400, .body = d->keyed};
    }
    if (d->status != 0) {
        return (struct peer_reply){
            .status = d->status, .retry_after = d->wait, .rate_remaining = d->remaining};
    }
    return (struct peer_reply){.status = status, .body = good};
}

static struct peer_reply read_of(struct desk *d, const struct peer_seen *seen)
{
    static char body[1024];
    if (strstr(seen->url.ptr, "/audits?") != NULL) {
        d->audits++;
        (void)snprintf(body, sizeof body,
                       "{\"audits\":[{\"ticket_id\":17,\"created_at\":\"2026-01-01T00:00:00Z\","
                       "\"via\":{\"channel\":\"api\"},\"metadata\":{\"custom\":{\"tieline.effect\":"
                       "\"%s\"}}}]}",
                       d->stamp == NULL ? "-" : d->stamp);
    } else if (strstr(seen->url.ptr, "/comments?") != NULL) {
        d->comments++;
        if (d->comments <= d->large) {
            return (struct peer_reply){.result = PEER_LOST};
        }
        (void)snprintf(body, sizeof body,
                       "{\"comments\":[{\"id\":3,\"author_id\":5,\"public\":true,\"body\":\"hi\"}],"
                       "\"users\":[{\"id\":5,\"role\":\"end-user\"}]}");
    } else if (strstr(seen->url.ptr, "?external_id=") != NULL) {
        d->lists++;
        (void)snprintf(body, sizeof body, "{\"tickets\":[{\"id\":77,\"external_id\":\"%s\"}]}",
                       d->listed ? d->external_id : "");
    } else if (strstr(seen->url.ptr, "/conversations/") != NULL) {
        d->checks++;
        (void)snprintf(body, sizeof body,
                       "{\"conversation\":{\"id\":\"c\",\"activeSwitchboardIntegration\":"
                       "{\"id\":\"%s\",\"name\":\"%s\"}}}",
                       d->active, d->active);
        if (d->active == NULL) {
            (void)snprintf(body, sizeof body, "{\"conversation\":{\"id\":\"c\"}}");
        }
    } else {
        d->gets++;
        (void)snprintf(body, sizeof body,
                       "{\"ticket\":{\"id\":17,\"assignee_id\":%s,\"subject\":\"s\",\"updated_at\":"
                       "\"2026-01-01T00:00:00Z\"}}",
                       d->assignee == NULL ? "900" : d->assignee);
    }
    return (struct peer_reply){.status = 200, .body = body};
}

static struct peer_reply desk(void *arg, const struct peer_seen *seen, size_t index)
{
    static char token[96];
    struct desk *d = arg;
    (void)index;
    if (slice_ends_with(seen->url, SLICE("/oauth/tokens"))) {
        d->tokens++;
        (void)snprintf(token, sizeof token, "{\"access_token\":\"t%zu\",\"expires_in\":1000}",
                       d->tokens);
        return (struct peer_reply){.status = d->token_status != 0 ? d->token_status : 201,
                                   .body = token};
    }
    if (d->unauthorized > 0) {
        d->unauthorized--;
        return (struct peer_reply){.status = 401};
    }
    if (slice_equal(seen->method, SLICE("PUT"))) {
        return written(d, ++d->puts, "{\"ticket\":{\"id\":17}}", 200);
    }
    if (slice_equal(seen->method, SLICE("POST"))) {
        bool is_ticket = slice_ends_with(seen->url, SLICE("/api/v2/tickets"));
        return written(d, ++d->posts,
                       is_ticket ? "{\"ticket\":{\"id\":77}}" : "{\"messages\":[{\"id\":\"m\"}]}",
                       201);
    }
    return read_of(d, seen);
}

static struct command ticket_command(enum effect_kind effect, enum http_method method,
                                     enum voice voice)
{
    struct command c = rig_base(&rig, effect, "acme", "c1");
    c.api = API_SUPPORT;
    c.method = method;
    c.voice = voice;
    c.remote_id = SLICE("17");
    c.path = SLICE("/api/v2/tickets/17");
    if (method == METHOD_PUT) {
        c.body = SLICE("{\"ticket\":{\"comment\":{\"body\":\"hi\",\"public\":true}}}");
    }
    return c;
}

static struct command create_command(void)
{
    struct command c = ticket_command(EFFECT_TICKET_CREATE, METHOD_POST, VOICE_NONE);
    c.path = SLICE("/api/v2/tickets");
    c.body = SLICE("{\"ticket\":{\"subject\":\"s\",\"external_id\":\"tieline:k:1\"}}");
    return c;
}

static const struct outcome *outcome_at(int64_t offset)
{
    return rig_outcome(&rig, rig_partition(&rig, "acme", "c1"), offset);
}

static void begin(struct desk *d)
{
    rig_init(&rig, 1, desk, d);
    rig_start(&rig);
}

static const struct peer_seen *last_write(const char *method)
{
    for (size_t i = rig.peer.seen_count; i > 0; i--) {
        if (slice_equal(rig.peer.seen[i - 1].method, slice_of(method))) {
            return &rig.peer.seen[i - 1];
        }
    }
    fail_msg("no %s", method);
    return NULL;
}

static void test_updates(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct desk desk;
        enum voice voice;
        enum outcome_result want;
        size_t puts, gets, audits;
        int64_t within_s;
    } rows[] = {
        {"row 2: written in one piece", {0}, VOICE_BOT, OUTCOME_APPLIED, 1, 1, 0, 2},
        {"somebody else wrote meanwhile: read again",
         {.conflicts = 2},
         VOICE_BOT,
         OUTCOME_APPLIED,
         3,
         3,
         0,
         10},
        {"row 61: an agent has it", {.assignee = "7"}, VOICE_BOT, OUTCOME_SUPERSEDED, 0, 1, 0, 2},
        {"a notice is told all the same",
         {.assignee = "7"},
         VOICE_NOTICE,
         OUTCOME_APPLIED,
         1,
         1,
         0,
         2},
        {"nobody's yet: the trigger is on its way",
         {.assignee = "null"},
         VOICE_BOT,
         OUTCOME_APPLIED,
         1,
         1,
         0,
         2},
        {"taken from the bot between two tries",
         {.assignee = "null", .conflicts = 1},
         VOICE_BOT,
         OUTCOME_SUPERSEDED,
         1,
         2,
         0,
         5},
        {"closed", {.status = 422}, VOICE_BOT, OUTCOME_REFUSED, 1, 1, 0, 2},
        {"gone", {.status = 404}, VOICE_BOT, OUTCOME_REFUSED, 1, 1, 0, 2},
        {"its answer was lost: the audit tells",
         {.lost = 1, .stamp = "010000000000000000000000000000ee"},
         VOICE_BOT,
         OUTCOME_APPLIED,
         1,
         2,
         1,
         2},
        {"never arrived: sent again when that is certain",
         {.lost = 1},
         VOICE_BOT,
         OUTCOME_APPLIED,
         2,
         2,
         7,
         80},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = rows[i].desk;
        begin(&d);
        struct command c = ticket_command(EFFECT_TICKET_UPDATE, METHOD_PUT, rows[i].voice);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(rows[i].within_s)));
        const struct outcome *o = outcome_at(offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].want);
        EXPECT(rows[i].why, d.puts == rows[i].puts && d.gets == rows[i].gets);
        EXPECT(rows[i].why, d.audits == rows[i].audits);
        if (o->result == OUTCOME_APPLIED) {
            EXPECT_SLICE("ticket", o->remote_id, SLICE("17"));
            EXPECT_SLICE("guarded", last_write("PUT")->body,
                         SLICE("{\"ticket\":{\"updated_stamp\":\"2026-01-01T00:00:00Z\","
                               "\"safe_update\":true,\"comment\":{\"body\":\"hi\",\"public\":"
                               "true}}}"));
        }
        rig_deinit(&rig);
    }
}

static void test_a_late_try_of_ours_is_no_other_writer(void **state)
{
    (void)state;
    struct desk d = {.lost = 1, .conflicts = 1, .late = "010000000000000000000000000000ee"};
    begin(&d);
    struct command c = ticket_command(EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_BOT);
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(70)));
    EXPECT("absent so far", outcome_at(offset) == NULL && d.puts == 1);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("the guard stops the second, the audit tells why", d.puts == 2 && d.audits == 8);
    EXPECT("once", outcome_at(offset)->result == OUTCOME_APPLIED);
    EXPECT_SLICE("found", outcome_at(offset)->detail,
                 SLICE("its answer was lost; found by looking"));
    rig_deinit(&rig);
}

static void test_creations(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct desk desk;
        bool look_first;
        int64_t age_s;
        enum outcome_result want;
        size_t posts, lists;
        int64_t within_s;
    } rows[] = {
        {"row 59: made", {0}, false, 0, OUTCOME_APPLIED, 1, 0, 1},
        {"lost answers: the same bytes and key again",
         {.lost = 3},
         false,
         0,
         OUTCOME_APPLIED,
         4,
         0,
         20},
        {"a second attempt looks first",
         {.listed = true, .external_id = "tieline:k:1"},
         true,
         0,
         OUTCOME_APPLIED,
         0,
         1,
         1},
        {"and makes it if there is none", {0}, true, 0, OUTCOME_APPLIED, 1, 1, 1},
        {"refused", {.status = 422}, false, 0, OUTCOME_REFUSED, 1, 0, 1},
        {"the key may be gone: looked up",
         {.lost = 1, .listed = true, .external_id = "tieline:k:1"},
         false,
         91 * 60,
         OUTCOME_APPLIED,
         1,
         1,
         10},
        {"the key may be gone, and no ticket is there",
         {.lost = 1},
         false,
         91 * 60,
         OUTCOME_APPLIED,
         2,
         8,
         160},
        {"the key is taken, its ticket shows late",
         {.keyed = "{\"error\":\"IdempotentRequestError\"}",
          .listed = true,
          .external_id = "tieline:k:1"},
         false,
         0,
         OUTCOME_APPLIED,
         1,
         1,
         5},
        {"the key is taken, no ticket shows",
         {.keyed = "{\"error\":\"IdempotentRequestError\"}"},
         false,
         0,
         OUTCOME_UNDECIDED,
         1,
         8,
         160},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = rows[i].desk;
        begin(&d);
        struct command c = create_command();
        c.look_first = rows[i].look_first;
        c.created = wall_add(c.created, span_s(-rows[i].age_s));
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(rows[i].within_s)));
        const struct outcome *o = outcome_at(offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].want);
        EXPECT(rows[i].why, d.posts == rows[i].posts);
        EXPECT(rows[i].why, rows[i].lists > 1 ? d.lists > 1 : d.lists == rows[i].lists);
        if (o->result == OUTCOME_APPLIED) {
            EXPECT_SLICE("id", o->remote_id, SLICE("77"));
        }
        if (d.posts > 0) {
            const struct peer_seen *seen = last_write("POST");
            EXPECT_SLICE("as rendered", seen->body, c.body);
            EXPECT("keyed", strstr(seen->headers.ptr,
                                   "Idempotency-Key: 010000000000000000000000000000ee\n") != NULL);
        }
        rig_deinit(&rig);
    }
}

static void test_fetches(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct desk desk;
        size_t gets, comments;
        const char *last_size;
    } rows[] = {
        {"row 42: ticket, then comments", {0}, 1, 1, "=100"},
        {"comments that are too long to be read", {.large = 2}, 3, 3, "=10"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = rows[i].desk;
        begin(&d);
        struct command c = ticket_command(EFFECT_FETCH_TICKET, METHOD_GET, VOICE_NONE);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(10)));
        const struct outcome *o = outcome_at(offset);
        EXPECT(rows[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        EXPECT(rows[i].why, d.gets == rows[i].gets && d.comments == rows[i].comments);
        EXPECT(rows[i].why, slice_ends_with(rig.peer.seen[rig.peer.seen_count - 1].url,
                                            slice_of(rows[i].last_size)));
        EXPECT_SLICE(
            "as the log keeps it", o->fetched,
            SLICE("{\"ticket\":{\"id\":17,\"brand_id\":null,\"assignee_id\":900,\"status\":"
                  "null,\"updated_at\":\"2026-01-01T00:00:00Z\",\"external_id\":null,"
                  "\"requester_id\":null,\"subject\":\"s\",\"from_messaging_channel\":"
                  "false,\"tags\":[]},\"comments\":[{\"id\":3,\"author_id\":5,"
                  "\"author_role\":\"end-user\",\"public\":true,\"created_at\":null,"
                  "\"text\":\"hi\",\"automatic\":false}],\"more\":false}"));
        rig_deinit(&rig);
    }
}

/* ---- access tokens */

static void begin_with_oauth(struct desk *d)
{
    rig_init_with(&rig, 1, desk, d, true);
    rig_start(&rig);
}

static void test_tokens(void **state)
{
    (void)state;
    struct desk d = {0};
    begin_with_oauth(&d);
    struct command c = ticket_command(EFFECT_FETCH_TICKET, METHOD_GET, VOICE_NONE);
    struct command other = rig_base(&rig, EFFECT_FETCH_TICKET, "acme", "c2");
    other.api = API_SUPPORT;
    other.method = METHOD_GET;
    other.path = c.path;
    int64_t first = rig_command(&rig, &c);
    (void)rig_command(&rig, &other);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("both are fetched with one token",
           outcome_at(first) != NULL && d.gets == 2 && d.tokens == 1);
    EXPECT("it came first", slice_ends_with(rig.peer.seen[0].url, SLICE("/oauth/tokens")));
    EXPECT("used", strstr(rig.peer.seen[1].headers.ptr, "Bearer t1\n") != NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(850)));
    EXPECT("nobody asks while nothing is to do", d.tokens == 1);
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("renewed early, beside a call", d.tokens == 2 && d.gets == 3);
    d.unauthorized = 1;
    (void)rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("refused once: a new one, at once", d.tokens == 3 && d.gets == 4);
    rig_deinit(&rig);
}

static void test_no_token(void **state)
{
    (void)state;
    struct desk d = {.token_status = 401};
    begin_with_oauth(&d);
    struct command c = ticket_command(EFFECT_FETCH_TICKET, METHOD_GET, VOICE_NONE);
    int64_t fetch = rig_command(&rig, &c);
    int64_t word = rig_message(
        &rig, &(struct rig_message){.account = "acme", .conversation = "c2", .voice = VOICE_BOT});
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("no hammering", d.tokens == 1 && outcome_at(fetch) == NULL);
    EXPECT("messaging goes on",
           rig_outcome(&rig, rig_partition(&rig, "acme", "c2"), word)->result == OUTCOME_APPLIED);
    d.token_status = 0;
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("mended", outcome_at(fetch) != NULL && outcome_at(fetch)->result == OUTCOME_APPLIED);
    rig_deinit(&rig);
}

/* ---- limits */

static void test_a_limited_ticket_delays_no_other(void **state)
{
    (void)state;
    struct desk d = {.status = 429, .wait = {300 * 1000}, .remaining = "398"};
    begin(&d);
    struct command c = ticket_command(EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_NOTICE);
    int64_t limited = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    d.status = 0;
    struct command other = rig_base(&rig, EFFECT_TICKET_UPDATE, "acme", "c2");
    other.api = API_SUPPORT;
    other.method = METHOD_PUT;
    other.path = SLICE("/api/v2/tickets/18");
    other.body = c.body;
    int64_t free_one = rig_command(&rig, &other);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("it waits", outcome_at(limited) == NULL);
    EXPECT("the other does not",
           rig_outcome(&rig, rig_partition(&rig, "acme", "c2"), free_one) != NULL);
    rig_deinit(&rig);
}

static void test_the_31st_update_waits_here(void **state)
{
    (void)state;
    struct desk d = {0};
    begin(&d);
    int64_t last = 0;
    for (int i = 0; i < 31; i++) {
        struct command c = ticket_command(EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_NONE);
        last = rig_command(&rig, &c);
    }
    EXPECT_OK("run", rig_run(&rig, span_s(60)));
    EXPECT("thirty", d.puts == 30 && outcome_at(last) == NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(545)));
    EXPECT("after ten minutes", d.puts == 31 && outcome_at(last) != NULL);
    rig_deinit(&rig);
}

/* ---- late words in messaging */

static void test_late_words_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *why, *active;
        enum voice voice;
        bool asked;
        int64_t age_s;
        enum outcome_result want;
        size_t checks;
    } rows[] = {
        {"fresh", NULL, VOICE_BOT, false, 0, OUTCOME_APPLIED, 0},
        {"late, ours", "bot1", VOICE_BOT, false, 6, OUTCOME_APPLIED, 1},
        {"late, nobody's", NULL, VOICE_BOT, false, 6, OUTCOME_APPLIED, 1},
        {"row 10: late, a human's", "zd-agentWorkspace", VOICE_BOT, false, 6, OUTCOME_SUPERSEDED,
         1},
        {"the first after a release", "zd-agentWorkspace", VOICE_BOT, true, 0, OUTCOME_SUPERSEDED,
         1},
        {"a customer's words pass", "zd-agentWorkspace", VOICE_CUSTOMER, false, 60, OUTCOME_APPLIED,
         0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = {.active = rows[i].active};
        begin(&d);
        struct command c = rig_base(&rig, EFFECT_MESSAGE, "acme", "c1");
        c.path = SLICE("/conversations/c1/messages");
        c.body = SLICE("{}");
        c.voice = rows[i].voice;
        c.check_owner = rows[i].asked;
        c.created = wall_add(c.created, span_s(-rows[i].age_s));
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(1)));
        EXPECT(rows[i].why,
               outcome_at(offset) != NULL && outcome_at(offset)->result == rows[i].want);
        EXPECT(rows[i].why, d.checks == rows[i].checks);
        EXPECT(rows[i].why, d.posts == (rows[i].want == OUTCOME_APPLIED ? 1 : 0));
        rig_deinit(&rig);
    }
}

static void test_a_word_that_was_answered_409_is_checked(void **state)
{
    (void)state;
    struct desk d = {.conflicts = 1, .active = "zd-agentWorkspace"};
    begin(&d);
    int64_t offset = rig_message(
        &rig, &(struct rig_message){.account = "acme", .conversation = "c1", .voice = VOICE_BOT});
    EXPECT_OK("run", rig_run(&rig, span_s(3)));
    EXPECT("once, then asked", d.posts == 1 && d.checks == 1);
    EXPECT("not said", outcome_at(offset)->result == OUTCOME_SUPERSEDED);
    EXPECT_SLICE("why", outcome_at(offset)->detail, SLICE("another has the conversation"));
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_a_late_try_of_ours_is_no_other_writer),
        cmocka_unit_test(test_creations),
        cmocka_unit_test(test_fetches),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_no_token),
        cmocka_unit_test(test_a_limited_ticket_delays_no_other),
        cmocka_unit_test(test_the_31st_update_waits_here),
        cmocka_unit_test(test_late_words_are_checked),
        cmocka_unit_test(test_a_word_that_was_answered_409_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
