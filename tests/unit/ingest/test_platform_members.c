/* platform_members.c, and chats of a platform's own: which key they get, what is refused and how it
 * is mended. Rows 5, 26, 88-92. */
#include "ingest/core/platform.h"
#include "ingest/core/platform_members.h"
#include "ingest/publish.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/fixture.h"

static struct arena arena;
static struct store store;

static err_t post(const char *body, struct why *why, struct event *ret_event)
{
    const struct json *root = NULL;
    EXPECT_OK(body, json_parse(&arena, slice_of(body), NULL, NULL, &root));
    store = *fixture_store();
    store.chat = true;
    struct platform_call call = {
        .account = fixture_account(), .store = &store, .body = slice_of(body)};
    return platform_read(&arena, &call, root, why, ret_event);
}

static void test_a_chat_has_a_key_of_its_store(void **state)
{
    (void)state;
    static const struct {
        const char *why, *body, *key;
        enum event_type type;
    } rows[] = {
        {"a message", "{\"type\":\"message\",\"chat\":\"47:11\",\"id\":\"m1\",\"text\":\"Hi\"}",
         "maple/chat/bikes:47:11", EVENT_PLATFORM_MESSAGE},
        {"a file alone",
         "{\"type\":\"message\",\"chat\":\"7\",\"id\":\"m1\",\"attachments\":[{\"url\":\"https://f/"
         "1\"}]}",
         "maple/chat/bikes:7", EVENT_PLATFORM_MESSAGE},
        {"by its key, as a notice had it",
         "{\"type\":\"end\",\"conversation\":\"maple/chat/bikes:7\",\"chat\":\"7\"}",
         "maple/chat/bikes:7", EVENT_END},
        {"what the bot answered by itself",
         "{\"type\":\"answer\",\"chat\":\"7\",\"messages\":[{\"markdown\":\"Hi\"}],\"confidence\":"
         "0."
         "5}",
         "maple/chat/bikes:7", EVENT_ANSWERED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct why why = {{0}};
        struct event event = {0};
        EXPECT_OK(rows[i].why, post(rows[i].body, &why, &event));
        EXPECT_SLICE(rows[i].why, event.conversation, slice_of(rows[i].key));
        EXPECT(rows[i].why, event.type == rows[i].type && event.id.len > 0);
        EXPECT("it is counted", (size_t)event.type < PUBLISH_TYPES);
        fixture_round_trip(rows[i].why, &event);
    }
}

static void test_who_the_customer_is(void **state)
{
    (void)state;
    struct why why = {{0}};
    struct event event = {0};
    EXPECT_OK(
        "posted",
        post("{\"type\":\"message\",\"chat\":\"7\",\"id\":\"m1\",\"text\":\"Look\","
             "\"customer\":{\"external_id\":\"u1\",\"name\":\"Ada\",\"email\":\"a@b.c\","
             "\"phone\":\"+49\",\"avatar_url\":\"https://i/a.png\"},\"attachments\":[{\"url\":"
             "\"https://f/1.png\",\"media_type\":\"image/png\",\"name\":\"box\"}]}",
             &why, &event));
    const struct platform_event *body = &event.body.platform;
    EXPECT_SLICE("row 91: phone", body->customer.phone, SLICE("+49"));
    EXPECT_SLICE("row 92: picture", body->customer.avatar_url, SLICE("https://i/a.png"));
    EXPECT_SLICE("row 90: mail", body->customer.email, SLICE("a@b.c"));
    EXPECT("a file", body->attachment_count == 1);
    EXPECT_SLICE("where", body->attachments[0].url, SLICE("https://f/1.png"));
    EXPECT_SLICE("what", body->attachments[0].media_type, SLICE("image/png"));
    EXPECT_SLICE("which", body->attachments[0].name, SLICE("box"));
    fixture_round_trip("kept", &event);
}

static void test_what_is_refused_names_its_member(void **state)
{
    (void)state;
    static const struct {
        const char *why, *body, *field;
    } rows[] = {
        {"nothing says which", "{\"type\":\"end\"}", "conversation"},
        {"a chat that is a number", "{\"type\":\"end\",\"chat\":7}", "chat"},
        {"another store's chat", "{\"type\":\"end\",\"conversation\":\"maple/chat/boats:7\"}",
         "conversation"},
        {"a chat without an id", "{\"type\":\"end\",\"conversation\":\"maple/chat/bikes:\"}",
         "conversation"},
        {"two that differ",
         "{\"type\":\"end\",\"conversation\":\"maple/chat/bikes:8\",\"chat\":\"7\"}", "chat"},
        {"words of no id", "{\"type\":\"message\",\"chat\":\"7\",\"text\":\"yes\"}", "id"},
        {"no words", "{\"type\":\"message\",\"chat\":\"7\",\"id\":\"m\",\"attachments\":[]}",
         "text"},
        {"files that are no list",
         "{\"type\":\"message\",\"chat\":\"7\",\"id\":\"m\",\"attachments\":{\"url\":\"x\"}}",
         "attachments"},
        {"a file without an address",
         "{\"type\":\"message\",\"chat\":\"7\",\"id\":\"m\",\"attachments\":[{\"name\":\"x\"}]}",
         "attachments"},
        {"an address of this machine",
         "{\"type\":\"message\",\"chat\":\"7\",\"id\":\"m\",\"attachments\":[{\"url\":\"file:///"
         "x\"}]}",
         "attachments"},
        {"an answer that is none", "{\"type\":\"answer\",\"chat\":\"7\",\"messages\":\"Hi\"}",
         "messages"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct why why = {{0}};
        struct event event = {0};
        EXPECT(rows[i].why, err_class(post(rows[i].body, &why, &event)) == ERR_CLASS_POISON);
        EXPECT_SLICE(rows[i].why, platform_field(&why), slice_of(rows[i].field));
    }
}

static void test_a_store_without_a_chat_has_none(void **state)
{
    (void)state;
    const char *body = "{\"type\":\"end\",\"chat\":\"7\"}";
    struct why why = {{0}};
    struct event event = {0};
    const struct json *root = NULL;
    EXPECT_OK("json", json_parse(&arena, slice_of(body), NULL, NULL, &root));
    struct platform_call call = {
        .account = fixture_account(), .store = fixture_store(), .body = slice_of(body)};
    EXPECT("refused", err_is(platform_read(&arena, &call, root, &why, &event), ERR_RANGE));
    EXPECT_SLICE("by name", platform_field(&why), SLICE("chat"));
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chat_has_a_key_of_its_store),
        cmocka_unit_test(test_who_the_customer_is),
        cmocka_unit_test(test_what_is_refused_names_its_member),
        cmocka_unit_test(test_a_store_without_a_chat_has_none),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
