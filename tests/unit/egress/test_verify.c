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
        cmocka_unit_test(test_looks_grow_rare_and_one_falls_on_the_settling),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
