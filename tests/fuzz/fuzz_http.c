/* Any bytes as requests on one connection. Read as they come, in portions that the first byte
 * chooses, each request must be what it is when it comes at once; none may be longer than what has
 * come, and what a fault costs must be bounded. What is made of a head is always something that can
 * be written. */
#include "base/limits.h"
#include "ingest/core/http_body.h"
#include "ingest/core/http_head.h"
#include "ingest/core/proxies.h"
#include "ingest/core/route.h"
#include "ingest/core/trace.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    unsigned status;
    bool whole;
    size_t taken;
    size_t body_len;
    uint64_t body_sum;
    size_t field_count;
};

struct reader {
    struct http_head head;
    struct http_body body;
    bool has_head;
    size_t body_at;
};

static bool is_over(const struct reading *o)
{
    return o->whole || o->status != 0;
}

static void check_head(const struct head *head, struct slice bytes)
{
    CHECK(head->method.len > 0 && head->method.len <= HTTP_METHOD_BYTES_MAX);
    CHECK(head->target.len > 0 && head->target.len <= LIMIT_URI_BYTES_MAX);
    CHECK(head->field_count <= HEAD_FIELDS_MAX);
    for (size_t i = 0; i < head->field_count; i++) {
        const struct head_field *field = &head->fields[i];
        CHECK(field->name.len > 0 && slice_find(field->name, ':') == field->name.len);
        CHECK(!slice_has_nul(field->name) && !slice_has_nul(field->value));
        CHECK(slice_find(field->value, '\r') == field->value.len);
        CHECK(slice_find(field->value, '\n') == field->value.len);
        CHECK(slice_equal(slice_trim(field->value), field->value));
        CHECK(field->value.ptr + field->value.len <= bytes.ptr + bytes.len);
    }
}

/* Who it is from, what for, and whose trace: from any head. */
static void check_meaning(const struct head *head)
{
    static const unsigned char random[TRACE_RANDOM_BYTES] = {1};
    struct proxies trusted = {.count = 0};
    struct why why = {{0}};
    struct address peer = {{0}};
    CHECK(!err_failed(proxies_add(&trusted, SLICE("10.0.0.0/8, 2001:db8::/32"), &why)));
    CHECK(address_parse(SLICE("10.0.0.1"), &peer) && proxies_trust(&trusted, &peer));
    struct forwarded told = proxies_read(&trusted, &peer, head);
    struct address again = {{0}};
    char text[ADDRESS_TEXT_BYTES];
    address_format(&told.client, text);
    CHECK(address_parse(slice_of(text), &again) && address_matches(&told.client, &again, 128));
    struct slice scheme = slice_of(told.scheme == NULL ? "" : told.scheme);
    CHECK(told.scheme == NULL || slice_equal(scheme, SLICE("http")) ||
          slice_equal(scheme, SLICE("https")));

    struct route route = {0};
    struct slice target = slice_sub(head->target, 0, slice_find(head->target, '?'));
    if (route_find(head->method, target, &route) == ROUTE_FOUND) {
        CHECK(route.name.ptr >= target.ptr &&
              route.name.ptr + route.name.len <= target.ptr + target.len);
    }
    char trace[TRACE_TEXT_BYTES];
    trace_take(head_value(head, SLICE("traceparent")), random, trace);
    CHECK(strlen(trace) == TRACE_TEXT_BYTES - 1 && strspn(trace, "0123456789abcdef-") == 55);
}

static void read_some(struct reader *r, struct slice bytes, struct reading *o)
{
    struct slice piece = {0};
    struct fault fault = {0};
    if (!r->has_head) {
        enum http_head_result result = http_head_read(&r->head, bytes);
        CHECK(r->head.at <= bytes.len && r->head.at <= LIMIT_HEADER_BYTES_MAX);
        if (result != HTTP_HEAD_WHOLE) {
            CHECK((result == HTTP_HEAD_FAULT) == (r->head.status != 0));
            o->status = r->head.status;
            return;
        }
        struct head_field fields[HEAD_FIELDS_MAX];
        struct head head = http_head_view(&r->head, bytes, fields);
        check_head(&head, bytes);
        check_meaning(&head);
        o->field_count = head.field_count;
        o->status = framing_judge(&head).status;
        r->has_head = true;
        r->body_at = r->head.at;
        http_body_init(&r->body, &head);
    }
    while (!is_over(o)) {
        size_t before = r->body_at;
        switch (http_body_read(&r->body, bytes, &r->body_at, &piece, &fault)) {
        case HTTP_BODY_MORE: CHECK(r->body_at == bytes.len); return;
        case HTTP_BODY_PIECE: CHECK(piece.len > 0 && r->body_at > before); break;
        case HTTP_BODY_WHOLE: o->whole = true; break;
        case HTTP_BODY_FAULT: o->status = fault.status; break;
        }
        CHECK(r->body_at <= bytes.len && r->body.notes <= LIMIT_CHUNK_NOTES_BYTES_MAX + 1);
        for (size_t i = 0; i < piece.len; i++) {
            o->body_sum = o->body_sum * 31 + (unsigned char)piece.ptr[i];
        }
        o->body_len += piece.len;
        piece = (struct slice){0};
    }
    o->taken = r->body_at;
}

static struct reading read_in(struct slice bytes, size_t portion)
{
    struct reader r = {.has_head = false};
    struct reading o = {0};
    http_head_init(&r.head);
    for (size_t len = 0; !is_over(&o) && len < bytes.len;) {
        len = bytes.len - len < portion ? bytes.len : len + portion;
        read_some(&r, slice_sub(bytes, 0, len), &o);
    }
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || len > 4 * (size_t)LIMIT_HEADER_BYTES_MAX) {
        return 0;
    }
    size_t portion = 1 + (size_t)(bytes[0] % 64);
    struct slice rest = slice_from(bytes + 1, len - 1);
    for (;;) {
        struct reading at_once = read_in(rest, rest.len + 1);
        struct reading bit_by_bit = read_in(rest, portion);
        CHECK(at_once.status == bit_by_bit.status && at_once.whole == bit_by_bit.whole);
        CHECK(at_once.body_sum == bit_by_bit.body_sum && at_once.body_len == bit_by_bit.body_len);
        CHECK(at_once.field_count == bit_by_bit.field_count);
        CHECK(!at_once.whole || (at_once.taken == bit_by_bit.taken && at_once.taken > 0));
        if (!at_once.whole || at_once.status != 0) {
            return 0;
        }
        rest = slice_sub(rest, at_once.taken, rest.len);
    }
}
