#include "ingest/core/framing.h"

#include "base/limits.h"

static bool is_token_char(unsigned char c)
{
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_char((unsigned char)text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

/* RFC 9110 §5.5: visible characters, blanks, tabs and bytes above 0x7F. */
static bool is_field_value(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return true;
}

/* host [":" port]: only what RFC 3986 allows there, so no blank, list, path or user. */
static bool is_host(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alphanumeric && (c == 0 || strchr("-._~%!$&'()*+;=:[]", c) == NULL)) {
            return false;
        }
    }
    return true;
}

static size_t count_of(const struct head *head, struct slice name, struct slice *ret_value)
{
    size_t count = 0;
    for (size_t i = 0; i < head->field_count; i++) {
        if (slice_equal_nocase(head->fields[i].name, name)) {
            *ret_value = head->fields[i].value;
            count++;
        }
    }
    return count;
}

struct slice head_value(const struct head *head, struct slice name)
{
    struct slice value = {0};
    return count_of(head, name, &value) == 1 ? value : (struct slice){0};
}

static struct framing fault(unsigned status, const char *detail)
{
    return (struct framing){.status = status, .detail = detail};
}

static struct framing check_fields(const struct head *head)
{
    if (head->field_count > FRAMING_FIELDS_MAX) {
        return fault(431, "the request has too many header fields");
    }
    size_t bytes = head->method.len + head->target_bytes + head->version.len;
    for (size_t i = 0; i < head->field_count; i++) {
        const struct head_field *field = &head->fields[i];
        bytes += field->name.len + field->value.len;
        if (!is_token(field->name)) {
            return fault(400, "the name of a header field has a character that is not allowed");
        }
        if (!is_field_value(field->value)) {
            return fault(400, "the value of a header field has a control character");
        }
    }
    if (bytes > LIMIT_HEADER_BYTES_MAX) {
        return fault(431, "the header is larger than 16 KiB");
    }
    return fault(0, NULL);
}

static struct framing check_host(const struct head *head, bool http11)
{
    struct slice host = {0};
    size_t count = count_of(head, SLICE("Host"), &host);
    if (count > 1) {
        return fault(400, "the request has more than one Host");
    }
    if (count == 0 && http11) {
        return fault(400, "the request has no Host");
    }
    if (!is_host(host)) {
        return fault(400, "Host is not a host and a port");
    }
    return fault(0, NULL);
}

static struct framing check_length(const struct head *head, bool http11)
{
    struct slice length = {0};
    struct slice coding = {0};
    size_t lengths = count_of(head, SLICE("Content-Length"), &length);
    size_t codings = count_of(head, SLICE("Transfer-Encoding"), &coding);
    if (lengths > 0 && codings > 0) {
        return fault(400, "the request has both Content-Length and Transfer-Encoding");
    }
    if (codings > 0) {
        if (codings > 1 || !slice_equal_nocase(coding, SLICE("chunked"))) {
            return fault(400, "Transfer-Encoding must stand there once and be chunked");
        }
        if (!http11) {
            return fault(400, "HTTP/1.0 has no Transfer-Encoding");
        }
        return (struct framing){.chunked = true};
    }
    if (lengths > 1) {
        return fault(400, "the request has more than one Content-Length");
    }
    struct framing framing = {0};
    if (lengths == 0) {
        if (slice_equal(head->method, SLICE("POST"))) {
            return fault(411, "send the length of the body in Content-Length, or chunked");
        }
        return framing;
    }
    err_t error = slice_to_u64(length, &framing.length);
    if (err_is(error, ERR_SYNTAX)) {
        return fault(400, "Content-Length is not a number");
    }
    if (err_failed(error)) {
        framing.length = UINT64_MAX;
    }
    if (framing.length > LIMIT_BODY_BYTES_MAX) {
        framing.status = 413;
        framing.detail = "the body is larger than 1 MiB";
    }
    return framing;
}

struct framing framing_check(const struct head *head)
{
    bool http11 = slice_equal(head->version, SLICE("HTTP/1.1"));
    if (!http11 && !slice_equal(head->version, SLICE("HTTP/1.0"))) {
        return fault(400, "the version must be HTTP/1.1 or HTTP/1.0");
    }
    if (head->target_bytes > LIMIT_URI_BYTES_MAX) {
        return fault(414, "the target of the request is longer than 2048 bytes");
    }
    struct framing framing = check_fields(head);
    if (framing.status == 0) {
        framing = check_host(head, http11);
    }
    if (framing.status == 0) {
        framing = check_length(head, http11);
    }
    return framing;
}
