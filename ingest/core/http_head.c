#include "ingest/core/http_head.h"

#include "base/limits.h"
#include "ingest/core/http_bytes.h"
#include "ingest/core/http_target.h"

STATIC_CHECK(LIMIT_HEADER_BYTES_MAX <= UINT16_MAX, "places in a head fit into a span");

static const char version_form[] = "HTTP/d.d";
enum { VERSION_BYTES = sizeof version_form - 1, MAJOR_AT = 5, MINOR_AT = 7 };

void http_head_init(struct http_head *h)
{
    h->phase = HTTP_HEAD_START;
    h->at = 0;
    h->status = 0;
    h->detail = NULL;
    h->method = (struct http_span){0};
    h->target = (struct http_span){0};
    h->version_from = 0;
    h->field = (struct http_field){0};
    h->field_count = 0;
}

bool http_head_blank(const struct http_head *h)
{
    return h->phase <= HTTP_HEAD_START_AGAIN && h->status == 0;
}

static void fault(struct http_head *h, unsigned status, const char *detail)
{
    h->status = status;
    h->detail = detail;
}

static struct slice span_of(struct slice bytes, struct http_span span)
{
    return slice_sub(bytes, span.from, span.to);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What stands before the request: nothing, or one empty line (RFC 9112 §2.2). */
static void read_start(struct http_head *h, char c)
{
    if (h->phase == HTTP_HEAD_EMPTY_LF) {
        h->phase = HTTP_HEAD_START_AGAIN;
        h->at++;
        if (c != '\n') {
            fault(h, 400, "a line must end in CR LF");
        }
    } else if (c == '\r' && h->phase == HTTP_HEAD_START) {
        h->phase = HTTP_HEAD_EMPTY_LF;
        h->at++;
    } else if (http_byte_is(c, HTTP_TOKEN)) {
        h->method.from = (uint16_t)h->at;
        h->phase = HTTP_HEAD_METHOD;
    } else {
        fault(h, 400, "a request must begin with its method");
    }
}

static void read_method(struct http_head *h, struct slice bytes)
{
    size_t end = http_bytes_run(bytes, h->at, HTTP_TOKEN);
    if (end - h->method.from > HTTP_METHOD_BYTES_MAX) {
        h->method.to = h->method.from;
        fault(h, 501, "there is no method with so long a name");
        return;
    }
    h->at = end;
    h->method.to = (uint16_t)end;
    if (end == bytes.len) {
        return;
    }
    h->at++;
    h->target.from = h->target.to = (uint16_t)h->at;
    h->phase = HTTP_HEAD_TARGET;
    if (bytes.ptr[end] != ' ') {
        fault(h, 400, "one blank must stand between method and target");
    }
}

static void read_target(struct http_head *h, struct slice bytes)
{
    size_t end = http_bytes_run(bytes, h->at, HTTP_TARGET);
    if (end - h->target.from > LIMIT_URI_BYTES_MAX) {
        fault(h, 414, "the target of the request is longer than 2048 bytes");
        return;
    }
    h->at = end;
    h->target.to = (uint16_t)end;
    if (end == bytes.len) {
        return;
    }
    h->at++;
    h->version_from = h->at;
    h->phase = HTTP_HEAD_VERSION;
    if (bytes.ptr[end] != ' ' || h->target.from == h->target.to) {
        fault(h, 400, "the target has a character that is not allowed, or no version behind it");
    }
}

static void read_version(struct http_head *h, char c)
{
    size_t place = h->at - h->version_from;
    h->at++;
    if (place == VERSION_BYTES) {
        h->phase = HTTP_HEAD_LINE_LF;
        if (c != '\r') {
            fault(h, 400, "the request line must end behind the version, in CR LF");
        }
    } else if (version_form[place] == 'd' ? !is_digit(c) : version_form[place] != c) {
        fault(h, 400, "the request line must end in HTTP/ and a version");
    }
}

/* The request line is there: is it one of ours? */
static void end_line(struct http_head *h, struct slice bytes)
{
    if (bytes.ptr[h->at] != '\n') {
        fault(h, 400, "a line must end in CR LF");
    } else if (bytes.ptr[h->version_from + MAJOR_AT] != '1') {
        fault(h, 505, "the version must be HTTP/1.1 or HTTP/1.0");
    } else if (!http_target_valid(span_of(bytes, h->method), span_of(bytes, h->target))) {
        fault(h, 400, "the target is not a path, a URL or what else this method takes");
    }
    h->at++;
    h->phase = HTTP_HEAD_FIELDS;
}

static void keep_field(struct http_head *h, struct slice bytes)
{
    const struct http_field *f = &h->field;
    size_t end = f->value_to;
    while (end > f->value_from && (bytes.ptr[end - 1] == ' ' || bytes.ptr[end - 1] == '\t')) {
        end--;
    }
    if (h->field_count == HEAD_FIELDS_MAX) {
        fault(h, 431, "the request has too many header fields");
        return;
    }
    h->names[h->field_count] = (struct http_span){(uint16_t)f->name_from, (uint16_t)f->name_to};
    h->values[h->field_count] = (struct http_span){(uint16_t)f->value_from, (uint16_t)end};
    h->field_count++;
}

/* True at the end of the head. */
static bool read_fields(struct http_head *h, struct slice bytes)
{
    const char *why = NULL;
    switch (http_field_read(&h->field, bytes, &h->at, &why)) {
    case HTTP_FIELD_MORE: break;
    case HTTP_FIELD_READ: keep_field(h, bytes); break;
    case HTTP_FIELD_END: return true;
    case HTTP_FIELD_BAD: fault(h, 400, why); break;
    }
    return false;
}

enum http_head_result http_head_read(struct http_head *h, struct slice bytes)
{
    struct slice within = slice_sub(bytes, 0, LIMIT_HEADER_BYTES_MAX);
    while (h->status == 0 && h->at < within.len) {
        switch (h->phase) {
        case HTTP_HEAD_START:
        case HTTP_HEAD_EMPTY_LF:
        case HTTP_HEAD_START_AGAIN: read_start(h, within.ptr[h->at]); break;
        case HTTP_HEAD_METHOD: read_method(h, within); break;
        case HTTP_HEAD_TARGET: read_target(h, within); break;
        case HTTP_HEAD_VERSION: read_version(h, within.ptr[h->at]); break;
        case HTTP_HEAD_LINE_LF: end_line(h, within); break;
        case HTTP_HEAD_FIELDS:
            if (read_fields(h, within)) {
                return HTTP_HEAD_WHOLE;
            }
            break;
        }
    }
    if (h->status == 0 && h->at >= LIMIT_HEADER_BYTES_MAX) {
        fault(h, 431, "the header is larger than 16 KiB");
    }
    return h->status == 0 ? HTTP_HEAD_MORE : HTTP_HEAD_FAULT;
}

struct head http_head_view(const struct http_head *h, struct slice bytes, struct head_field *fields)
{
    for (size_t i = 0; i < h->field_count; i++) {
        fields[i].name = span_of(bytes, h->names[i]);
        fields[i].value = span_of(bytes, h->values[i]);
    }
    return (struct head){
        .method = span_of(bytes, h->method),
        .target = span_of(bytes, h->target),
        .http10 = h->phase == HTTP_HEAD_FIELDS && bytes.ptr[h->version_from + MINOR_AT] == '0',
        .fields = fields,
        .field_count = h->field_count,
    };
}
