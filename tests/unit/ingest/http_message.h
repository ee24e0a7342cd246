/* http_message — one request read as the server reads it: head, what its fields say, body. */
#ifndef TESTS_UNIT_INGEST_HTTP_MESSAGE_H
#define TESTS_UNIT_INGEST_HTTP_MESSAGE_H

#include "base/slice.h"
#include "ingest/core/http_body.h"
#include "ingest/core/http_head.h"

#include <stdbool.h>
#include <stddef.h>

enum { MESSAGE_BODY_MAX = 32 * 1024 };

struct message {
    bool whole;
    unsigned status;  /* of a fault; 0 = none so far */
    size_t head_len;  /* of a whole head */
    size_t taken;     /* of a whole message: what is behind it is the next */
    size_t fault_at;  /* bytes that had come when the fault was found */
    struct head head; /* of a whole head; points into the bytes */
    size_t body_len;
    struct head_field fields[HEAD_FIELDS_MAX];
    char body[MESSAGE_BODY_MAX];
};

/* Reads `bytes` as they come: first up to cuts[0], then up to cuts[1] …, then all. Each portion
 * lies in memory of its own that ends with it. Stops at the end of the message or at a fault.
 * cuts  rising, each at most bytes.len */
void message_read(struct slice bytes, const size_t *cuts, size_t cut_count, struct message *ret);

#endif
