/* What a bot may say, and how it is told what is wrong. */
#include "base/limits.h"
#include "event/bot_answer.h"
#include "tests/support/unit.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static err_t read_text(struct slice text, struct why *why, struct bot_answer *answer)
{
    arena_reset(&arena);
    const struct json *root = NULL;
    EXPECT_OK("the test's JSON", json_parse(&arena, text, NULL, why, &root));
    return bot_answer_read(&arena, root, why, answer);
}

static void all_members(void **state)
{
    (void)state;
    struct bot_answer answer = {0};
    struct slice text = SLICE(
        "{\"type\":\"reply\",\"messages\":[{\"markdown\":\"**a**\"},{\"markdown\":\"b\\u0000\","
        "\"more\":1}],\"confidence\":0.25,\"intent\":\"order\",\"sentiment\":\"bad\","
        "\"actions\":[\"refund\",\"lookup\"],\"resolved\":false,"
        "\"handoff\":{\"reason\":\"asked\",\"summary\":\"wants a person\"},\"unknown\":{}}");
    EXPECT_OK("read", read_text(text, NULL, &answer));
    EXPECT("two messages", answer.message_count == 2);
    EXPECT_SLICE("first", answer.messages[0], SLICE("**a**"));
    EXPECT_SLICE("second", answer.messages[1], slice_from("b\0", 2));
    EXPECT("confidence", answer.confidence > 0.24 && answer.confidence < 0.26);
    EXPECT_SLICE("intent", answer.intent, SLICE("order"));
    EXPECT_SLICE("sentiment", answer.sentiment, SLICE("bad"));
    EXPECT("two actions", answer.action_count == 2);
    EXPECT_SLICE("first action", answer.actions[0], SLICE("refund"));
    EXPECT_SLICE("second action", answer.actions[1], SLICE("lookup"));
    EXPECT("resolved: said, and no", answer.resolved_given && !answer.resolved);
    EXPECT("handoff", answer.handoff);
    EXPECT_SLICE("reason", answer.handoff_reason, SLICE("asked"));
    EXPECT_SLICE("summary", answer.handoff_summary, SLICE("wants a person"));
}

static bool says_nothing(const struct bot_answer *a)
{
    return a->message_count == 0 && a->confidence < 0 && slice_empty(a->intent) &&
           slice_empty(a->sentiment) && a->action_count == 0 && !a->resolved_given &&
           !a->resolved && !a->handoff && slice_empty(a->handoff_reason) &&
           slice_empty(a->handoff_summary);
}

static void what_is_left_out_is_not_given(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{\"messages\":[],\"actions\":[]}",
        "{\"messages\":null,\"confidence\":null,\"intent\":null,\"sentiment\":null}",
        "{\"actions\":null,\"resolved\":null,\"handoff\":null}",
        "{\"handoff\":false}",
        "{\"intent\":\"\",\"sentiment\":\"\"}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct bot_answer answer = {.handoff = true};
        EXPECT_OK(texts[i], read_text(slice_of(texts[i]), NULL, &answer));
        EXPECT(texts[i], says_nothing(&answer));
    }
    struct bot_answer answer = {0};
    EXPECT_OK("how it would have it",
              read_text(SLICE("{\"handoff\":{\"by\":\"ticket\",\"priority\":\"high\","
                              "\"tags\":\"a,b\"}}"),
                        NULL, &answer));
    EXPECT("row 81: way and priority",
           answer.handoff_way == WAY_TICKET && answer.handoff_priority == PRIORITY_HIGH);
    EXPECT_SLICE("row 81: tags", answer.handoff_tags, SLICE("a,b"));
    EXPECT_OK("true alone", read_text(SLICE("{\"handoff\":true}"), NULL, &answer));
    EXPECT("is a handoff", answer.handoff && slice_empty(answer.handoff_reason));
    EXPECT_OK("an empty object",
              read_text(SLICE("{\"handoff\":{\"reason\":null}}"), NULL, &answer));
    EXPECT("is a handoff too", answer.handoff);
    EXPECT_OK("bounds", read_text(SLICE("{\"confidence\":0}"), NULL, &answer));
    EXPECT("0 is given", answer.confidence >= 0);
    EXPECT_OK("bounds", read_text(SLICE("{\"confidence\":1.0}"), NULL, &answer));
    EXPECT("1 is given", answer.confidence >= 1);
}

static const struct wrong {
    const char *why;
    const char *text;
    enum err_code code;
    const char *says;
} wrong_wishes[] = {
    {"handoff: by", "{\"handoff\":{\"by\":\"mail\"}}", ERR_RANGE,
     "`by` must be \"live\" or \"ticket\""},
    {"handoff: nobody is no call", "{\"handoff\":{\"by\":\"message\"}}", ERR_RANGE,
     "`by` must be \"live\" or \"ticket\""},
    {"handoff: priority", "{\"handoff\":{\"priority\":\"asap\"}}", ERR_RANGE,
     "`priority` must be \"low\", \"normal\", \"high\" or \"urgent\""},
    {"handoff: tags", "{\"handoff\":{\"tags\":[\"a\"]}}", ERR_WRONG_TYPE,
     "`tags` must be a string, not an array"},
};

static void expect_named(const struct wrong *row)
{
    struct why why = {{0}};
    struct bot_answer answer = {.message_count = 77};
    EXPECT_CODE(row->why, read_text(slice_of(row->text), &why, &answer), row->code);
    if (strstr(why.text, row->says) == NULL) {
        fail_msg("%s: says \"%s\", expected \"%s\"", row->why, why.text, row->says);
    }
    EXPECT("untouched", answer.message_count == 77);
    EXPECT_CODE("without why", read_text(slice_of(row->text), NULL, &answer), row->code);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct wrong rows[] = {
        {"no object", "[]", ERR_WRONG_TYPE, "the answer must be an object, not an array"},
        {"a text", "\"hello\"", ERR_WRONG_TYPE, "the answer must be an object"},
        {"null", "null", ERR_WRONG_TYPE, "the answer must be an object"},
        {"messages: one", "{\"messages\":{\"markdown\":\"a\"}}", ERR_WRONG_TYPE,
         "`messages` must be an array, not an object"},
        {"messages: of texts", "{\"messages\":[\"a\"]}", ERR_WRONG_TYPE,
         "in `messages[0]`: it must be an object with the member `markdown`, not a string"},
        {"messages: null in it", "{\"messages\":[{\"markdown\":\"a\"},null]}", ERR_WRONG_TYPE,
         "in `messages[1]`: it must be an object"},
        {"messages: member missing", "{\"messages\":[{\"text\":\"a\"}]}", ERR_MISSING,
         "in `messages[0]`: `markdown` is missing: send {\"markdown\": \"text\"}"},
        {"messages: markdown null", "{\"messages\":[{\"markdown\":null}]}", ERR_MISSING,
         "`markdown` is missing"},
        {"messages: number", "{\"messages\":[{\"markdown\":7}]}", ERR_WRONG_TYPE,
         "in `messages[0]`: `markdown` must be a string, not a number"},
        {"messages: empty", "{\"messages\":[{\"markdown\":\"\"}]}", ERR_RANGE,
         "in `messages[0]`: `markdown` is empty: leave the message out"},
        {"messages: blanks", "{\"messages\":[{\"markdown\":\" \\n\"}]}", ERR_RANGE, "is empty"},
        {"confidence: text", "{\"confidence\":\"0.5\"}", ERR_WRONG_TYPE,
         "`confidence` must be a number from 0 to 1, not a string"},
        {"confidence: per cent", "{\"confidence\":87}", ERR_RANGE,
         "`confidence` must be a number from 0 to 1, not 87"},
        {"confidence: negative", "{\"confidence\":-0.1}", ERR_RANGE, "not -0.1"},
        {"confidence: infinite", "{\"confidence\":1e400}", ERR_RANGE, "not 1e400"},
        {"intent: object", "{\"intent\":{\"name\":\"a\"}}", ERR_WRONG_TYPE,
         "`intent` must be a string, not an object"},
        {"intent: NUL", "{\"intent\":\"a\\u0000b\"}", ERR_RANGE,
         "`intent` has a NUL character in it"},
        {"sentiment: number", "{\"sentiment\":-1}", ERR_WRONG_TYPE, "`sentiment` must be a string"},
        {"actions: text", "{\"actions\":\"refund\"}", ERR_WRONG_TYPE,
         "`actions` must be an array, not a string"},
        {"actions: of objects", "{\"actions\":[\"a\",{\"name\":\"b\"}]}", ERR_WRONG_TYPE,
         "in `actions[1]`: it must be a string, not an object"},
        {"actions: empty name", "{\"actions\":[\"\"]}", ERR_RANGE,
         "in `actions[0]`: it is empty: leave the action out"},
        {"actions: NUL", "{\"actions\":[\"\\u0000\"]}", ERR_RANGE, "in `actions[0]`: it has a NUL"},
        {"resolved: text", "{\"resolved\":\"yes\"}", ERR_WRONG_TYPE,
         "`resolved` must be true or false, not a string"},
        {"handoff: text", "{\"handoff\":\"asked\"}", ERR_WRONG_TYPE,
         "`handoff` must be an object, true or false, not a string"},
        {"handoff: reason", "{\"handoff\":{\"reason\":1}}", ERR_WRONG_TYPE,
         "`handoff.reason` must be a string, not a number"},
        {"handoff: summary", "{\"handoff\":{\"summary\":[]}}", ERR_WRONG_TYPE,
         "`handoff.summary` must be a string, not an array"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect_named(&rows[i]);
    }
    for (size_t i = 0; i < COUNT_OF(wrong_wishes); i++) {
        expect_named(&wrong_wishes[i]);
    }
    struct why why = {{0}};
    struct bot_answer answer = {0};
    EXPECT_CODE("nothing at all", bot_answer_read(&arena, NULL, &why, &answer), ERR_WRONG_TYPE);
}

/* `count` times `item` between `open` and `close`. */
static struct slice repeated(const char *open, const char *item, size_t count, const char *close)
{
    static char text[512 * 1024];
    size_t len = 0;
    len += (size_t)snprintf(text + len, sizeof text - len, "%s", open);
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", item);
    }
    len += (size_t)snprintf(text + len, sizeof text - len, "%s", close);
    return slice_from(text, len);
}

static void limits_hold_to_the_byte(void **state)
{
    (void)state;
    static const struct {
        const char *why, *open, *item;
        size_t max;
        const char *close, *says;
    } rows[] = {
        {"messages", "{\"messages\":[{\"markdown\":\"a\"}", ",{\"markdown\":\"a\"}",
         LIMIT_TURN_WORDS_MAX - 1, "]}", "`messages` has 21 elements, at most 20 are allowed"},
        {"actions", "{\"actions\":[\"a\"", ",\"a\"", LIMIT_ACTIONS_MAX - 1, "]}",
         "`actions` has 33 elements, at most 32 are allowed"},
        {"a message", "{\"messages\":[{\"markdown\":\"", "a", LIMIT_TEXT_BYTES_MAX, "\"}]}",
         "in `messages[0]`: `markdown` has 65537 bytes, at most 65536 are allowed"},
        {"an action", "{\"actions\":[\"", "a", LIMIT_LABEL_BYTES_MAX, "\"]}",
         "in `actions[0]`: it has 1025 bytes"},
        {"intent", "{\"intent\":\"", "a", LIMIT_LABEL_BYTES_MAX, "\"}", "`intent` has 1025 bytes"},
        {"reason", "{\"handoff\":{\"reason\":\"", "a", LIMIT_LABEL_BYTES_MAX, "\"}}",
         "`handoff.reason` has 1025 bytes"},
        {"summary", "{\"handoff\":{\"summary\":\"", "a", LIMIT_TEXT_BYTES_MAX, "\"}}",
         "`handoff.summary` has 65537 bytes"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct why why = {{0}};
        struct bot_answer answer = {0};
        EXPECT_OK(rows[i].why,
                  read_text(repeated(rows[i].open, rows[i].item, rows[i].max, rows[i].close), &why,
                            &answer));
        EXPECT_CODE(rows[i].why,
                    read_text(repeated(rows[i].open, rows[i].item, rows[i].max + 1, rows[i].close),
                              &why, &answer),
                    ERR_TOO_LARGE);
        EXPECT(why.text, strstr(why.text, rows[i].says) != NULL);
    }
}

static void other_failures(void **state)
{
    (void)state;
    struct bot_answer answer = {0};
    struct why why = {{0}};
    const struct json *root = NULL;
    CLEANUP(arena) struct arena tree = {0};
    arena_init(&tree, LIMIT_ARENA_BYTES_MAX);
    EXPECT_OK("parse", json_parse(&tree, SLICE("{\"actions\":[\"a\"]}"), NULL, NULL, &root));
    CLEANUP(arena) struct arena tiny = {0};
    arena_init(&tiny, 4);
    EXPECT_CODE("no room", bot_answer_read(&tiny, root, &why, &answer), ERR_ARENA_FULL);

    struct json intent = {.type = JSON_STRING, .key = SLICE("intent"), .text = SLICE("\xff")};
    struct json object = {.type = JSON_OBJECT, .first = &intent, .count = 1};
    EXPECT_CODE("a tree from elsewhere", bot_answer_read(&arena, &object, &why, &answer), ERR_UTF8);
    EXPECT_TEXT("is named", why.text, "`intent` is not valid UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_members),
        cmocka_unit_test(what_is_left_out_is_not_given),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(limits_hold_to_the_byte),
        cmocka_unit_test(other_failures),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
