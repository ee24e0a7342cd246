/* membership — who we are in a consumer group at this moment: generation and member id.
 *
 * A commit is fenced by them, but librdkafka writes them when it builds the request, and an empty
 * group accepts generation -1. So they are remembered at assignment and compared before and after
 * each commit. Version 2.0.2 has no getter; they are read from what
 * rd_kafka_consumer_group_metadata_write() writes, whose layout a test pins. */
#ifndef KAFKA_MEMBERSHIP_H
#define KAFKA_MEMBERSHIP_H

#include "base/err.h"
#include "base/slice.h"

#include <librdkafka/rdkafka.h>

#include <stdbool.h>
#include <stdint.h>

enum { MEMBERSHIP_ID_BYTES = 256 };

struct membership {
    int32_t generation; /* -1 = no member */
    char member[MEMBERSHIP_ID_BYTES];
};

/* The bytes of …_metadata_write(): SYNTAX when they are not laid out as in 2.0.2. */
MUST_USE err_t membership_parse(struct slice bytes, struct membership *ret_membership);
/* Of a consumer now. UNAVAILABLE when it has no group any more. */
MUST_USE err_t membership_of(rd_kafka_t *consumer, struct membership *ret_membership);
/* True when both are the same, and are a member. */
bool membership_same(const struct membership *a, const struct membership *b);

#endif
