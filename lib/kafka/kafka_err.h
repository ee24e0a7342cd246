/* kafka_err — what librdkafka says, as our errors: by code and flag, never by text.
 *
 * The text of librdkafka goes into `struct why` for people; decisions hang on the class alone. */
#ifndef KAFKA_KAFKA_ERR_H
#define KAFKA_KAFKA_ERR_H

#include "base/err.h"

#include <librdkafka/rdkafka.h>

/* The class of a code; OK for NO_ERROR. What is not known to be worse is UNAVAILABLE. */
MUST_USE err_t kafka_err_of(rd_kafka_resp_err_t code, const char *where);
#define KAFKA_ERR(code) kafka_err_of((code), __FILE__ ":" ERR_STRING(__LINE__))

/* The answer to an offset commit. FENCED: refused because of the membership, and known not to be
 * stored. Everything else but OK leaves the outcome unknown. */
MUST_USE err_t kafka_commit_err(rd_kafka_resp_err_t code, const char *where);

/* The answer to a transaction call; takes (frees) `error`, which may be NULL = OK. In this order:
 * TXN_ABORT    the transaction must be aborted, and is known not to be committed
 * FENCED       another producer with this name has taken over
 * PERMISSION   the brokers do not allow it
 * TXN_UNKNOWN  the handle is dead, or the outcome cannot be learnt from it
 * TIMEOUT      the same call may be repeated
 * `why` may be NULL. */
MUST_USE err_t kafka_txn_err(rd_kafka_error_t *error, struct why *why, const char *where);
#define KAFKA_TXN_ERR(error, why) kafka_txn_err((error), (why), __FILE__ ":" ERR_STRING(__LINE__))

#endif
