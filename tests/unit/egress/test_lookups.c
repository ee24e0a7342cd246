/* What becomes of calls whose answer was lost, from the first request to the outcome. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

#define OURS "010000000000000000000000000000ee"
#define AGENT "{\"name\":\"zd-agentWorkspace\",\"integrationType\":\"zd:agentWorkspace\"}"
#define BOT "{\"name\":\"bot1\",\"integrationId\":\"int1\"}"
#define OTHER "{\"name\":\"zd-answerBot\",\"integrationType\":\"zd:answerBot\"}"
#define MADE "{\"messages\":[{\"id\":\"new\"}]}"

static const struct outcome *outcome_of(int64_t offset)
{
    return rig_outcome(&rig, rig_partition(&rig, "acme", "c1"), offset);
}

/* ---- messages on older pages */

/* A conversation whose newest `pages` - 1 pages are of others; ours is the first of the last one.
 */
struct pages {
    size_t pages;
    bool has_ours;
    const char *posted; /* the answer to the first post; NULL = lost */
    const char *oldest; /* time of every message */
    size_t posts, looks;
    size_t gone_at; /* this look is answered 404; 0 = none */
};

static struct peer_reply paged(void *arg, const struct peer_seen *seen, size_t index)
{
    static char body[512];
    struct pages *p = arg;
    (void)index;
    if (slice_equal(seen->method, SLICE("POST"))) {
        p->posts++;
        if (p->posts > 1) {
            return (struct peer_reply){.status = 201, .body = MADE};
        }
        return p->posted == NULL ? (struct peer_reply){.result = PEER_LOST}
                                 : (struct peer_reply){.status = 201, .body = p->posted};
    }
    if (strstr(seen->url.ptr, "/messages") == NULL) { /* whose is it? */
        return (struct peer_reply){.status = 200, .body = "{\"conversation\":{\"id\":\"c\"}}"};
    }
    static const char mark[] = "?page%5Bbefore%5D=b";
    const char *before = strstr(seen->url.ptr, mark);
    uint64_t number = 1;
    p->looks++;
    if (before != NULL) {
        EXPECT_OK("a mark that was given", slice_to_u64(slice_of(before + strlen(mark)), &number));
    }
    unsigned page = (unsigned)number;
    if (p->looks == p->gone_at) {
        return (struct peer_reply){.status = 404};
    }
    bool is_last = page == p->pages;
    (void)snprintf(body, sizeof body,
                   "{\"messages\":[{\"id\":\"m%u\",\"received\":\"%s\",\"author\":{\"type\":"
                   "\"business\"},\"metadata\":{\"tieline.effect\":\"%s\"}}],\"meta\":{\"hasMore\":"
                   "%s,\"beforeCursor\":\"b%u\"}}",
                   page, p->oldest, is_last && p->has_ours ? OURS : "-", is_last ? "false" : "true",
                   page + 1);
    return (struct peer_reply){.status = 200, .body = body};
}

static void test_messages_are_looked_for_on_older_pages(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct pages pages;
        enum outcome_result want;
        const char *id;
        size_t posts, looks_first; /* in the first second */
    } rows[] = {
        {"on the third page", {.pages = 3, .has_ours = true}, OUTCOME_APPLIED, "m3", 1, 3},
        {"on none of three: sent again", {.pages = 3}, OUTCOME_APPLIED, "new", 2, 3},
        {"older pages are older than the command: sent again",
         {.pages = 99, .oldest = "2026-09-14T08:00:00Z"},
         OUTCOME_APPLIED,
         "new",
         2,
         1},
        {"too many to tell: neither sent again nor called done",
         {.pages = 99},
         OUTCOME_UNDECIDED,
         "",
         1,
         10},
        {"a page that goes away under the look: from the beginning",
         {.pages = 3, .has_ours = true, .gone_at = 2},
         OUTCOME_APPLIED,
         "m3",
         1,
         0},
        {"an answer of some proxy is none: looked for",
         {.pages = 1, .has_ours = true, .posted = "<html>"},
         OUTCOME_APPLIED,
         "m1",
         1,
         1},
        {"an answer without a message is none: not there, sent again",
         {.pages = 1, .posted = "{}"},
         OUTCOME_APPLIED,
         "new",
         2,
         1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pages p = rows[i].pages;
        p.oldest = p.oldest == NULL ? "2026-09-14T09:12:05Z" : p.oldest;
        rig_init(&rig, 1, paged, &p);
        rig_start(&rig);
        int64_t offset = rig_message(
            &rig,
            &(struct rig_message){.account = "acme", .conversation = "c1", .voice = VOICE_BOT});
        EXPECT_OK("run", rig_run(&rig, span_ms(900)));
        EXPECT(rows[i].why, rows[i].looks_first == 0 || p.looks == rows[i].looks_first);
        EXPECT_OK("run", rig_run(&rig, span_s(200)));
        const struct outcome *o = outcome_of(offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].want);
        EXPECT_SLICE(rows[i].why, o->remote_id, slice_of(rows[i].id));
        EXPECT(rows[i].why, p.posts == rows[i].posts);
        rig_deinit(&rig);
    }
}

/* ---- control */

struct control {
    const char *active;     /* JSON, from now on */
    const char *after_post; /* once a post arrived; NULL = as before */
    size_t posts, looks, lost;
    uint32_t status;      /* of lost posts; 0 = no answer */
    span_ms_t wait;       /* Retry-After with it */
    mono_ms_t first_look; /* when */
};

static struct peer_reply control(void *arg, const struct peer_seen *seen, size_t index)
{
    static char body[256];
    struct control *c = arg;
    (void)index;
    if (slice_equal(seen->method, SLICE("POST"))) {
        c->posts++;
        c->active = c->after_post != NULL ? c->after_post : c->active;
        if (c->posts > c->lost) {
            return (struct peer_reply){.status = 200, .body = "{}"};
        }
        return c->status == 0 ? (struct peer_reply){.result = PEER_LOST}
                              : (struct peer_reply){.status = c->status, .retry_after = c->wait};
    }
    c->first_look = c->looks++ == 0 ? seen->at : c->first_look;
    (void)snprintf(body, sizeof body,
                   "{\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":%s}}",
                   c->active);
    return (struct peer_reply){.status = 200, .body = body};
}

static int64_t pass(uint32_t epoch)
{
    struct command c = rig_base(&rig, EFFECT_PASS_CONTROL, "acme", "c1");
    c.path = SLICE("/conversations/c1/passControl");
    c.body = SLICE("{\"switchboardIntegration\":\"zd-agentWorkspace\",\"metadata\":{}}");
    c.epoch = epoch;
    return rig_command(&rig, &c);
}

static void fence(uint32_t epoch)
{
    struct command c = rig_base(&rig, EFFECT_FENCE, "acme", "c1");
    c.api = API_NONE;
    c.method = METHOD_NONE;
    c.path = (struct slice){0};
    c.epoch = epoch;
    c.slot = SLOT_FENCE;
    (void)rig_command(&rig, &c);
}

static void test_a_lost_pass_is_looked_up(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct control z;
        enum outcome_result want;
        size_t posts;
        int64_t done_by_s;
    } rows[] = {
        {"done: the humans have it",
         {.active = BOT, .after_post = AGENT, .lost = 1},
         OUTCOME_APPLIED,
         1,
         1},
        {"not done: sent again when that is certain",
         {.active = BOT, .lost = 1},
         OUTCOME_APPLIED,
         2,
         80},
        {"nobody has it: not done", {.active = "null", .lost = 1}, OUTCOME_APPLIED, 2, 80},
        {"another bot took it: said so", {.active = OTHER, .lost = 1}, OUTCOME_UNDECIDED, 1, 80},
        {"an answer may come after it was done",
         {.active = BOT, .after_post = AGENT, .lost = 1, .status = 503},
         OUTCOME_APPLIED,
         1,
         1},
        {"refused, and not in doubt",
         {.active = BOT, .lost = 9, .status = 403},
         OUTCOME_REFUSED,
         1,
         1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct control z = rows[i].z;
        rig_init(&rig, 1, control, &z);
        rig_start(&rig);
        int64_t offset = pass(1);
        EXPECT_OK("run", rig_run(&rig, span_s(rows[i].done_by_s)));
        const struct outcome *o = outcome_of(offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].want);
        EXPECT(rows[i].why, z.posts == rows[i].posts);
        rig_deinit(&rig);
    }
}

static void test_a_pass_is_not_made_again_behind_a_newer_owner(void **state)
{
    (void)state;
    struct control z = {.active = BOT, .lost = 1};
    rig_init(&rig, 1, control, &z);
    rig_start(&rig);
    int64_t offset = pass(1);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    fence(2); /* a human had it, and gave it back: it is the bot's again */
    EXPECT_OK("run", rig_run(&rig, span_s(80)));
    const struct outcome *o = outcome_of(offset);
    EXPECT("left alone", o != NULL && o->result == OUTCOME_SUPERSEDED && z.posts == 1);
    rig_deinit(&rig);
}

static void test_an_inherited_pass_is_looked_up_too(void **state)
{
    (void)state;
    static const struct {
        const char *why, *active;
        bool fenced;
        enum outcome_result want;
        size_t posts;
    } rows[] = {
        {"done by the one before", AGENT, false, OUTCOME_APPLIED, 1},
        {"not done", BOT, false, OUTCOME_APPLIED, 2},
        {"undone meanwhile", BOT, true, OUTCOME_SUPERSEDED, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct control z = {.active = BOT, .lost = 1};
        rig_init(&rig, 1, control, &z);
        rig_start(&rig);
        int64_t offset = pass(1);
        EXPECT_OK("run", rig_run(&rig, span_ms(500)));
        EXPECT("sent", z.posts == 1);
        rig_kill(&rig);
        z.active = rows[i].active;
        if (rows[i].fenced) {
            fence(2);
        }
        rig_start(&rig);
        EXPECT_OK("run", rig_run(&rig, span_s(80)));
        const struct outcome *o = outcome_of(offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].want);
        EXPECT(rows[i].why, z.posts == rows[i].posts);
        rig_deinit(&rig);
    }
}

static void test_it_is_asked_when_the_other_side_wants_to_hear_of_us(void **state)
{
    (void)state;
    struct control z = {
        .active = BOT, .after_post = AGENT, .lost = 1, .status = 503, .wait = {7000}};
    rig_init(&rig, 1, control, &z);
    rig_start(&rig);
    int64_t began = rig.clock.mono.ms;
    int64_t offset = pass(1);
    EXPECT_OK("run", rig_run(&rig, span_s(9)));
    EXPECT("done", outcome_of(offset) != NULL && outcome_of(offset)->result == OUTCOME_APPLIED);
    EXPECT("after as long as it said", z.first_look.ms - began >= 7000);
    rig_deinit(&rig);
}

/* ---- identical bytes */

/* Everything goes wrong once, in ways that all lead to another try. */
static struct peer_reply reluctant(void *arg, const struct peer_seen *seen, size_t index)
{
    static const struct peer_reply troubles[] = {
        {.result = PEER_NOT_SENT}, {.status = 429, .retry_after = {1000}},
        {.status = 425},           {.status = 421},
        {.status = 409},           {.result = PEER_LOST},
        {.status = 503},
    };
    size_t *tries = arg;
    (void)index;
    if (strstr(seen->url.ptr, "/bot") != NULL ||
        slice_starts_with(seen->url, SLICE("https://bot"))) {
        return ++*tries < 4 ? (struct peer_reply){.status = 500}
                            : (struct peer_reply){.status = 200, .body = "{\"messages\":[]}"};
    }
    if (!slice_equal(seen->method, SLICE("GET"))) {
        size_t nth = (*tries)++;
        return nth < COUNT_OF(troubles)
                   ? troubles[nth]
                   : (struct peer_reply){.status = 201,
                                         .body = "{\"ticket\":{\"id\":17},\"messages\":"
                                                 "[{\"id\":\"m\"}]}"};
    }
    return (struct peer_reply){
        .status = 200,
        .body =
            "{\"ticket\":{\"id\":17,\"assignee_id\":900,\"updated_at\":\"2026-01-01T00:00:00Z\"}"
            ",\"messages\":[],\"audits\":[],\"comments\":[],\"tickets\":[],\"conversation\":"
            "{\"id\":\"c1\",\"activeSwitchboardIntegration\":" BOT "}}"};
}

/* The value of a header among those that are one a line; empty when it is not there. */
static struct slice header_of(const struct peer_seen *seen, const char *name)
{
    const char *at = strstr(seen->headers.ptr, name);
    return at == NULL ? (struct slice){0} : slice_from(at, strcspn(at, "\n"));
}

static void test_every_try_sends_the_same_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum effect_kind effect;
        enum api api;
        enum http_method method;
        const char *path, *body, *id_header;
        const char *sent; /* if not as stored */
        size_t tries;
    } rows[] = {
        {"message", EFFECT_MESSAGE, API_CONVERSATIONS, METHOD_POST, "/conversations/c1/messages",
         "{\"author\":{\"type\":\"business\"},\"a\":\"\\u00e4 \"}", NULL, NULL, 8},
        {"pass", EFFECT_PASS_CONTROL, API_CONVERSATIONS, METHOD_POST,
         "/conversations/c1/passControl", "{\"switchboardIntegration\":\"zd-agentWorkspace\"}",
         NULL, NULL, 8},
        {"new ticket", EFFECT_TICKET_CREATE, API_SUPPORT, METHOD_POST, "/api/v2/tickets",
         "{\"ticket\":{\"subject\":\"s\",\"external_id\":\"tieline:k:1\"}}",
         "Idempotency-Key: ", NULL, 8},
        {"update of a ticket", EFFECT_TICKET_UPDATE, API_SUPPORT, METHOD_PUT, "/api/v2/tickets/17",
         "{\"ticket\":{\"comment\":{\"body\":\"hi\"}}}", NULL,
         "{\"ticket\":{\"updated_stamp\":\"2026-01-01T00:00:00Z\",\"safe_update\":true,"
         "\"comment\":{\"body\":\"hi\"}}}",
         8},
        {"turn", EFFECT_BOT_TURN, API_BOT, METHOD_POST, "", "{\"type\":\"turn\"}",
         "webhook-id: ", NULL, 4},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t tries = 0;
        rig_init(&rig, 1, reluctant, &tries);
        rig_start(&rig);
        struct command c = rig_base(&rig, rows[i].effect, "acme", "c1");
        c.api = rows[i].api;
        c.method = rows[i].method;
        c.path = slice_of(rows[i].path);
        c.body = slice_of(rows[i].body);
        c.voice = VOICE_NONE;
        c.deadline = span_s(60);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(400)));
        const struct outcome *o = outcome_of(offset);
        EXPECT(rows[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        const struct peer_seen *first = NULL;
        size_t seen_tries = 0;
        for (size_t k = 0; k < rig.peer.seen_count; k++) {
            const struct peer_seen *seen = &rig.peer.seen[k];
            if (slice_equal(seen->method, SLICE("GET"))) {
                continue;
            }
            first = first == NULL ? seen : first;
            seen_tries++;
            EXPECT_SLICE(rows[i].why, seen->url, first->url);
            EXPECT_SLICE(rows[i].why, seen->body,
                         slice_of(rows[i].sent == NULL ? rows[i].body : rows[i].sent));
            if (rows[i].id_header != NULL) {
                struct slice id = header_of(seen, rows[i].id_header);
                EXPECT("named", !slice_empty(id));
                EXPECT_SLICE("by one id", id, header_of(first, rows[i].id_header));
            }
        }
        EXPECT(rows[i].why, seen_tries == rows[i].tries);
        rig_deinit(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_are_looked_for_on_older_pages),
        cmocka_unit_test(test_a_lost_pass_is_looked_up),
        cmocka_unit_test(test_a_pass_is_not_made_again_behind_a_newer_owner),
        cmocka_unit_test(test_an_inherited_pass_is_looked_up_too),
        cmocka_unit_test(test_it_is_asked_when_the_other_side_wants_to_hear_of_us),
        cmocka_unit_test(test_every_try_sends_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
