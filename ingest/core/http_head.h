/* http_head — a request's head out of bytes as they come, by the letter of RFC 9112.
 *
 *     [start] ──▶ [method] ─SP─▶ [target] ─SP─▶ [version] ─CR─▶ [line_lf] ─LF─▶ [fields] ──▶ WHOLE
 *        └ one empty line may come before
 *
 * Whatever the grammar does not know is a fault, with the status it must be answered; nothing is
 * repaired, because another reader on the way may have repaired it differently. Bytes may come one
 * at a time or all at once: the result is the same, and known at the same byte. It keeps places, no
 * bytes: those stay the caller's. Pure, allocates nothing; any thread. */
#ifndef INGEST_CORE_HTTP_HEAD_H
#define INGEST_CORE_HTTP_HEAD_H

#include "base/slice.h"
#include "ingest/core/framing.h"
#include "ingest/core/http_field.h"

#include <stddef.h>
#include <stdint.h>

enum { HTTP_METHOD_BYTES_MAX = 32 };

enum http_head_phase {
    HTTP_HEAD_START,
    HTTP_HEAD_EMPTY_LF,
    HTTP_HEAD_START_AGAIN,
    HTTP_HEAD_METHOD,
    HTTP_HEAD_TARGET,
    HTTP_HEAD_VERSION,
    HTTP_HEAD_LINE_LF,
    HTTP_HEAD_FIELDS,
};

struct http_span {
    uint16_t from;
    uint16_t to;
};

struct http_head {
    enum http_head_phase phase;
    size_t at;          /* so far read; of a whole head its length */
    unsigned status;    /* of a fault: what to answer, and close */
    const char *detail; /* a literal */
    struct http_span method;
    struct http_span target;
    size_t version_from;
    struct http_field field;
    size_t field_count;
    struct http_span names[HEAD_FIELDS_MAX]; /* the first field_count of them */
    struct http_span values[HEAD_FIELDS_MAX];
};

enum http_head_result { HTTP_HEAD_MORE, HTTP_HEAD_WHOLE, HTTP_HEAD_FAULT };

void http_head_init(struct http_head *h);

/* bytes  all since the end of the request before; what was read stays the same
 * FAULT with `status` and `detail`: 400, 414, 431, 501, 505. Not called again after it. */
enum http_head_result http_head_read(struct http_head *h, struct slice bytes);

/* True when nothing but an empty line has come. */
bool http_head_blank(const struct http_head *h);

/* A whole head as slices of `bytes`; of a faulty one the method, when it was read to its end.
 * fields  room for HEAD_FIELDS_MAX */
struct head http_head_view(const struct http_head *h, struct slice bytes,
                           struct head_field *fields);

#endif
