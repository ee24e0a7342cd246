/* http_body — a request's body out of bytes as they come: by its length, or in chunks.
 *
 *     [length] ──────────────────────────────────────────────────────────────────▶ DONE
 *     [size] ─▶ [extension] ─▶ [size_lf] ─▶ [data] ─▶ [data_cr] ─▶ [data_lf] ─▶ [size] …
 *                                   └─ of size 0 ─▶ [trailer] ──▶ DONE
 *
 * Chunks by the letter of RFC 9112 §7.1: hexadecimal digits, CR LF and nothing else at the ends of
 * lines. Extensions and trailers must be well formed, are bounded, and say nothing to us. A byte at
 * a time or all at once: the same result. Pure; any thread. */
#ifndef INGEST_CORE_HTTP_BODY_H
#define INGEST_CORE_HTTP_BODY_H

#include "base/slice.h"
#include "ingest/core/framing.h"
#include "ingest/core/http_field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_body_phase {
    HTTP_BODY_LENGTH,
    HTTP_BODY_SIZE,
    HTTP_BODY_EXTENSION,
    HTTP_BODY_SIZE_LF,
    HTTP_BODY_DATA,
    HTTP_BODY_DATA_CR,
    HTTP_BODY_DATA_LF,
    HTTP_BODY_TRAILER,
    HTTP_BODY_DONE,
};

/* Where an extension stands: [ BWS ";" BWS name [ BWS "=" BWS value ] ] … */
enum http_extension {
    HTTP_EXTENSION_NONE,       /* nothing but digits so far */
    HTTP_EXTENSION_BLANK,      /* behind the size or a value: only `;` may come */
    HTTP_EXTENSION_NAME_FIRST, /* behind `;` */
    HTTP_EXTENSION_NAME,
    HTTP_EXTENSION_NAME_BLANK,  /* `=`, `;` or the end */
    HTTP_EXTENSION_VALUE_FIRST, /* behind `=` */
    HTTP_EXTENSION_VALUE,
    HTTP_EXTENSION_QUOTED,
    HTTP_EXTENSION_ESCAPED,
    HTTP_EXTENSION_VALUE_END, /* behind the closing quote */
};

struct http_body {
    enum http_body_phase phase;
    uint64_t left; /* of the body or the chunk */
    size_t digits; /* of the size at hand */
    size_t notes;  /* bytes of extensions and trailers, of the whole body */
    enum http_extension extension;
    struct http_field field;
};

enum http_body_result {
    HTTP_BODY_MORE,  /* all that was there is taken */
    HTTP_BODY_PIECE, /* of the body; call again for the rest */
    HTTP_BODY_WHOLE, /* what was not taken is not of this request */
    HTTP_BODY_FAULT, /* to be answered 400, or 431 when extensions and trailers are too many */
};

/* head  as framing_judge() has filled it in */
void http_body_init(struct http_body *b, const struct head *head);

/* bytes  to be read from *at on, which moves
 * ret_piece  written for PIECE only: a part of `bytes`, not empty
 * ret_fault  written for FAULT only. Not called again after it, nor after WHOLE. */
enum http_body_result http_body_read(struct http_body *b, struct slice bytes, size_t *at,
                                     struct slice *ret_piece, struct fault *ret_fault);

#endif
