/* customer_data.c: merged, bounded, and who gets it. Rows 34, 101. */
#include "base/buf.h"
#include "processor/core/customer_data.h"
#include "tests/support/unit.h"

static struct arena arena;
static struct conversation state;
static struct effects effects;

static void takes(const char *json)
{
    struct event event = {.type = EVENT_CUSTOMER_DATA};
    struct context ctx = {.arena = &arena, .state = &state, .event = &event, .effects = &effects};
    event.body.platform.data = slice_of(json);
    effects_reset(&effects);
    EXPECT_OK(json, customer_data_take(&ctx));
}

static struct slice text_of(const char *key)
{
    struct slice text = {0};
    EXPECT_OK(key, customer_data_text(&arena, &state, slice_of(key), &text));
    return text;
}

static int fresh(void **unused)
{
    (void)unused;
    arena_reset(&arena);
    state = (struct conversation){.key = SLICE("acme/messaging/c1")};
    return 0;
}

static void the_newest_value_of_a_key_counts(void **unused)
{
    (void)unused;
    takes("{\"tier\":\"gold\",\"orders\":12,\"vip\":true,\"cart\":{\"items\":[1,2]},\"gone\":1}");
    EXPECT("all", state.data_count == 5 && !effects_has_note(&effects, NOTE_DATA_CUT));
    takes("{\"tier\":\"silver \\u263A\",\"gone\":null,\"never\":null}");
    EXPECT("one less", state.data_count == 4);
    EXPECT_SLICE("JSON as it came", customer_data_get(&state, SLICE("cart")),
                 SLICE("{\"items\":[1,2]}"));
    EXPECT_SLICE("text without quotes and escapes", text_of("tier"), SLICE("silver \xE2\x98\xBA"));
    EXPECT_SLICE("number", text_of("orders"), SLICE("12"));
    EXPECT_SLICE("boolean", text_of("vip"), SLICE("true"));
    EXPECT_SLICE("no text", text_of("cart"), SLICE(""));
    EXPECT_SLICE("not there", text_of("gone"), SLICE(""));
}

static void it_is_bounded(void **unused)
{
    (void)unused;
    static char json[64 * 1024];
    size_t len = (size_t)snprintf(json, sizeof json, "{");
    for (int i = 0; i < 2 * LIMIT_DATA_ENTRIES_MAX; i++) {
        len +=
            (size_t)snprintf(json + len, sizeof json - len, "%s\"k%d\":%d", i > 0 ? "," : "", i, i);
    }
    (void)snprintf(json + len, sizeof json - len, "}");
    takes(json);
    EXPECT("by number", state.data_count == LIMIT_DATA_ENTRIES_MAX);
    EXPECT("and said", effects_has_note(&effects, NOTE_DATA_CUT));
    takes("{\"k0\":null,\"new\":1}");
    EXPECT_SLICE("there is room again", text_of("new"), SLICE("1"));
    (void)fresh(NULL);
    char value[LIMIT_DATA_VALUE_BYTES_MAX];
    memset(value, 'x', sizeof value);
    (void)snprintf(json, sizeof json, "{\"long\":\"%.*s\",\"fits\":\"%.*s\"}",
                   (int)sizeof value - 1, value, (int)sizeof value - 2, value);
    takes(json);
    EXPECT("by the value", state.data_count == 1 && effects_has_note(&effects, NOTE_DATA_CUT));
    for (int i = 0; i < LIMIT_DATA_ENTRIES_MAX; i++) {
        (void)snprintf(json, sizeof json, "{\"k%d\":\"%.*s\"}", i, (int)sizeof value - 2, value);
        takes(json);
    }
    size_t bytes = 0;
    for (size_t i = 0; i < state.data_count; i++) {
        bytes += state.data[i].key.len + state.data[i].value.len;
    }
    EXPECT("by bytes in all", bytes <= LIMIT_DATA_BYTES_MAX && state.data_count == 7);
    takes("not JSON");
    EXPECT("unread, and all as it was", state.data_count == 7);
}

static void the_bot_gets_all_but_what_is_zendesks(void **unused)
{
    (void)unused;
    CLEANUP(buf) struct buf out = {0};
    struct json_write w;
    buf_init(&out, 4096);
    takes("{\"key1\":\"a\",\"dataCapture.ticketField.36\":\"1042\",\"n\":1.50}");
    json_write_init(&w, &out);
    json_object(&w);
    customer_data_write(&w, &state);
    json_end(&w);
    EXPECT_OK("written", json_write_done(&w));
    EXPECT_SLICE("row 101", buf_slice(&out), SLICE("{\"data\":{\"key1\":\"a\",\"n\":1.50}}"));
    (void)fresh(NULL);
    takes("{\"dataCapture.ticketField.36\":\"1042\"}");
    buf_reset(&out);
    json_write_init(&w, &out);
    json_object(&w);
    customer_data_write(&w, &state);
    json_end(&w);
    EXPECT_OK("written", json_write_done(&w));
    EXPECT_SLICE("nothing for the bot", buf_slice(&out), SLICE("{}"));
}

static void of_the_person_what_is_there_replaces(void **unused)
{
    (void)unused;
    struct customer known = {.user_id = SLICE("u1"), .name = SLICE("Ada"), .phone = SLICE("1")};
    struct customer found = {.email = SLICE("a@b.example"), .phone = SLICE("2")};
    customer_data_take_person(&known, &found);
    EXPECT_SLICE("kept", known.name, SLICE("Ada"));
    EXPECT_SLICE("new", known.email, SLICE("a@b.example"));
    EXPECT_SLICE("replaced", known.phone, SLICE("2"));
    EXPECT_SLICE("kept", known.user_id, SLICE("u1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_newest_value_of_a_key_counts, fresh),
        cmocka_unit_test_setup(it_is_bounded, fresh),
        cmocka_unit_test_setup(the_bot_gets_all_but_what_is_zendesks, fresh),
        cmocka_unit_test_setup(of_the_person_what_is_there_replaces, fresh),
    };
    arena_init(&arena, 16 * 1024 * 1024);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
