/* Words become others of the same shape, the same ones each time; what a rule matches stays. */
#include "ctl/replay/redact_parts.h"
#include "event/codec.h"
#include "json/json_read.h"
#include "processor/core/phrases.h"
#include "processor/core/phrases_known.h"
#include "tests/support/unit.h"

#include <string.h>

struct desk {
    struct arena arena;
    struct redact r;
};

static int open_desk(void **state)
{
    static struct desk desk;
    desk = (struct desk){.r = {.key = "one key"}};
    arena_init(&desk.arena, LIMIT_ARENA_BYTES_MAX);
    desk.r.arena = &desk.arena;
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    redact_deinit(&desk->r);
    arena_deinit(&desk->arena);
    return 0;
}

static struct slice redacted(struct desk *desk, const char *text)
{
    struct slice out = {0};
    EXPECT_OK(text, redact_text(&desk->r, slice_of(text), &out));
    EXPECT("as long", out.len == strlen(text) && slice_is_utf8(out));
    return out;
}

static bool asks(struct slice text)
{
    size_t count = 0;
    const struct slice *phrases = phrases_known(&count);
    return phrases_in(text, phrases, count);
}

static void shape_stays_and_words_go(void **state)
{
    struct slice out = redacted(*state, "Ada Byron, order 1042: WHERE is it?");
    EXPECT("signs stay", out.ptr[9] == ',' && out.ptr[21] == ':' && out.ptr[out.len - 1] == '?');
    EXPECT("blanks stay", out.ptr[3] == ' ' && out.ptr[10] == ' ');
    EXPECT("capitals stay", out.ptr[0] >= 'A' && out.ptr[0] <= 'Z' && out.ptr[1] >= 'a');
    EXPECT("digits stay digits", out.ptr[17] >= '0' && out.ptr[17] <= '9');
    EXPECT("no word stays", !slice_starts_with(out, SLICE("Ada")) &&
                                !slice_equal(slice_sub(out, 4, 9), SLICE("Byron")) &&
                                !slice_equal(slice_sub(out, 17, 21), SLICE("1042")));
}

static void the_same_word_is_the_same(void **state)
{
    struct slice out = redacted(*state, "order ORDER order");
    EXPECT("twice", slice_equal(slice_sub(out, 0, 5), slice_sub(out, 12, 17)));
    EXPECT("whatever its case", slice_equal_nocase(slice_sub(out, 0, 5), slice_sub(out, 6, 11)));
    EXPECT("said again", phrase_digest(redacted(*state, "Where is my parcel?!")) ==
                             phrase_digest(redacted(*state, "where is MY parcel")));
}

static void what_asks_for_a_human_still_does(void **state)
{
    static const char *const texts[] = {
        "I am Ada Byron, I want to talk to a human now",
        "Kann ich mit einem Menschen sprechen? Ada",
        "转人工 Ada",
        "Quiero hablar con una persona, soy Ada",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct slice out = redacted(*state, texts[i]);
        EXPECT(texts[i], asks(slice_of(texts[i])) && asks(out));
        for (size_t at = 0; at + 3 <= out.len; at++) {
            EXPECT("no name", !slice_equal(slice_sub(out, at, at + 3), SLICE("Ada")));
        }
    }
    EXPECT("and nothing else does", !asks(redacted(*state, "where is my order, dear friend?")));
}

/* Of other scripts too: another text of the same length, in the same script. */
static void other_scripts(void **state)
{
    static const char *const texts[] = {"Müller Größe", "Где мой заказ", "Πού είναι",
                                        "איפה ההזמנה",  "أين طلبي",      "私の注文はどこ",
                                        "내 주문",      "ฉันอยู่ที่ไหน"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct slice out = redacted(*state, texts[i]);
        EXPECT(texts[i], !slice_equal(out, slice_of(texts[i])));
    }
    EXPECT("pictures stay", slice_equal(redacted(*state, "👍 → ✓"), SLICE("👍 → ✓")));
}

static void ids_and_keys(void **state)
{
    struct desk *desk = *state;
    struct slice a = {0};
    struct slice b = {0};
    EXPECT_OK("key", redact_key(&desk->r, SLICE("acme/messaging/6ac7d3e5"), &a));
    EXPECT_OK("again", redact_key(&desk->r, SLICE("acme/messaging/6ac7d3e5"), &b));
    EXPECT("the same", slice_equal(a, b) && !slice_equal(a, SLICE("acme/messaging/6ac7d3e5")));
    EXPECT("of its account and surface", slice_starts_with(a, SLICE("acme/messaging/")));
    EXPECT_OK("ticket", redact_key(&desk->r, SLICE("acme/ticket/35436"), &a));
    EXPECT_SLICE("a number is a number", a, SLICE("acme/ticket/35436"));
}

/* Counted by a platform, and as short as can be. */
static void two_ids_never_become_one(void **state)
{
    enum { IDS = 300 };
    struct desk *desk = *state;
    struct slice ids[IDS];
    char text[16];
    for (int i = 0; i < IDS; i++) {
        (void)snprintf(text, sizeof text, "m%x", (unsigned)i);
        EXPECT_OK("id", redact_id(&desk->r, slice_of(text), &ids[i]));
        EXPECT("another", !slice_equal(ids[i], slice_of(text)) && ids[i].len == strlen(text));
        for (int j = 0; j < i; j++) {
            EXPECT("of its own", !slice_equal(ids[i], ids[j]));
        }
    }
}

/* Whether a file is fetched is decided by its place. */
static void addresses_of_files(void **state)
{
    struct desk *desk = *state;
    struct slice url = {0};
    CLEANUP_PTR(config_log) struct config_log *config = NULL;
    CLEANUP(buf) struct buf bytes = {0};
    struct config_record account = {.kind = CONFIG_ACCOUNT};
    struct config_record store = {.kind = CONFIG_STORE};
    account.body.account =
        (struct account){.name = SLICE("acme"), .enabled = true, .subdomain = SLICE("acme")};
    account.body.account.id_key = SLICE("an id key of thirty-two bytes !!");
    store.body.store = (struct store){.name = SLICE("shoes"),
                                      .account = SLICE("acme"),
                                      .enabled = true,
                                      .bot_kind = BOT_HTTP,
                                      .bot_timeout = span_s(20),
                                      .bot_url = SLICE("https://bot.example/ask")};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("log", config_log_new(&config));
    EXPECT_OK("account", codec_config_encode(&account, &bytes));
    EXPECT_OK("added", config_log_add(config, 0, SLICE("account/acme"), buf_slice(&bytes), NULL));
    buf_reset(&bytes);
    EXPECT_OK("store", codec_config_encode(&store, &bytes));
    EXPECT_OK("added", config_log_add(config, 1, SLICE("store/shoes"), buf_slice(&bytes), NULL));
    EXPECT_OK("set", config_log_at(config, 1, &desk->r.config));
    static const struct {
        const char *url, *kept;
    } rows[] = {{"https://acme.zendesk.com/sc/Ada.pdf", "https://acme.zendesk.com/"},
                {"https://bot.example/files/Ada.pdf", "https://bot.example/"},
                {"https://Ada.example/x.png", "https://"},
                {"http://Ada.example/x.png", "http://"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EXPECT_OK(rows[i].url, redact_url(&desk->r, slice_of(rows[i].url), &url));
        EXPECT(rows[i].url,
               slice_starts_with(url, slice_of(rows[i].kept)) && url.len == strlen(rows[i].url));
        EXPECT("but no more", !slice_equal(url, slice_of(rows[i].url)));
        EXPECT("no name", !slice_ends_with(url, SLICE("Ada.pdf")) &&
                              !slice_starts_with(url, SLICE("https://Ada")) &&
                              !slice_starts_with(url, SLICE("http://Ada")));
    }
    EXPECT_OK("none", redact_url(&desk->r, SLICE("Ada.pdf"), &url));
    EXPECT("is words", url.len == 7 && !slice_starts_with(url, SLICE("Ada")));
}

/* Names and form stay, so it is read as it was. */
static void what_was_fetched(void **state)
{
    struct desk *desk = *state;
    struct slice out = {0};
    struct slice key = {0};
    const struct json *root = NULL;
    EXPECT_OK("redacted",
              redact_fetched(&desk->r,
                             SLICE("{\"ticket\": {\"id\": 17, \"status\": \"open\", \"subject\": "
                                   "\"Ada's \\u00e9lan\", \"tags\": [\"tieline_6ac7d3e5\"], "
                                   "\"external_id\": \"tieline:acme/messaging/6ac7d3e5:00\"}, "
                                   "\"comments\": [{\"id\": \"c1\", \"text\": \"Ada\"}]}"),
                             &out));
    EXPECT_OK("is JSON", json_parse(&desk->arena, out, NULL, NULL, &root));
    EXPECT("numbers stay", json_i64(json_find(root, "ticket.id"), 0) == 17);
    EXPECT_SLICE("what decides stays", json_string(json_find(root, "ticket.status")),
                 SLICE("open"));
    struct slice subject = json_string(json_find(root, "ticket.subject"));
    EXPECT("words go", subject.len == 11 && !slice_starts_with(subject, SLICE("Ada")));
    EXPECT("everywhere",
           !slice_equal(json_string(json_find(json_find(root, "comments")->first, "text")),
                        SLICE("Ada")));
    EXPECT_OK("key", redact_key(&desk->r, SLICE("acme/messaging/6ac7d3e5"), &key));
    struct slice id = slice_sub(key, strlen("acme/messaging/"), key.len);
    struct slice tag = json_string(json_find(root, "ticket.tags")->first);
    EXPECT("a tag names the conversation as it is called now",
           slice_starts_with(tag, SLICE("tieline_")) &&
               slice_equal(slice_sub(tag, strlen("tieline_"), tag.len), id));
    struct slice external = json_string(json_find(root, "ticket.external_id"));
    EXPECT("and so does the id that we have given",
           slice_equal(slice_sub(external, strlen("tieline:"), strlen("tieline:") + key.len), key));
    EXPECT_OK("no JSON", redact_fetched(&desk->r, SLICE("Ada {"), &out));
    EXPECT("is words", out.len == 5 && !slice_starts_with(out, SLICE("Ada")));
}

static void customer_data(void **state)
{
    struct desk *desk = *state;
    struct slice out = {0};
    const struct json *root = NULL;
    struct slice text = SLICE("{\"order\": 1042, \"rate\": -0.50e1, \"vip\": true, \"who\": "
                              "{\"name\": \"Ada\"}, \"dataCapture.systemField.priority\": "
                              "\"high\"}");
    EXPECT_OK("redacted", redact_data(&desk->r, SLICE(""), text, &out));
    EXPECT("as long", out.len == text.len);
    EXPECT_OK("is JSON", json_parse(&desk->arena, out, NULL, NULL, &root));
    EXPECT("a number of as many digits", json_i64(json_find(root, "order"), 0) >= 1000 &&
                                             json_i64(json_find(root, "order"), 0) != 1042);
    EXPECT("a fraction", json_find(root, "rate")->type == JSON_NUMBER);
    EXPECT("what is so or not", json_bool(json_find(root, "vip"), false));
    EXPECT("words go", !slice_equal(json_string(json_find(root, "who.name")), SLICE("Ada")));
    const struct json *priority = json_member(root, SLICE("dataCapture.systemField.priority"));
    EXPECT_SLICE("a choice of Zendesk's stays", json_string(priority), SLICE("high"));
}

/* What a state knows by its digest alone is what comes later under another name. */
static void what_was_seen_is_known(void **state)
{
    struct desk *desk = *state;
    struct conversation *known = ARENA_NEW(&desk->arena, struct conversation);
    struct slice id = {0};
    struct slice said = {0};
    struct slice words = SLICE("where is my parcel, please?");
    EXPECT("room", known != NULL);
    known->seen[0].digest = ident_digest(SLICE("m1"));
    known->seen[1].digest = ident_digest(SLICE("m2"));
    known->seen_count = 2;
    known->said[0] = phrase_digest(words);
    known->said_count = 1;
    EXPECT_OK("an id of an event", redact_id(&desk->r, SLICE("m1"), &id));
    EXPECT_OK("its words", redact_text(&desk->r, words, &said));
    EXPECT_OK("the state", redact_state(&desk->r, known));
    EXPECT("seen", known->seen[0].digest == ident_digest(id));
    EXPECT("what comes no more stays", known->seen[1].digest == ident_digest(SLICE("m2")));
    EXPECT("said", known->said[0] == phrase_digest(said) && known->said[0] != 0);
}

static void every_word_of_an_event(void **state)
{
    struct desk *desk = *state;
    struct event event = {.type = EVENT_MESSAGE,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = SLICE("abcdef01"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/6ac7d3e5"),
                          .raw = SLICE("{\"text\":\"canary\"}")};
    struct conversations_event *body = &event.body.conversations;
    body->type = SLICE("conversation:message");
    body->widget_id = SLICE("w1");
    body->text = SLICE("canary");
    body->author_name = SLICE("canary");
    body->customer.name = SLICE("canary");
    body->customer.email = SLICE("canary@canary.example");
    body->customer.external_id = SLICE("canary");
    body->active.name = SLICE("tieline");
    EXPECT_OK("redacted", redact_event(&desk->r, &event));
    const struct slice words[] = {event.raw,
                                  event.id,
                                  body->text,
                                  body->author_name,
                                  body->customer.name,
                                  body->customer.email,
                                  body->customer.external_id};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (size_t at = 0; at + 6 <= words[i].len; at++) {
            EXPECT("gone", !slice_equal(slice_sub(words[i], at, at + 6), SLICE("canary")));
        }
    }
    EXPECT_SLICE("kinds stay", body->type, SLICE("conversation:message"));
    EXPECT_SLICE("the configuration's ids stay", body->widget_id, SLICE("w1"));
    EXPECT_SLICE("integrations stay", body->active.name, SLICE("tieline"));
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(shape_stays_and_words_go),
        DESK_TEST(the_same_word_is_the_same),
        DESK_TEST(what_asks_for_a_human_still_does),
        DESK_TEST(other_scripts),
        DESK_TEST(ids_and_keys),
        DESK_TEST(two_ids_never_become_one),
        DESK_TEST(addresses_of_files),
        DESK_TEST(what_was_fetched),
        DESK_TEST(customer_data),
        DESK_TEST(what_was_seen_is_known),
        DESK_TEST(every_word_of_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
