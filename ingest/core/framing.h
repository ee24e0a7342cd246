/* framing — what a head's fields say about the message: where it ends, and what becomes of the
 * connection.
 *
 * By RFC 9112 §3.2, §6 and §9.3 as they are written. Wherever two readers could find two ends, it
 * is a fault: what follows on the connection may not be a request. Pure; any thread. */
#ifndef INGEST_CORE_FRAMING_H
#define INGEST_CORE_FRAMING_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEAD_FIELDS_MAX = 100 };

struct head_field {
    struct slice name;
    struct slice value;
};
struct head {
    struct slice method;
    struct slice target; /* as sent, with its query */
    bool http10;         /* else HTTP/1.1, or a later HTTP/1 */
    const struct head_field *fields;
    size_t field_count;
    /* Once framing_judge() has filled them in: */
    bool chunked;
    uint64_t length; /* of the body; UINT64_MAX = beyond 64 bits; 0 when chunked */
    bool keep_alive;
    bool expects_continue; /* wants to hear 100 before it sends the body */
};

struct fault {
    unsigned status;    /* 0 = none; else what to answer, and close */
    const char *detail; /* a literal */
};

/* head  with characters as HTTP allows them; is filled in when there is no fault
 * 400, 411 (a POST that says nothing about its body), 417, 501. A length that is too large is none:
 * whoever reads the body judges it. */
struct fault framing_judge(struct head *head);

/* The only field of that name (case does not matter); empty when there is none or several. */
struct slice head_value(const struct head *head, struct slice name);

#endif
