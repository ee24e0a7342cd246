#include "egress/core/verify.h"
#include "tests/support/unit.h"

#define STAMP "00112233445566778899aabbccddeeff"

static struct arena arena;

static struct command message(enum voice voice)
{
    struct command c = {.effect = EFFECT_MESSAGE,
                        .api = API_CONVERSATIONS,
                        .voice = voice,
                        .path = SLICE("/conversations/66/messages")};
    EXPECT_OK("stamp", effect_id_parse(SLICE(STAMP), &c.effect_id));
    return c;
}

static void test_what_can_be_looked_up(void **state)
{
    (void)state;
    struct command c = message(VOICE_BOT);
    EXPECT("messages", verify_can_look(&c));
    struct slice path = {0};
    EXPECT_OK("path", verify_path(&arena, &c, 1, &path));
    EXPECT_SLICE("where they are posted", path, c.path);
    c.effect = EFFECT_PASS_CONTROL;
    EXPECT("control calls need none", !verify_can_look(&c));
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
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *root = NULL;
        struct slice id = {0};
        struct command c = message(rows[i].voice);
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].answer), NULL, NULL, &root));
        EXPECT(rows[i].why, verify_read(&arena, &c, (struct slice){0}, root, &id) == rows[i].want);
        EXPECT_SLICE(rows[i].why, id, slice_of(rows[i].id));
    }
    struct command c = message(VOICE_BOT);
    struct slice id = {0};
    EXPECT("no JSON", verify_read(&arena, &c, (struct slice){0}, NULL, &id) == VERIFY_UNREADABLE);
}

#define AUDIT(custom, channel, author, at)                                                         \
    "{\"id\":1,\"ticket_id\":17,\"created_at\":\"" at "\",\"author_id\":" author                   \
    ",\"via\":{\"channel\":\"" channel "\"},\"metadata\":{\"custom\":{" custom "}}}"
#define OURS "\"tieline.effect\":\"" STAMP "\""

static void test_audits(void **state)
{
    (void)state;
    static const struct {
        const char *why, *answer;
        enum verify_result want;
        const char *id;
    } rows[] = {
        {"ours", "{\"audits\":[" AUDIT(OURS, "api", "7", "2026-01-01T00:00:00Z") "]}",
         VERIFY_PRESENT, "17"},
        {"ours, by the user we are",
         "{\"audits\":[" AUDIT(OURS, "web", "900", "2026-01-01T00:00:00Z") "]}", VERIFY_PRESENT,
         "17"},
        {"a stamp that came by mail",
         "{\"audits\":[" AUDIT(OURS, "email", "5", "2026-01-01T00:00:00Z") "]}", VERIFY_ABSENT, ""},
        {"another's", "{\"audits\":[" AUDIT("", "api", "900", "2026-01-01T00:00:00Z") "]}",
         VERIFY_ABSENT, ""},
        {"there are more, in whatever order",
         "{\"next_page\":\"https://x\",\"audits\":[" AUDIT("", "api", "900",
                                                           "2024-01-01T00:00:00Z") "]}",
         VERIFY_MORE, ""},
        {"there are more, and all are older",
         "{\"next_page\":\"https://x\",\"audits\":[" AUDIT(
             "", "api", "900", "2026-01-01T00:00:00Z") "," AUDIT("", "api", "900",
                                                                 "2024-01-01T00:00:00Z") "]}",
         VERIFY_ABSENT, ""},
        {"no list", "{\"error\":\"x\"}", VERIFY_UNREADABLE, ""},
    };
    struct command c = {.effect = EFFECT_TICKET_UPDATE,
                        .api = API_SUPPORT,
                        .path = SLICE("/api/v2/tickets/17"),
                        .remote_id = SLICE("17")};
    EXPECT_OK("stamp", effect_id_parse(SLICE(STAMP), &c.effect_id));
    EXPECT_OK("time", instant_parse_iso8601(SLICE("2025-06-01T00:00:00Z"), &c.created));
    struct slice path = {0};
    EXPECT("can", verify_can_look(&c));
    EXPECT_OK("path", verify_path(&arena, &c, 1, &path));
    EXPECT_SLICE("newest first", path, SLICE("/api/v2/tickets/17/audits?sort_order=desc&page=1"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *root = NULL;
        struct slice id = {0};
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].answer), NULL, NULL, &root));
        EXPECT(rows[i].why, verify_read(&arena, &c, SLICE("900"), root, &id) == rows[i].want);
        EXPECT_SLICE(rows[i].why, id, slice_of(rows[i].id));
    }
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
        {"no list", "{}", VERIFY_UNREADABLE, ""},
    };
    struct command c = {.effect = EFFECT_TICKET_CREATE,
                        .api = API_SUPPORT,
                        .path = SLICE("/api/v2/tickets"),
                        .body = SLICE("{\"ticket\":{\"external_id\":\"tieline:k:0a\"}}")};
    struct slice path = {0};
    EXPECT_OK("path", verify_path(&arena, &c, 1, &path));
    EXPECT_SLICE("by its id", path, SLICE("/api/v2/tickets?external_id=tieline%3Ak%3A0a"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct json *root = NULL;
        struct slice id = {0};
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].answer), NULL, NULL, &root));
        EXPECT(rows[i].why, verify_read(&arena, &c, SLICE("900"), root, &id) == rows[i].want);
        EXPECT_SLICE(rows[i].why, id, slice_of(rows[i].id));
    }
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
        cmocka_unit_test(test_audits),
        cmocka_unit_test(test_new_tickets),
        cmocka_unit_test(test_looks_grow_rare_and_one_falls_on_the_settling),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
