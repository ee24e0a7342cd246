/* Any bytes as the body of an authentic request. Zendesk is never refused: each event becomes a
 * record that everyone can read, or a dead letter with its own bytes; the platform's becomes one
 * event, or is refused with a reason. Nothing depends on memory or on earlier requests.
 *
 * First byte, modulo three: the door that it comes through. */
#include "event/codec.h"
#include "ingest/core/admit.h"
#include "ingest/core/platform.h"
#include "tests/fuzz/fuzz.h"

static const struct account account = {
    .name = {"maple", 5},
    .enabled = true,
    .id_key = {"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 32},
    .subdomain = {"maple", 5},
};
static const struct store store = {
    .name = {"bikes", 5},
    .account = {"maple", 5},
    .enabled = true,
};

static bool is_within(struct slice part, struct slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_event(const struct admit_request *request, const struct event *event)
{
    CHECK(event->type != EVENT_NONE && event->source == endpoint_source(request->endpoint));
    CHECK(slice_equal(event->account, account.name) && !slice_empty(event->id));
    CHECK(slice_starts_with(event->conversation, SLICE("maple/")));
    CHECK(!slice_empty(event->raw) && is_within(event->raw, request->body));
    CHECK(event->accepted.ms == request->now.ms);

    CLEANUP(buf) struct buf record = {0};
    buf_init(&record, 2 * LIMIT_RECORD_BYTES_MAX);
    err_t error = codec_event_encode(event, &record);
    CHECK(!err_failed(error) || err_is(error, ERR_TOO_LARGE));
    if (!err_failed(error) && record.len <= LIMIT_RECORD_BYTES_MAX) {
        CLEANUP(arena) struct arena arena = {0};
        arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
        struct event back;
        CHECK(!err_failed(codec_event_decode(&arena, buf_slice(&record), NULL, &back)));
        CHECK(slice_equal(back.id, event->id) && slice_equal(back.raw, event->raw));
    }
}

static void check_dead(const struct admit_request *request, const struct dead *dead)
{
    CHECK(is_within(dead->value, request->body) && !slice_empty(dead->reason));
    CHECK(!slice_empty(dead->text) && slice_utf8_prefix(dead->text) == dead->text.len);
    CLEANUP(buf) struct buf record = {0};
    buf_init(&record, LIMIT_DEAD_BYTES_MAX);
    CHECK(!err_failed(codec_dead_encode(dead, &record)));
}

static void check_same(const struct admitted *a, const struct admitted *b)
{
    CHECK(a->event_count == b->event_count && a->dead_count == b->dead_count);
    CHECK(a->refused == b->refused && strcmp(a->why.text, b->why.text) == 0);
    for (size_t i = 0; i < a->event_count; i++) {
        CHECK(slice_equal(a->events[i].id, b->events[i].id));
        CHECK(slice_equal(a->events[i].conversation, b->events[i].conversation));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const enum endpoint doors[] = {ENDPOINT_CONVERSATIONS, ENDPOINT_TICKETS,
                                          ENDPOINT_EVENTS};
    if (len == 0 || len > LIMIT_BODY_BYTES_MAX) {
        return 0;
    }
    const struct admit_request request = {
        .endpoint = doors[bytes[0] % 3],
        .account = &account,
        .store = &store,
        .body = slice_from(bytes + 1, len - 1),
        .nonce = SLICE("nonce"),
        .traceparent = SLICE("00-11111111111111111111111111111111-2222222222222222-01"),
        .now = {1772438400000},
    };
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(arena) struct arena other = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    arena_init(&other, LIMIT_ARENA_BYTES_MAX);
    struct admitted admitted = {0};
    struct admitted again = {0};
    CHECK(!err_failed(admit(&arena, &request, &admitted)));
    CHECK(!err_failed(admit(&other, &request, &again)));
    check_same(&admitted, &again);
    if (endpoint_is_zendesk(request.endpoint)) {
        CHECK(!admitted.refused);
    } else {
        CHECK(admitted.dead_count == 0 && admitted.event_count == (admitted.refused ? 0 : 1));
        CHECK(!admitted.refused || admitted.why.text[0] != '\0');
        CHECK(platform_field(&admitted.why).len < sizeof admitted.why.text);
    }
    for (size_t i = 0; i < admitted.event_count; i++) {
        check_event(&request, &admitted.events[i]);
    }
    for (size_t i = 0; i < admitted.dead_count; i++) {
        check_dead(&request, &admitted.dead[i]);
    }
    return 0;
}
