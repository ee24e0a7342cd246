#include "egress/core/verify.h"
#include "tests/support/unit.h"

#define STAMP "00112233445566778899aabbccddeeff"

static struct arena arena;

static const struct account acme = {.bot_user_id = {"900", 3},
                                    .integration_id = {"i1", 2},
                                    .switchboard_integration = {"acme-bot", 8},
                                    .agent_target = {"zd-agentWorkspace", 17}};

static struct verify_ask ask_of(const struct command *command, const char *cursor)
{
    return (struct verify_ask){
        .arena = &arena, .command = command, .account = &acme, .cursor = slice_of(cursor)};
}

/* Reads `answer` (NULL = no JSON) as the one to the request at `cursor`. */
static struct verify_found look(const char *why, const struct command *command, const char *cursor,
                                const char *answer)
{
    const struct json *root = NULL;
    struct verify_found found = {0};
    struct verify_ask ask = ask_of(command, cursor);
    if (answer != NULL) {
        EXPECT_OK(why, json_parse(&arena, slice_of(answer), NULL, NULL, &root));
    }
    EXPECT_OK(why, verify_read(&ask, root, &found));
    return found;
}

static void expect_path(const char *why, const struct command *command, const char *cursor,
                        const char *want)
{
    struct slice path = {0};
    struct verify_ask ask = ask_of(command, cursor);
    EXPECT_OK(why, verify_path(&ask, &path));
    EXPECT_SLICE(why, path, slice_of(want));
}

static struct command message(enum voice voice)
{
    struct command c = {.effect = EFFECT_MESSAGE,
                        .api = API_CONVERSATIONS,
                        .voice = voice,
                        .path = SLICE("/conversations/66/messages")};
    EXPECT_OK("stamp", effect_id_parse(SLICE(STAMP), &c.effect_id));
    EXPECT_OK("time", instant_parse_iso8601(SLICE("2025-06-01T12:00:00Z"), &c.created));
    return c;
}

static void test_what_can_be_looked_up(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum effect_kind effect;
        enum api api;
        bool want;
    } rows[] = {
        {"messages", EFFECT_MESSAGE, API_CONVERSATIONS, true},
        {"hand-overs", EFFECT_PASS_CONTROL, API_CONVERSATIONS, true},
        {"releases", EFFECT_RELEASE_CONTROL, API_CONVERSATIONS, true},
        {"updates of tickets", EFFECT_TICKET_UPDATE, API_SUPPORT, true},
        {"new tickets", EFFECT_TICKET_CREATE, API_SUPPORT, true},
        {"reads", EFFECT_FETCH_ACTIVE, API_CONVERSATIONS, false},
        {"turns", EFFECT_BOT_TURN, API_BOT, false},
        {"a message to nowhere", EFFECT_MESSAGE, API_NONE, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct command c = {.effect = rows[i].effect, .api = rows[i].api};
        EXPECT(rows[i].why, verify_can_look(&c) == rows[i].want);
    }
}

static void test_answers_of_a_look_up(void **state)
{
    (void)state;
    static const struct {
        const char *why, *answer;
        enum voice voice;
        enum verify_result want;
        const char *id;
    } rows[] = {
        {"ours is there",
         "{\"messages\":[{\"id\":\"1\",\"author\":{\"type\":\"user\"}},{\"id\":\"2\",\"author\":"
         "{\"type\":\"business\"},\"metadata\":{\"tieline.effect\":\"" STAMP "\"}}]}",
         VOICE_BOT, VERIFY_PRESENT, "2"},
        {"another of ours",
         "{\"messages\":[{\"id\":\"2\",\"author\":{\"type\":\"business\"},\"metadata\":"
         "{\"tieline.effect\":\"ff112233445566778899aabbccddeeff\"}}]}",
         VOICE_BOT, VERIFY_ABSENT, ""},
        {"a customer who copies the stamp",
         "{\"messages\":[{\"id\":\"2\",\"author\":{\"type\":\"user\"},\"metadata\":"
         "{\"tieline.effect\":\"" STAMP "\"}}]}",
         VOICE_BOT, VERIFY_ABSENT, ""},
        {"words posted as the customer",
         "{\"messages\":[{\"id\":\"2\",\"author\":{\"type\":\"user\"},\"metadata\":"
         "{\"tieline.effect\":\"" STAMP "\"}}]}",
         VOICE_CUSTOMER, VERIFY_PRESENT, "2"},
        {"a member of a member is not the stamp",
         "{\"messages\":[{\"id\":\"2\",\"author\":{\"type\":\"business\"},\"metadata\":"
         "{\"tieline\":{\"effect\":\"" STAMP "\"}}}]}",
         VOICE_BOT, VERIFY_ABSENT, ""},
        {"an empty conversation", "{\"messages\":[]}", VOICE_BOT, VERIFY_ABSENT, ""},
        {"not a list of messages", "{\"errors\":[]}", VOICE_BOT, VERIFY_UNREADABLE, ""},
        {"messages of another kind", "{\"messages\":\"none\"}", VOICE_BOT, VERIFY_UNREADABLE, ""},
        {"odd messages are passed over", "{\"messages\":[1,null,{\"metadata\":[]}]}", VOICE_BOT,
         VERIFY_ABSENT, ""},
        {"no JSON", NULL, VOICE_BOT, VERIFY_UNREADABLE, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct command c = message(rows[i].voice);
        struct verify_found found = look(rows[i].why, &c, "", rows[i].answer);
        EXPECT(rows[i].why, found.result == rows[i].want);
        EXPECT_SLICE(rows[i].why, found.remote_id, slice_of(rows[i].id));
    }
}

static void test_only_who_posted_counts(void **state)
{
    (void)state;
    static const struct {
        const char *why, *posted, *found;
        enum verify_result want;
    } rows[] = {
        {"the same user", "{\"author\":{\"type\":\"user\",\"userId\":\"u1\"}}",
         "{\"type\":\"user\",\"userId\":\"u1\"}", VERIFY_PRESENT},
        {"another user", "{\"author\":{\"type\":\"user\",\"userId\":\"u1\"}}",
         "{\"type\":\"user\",\"userId\":\"u2\"}", VERIFY_ABSENT},
        {"a user known by another id", "{\"author\":{\"type\":\"user\",\"userExternalId\":\"e\"}}",
         "{\"type\":\"user\",\"userId\":\"u2\"}", VERIFY_PRESENT},
        {"the business", "{\"author\":{\"type\":\"business\"}}", "{\"type\":\"business\"}",
         VERIFY_PRESENT},
        {"a user, for the business", "{\"author\":{\"type\":\"business\"}}",
         "{\"type\":\"user\",\"userId\":\"u1\"}", VERIFY_ABSENT},
        {"the business, for a user", "{\"author\":{\"type\":\"user\",\"userId\":\"u1\"}}",
         "{\"type\":\"business\"}", VERIFY_ABSENT},
        {"nobody", "{\"author\":{\"type\":\"business\"}}", "{}", VERIFY_ABSENT},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct command c = message(VOICE_NONE);
        struct slice answer = {0};
        c.body = slice_of(rows[i].posted);
        EXPECT_OK(rows[i].why, arena_printf(&arena, &answer,
                                            "{\"messages\":[{\"id\":\"1\",\"author\":%s,"
                                            "\"metadata\":{\"tieline.effect\":\"" STAMP "\"}}]}",
                                            rows[i].found));
        EXPECT(rows[i].why, look(rows[i].why, &c, "", answer.ptr).result == rows[i].want);
    }
}

/* A page of `count` messages, the first at `at`, with what stands beside them. */
static const char *page_of(size_t count, const char *at, const char *beside)
{
    struct slice page = SLICE("");
    for (size_t i = 0; i < count; i++) {
        EXPECT_OK("message",
                  arena_printf(&arena, &page, "%.*s%s{\"id\":\"m%zu\",\"received\":\"%s\"}",
                               SLICE_ARG(page), i == 0 ? "" : ",", i,
                               i == 0 ? at : "2025-06-01T12:30:00Z"));
    }
    EXPECT_OK("page",
              arena_printf(&arena, &page, "{\"messages\":[%.*s]%s}", SLICE_ARG(page), beside));
    return page.ptr;
}

static void test_older_messages_are_read_too(void **state)
{
    (void)state;
    static const struct {
        const char *why, *at, *beside;
        size_t count;
        const char *cursor;
        enum verify_result want;
        const char *next;
    } rows[] = {
        {"the only page", "2025-06-01T12:10:00Z", ",\"meta\":{\"hasMore\":false},\"links\":{}", 3,
         "", VERIFY_ABSENT, ""},
        {"marks do not mean that there is more", "2025-06-01T12:10:00Z",
         ",\"meta\":{\"hasMore\":false,\"beforeCursor\":\"m0\"}", 3, "", VERIFY_ABSENT, ""},
        {"older ones", "2025-06-01T12:10:00Z",
         ",\"meta\":{\"hasMore\":true,\"beforeCursor\":\"x9\"}", 3, "", VERIFY_MORE, "x9"},
        {"told by a link only", "2025-06-01T12:10:00Z", ",\"links\":{\"prev\":\"https://x\"}", 3,
         "", VERIFY_MORE, "m0"},
        {"a full page that says nothing", "2025-06-01T12:10:00Z", "", 100, "", VERIFY_MORE, "m0"},
        {"the oldest is in front, or anywhere", "2025-06-01T12:45:00Z", "", 100, "", VERIFY_MORE,
         "m1"},
        {"one that is not full", "2025-06-01T12:10:00Z", "", 99, "", VERIFY_ABSENT, ""},
        {"a little older than the command: clocks differ", "2025-06-01T11:01:00Z",
         ",\"meta\":{\"hasMore\":true,\"beforeCursor\":\"x9\"}", 3, "", VERIFY_MORE, "x9"},
        {"all further ones are older than the command", "2025-06-01T10:59:00Z",
         ",\"meta\":{\"hasMore\":true,\"beforeCursor\":\"x9\"}", 3, "", VERIFY_ABSENT, ""},
        {"the end, on a further page", "2025-06-01T12:10:00Z", ",\"meta\":{\"hasMore\":false}", 3,
         "x9", VERIFY_ABSENT, ""},
        {"an empty page is the end", "", ",\"meta\":{\"hasMore\":true}", 0, "x9", VERIFY_ABSENT,
         ""},
        {"a mark that leads nowhere", "2025-06-01T12:10:00Z",
         ",\"meta\":{\"hasMore\":true,\"beforeCursor\":\"x9\"}", 3, "x9", VERIFY_UNREADABLE, ""},
    };
    struct command c = message(VOICE_BOT);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct verify_found found = look(rows[i].why, &c, rows[i].cursor,
                                         page_of(rows[i].count, rows[i].at, rows[i].beside));
        EXPECT(rows[i].why, found.result == rows[i].want);
        EXPECT_SLICE(rows[i].why, found.cursor, slice_of(rows[i].next));
    }
    expect_path("where they are posted", &c, "", "/conversations/66/messages");
    expect_path("further back", &c, "x&9", "/conversations/66/messages?page%5Bbefore%5D=x%269");
    c.created = (wall_ms_t){0};
    const char *old =
        page_of(3, "2001-01-01T00:00:00Z", ",\"meta\":{\"hasMore\":true,\"beforeCursor\":\"x9\"}");
    EXPECT("of unknown age: nothing is older", look("age", &c, "", old).result == VERIFY_MORE);
}

static void test_new_tickets(void **state)
{
    (void)state;
    static const struct {
        const char *why, *answer;
        enum verify_result want;
        const char *id;
    } rows[] = {
        {"ours",
         "{\"tickets\":[{\"id\":1,\"external_id\":\"z\"},{\"id\":2,\"external_id\":"
         "\"tieline:k:0a\"}]}",
         VERIFY_PRESENT, "2"},
        {"another's", "{\"tickets\":[{\"id\":1,\"external_id\":null}]}", VERIFY_ABSENT, ""},
        {"none", "{\"tickets\":[]}", VERIFY_ABSENT, ""},
        {"there are more", "{\"tickets\":[],\"next_page\":\"https://x\"}", VERIFY_MORE, ""},
        {"no list", "{}", VERIFY_UNREADABLE, ""},
    };
    struct command c = {.effect = EFFECT_TICKET_CREATE,
                        .api = API_SUPPORT,
                        .path = SLICE("/api/v2/tickets"),
                        .body = SLICE("{\"ticket\":{\"external_id\":\"tieline:k:0a\"}}")};
    expect_path("by its id", &c, "", "/api/v2/tickets?external_id=tieline%3Ak%3A0a");
    expect_path("more", &c, "2", "/api/v2/tickets?external_id=tieline%3Ak%3A0a&page=2");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct verify_found found = look(rows[i].why, &c, "", rows[i].answer);
        EXPECT(rows[i].why, found.result == rows[i].want);
        EXPECT_SLICE(rows[i].why, found.remote_id, slice_of(rows[i].id));
    }
}

#define AGENT                                                                                      \
    "{\"id\":\"s2\",\"name\":\"zd-agentWorkspace\",\"integrationType\":\"zd:agentWorkspace\"}"
#define OURS                                                                                       \
    "{\"id\":\"s1\",\"name\":\"acme-bot\",\"integrationId\":\"i1\",\"integrationType\":"           \
    "\"custom\"}"
#define OTHER "{\"id\":\"s3\",\"name\":\"zd-answerBot\",\"integrationType\":\"zd:answerBot\"}"

static void test_control(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum effect_kind effect;
        const char *target, *active; /* NULL = nobody */
        enum verify_result want;
    } rows[] = {
        {"handed over", EFFECT_PASS_CONTROL, "zd-agentWorkspace", AGENT, VERIFY_PRESENT},
        {"handed over, by id", EFFECT_PASS_CONTROL, "s2", AGENT, VERIFY_PRESENT},
        {"handed over, by type", EFFECT_PASS_CONTROL, "zd:agentWorkspace", AGENT, VERIFY_PRESENT},
        {"still ours", EFFECT_PASS_CONTROL, "zd-agentWorkspace", OURS, VERIFY_ABSENT},
        {"nobody's", EFFECT_PASS_CONTROL, "zd-agentWorkspace", NULL, VERIFY_ABSENT},
        {"somebody else's", EFFECT_PASS_CONTROL, "zd-agentWorkspace", OTHER, VERIFY_OTHER},
        {"given back to us", EFFECT_PASS_CONTROL, "acme-bot", OURS, VERIFY_PRESENT},
        {"still the humans'", EFFECT_PASS_CONTROL, "acme-bot", AGENT, VERIFY_ABSENT},
        {"given back and let go", EFFECT_PASS_CONTROL, "acme-bot", NULL, VERIFY_ABSENT},
        {"given back, with another", EFFECT_PASS_CONTROL, "acme-bot", OTHER, VERIFY_OTHER},
        {"released", EFFECT_RELEASE_CONTROL, "", NULL, VERIFY_PRESENT},
        {"released, and the next has it", EFFECT_RELEASE_CONTROL, "", AGENT, VERIFY_PRESENT},
        {"not released", EFFECT_RELEASE_CONTROL, "", OURS, VERIFY_ABSENT},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct command c = {.effect = rows[i].effect,
                            .api = API_CONVERSATIONS,
                            .path = rows[i].effect == EFFECT_PASS_CONTROL
                                        ? SLICE("/conversations/66/passControl")
                                        : SLICE("/conversations/66/releaseControl")};
        struct slice answer = {0};
        EXPECT_OK("body", arena_printf(&arena, &c.body, "{\"switchboardIntegration\":\"%s\"}",
                                       rows[i].target));
        EXPECT_OK("answer",
                  arena_printf(&arena, &answer,
                               "{\"conversation\":{\"id\":\"66\",\"activeSwitchboardIntegration\""
                               ":%s}}",
                               rows[i].active == NULL ? "null" : rows[i].active));
        expect_path("the conversation", &c, "", "/conversations/66");
        EXPECT(rows[i].why, look(rows[i].why, &c, "", answer.ptr).result == rows[i].want);
        EXPECT("no conversation", look("none", &c, "", "{}").result == VERIFY_UNREADABLE);
    }
}

static void test_looks_are_bounded(void **state)
{
    (void)state;
    struct command c = message(VOICE_BOT);
    struct verify_ask ask = ask_of(&c, "");
    EXPECT("messages", verify_requests_max(&ask) == 10);
    c.effect = EFFECT_PASS_CONTROL;
    EXPECT("control", verify_requests_max(&ask) == 1);
    c = (struct command){.effect = EFFECT_TICKET_UPDATE, .api = API_SUPPORT};
    EXPECT("audits", verify_requests_max(&ask) == 5);
    c.body = SLICE("{\"ticket\":{\"comment\":{\"body\":\"hi\"}}}");
    EXPECT("comments", verify_requests_max(&ask) == 25);
}

static void test_looks_grow_rare_and_one_falls_on_the_settling(void **state)
{
    (void)state;
    mono_ms_t now = {0};
    mono_ms_t settled = verify_settled_at((mono_ms_t){15 * 1000}, span_s(60));
    static const int64_t at_s[] = {1, 5, 15, 30, 60, 75};
    for (uint32_t i = 0; i < COUNT_OF(at_s); i++) {
        now = verify_next_look(i + 1, now, settled);
        EXPECT("as planned", now.ms == at_s[i] * 1000);
    }
    EXPECT("afterwards still, when looking failed",
           verify_next_look(9, settled, settled).ms == (75 + 30) * 1000);
}

int main(void)
{
    arena_init(&arena, 4 * 1024 * 1024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_can_be_looked_up),
        cmocka_unit_test(test_answers_of_a_look_up),
        cmocka_unit_test(test_only_who_posted_counts),
        cmocka_unit_test(test_older_messages_are_read_too),
        cmocka_unit_test(test_new_tickets),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_looks_are_bounded),
        cmocka_unit_test(test_looks_grow_rare_and_one_falls_on_the_settling),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
