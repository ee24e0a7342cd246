/* agents_answer.c: how many are online, from Zendesk's JSON:API. */
#include "egress/core/agents_answer.h"
#include "tests/support/unit.h"

#define AGENT(id) "{\"id\":\"agent_availabilities|" id "\",\"type\":\"agent_availabilities\"}"
#define CHANNEL(name, status)                                                                      \
    "{\"type\":\"channels\",\"attributes\":{\"name\":\"" name "\",\"status\":\"" status "\"}}"

static const struct {
    const char *why, *body, *want;
} rows[] = {
    {"nobody", "{\"data\":[]}", "{\"online\":0}"},
    {"a filtered list", "{\"data\":[" AGENT("1") "," AGENT("2") "]}", "{\"online\":2}"},
    {"what messaging says goes first",
     "{\"data\":[" AGENT("1") "],\"included\":[" CHANNEL("messaging", "away") "]}",
     "{\"online\":0}"},
    {"online there",
     "{\"data\":[" AGENT("1") "],\"included\":[" CHANNEL("talk", "offline") "," CHANNEL(
         "messaging", "online") "]}",
     "{\"online\":1}"},
    {"other channels say nothing of messaging",
     "{\"data\":[" AGENT("1") "],\"included\":[" CHANNEL("talk", "offline") "]}", "{\"online\":1}"},
    {"no list", "{\"data\":{}}", NULL},
    {"not even that", "[]", NULL},
    {"what came along is no list", "{\"data\":[],\"included\":7}", "{\"online\":0}"},
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena arena;
        CLEANUP(buf) struct buf out = {0};
        const struct json *root = NULL;
        arena_init(&arena, 64 * 1024);
        buf_init(&out, 256);
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].body), NULL, NULL, &root));
        err_t err = agents_answer_put(root, &out);
        if (rows[i].want == NULL) {
            EXPECT(rows[i].why, err_is(err, ERR_MISSING));
        } else {
            EXPECT_OK(rows[i].why, err);
            EXPECT_SLICE(rows[i].why, buf_slice(&out), slice_of(rows[i].want));
        }
        arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
