#include "ingest/core/http_field.h"

#include "ingest/core/http_bytes.h"

static const char why_folded[] = "a header field begins with a blank";
static const char why_name[] = "the name of a header field has a character that is not allowed";
static const char why_value[] = "the value of a header field has a control character";
static const char why_line[] = "a line must end in CR LF";

static enum http_field_result bad(const char **ret_why, const char *why)
{
    *ret_why = why;
    return HTTP_FIELD_BAD;
}

/* The first byte of a line: a name's, or the CR of the empty line. */
static const char *begin(struct http_field *f, char c, size_t at)
{
    if (c == '\r') {
        f->phase = HTTP_FIELD_END_LF;
        return NULL;
    }
    if (c == ' ' || c == '\t') {
        return why_folded;
    }
    if (c == '\n') {
        return why_line;
    }
    f->phase = HTTP_FIELD_NAME;
    f->name_from = at;
    return http_byte_is(c, HTTP_TOKEN) ? NULL : why_name;
}

enum http_field_result http_field_read(struct http_field *f, struct slice bytes, size_t *at,
                                       const char **ret_why)
{
    while (*at < bytes.len) {
        const char *why = NULL;
        switch (f->phase) {
        case HTTP_FIELD_LINE:
            why = begin(f, bytes.ptr[*at], *at);
            *at += 1;
            break;
        case HTTP_FIELD_NAME:
            *at = http_bytes_run(bytes, *at, HTTP_TOKEN);
            if (*at == bytes.len) {
                return HTTP_FIELD_MORE;
            }
            f->name_to = *at;
            f->phase = HTTP_FIELD_BLANK;
            why = bytes.ptr[*at] == ':' ? NULL : why_name;
            *at += 1;
            break;
        case HTTP_FIELD_BLANK:
            if (bytes.ptr[*at] == ' ' || bytes.ptr[*at] == '\t') {
                *at += 1;
                break;
            }
            f->value_from = *at;
            f->phase = HTTP_FIELD_VALUE;
            break;
        case HTTP_FIELD_VALUE:
            *at = http_bytes_run(bytes, *at, HTTP_VALUE);
            if (*at == bytes.len) {
                return HTTP_FIELD_MORE;
            }
            f->value_to = *at;
            f->phase = HTTP_FIELD_VALUE_LF;
            why = bytes.ptr[*at] == '\r' ? NULL : bytes.ptr[*at] == '\n' ? why_line : why_value;
            *at += 1;
            break;
        case HTTP_FIELD_VALUE_LF:
        case HTTP_FIELD_END_LF:
            if (bytes.ptr[*at] != '\n') {
                return bad(ret_why, why_line);
            }
            *at += 1;
            enum http_field_phase was = f->phase;
            f->phase = HTTP_FIELD_LINE;
            return was == HTTP_FIELD_END_LF ? HTTP_FIELD_END : HTTP_FIELD_READ;
        }
        if (why != NULL) {
            return bad(ret_why, why);
        }
    }
    return HTTP_FIELD_MORE;
}
