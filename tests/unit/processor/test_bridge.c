/* bridge.c, render_bridge.c: the way of a chat to a human, what waits for it, what goes over it.
 * The golden stories chat_*.jsonl have the bytes. Rows 88-92, 104, 105. */
#include "base/buf.h"
#include "processor/core/bridge.h"
#include "processor/core/effects.h"
#include "processor/core/render_bridge.h"
#include "tests/support/story_test.h"

#include <string.h>

#define AT(second) "{\"at\":\"2026-09-14T09:00:" second "Z\","
#define POSTS(second, members) AT(second) "\"platform\":{\"chat\":\"7\"," members "}}"
#define CALLS(second, customer)                                                                    \
    POSTS(                                                                                         \
        second,                                                                                    \
        "\"type\":\"message\",\"id\":\"m0\",\"text\":\"talk to a human\",\"customer\":{" customer)
#define OUTCOME(second, effect, result, more)                                                      \
    AT(second) "\"outcome\":{\"of\":\"" effect "\",\"result\":\"" result "\"" more "}}"
#define USER(second) OUTCOME(second, "user_create", "applied", ",\"remote_id\":\"u1\"")
#define CONVERSATION(second)                                                                       \
    OUTCOME(second, "conversation_create", "applied", ",\"remote_id\":\"c1\"")

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\"}],\"stores\":[{"
    "\"name\":\"shoes\",\"account\":\"acme\",\"chat\":{}}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static const struct command *command(const struct story *s, enum effect_kind kind, size_t nth)
{
    for (size_t i = 0; i < s->effects.command_count; i++) {
        if (s->effects.commands[i].effect == kind && nth-- == 0) {
            return &s->effects.commands[i];
        }
    }
    return NULL;
}

static size_t count(const struct story *s, enum effect_kind kind)
{
    size_t n = 0;
    while (command(s, kind, n) != NULL) {
        n++;
    }
    return n;
}

static bool has(const struct command *c, const char *part)
{
    static char body[128 * 1024];
    CHECK(c != NULL && c->body.len < sizeof body);
    memcpy(body, c->body.ptr, c->body.len);
    body[c->body.len] = '\0';
    return strstr(body, part) != NULL;
}

static void writes(struct story *s, int n, size_t bytes)
{
    CLEANUP(buf) struct buf line = {0};
    buf_init(&line, 64 * 1024);
    EXPECT_OK("line", buf_printf(&line,
                                 AT("30") "\"platform\":{\"chat\":\"7\",\"type\":\"message\","
                                          "\"id\":\"m%d\",\"text\":\"%d ",
                                 n, n));
    for (size_t i = 0; i < bytes; i++) {
        EXPECT_OK("line", buf_append_char(&line, 'x'));
    }
    EXPECT_OK("line", buf_append_text(&line, "\"}}"));
    play(s, buf_text(&line));
}

static void the_profile_has_what_zendesk_takes(void **state)
{
    static const struct {
        const char *why, *line, *has, *has_not;
    } rows[] = {
        {"rows 88, 90, 92: all of it",
         CALLS("01", "\"external_id\":\"e1\",\"name\":\"Ada Byron\",\"email\":\"a@b.org\",\"avatar_"
                     "url\":\"https://i/a\"}"),
         "{\"externalId\":\"e1\",\"profile\":{\"givenName\":\"Ada\",\"surname\":\"Byron\","
         "\"email\":"
         "\"a@b.org\",\"avatarUrl\":\"https://i/a\"}}",
         "metadata"},
        {"row 89: nothing is known", CALLS("01", "}"),
         "{\"externalId\":\"tieline:acme/chat/shoes:7\",\"profile\":{\"givenName\":\"Anonymous\","
         "\"surname\":\"Visitor\"}}",
         "email"},
        {"row 90: an address that is none", CALLS("01", "\"email\":\"Ada <a@b.org>\"}"), "profile",
         "email"},
        {"an address without a domain", CALLS("01", "\"email\":\"ada@shop\"}"), "profile", "email"},
        {"two at once", CALLS("01", "\"email\":\"a@b.org@c.org\"}"), "profile", "email"},
        {"row 91: a phone", CALLS("01", "\"phone\":\"+49 30\"}"),
         "\"metadata\":{\"phone\":\"+49 30\"}", "email"},
        {"one name", CALLS("01", "\"name\":\"Ada\"}"), "\"givenName\":\"Ada\"", "surname"},
        {"a picture that is none", CALLS("01", "\"avatar_url\":\"data:x\"}"), "profile", "avatar"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct story *s = *state;
        s->state = NULL; /* a new chat */
        play(s, rows[i].line);
        const struct command *user = command(s, EFFECT_USER_CREATE, 0);
        EXPECT(rows[i].why, has(user, rows[i].has) && !has(user, rows[i].has_not));
    }
}

static void what_is_written_meanwhile_waits_and_goes_in_order(void **state)
{
    struct story *s = *state;
    play(s, CALLS("01", "}"));
    writes(s, 1, 10);
    EXPECT("waits for the user", s->state->pending_count == 1 && count(s, EFFECT_MESSAGE) == 0);
    play(s, USER("02"));
    EXPECT("then the conversation", count(s, EFFECT_CONVERSATION_CREATE) == 1);
    writes(s, 2, 10);
    EXPECT("waits for it", s->state->pending_count == 2);
    play(s, CONVERSATION("03"));
    EXPECT("summary and two", count(s, EFFECT_MESSAGE) == 3);
    EXPECT("row 84: summary first, silent", has(command(s, EFFECT_MESSAGE, 0), "\"none\""));
    EXPECT("behind the pass", s->effects.commands[1].effect == EFFECT_PASS_CONTROL);
    EXPECT("row 104: in order", has(command(s, EFFECT_MESSAGE, 1), "\"1 x") &&
                                    has(command(s, EFFECT_MESSAGE, 2), "\"2 x"));
    const struct command *first = command(s, EFFECT_MESSAGE, 1);
    EXPECT("as the customer",
           first != NULL && first->voice == VOICE_CUSTOMER && has(first, "\"userId\":\"u1\""));
    writes(s, 3, 10);
    EXPECT("from then on at once", count(s, EFFECT_MESSAGE) == 1);
}

static void long_words_go_in_parts_and_steps_have_room(void **state)
{
    struct story *s = *state;
    size_t forwarded = 0;
    play(s, CALLS("01", "}"));
    writes(s, 1, 4096); /* with its number longer than one part */
    for (int i = 2; i <= 48; i++) {
        writes(s, i, 10);
    }
    play(s, USER("02"));
    play(s, CONVERSATION("03"));
    EXPECT("not all at once", s->state->pending_count > 0);
    forwarded += count(s, EFFECT_MESSAGE) - 1;
    EXPECT("within what is awaited", s->state->outstanding_count <= LIMIT_OUTSTANDING_MAX);
    for (int i = 0; i < 100 && (s->state->pending_count > 0 || s->waiting_count > 0); i++) {
        for (size_t w = 0; w < s->waiting_count; w++) {
            if (s->waiting[w].effect == EFFECT_MESSAGE) {
                play(s, OUTCOME("31", "message", "applied", ""));
                forwarded += count(s, EFFECT_MESSAGE);
                break;
            }
        }
    }
    EXPECT("all of them, the long one in two parts", forwarded == 49);
    EXPECT("nothing is left", s->state->pending_count == 0);
}

static void no_conversation_is_no_dead_end(void **state)
{
    static const char *const results[] = {"refused", "gave_up", "undecided"};
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        struct story *s = *state;
        struct slice line = {0};
        s->state = NULL;
        s->waiting_count = 0;
        play(s, CALLS("01", "}"));
        EXPECT_OK("line", arena_printf(&s->arena, &line, OUTCOME("02", "user_create", "%s", ""),
                                       results[i]));
        play(s, line.ptr);
        EXPECT("a ticket instead", count(s, EFFECT_TICKET_CREATE) == 1);
        EXPECT("nothing is open", s->state->bridge == BRIDGE_NONE);
    }
}

static void only_its_own_conversation_is_heard(void **state)
{
#define SAYS(conversation)                                                                         \
    "{\"at\":\"2026-09-14T09:00:09Z\",\"webhook\":{\"id\":\"e" conversation                        \
    "\",\"type\":\"conversation:message\","                                                        \
    "\"createdAt\":\"2026-09-14T09:00:08Z\",\"payload\":{\"conversation\":{\"id\":\"" conversation \
    "\",\"metadata\":{\"tieline.key\":\"acme/chat/"                                                \
    "shoes:7\",\"tieline.mac\":\"%s\"}},\"message\":{"                                             \
    "\"id\":\"z" conversation                                                                      \
    "\",\"author\":{\"type\":\"business\"},\"content\":{\"type\":\"text\",\"text\":"               \
    "\"Hello\"}}}}}"
    struct story *s = *state;
    char mac[IDENT_EFFECT_TEXT_BYTES];
    struct slice line = {0};
    ident_key_mac(config_account(s->config, SLICE("acme"))->id_key, SLICE("acme/chat/shoes:7"),
                  mac);
    play(s, CALLS("01", "}"));
    play(s, USER("02"));
    play(s, CONVERSATION("03"));
    EXPECT_OK("line", arena_printf(&s->arena, &line, SAYS("c2"), mac));
    play(s, line.ptr);
    EXPECT("metadata can be copied into another", s->effects.command_count == 0);
    EXPECT_OK("line", arena_printf(&s->arena, &line, SAYS("c1"), mac));
    play(s, line.ptr);
    EXPECT("row 105: told", has(command(s, EFFECT_BOT_NOTICE, 0), "\"text\":\"Hello\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(the_profile_has_what_zendesk_takes),
        STORY_TEST(what_is_written_meanwhile_waits_and_goes_in_order),
        STORY_TEST(long_words_go_in_parts_and_steps_have_room),
        STORY_TEST(no_conversation_is_no_dead_end),
        STORY_TEST(only_its_own_conversation_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
