/* http_field — lines of `name: value` up to the empty line, of a head or behind the last chunk.
 *
 *     [line] ─token─▶ [name] ─:─▶ [blank] ──▶ [value] ─CR─▶ [value_lf] ─LF─▶ READ, [line]
 *        └──CR──▶ [end_lf] ─LF─▶ END
 *
 * By the letter of RFC 9112 §5: no blank before the colon, no folded line, no control character, a
 * line ends in CR LF and in nothing else. A byte at a time or all at once: the same result, at the
 * same byte. Pure; any thread. */
#ifndef INGEST_CORE_HTTP_FIELD_H
#define INGEST_CORE_HTTP_FIELD_H

#include "base/slice.h"

#include <stddef.h>

enum http_field_phase {
    HTTP_FIELD_LINE,
    HTTP_FIELD_NAME,
    HTTP_FIELD_BLANK,
    HTTP_FIELD_VALUE,
    HTTP_FIELD_VALUE_LF,
    HTTP_FIELD_END_LF,
};

/* Zeroed: at the beginning of a line. Places are counted as `at` is. */
struct http_field {
    enum http_field_phase phase;
    size_t name_from;
    size_t name_to;
    size_t value_from;
    size_t value_to; /* with the blanks at its end */
};

enum http_field_result {
    HTTP_FIELD_MORE, /* all bytes were taken */
    HTTP_FIELD_READ, /* a line; call again for the next */
    HTTP_FIELD_END,  /* the empty line */
    HTTP_FIELD_BAD,
};

/* bytes  what came so far, to be read from *at on, which moves
 * ret_why  a literal, written for BAD only */
enum http_field_result http_field_read(struct http_field *f, struct slice bytes, size_t *at,
                                       const char **ret_why);

#endif
