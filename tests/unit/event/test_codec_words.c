/* Every text and id of a record is met once, with its name, and may be changed. */
#include "event/codec.h"
#include "event/codec_words.h"
#include "tests/support/unit.h"

#include <string.h>

struct met {
    size_t count;
    char names[512];
};

static err_t meet(void *arg, const char *parent, const char *name, enum codec_word kind,
                  struct slice *value)
{
    struct met *met = arg;
    size_t len = strlen(met->names);
    (void)snprintf(met->names + len, sizeof met->names - len, "%s.%s ", parent, name);
    met->count++;
    EXPECT("it is something", value->len > 0);
    if (kind == CODEC_TEXT) {
        *value = SLICE("changed");
    }
    return err_ok();
}

static void all_of_an_event(void **state)
{
    (void)state;
    struct met met = {0};
    struct event event = {.type = EVENT_MESSAGE,
                          .id = SLICE("e1"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/c1")};
    event.body.conversations.text = SLICE("words");
    event.body.conversations.customer.email = SLICE("ada@customer.example");
    EXPECT_OK("walked", codec_event_words(&event, meet, &met));
    EXPECT_TEXT("each by its name", met.names, ".id .account .conversation customer.email .text ");
    EXPECT_SLICE("changed", event.body.conversations.text, SLICE("changed"));
}

/* Lists, and records within records, are changed where they are. */
static void lists_too(void **state)
{
    (void)state;
    struct met met = {0};
    CLEANUP(arena) struct arena arena;
    CLEANUP(buf) struct buf bytes = {0};
    struct transcript_entry entries[2] = {{.speaker = SPEAKER_CUSTOMER, .text = SLICE("one")},
                                          {.speaker = SPEAKER_CUSTOMER, .text = SLICE("two")}};
    struct transcript_chunk chunk = {
        .conversation = SLICE("acme/messaging/c1"), .entries = entries, .entry_count = 2};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encode", codec_transcript_encode(&chunk, &bytes));
    EXPECT_OK("decode", codec_transcript_decode(&arena, buf_slice(&bytes), NULL, &chunk));
    EXPECT_OK("walked", codec_transcript_words(&chunk, meet, &met));
    EXPECT("key and two texts", met.count == 3);
    EXPECT_SLICE("the second too", chunk.entries[1].text, SLICE("changed"));
}

static void of_a_state(void **state)
{
    (void)state;
    struct met met = {0};
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct conversation *c = ARENA_NEW(&arena, struct conversation);
    c->key = SLICE("acme/messaging/c1");
    c->customer.name = SLICE("Ada");
    EXPECT_OK("walked", codec_conversation_words(c, meet, &met));
    EXPECT("both",
           strstr(met.names, ".key ") != NULL && strstr(met.names, "customer.name ") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_an_event),
        cmocka_unit_test(lists_too),
        cmocka_unit_test(of_a_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
