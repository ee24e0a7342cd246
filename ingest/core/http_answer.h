/* http_answer — an answer as bytes: status line, fields, body. The one place that writes any.
 *
 * Pure; any thread. */
#ifndef INGEST_CORE_HTTP_ANSWER_H
#define INGEST_CORE_HTTP_ANSWER_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum { HTTP_ANSWER_HEAD_BYTES_MAX = 512 };

struct http_answer {
    unsigned status;
    struct slice date;      /* "Sun, 06 Nov 1994 08:49:37 GMT" */
    struct slice body;      /* JSON; a problem when the status is not 200 */
    const char *challenge;  /* a literal for WWW-Authenticate; NULL = none */
    unsigned retry_after_s; /* 0 = none */
    bool to_head;           /* the body is told of, and not sent */
    bool close;             /* the connection ends behind it */
    bool http10;            /* that it does not end must be said */
};

/* out  room for HTTP_ANSWER_HEAD_BYTES_MAX and the body
 * Returns how many bytes were written. */
size_t http_answer_write(const struct http_answer *answer, char *out);

#endif
