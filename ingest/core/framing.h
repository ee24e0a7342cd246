/* framing — whether a request's head can be trusted to say where the request ends.
 *
 * The HTTP library below us is lenient where leniency is how requests are smuggled: it takes
 * Content-Length together with Transfer-Encoding, two different lengths, no Host at all. So the
 * head is judged here once more, by RFC 9112 as it is written. Whatever fails is answered and its
 * connection closed, because what follows on it may not be a request. Pure; any thread. */
#ifndef INGEST_CORE_FRAMING_H
#define INGEST_CORE_FRAMING_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAMING_FIELDS_MAX = 100 };

struct head_field {
    struct slice name;
    struct slice value;
};
struct head {
    struct slice method;
    struct slice target;  /* as sent; perhaps without its query */
    size_t target_bytes;  /* with the query */
    struct slice version; /* "HTTP/1.1" */
    const struct head_field *fields;
    size_t field_count; /* at most FRAMING_FIELDS_MAX; one more tells that there were too many */
};

struct framing {
    unsigned status;    /* 0 = well framed; else what to answer, and close */
    const char *detail; /* for the problem body; a literal */
    bool chunked;
    uint64_t length; /* of the body, also when it is too large; 0 when chunked */
};

struct framing framing_check(const struct head *head);

/* The only field of that name (case does not matter); empty when there is none or several. */
struct slice head_value(const struct head *head, struct slice name);

#endif
