/* One endpoint's limit, as its header tells, in the loop: it holds up what comes about by it, and
 * nothing else; and no pause that was asked for counts as a failure. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;
static char made[] = "{\"messages\":[{\"id\":\"m1\"}],\"ticket\":{\"id\":7},\"tags\":[\"x\"]}";

static size_t seen_of(const char *part)
{
    size_t count = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        count += strstr(rig.peer.seen[i].url.ptr, part) != NULL ? 1 : 0;
    }
    return count;
}

/* Requests with `at` in their address are answered so, all others well. */
struct closed {
    const char *at;
    struct peer_reply reply;
    size_t most; /* of them; 0 = all */
};

static struct peer_reply answer(void *arg, const struct peer_seen *seen, size_t index)
{
    const struct closed *c = arg;
    (void)index;
    bool is_there = strstr(seen->url.ptr, c->at) != NULL;
    if (is_there && (c->most == 0 || seen_of(c->at) <= c->most)) {
        return c->reply;
    }
    bool is_bot = strstr(seen->url.ptr, "bot.example") != NULL;
    return (struct peer_reply){.status = 200, .body = is_bot ? "{}" : made, .after = span_ms(20)};
}

static int64_t write_tags(const char *conversation)
{
    struct command c = rig_base(&rig, EFFECT_TICKET_TAGS, "acme", conversation);
    c.api = API_SUPPORT;
    c.method = METHOD_PUT;
    c.path = SLICE("/api/v2/tickets/17/tags");
    c.body = SLICE("{\"tags\":[\"x\"]}");
    return rig_command(&rig, &c);
}

static int64_t write_word(const char *conversation)
{
    return rig_message(&rig, &(struct rig_message){.account = "acme",
                                                   .conversation = conversation,
                                                   .voice = VOICE_CUSTOMER});
}

/* ---- how long */

static const struct {
    const char *why;
    const char *header;
    uint32_t status;
    int64_t retry_after_s;
    int64_t closed_s; /* it opens within the two seconds behind it */
} rows[] = {
    {"as its header tells", "total=5; remaining=0; resets=40", 200, 0, 40},
    {"refused, likewise", "total=5; remaining=0; resets=40", 429, 0, 40},
    {"no reset: as long as the answer asks for", "total=5; remaining=0", 429, 20, 20},
    {"the longer of both", "total=5; remaining=0; resets=5", 429, 30, 30},
    {"neither: a minute", "total=5; remaining=0", 200, 0, 60},
    {"less than a second is told as none", "total=5; remaining=0; resets=0", 200, 0, 1},
    {"no figure at all is no reset", "total=5; remaining=0; resets=soon", 200, 0, 60},
};

static void test_an_endpoint_is_closed_for_as_long_as_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct closed closed = {.at = "/tags",
                                .reply = {.status = rows[i].status,
                                          .body = made,
                                          .rate_endpoint = rows[i].header,
                                          .retry_after = span_s(rows[i].retry_after_s)},
                                .most = 1};
        rig_init(&rig, 1, answer, &closed);
        rig_start(&rig);
        (void)write_tags("c1");
        EXPECT_OK("run", rig_run(&rig, span_ms(100)));
        EXPECT(rows[i].why, seen_of("/tags") == 1);
        int64_t second = write_tags("c2");
        EXPECT_OK("run", rig_run(&rig, span_ms(rows[i].closed_s * 1000 - 300)));
        EXPECT(rows[i].why, rig_outcome(&rig, 0, second) == NULL && seen_of("/tags") == 1);
        EXPECT_OK("run", rig_run(&rig, span_ms(2300)));
        EXPECT(rows[i].why, rig_outcome(&rig, 0, second) != NULL);
        rig_deinit(&rig);
    }
}

/* ---- of whom */

static void test_conversations_has_endpoints_too(void **state)
{
    struct closed closed = {.at = "/messages",
                            .reply = {.status = 429,
                                      .retry_after = span_s(40),
                                      .rate_endpoint = "total=5; remaining=0; resets=40"}};
    (void)state;
    rig_init(&rig, 1, answer, &closed);
    rig_start(&rig);
    (void)write_word("c1");
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    (void)write_word("c2");
    struct command user = rig_base(&rig, EFFECT_USER_CREATE, "acme", "c3");
    user.path = SLICE("/users");
    user.body = SLICE("{}");
    (void)rig_command(&rig, &user);
    EXPECT_OK("run", rig_run(&rig, span_s(30)));
    EXPECT("one was refused, and the next does not ask", seen_of("/messages") == 1);
    EXPECT("another effect of the account goes on", seen_of("/users") >= 1);
    EXPECT_OK("run", rig_run(&rig, span_s(15)));
    EXPECT("when its window has ended", seen_of("/messages") >= 2);
    rig_deinit(&rig);
}

static int64_t ask_bot(const char *store, const char *conversation)
{
    struct command c = rig_base(&rig, EFFECT_BOT_NOTICE, "acme", conversation);
    c.api = API_BOT;
    c.store = slice_of(store);
    c.path = SLICE("");
    c.body = SLICE("{}");
    return rig_command(&rig, &c);
}

static void test_a_bot_has_none(void **state)
{
    struct closed closed = {.at = "/shoes",
                            .reply = {.status = 429,
                                      .retry_after = span_s(40),
                                      .rate_endpoint = "total=5; remaining=0; resets=40"}};
    (void)state;
    rig_init(&rig, 1, answer, &closed);
    rig_start(&rig);
    (void)ask_bot("shoes", "c1");
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    (void)ask_bot("shoes", "c2");
    int64_t other = ask_bot("hats", "c3");
    EXPECT_OK("run", rig_run(&rig, span_s(30)));
    EXPECT("its own store waits", seen_of("/shoes") == 1);
    EXPECT("the account's other does not", rig_outcome(&rig, 0, other) != NULL);
    rig_deinit(&rig);
}

/* ---- retries */

/* All of a crowd are told when to come back; then calls of another effect are lost on the way
 * once. */
static struct peer_reply paced(void *arg, const struct peer_seen *seen, size_t index)
{
    size_t *creations = arg;
    (void)index;
    if (strstr(seen->url.ptr, "/tags") != NULL) {
        return (struct peer_reply){.status = 429,
                                   .retry_after = span_s(50),
                                   .rate_endpoint = "total=5; remaining=0; resets=50",
                                   .after = span_ms(50)};
    }
    bool is_first = *creations < 3;
    *creations += 1;
    return (struct peer_reply){.result = is_first ? PEER_NOT_SENT : PEER_ANSWERED,
                               .status = is_first ? 0 : 201,
                               .body = is_first ? NULL : made};
}

static void test_who_is_told_when_to_come_back_takes_no_retry(void **state)
{
    enum { CROWD = 40 };
    size_t creations = 0;
    (void)state;
    rig_init(&rig, 1, paced, &creations);
    rig_start(&rig);
    for (int i = 0; i < CROWD; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i);
        (void)write_tags(name);
    }
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("all of them were out at once", seen_of("/tags") == CROWD);
    for (int i = 0; i < 3; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "n%d", i);
        struct command create = rig_base(&rig, EFFECT_TICKET_CREATE, "acme", name);
        create.api = API_SUPPORT;
        create.path = SLICE("/api/v2/tickets");
        create.body = SLICE("{\"ticket\":{\"subject\":\"x\",\"external_id\":\"tieline:k:1\"}}");
        (void)rig_command(&rig, &create);
    }
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    EXPECT("what failed once is tried again soon", creations == 6);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_endpoint_is_closed_for_as_long_as_is_known),
        cmocka_unit_test(test_conversations_has_endpoints_too),
        cmocka_unit_test(test_a_bot_has_none),
        cmocka_unit_test(test_who_is_told_when_to_come_back_takes_no_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
