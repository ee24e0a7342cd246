#include "ingest/core/http_body.h"

#include "base/check.h"
#include "base/limits.h"
#include "ingest/core/http_bytes.h"

enum { SIZE_DIGITS_MAX = 15 }; /* so that no size overflows */

static const char why_size[] = "the size of a chunk is not as it should be";
static const char why_extension[] = "an extension of a chunk is not as it should be";
static const char why_end[] = "a chunk does not end where its size says, in CR LF";

void http_body_init(struct http_body *b, const struct head *head)
{
    *b = (struct http_body){.phase = HTTP_BODY_SIZE};
    if (!head->chunked) {
        b->left = head->length;
        b->phase = b->left == 0 ? HTTP_BODY_DONE : HTTP_BODY_LENGTH;
    }
}

static unsigned digit_of(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : ((unsigned)c | 0x20U) - 'a' + 10;
}

static const char *read_size(struct http_body *b, char c, size_t *at)
{
    if (http_byte_is(c, HTTP_HEX) && b->digits < SIZE_DIGITS_MAX) {
        b->left = b->left * 16 + digit_of(c);
        b->digits++;
        *at += 1;
        return NULL;
    }
    if (b->digits == 0 || http_byte_is(c, HTTP_HEX)) {
        return why_size;
    }
    b->phase = HTTP_BODY_EXTENSION;
    b->extension = HTTP_EXTENSION_NONE;
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Behind a size, a name or a value, where `;` begins the next. */
static enum http_extension next_of(enum http_extension blank, char c)
{
    return c == ';' ? HTTP_EXTENSION_NAME_FIRST : is_blank(c) ? blank : HTTP_EXTENSION_NONE;
}

static enum http_extension in_quotes(char c)
{
    if (c == '"') {
        return HTTP_EXTENSION_VALUE_END;
    }
    if (c == '\\') {
        return HTTP_EXTENSION_ESCAPED;
    }
    return http_byte_is(c, HTTP_VALUE) ? HTTP_EXTENSION_QUOTED : HTTP_EXTENSION_NONE;
}

/* Where byte `c` of an extension leads; NONE where it may not stand. */
static enum http_extension extension_step(enum http_extension state, char c)
{
    bool token = http_byte_is(c, HTTP_TOKEN);
    switch (state) {
    case HTTP_EXTENSION_NONE:
    case HTTP_EXTENSION_BLANK:
    case HTTP_EXTENSION_VALUE_END: return next_of(HTTP_EXTENSION_BLANK, c);
    case HTTP_EXTENSION_NAME_FIRST:
        return token ? HTTP_EXTENSION_NAME : is_blank(c) ? state : HTTP_EXTENSION_NONE;
    case HTTP_EXTENSION_NAME:
        if (token) {
            return state;
        }
        return c == '=' ? HTTP_EXTENSION_VALUE_FIRST : next_of(HTTP_EXTENSION_NAME_BLANK, c);
    case HTTP_EXTENSION_NAME_BLANK:
        return c == '=' ? HTTP_EXTENSION_VALUE_FIRST : next_of(state, c);
    case HTTP_EXTENSION_VALUE_FIRST:
        if (c == '"') {
            return HTTP_EXTENSION_QUOTED;
        }
        return token ? HTTP_EXTENSION_VALUE : is_blank(c) ? state : HTTP_EXTENSION_NONE;
    case HTTP_EXTENSION_VALUE: return token ? state : next_of(HTTP_EXTENSION_BLANK, c);
    case HTTP_EXTENSION_QUOTED: return in_quotes(c);
    case HTTP_EXTENSION_ESCAPED:
        return http_byte_is(c, HTTP_VALUE) ? HTTP_EXTENSION_QUOTED : HTTP_EXTENSION_NONE;
    }
    return HTTP_EXTENSION_NONE;
}

/* A line may end behind the digits, a name or a value. */
static bool extension_may_end(enum http_extension state)
{
    return state == HTTP_EXTENSION_NONE || state == HTTP_EXTENSION_NAME ||
           state == HTTP_EXTENSION_VALUE || state == HTTP_EXTENSION_VALUE_END;
}

static const char *read_extension(struct http_body *b, char c, size_t *at)
{
    *at += 1;
    if (c == '\r') {
        b->phase = HTTP_BODY_SIZE_LF;
        return extension_may_end(b->extension) ? NULL : why_extension;
    }
    b->notes++;
    b->extension = extension_step(b->extension, c);
    return b->extension == HTTP_EXTENSION_NONE ? why_extension : NULL;
}

/* CR and LF, wherever they must be. */
static const char *read_end(struct http_body *b, char c, size_t *at)
{
    *at += 1;
    switch (b->phase) {
    case HTTP_BODY_SIZE_LF:
        b->phase = b->left > 0 ? HTTP_BODY_DATA : HTTP_BODY_TRAILER;
        return c == '\n' ? NULL : why_size;
    case HTTP_BODY_DATA_CR: b->phase = HTTP_BODY_DATA_LF; return c == '\r' ? NULL : why_end;
    case HTTP_BODY_DATA_LF:
        b->phase = HTTP_BODY_SIZE;
        b->digits = 0;
        return c == '\n' ? NULL : why_end;
    case HTTP_BODY_LENGTH:
    case HTTP_BODY_SIZE:
    case HTTP_BODY_EXTENSION:
    case HTTP_BODY_DATA:
    case HTTP_BODY_TRAILER:
    case HTTP_BODY_DONE: break;
    }
    BUG("no end of a line");
}

static const char *read_trailer(struct http_body *b, struct slice bytes, size_t *at)
{
    const char *why = NULL;
    /* No further than what is still allowed, so that the fault is found at the same byte. */
    size_t room = LIMIT_CHUNK_NOTES_BYTES_MAX + 1 - b->notes;
    struct slice within = slice_sub(bytes, 0, bytes.len - *at < room ? bytes.len : *at + room);
    size_t from = *at;
    switch (http_field_read(&b->field, within, at, &why)) {
    case HTTP_FIELD_MORE:
    case HTTP_FIELD_READ:
    case HTTP_FIELD_BAD: break;
    case HTTP_FIELD_END: b->phase = HTTP_BODY_DONE; break;
    }
    b->notes += *at - from;
    return why;
}

/* The body's own bytes, as many as are there. */
static struct slice take_data(struct http_body *b, struct slice bytes, size_t *at)
{
    size_t len = bytes.len - *at;
    len = b->left < len ? (size_t)b->left : len;
    struct slice piece = slice_sub(bytes, *at, *at + len);
    *at += len;
    b->left -= len;
    if (b->left == 0) {
        b->phase = b->phase == HTTP_BODY_LENGTH ? HTTP_BODY_DONE : HTTP_BODY_DATA_CR;
    }
    return piece;
}

enum http_body_result http_body_read(struct http_body *b, struct slice bytes, size_t *at,
                                     struct slice *ret_piece, struct fault *ret_fault)
{
    while (b->phase != HTTP_BODY_DONE && *at < bytes.len) {
        const char *why = NULL;
        switch (b->phase) {
        case HTTP_BODY_LENGTH:
        case HTTP_BODY_DATA: *ret_piece = take_data(b, bytes, at); return HTTP_BODY_PIECE;
        case HTTP_BODY_SIZE: why = read_size(b, bytes.ptr[*at], at); break;
        case HTTP_BODY_EXTENSION: why = read_extension(b, bytes.ptr[*at], at); break;
        case HTTP_BODY_SIZE_LF:
        case HTTP_BODY_DATA_CR:
        case HTTP_BODY_DATA_LF: why = read_end(b, bytes.ptr[*at], at); break;
        case HTTP_BODY_TRAILER: why = read_trailer(b, bytes, at); break;
        case HTTP_BODY_DONE: break;
        }
        if (why != NULL) {
            *ret_fault = (struct fault){400, why};
            return HTTP_BODY_FAULT;
        }
        if (b->notes > LIMIT_CHUNK_NOTES_BYTES_MAX) {
            *ret_fault = (struct fault){431, "chunks have too long extensions or trailers"};
            return HTTP_BODY_FAULT;
        }
    }
    return b->phase == HTTP_BODY_DONE ? HTTP_BODY_WHOLE : HTTP_BODY_MORE;
}
