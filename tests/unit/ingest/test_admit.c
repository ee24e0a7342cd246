/* What becomes of a body: events, dead letters, refusals. Covers rows 39, 42, 43, 47 and 52; with
 * admit.c also ticket.c and fingerprint.c. */
#include "ingest/core/admit.h"
#include "ingest/core/platform.h"
#include "json/json_elements.h"
#include "tests/support/failing_heap.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/fixture.h"

static struct admitted admit_body(struct arena *arena, enum endpoint endpoint, struct slice body,
                                  const char *invocation, const char *nonce)
{
    struct admit_request request = {
        .endpoint = endpoint,
        .account = fixture_account(),
        .store = endpoint == ENDPOINT_CONVERSATIONS ? NULL : fixture_store(),
        .body = body,
        .invocation_id = slice_of(invocation),
        .traceparent = SLICE("00-11111111111111111111111111111111-2222222222222222-01"),
        .nonce = slice_of(nonce),
        .now = {1772438400000},
    };
    struct admitted admitted = {0};
    EXPECT_OK("always an answer", admit(arena, &request, &admitted));
    return admitted;
}

#define S(literal)                                                                                 \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static const struct {
    const char *why;
    const char *file;
    struct ticket_event want;
    int64_t occurred;
} tickets[] = {
    {"rows 39 and 42: a ticket was made",
     "tickets/created",
     {S("ticket_created"), S("8801"), S("4400110022"), S("31"), S("2026-03-02T08:20:00Z"),
      S("990001"), S("inv-1")},
     1772439600000},
    {"row 43: a comment was added",
     "tickets/comment_added",
     {S("comment_added"), S("8801"), S("4400110022"), S("5500110022"), S("2026-03-02T08:25:00Z"),
      S("990002"), S("inv-1")},
     1772439900000},
    {"ids as numbers",
     "tickets/changed",
     {S("ticket_changed"), S("8801"), S("4400110022"), S("-1"), S("2026-03-02T08:26:00Z"),
      S("990002"), S("inv-1")},
     1772439960000},
    {"placeholders that rendered empty",
     "tickets/empty_placeholders",
     {.event = S("ticket_created"), .ticket_id = S("8802"), .invocation_id = S("inv-1")},
     0},
    {"an event subscription",
     "tickets/subscribed_comment",
     {S("zen:event-type:ticket.comment_added"), S("8801"), S("4400110022"), S("5500110022"),
      S("2026-03-02T08:25:00Z"), S("990002"), S("inv-1")},
     1772439901500},
};

static void reads_tickets(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(tickets); i++) {
        const char *why = tickets[i].why;
        struct slice body = fixture_file(tickets[i].file);
        struct admitted admitted = admit_body(&arena, ENDPOINT_TICKETS, body, "inv-1", "n");
        EXPECT(why, admitted.event_count == 1 && admitted.dead_count == 0);
        const struct event *event = &admitted.events[0];
        const struct ticket_event *want = &tickets[i].want;
        EXPECT(why, event->type == EVENT_TICKET && event->source == EVENT_FROM_SUPPORT);
        EXPECT(why, event->occurred.ms == tickets[i].occurred);
        EXPECT_SLICE(why, event->store, SLICE("bikes"));
        EXPECT(why, slice_starts_with(event->conversation, SLICE("maple/ticket/880")));
        EXPECT_SLICE(why, event->body.ticket.event, want->event);
        EXPECT_SLICE(why, event->body.ticket.ticket_id, want->ticket_id);
        EXPECT_SLICE(why, event->body.ticket.brand_id, want->brand_id);
        EXPECT_SLICE(why, event->body.ticket.current_user_id, want->current_user_id);
        EXPECT_SLICE(why, event->body.ticket.updated_at, want->updated_at);
        EXPECT_SLICE(why, event->body.ticket.latest_comment_id, want->latest_comment_id);
        EXPECT_SLICE(why, event->body.ticket.invocation_id, want->invocation_id);
        EXPECT_SLICE(why, event->raw, body);
        fixture_round_trip(why, event);
        arena_reset(&arena);
    }
}

static const struct {
    const char *why;
    const char *file[2];
    const char *invocation[2];
    bool same;
} twice[] = {
    {"a repeated call is the same event",
     {"tickets/comment_added", "tickets/comment_added"},
     {"inv-1", "inv-1"},
     true},
    {"another call about the same is another event",
     {"tickets/comment_added", "tickets/comment_added"},
     {"inv-1", "inv-2"},
     false},
    {"one call id on two bodies is two events",
     {"tickets/created", "tickets/comment_added"},
     {"inv-1", "inv-1"},
     false},
    {"no call id: a double fetch is harmless, a swallowed one is not",
     {"tickets/comment_added", "tickets/comment_added"},
     {NULL, NULL},
     false},
    {"empty placeholders never make two comments one",
     {"tickets/empty_placeholders", "tickets/empty_placeholders"},
     {NULL, NULL},
     false},
    {"Zendesk's event id serves without a call id",
     {"tickets/subscribed_comment", "tickets/subscribed_comment"},
     {NULL, NULL},
     true},
};

static void names_tickets(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(twice); i++) {
        struct slice id[2] = {0};
        for (size_t k = 0; k < 2; k++) {
            struct admitted admitted =
                admit_body(&arena, ENDPOINT_TICKETS, fixture_file(twice[i].file[k]),
                           twice[i].invocation[k], k == 0 ? "random-1" : "random-2");
            EXPECT(twice[i].why, admitted.event_count == 1);
            id[k] = admitted.events[0].id;
        }
        EXPECT(twice[i].why, slice_equal(id[0], id[1]) == twice[i].same);
    }
}

#define EVENT(members) "{\"events\":[{" members "}]}"

static const struct {
    const char *why;
    enum endpoint endpoint;
    const char *body;
    const char *reason;
} unreadable[] = {
    {"nothing", ENDPOINT_CONVERSATIONS, "", "SYNTAX"},
    {"no JSON", ENDPOINT_CONVERSATIONS, "events=1", "SYNTAX"},
    {"cut in the middle", ENDPOINT_CONVERSATIONS, "{\"events\":[{\"id\":\"1\"", "SYNTAX"},
    {"two values", ENDPOINT_CONVERSATIONS, "{\"events\":[]} {}", "SYNTAX"},
    {"a byte order mark", ENDPOINT_CONVERSATIONS, "\xEF\xBB\xBF{\"events\":[]}", "SYNTAX"},
    {"not UTF-8", ENDPOINT_CONVERSATIONS, "{\"events\":[\"\xFF\"]}", "UTF8"},
    {"half of a surrogate pair in a key", ENDPOINT_CONVERSATIONS, "{\"events\":[{\"\\ud800\":1}]}",
     "UTF8"},
    {"a doubled key: which one counts?", ENDPOINT_CONVERSATIONS, "{\"events\":[],\"events\":[]}",
     "DUPLICATE"},
    {"no events", ENDPOINT_CONVERSATIONS, "{\"app\":{}}", "MISSING"},
    {"events that are none", ENDPOINT_CONVERSATIONS, "{\"events\":{}}", "WRONG_TYPE"},
    {"an array", ENDPOINT_CONVERSATIONS, "[]", "MISSING"},
    {"row 39: text in quotes broke the template", ENDPOINT_TICKETS,
     "{\"event\":\"comment_added\",\"text\":\"he said \"hi\"\"}", "SYNTAX"},
    {"a ticket that is a list", ENDPOINT_TICKETS, "[1]", "WRONG_TYPE"},
    {"no ticket id", ENDPOINT_TICKETS, "{\"event\":\"ticket_created\"}", "MISSING"},
    {"an empty ticket id", ENDPOINT_TICKETS, "{\"ticket_id\":\"\"}", "MISSING"},
    {"a ticket id that is an object", ENDPOINT_TICKETS, "{\"ticket_id\":{}}", "MISSING"},
    {"an event subscription without detail", ENDPOINT_TICKETS,
     "{\"type\":\"zen:event-type:ticket.created\",\"id\":\"1\"}", "MISSING"},
    {"an event without id", ENDPOINT_CONVERSATIONS, EVENT("\"type\":\"t\""), "MISSING"},
    {"an event with an empty id", ENDPOINT_CONVERSATIONS, EVENT("\"id\":\"\",\"type\":\"t\""),
     "MISSING"},
    {"an id with NUL", ENDPOINT_CONVERSATIONS, EVENT("\"id\":\"a\\u0000b\",\"type\":\"t\""),
     "MISSING"},
    {"an event without type", ENDPOINT_CONVERSATIONS, EVENT("\"id\":\"1\""), "MISSING"},
};

static void keeps_what_zendesk_garbled(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(unreadable); i++) {
        const char *why = unreadable[i].why;
        struct slice body = slice_of(unreadable[i].body);
        struct admitted admitted = admit_body(&arena, unreadable[i].endpoint, body, NULL, "n");
        EXPECT(why, !admitted.refused && admitted.event_count == 0 && admitted.dead_count == 1);
        const struct dead *dead = &admitted.dead[0];
        EXPECT_SLICE(why, dead->reason, slice_of(unreadable[i].reason));
        EXPECT(why, dead->text.len > 0 && dead->partition == -1 && dead->at.ms == 1772438400000);
        struct json_elements pieces = {.count = 0};
        bool one_event = unreadable[i].endpoint == ENDPOINT_CONVERSATIONS &&
                         !err_failed(json_elements_find(body, SLICE("events"), &pieces));
        EXPECT_SLICE(why, dead->value, one_event ? slice_sub(body, 11, body.len - 2) : body);
        arena_reset(&arena);
    }
}

#define GOOD(id, text)                                                                             \
    "{\"id\":\"" id                                                                                \
    "\",\"type\":\"conversation:message\",\"payload\":{\"conversation\":{\"id\":\"7b01\"},"        \
    "\"message\":{\"id\":\"m" id "\",\"author\":{\"type\":\"user\",\"userId\":\"u\"},"             \
    "\"content\":{\"type\":\"text\",\"text\":\"" text "\"}}}}"

static const struct {
    const char *why;
    const char *bad; /* stands between two good ones */
    const char *reason;
} beside[] = {
    {"a doubled key", "{\"id\":\"2\",\"type\":\"t\",\"id\":\"3\"}", "DUPLICATE"},
    {"no UTF-8", "{\"id\":\"2\",\"type\":\"t\",\"x\":\"\xFF\"}", "UTF8"},
    {"half of a pair in a key", "{\"id\":\"2\",\"type\":\"t\",\"\\ud800\":1}", "UTF8"},
    {"NUL in a key", "{\"id\":\"2\",\"type\":\"t\",\"\\u0000\":1}", "SYNTAX"},
    {"a line feed in a text", "{\"id\":\"2\",\"type\":\"t\n\"}", "SYNTAX"},
    {"a word that is none", "{\"id\":\"2\",\"type\":undefined}", "SYNTAX"},
    {"a comma at the end", "{\"id\":\"2\",\"type\":\"t\",}", "SYNTAX"},
    {"too deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "TOO_DEEP"},
    {"no object", "7", "WRONG_TYPE"},
    {"no id", "{\"type\":\"t\"}", "MISSING"},
};

static void one_bad_event_costs_no_other(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(beside); i++) {
        const char *why = beside[i].why;
        char body[2048];
        (void)snprintf(body, sizeof body, "{\"app\":{},\"events\":[%s, %s ,%s]}", GOOD("1", "hi"),
                       beside[i].bad, GOOD("3", "ho"));
        struct admitted admitted =
            admit_body(&arena, ENDPOINT_CONVERSATIONS, slice_of(body), NULL, "n");
        EXPECT(why, admitted.event_count == 2 && admitted.dead_count == 1);
        EXPECT_SLICE(why, admitted.dead[0].value, slice_of(beside[i].bad));
        EXPECT_SLICE(why, admitted.dead[0].reason, slice_of(beside[i].reason));
        EXPECT_SLICE(why, admitted.events[0].raw, SLICE(GOOD("1", "hi")));
        EXPECT_SLICE(why, admitted.events[1].body.conversations.text, SLICE("ho"));
        fixture_round_trip(why, &admitted.events[0]);
        fixture_round_trip(why, &admitted.events[1]);
        arena_reset(&arena);
    }
}

/* Half of an emoji is no reason not to hear a customer; the bytes are kept as they came. */
static void half_of_a_pair_is_heard(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct slice body = SLICE("{\"events\":[" GOOD("1", "help \\ud83d") "]}");
    struct admitted admitted = admit_body(&arena, ENDPOINT_CONVERSATIONS, body, NULL, "n");
    EXPECT("an event", admitted.event_count == 1 && admitted.dead_count == 0);
    EXPECT_SLICE("its text", admitted.events[0].body.conversations.text,
                 SLICE("help \xEF\xBF\xBD"));
    EXPECT_SLICE("its bytes", admitted.events[0].raw, SLICE(GOOD("1", "help \\ud83d")));
    fixture_round_trip("it can be written", &admitted.events[0]);
    admitted = admit_body(&arena, ENDPOINT_TICKETS,
                          SLICE("{\"ticket_id\":\"8801\",\"text\":\"\\udc00\"}"), NULL, "n");
    EXPECT("a ticket's too", admitted.event_count == 1);
    admitted = admit_body(&arena, ENDPOINT_EVENTS,
                          SLICE("{\"type\":\"end\",\"conversation\":\"maple/messaging/1\","
                                "\"text\":\"\\ud800\"}"),
                          NULL, "n");
    EXPECT("the platform mends it", admitted.refused);
}

/* A delivery of the largest size, of events as they are: each becomes one. */
static void takes_large_deliveries(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf body = {0};
    arena_init(&arena, LIMIT_DELIVERY_ARENA_BYTES_MAX);
    buf_init(&body, LIMIT_DELIVERY_BYTES_MAX);
    struct slice one = fixture_file("conversations/message_full_source");
    struct json_elements pieces = {.count = 0};
    struct slice event = {0};
    EXPECT_OK("a delivery", json_elements_find(one, SLICE("events"), &pieces));
    EXPECT("an event", json_elements_next(&pieces, &event));
    size_t count = 0;
    EXPECT_OK("begin", buf_append_text(&body, "{\"events\":["));
    while (body.len + event.len + 3 <= LIMIT_DELIVERY_BYTES_MAX) {
        EXPECT_OK("comma", buf_append_text(&body, count == 0 ? "" : ","));
        EXPECT_OK("event", buf_append(&body, event));
        count++;
    }
    EXPECT_OK("end", buf_append_text(&body, "]}"));
    struct admitted admitted =
        admit_body(&arena, ENDPOINT_CONVERSATIONS, buf_slice(&body), NULL, "n");
    EXPECT("many", count > 1000);
    EXPECT("row 47: all of them", admitted.event_count == count && admitted.dead_count == 0);
    fixture_round_trip("the last", &admitted.events[count - 1]);
}

/* What is larger than a text may be is read in pieces: why that failed is what is said. */
static void says_what_is_wrong_with_a_large_delivery(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *begin;
        const char *end;
        const char *reason;
    } rows[] = {
        {"never closed", "{\"events\":[\"", "\"", "SYNTAX"},
        {"another bracket behind", "{\"events\":[\"", "\"]}]", "SYNTAX"},
        {"without events", "{\"other\":[\"", "\"]}", "MISSING"},
        {"twice", "{\"events\":[],\"events\":[\"", "\"]}", "DUPLICATE"},
        {"no array", "{\"events\":\"", "\"}", "WRONG_TYPE"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(arena) struct arena arena = {0};
        CLEANUP(buf) struct buf body = {0};
        arena_init(&arena, LIMIT_DELIVERY_ARENA_BYTES_MAX);
        buf_init(&body, LIMIT_DELIVERY_BYTES_MAX);
        char *room = NULL;
        EXPECT_OK(rows[i].why, buf_append_text(&body, rows[i].begin));
        EXPECT_OK(rows[i].why, buf_reserve(&body, LIMIT_BODY_BYTES_MAX, &room));
        memset(room, 'x', LIMIT_BODY_BYTES_MAX);
        buf_grew(&body, LIMIT_BODY_BYTES_MAX);
        EXPECT_OK(rows[i].why, buf_append_text(&body, rows[i].end));
        struct admitted admitted =
            admit_body(&arena, ENDPOINT_CONVERSATIONS, buf_slice(&body), NULL, "n");
        EXPECT(rows[i].why, admitted.event_count == 0 && admitted.dead_count == 1);
        EXPECT_SLICE(rows[i].why, admitted.dead[0].reason, slice_of(rows[i].reason));
        EXPECT(rows[i].why, admitted.dead[0].text.len > 0);
    }
}

/* A heap without memory is no fault of the body: it is neither buried nor refused. */
static void blames_nobody_for_the_heap(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum endpoint endpoint;
        const char *file; /* NULL = `body` */
        const char *body;
        size_t events;
        size_t dead;
    } rows[] = {
        {"a batch", ENDPOINT_CONVERSATIONS, "conversations/batch_three", NULL, 3, 0},
        {"a batch in pieces", ENDPOINT_CONVERSATIONS, NULL,
         "{\"events\":[" GOOD("1", "a") ",{\"id\":\"2\",\"id\":\"3\"},7]}", 1, 2},
        {"a ticket", ENDPOINT_TICKETS, "tickets/created", NULL, 1, 0},
        {"the platform's", ENDPOINT_EVENTS, NULL,
         "{\"type\":\"end\",\"conversation\":\"maple/messaging/7b01\"}", 1, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool failed = true;
        for (unsigned n = 1; failed; n++) {
            CLEANUP(arena) struct arena arena = {0};
            arena_init(&arena, LIMIT_DELIVERY_ARENA_BYTES_MAX);
            struct admit_request request = {
                .endpoint = rows[i].endpoint,
                .account = fixture_account(),
                .store = rows[i].endpoint == ENDPOINT_CONVERSATIONS ? NULL : fixture_store(),
                .body = rows[i].file == NULL ? slice_of(rows[i].body) : fixture_file(rows[i].file),
                .nonce = SLICE("n"),
            };
            struct admitted admitted = {0};
            failing_heap_arm(n);
            err_t error = admit(&arena, &request, &admitted);
            failed = failing_heap_disarm() != 0;
            EXPECT_CODE(rows[i].why, error, failed ? ERR_NO_MEMORY : ERR_OK);
            EXPECT(rows[i].why, failed || (admitted.event_count == rows[i].events &&
                                           admitted.dead_count == rows[i].dead));
            EXPECT(rows[i].why, failed || n > 1); /* else nothing was tried */
        }
    }
}

static void refuses_what_the_platform_garbled(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct admitted admitted = admit_body(&arena, ENDPOINT_EVENTS, SLICE("{\"type\":"), NULL, "n");
    EXPECT("it can mend it", admitted.refused && admitted.dead_count == 0);
    EXPECT("with the place", strstr(admitted.why.text, "line 1, column 9") != NULL);
    admitted = admit_body(&arena, ENDPOINT_EVENTS, SLICE("{\"type\":\"dance\"}"), NULL, "n");
    EXPECT_SLICE("with the member", platform_field(&admitted.why), SLICE("type"));
}

static void bounds_a_batch(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf body = {0};
    arena_init(&arena, LIMIT_DELIVERY_ARENA_BYTES_MAX);
    buf_init(&body, LIMIT_BODY_BYTES_MAX);
    EXPECT_OK("begin", buf_append_text(&body, "{\"events\":["));
    for (int i = 0; i < LIMIT_EVENTS_PER_REQUEST_MAX; i++) {
        EXPECT_OK("event", buf_printf(&body, "{\"id\":\"%d\",\"type\":\"user:new\"},", i));
    }
    size_t len = body.len;
    body.ptr[len - 1] = ']';
    EXPECT_OK("end", buf_append_text(&body, "}"));
    struct admitted admitted =
        admit_body(&arena, ENDPOINT_CONVERSATIONS, buf_slice(&body), NULL, "n");
    EXPECT("as many as allowed", admitted.event_count == LIMIT_EVENTS_PER_REQUEST_MAX);
    fixture_round_trip("row 52: a type that nobody knows", &admitted.events[0]);
    body.len = len;
    body.ptr[len - 1] = ',';
    EXPECT_OK("one more", buf_append_text(&body, "17]}"));
    admitted = admit_body(&arena, ENDPOINT_CONVERSATIONS, buf_slice(&body), NULL, "n");
    EXPECT("one more: kept whole", admitted.event_count == 0 && admitted.dead_count == 1);
    EXPECT_SLICE("one more: kept whole", admitted.dead[0].value, buf_slice(&body));
}

/* A body that needs more memory than an input may have is a dead letter like any other. */
static void bounds_memory(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(arena) struct arena tight = {0};
    arena_init(&arena, 2048);
    arena_init(&tight, 6 * 1024);
    struct slice body = fixture_file("conversations/batch_three");
    struct admitted admitted = admit_body(&tight, ENDPOINT_CONVERSATIONS, body, NULL, "n");
    EXPECT("each is kept", admitted.event_count + admitted.dead_count == 3);
    EXPECT_SLICE("with its reason", admitted.dead[0].reason, SLICE("ARENA_FULL"));
    admitted = admit_body(&arena, ENDPOINT_CONVERSATIONS, body, NULL, "n");
    EXPECT("kept whole", admitted.event_count == 0 && admitted.dead_count == 1);
    EXPECT_SLICE("kept whole", admitted.dead[0].value, body);
    EXPECT_SLICE("said why", admitted.dead[0].reason, SLICE("ARENA_FULL"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tickets),
        cmocka_unit_test(names_tickets),
        cmocka_unit_test(keeps_what_zendesk_garbled),
        cmocka_unit_test(one_bad_event_costs_no_other),
        cmocka_unit_test(half_of_a_pair_is_heard),
        cmocka_unit_test(takes_large_deliveries),
        cmocka_unit_test(says_what_is_wrong_with_a_large_delivery),
        cmocka_unit_test(blames_nobody_for_the_heap),
        cmocka_unit_test(refuses_what_the_platform_garbled),
        cmocka_unit_test(bounds_a_batch),
        cmocka_unit_test(bounds_memory),
    };
    return cmocka_run_group_tests_name("ingest/admit", tests, NULL, NULL);
}
