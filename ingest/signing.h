/* signing — the secrets of webhooks that sign, opened when they are first needed.
 *
 *     boxes of a store or account ──▶ opened with the key file ──▶ locked memory, kept by the
 *                                                                  boxes' hash
 *
 * A box costs about 0.1 ms to open, so the secrets are kept; all of them are wiped when the
 * configuration changes, or when too many have come together. One thread: the loop's. */
#ifndef INGEST_SIGNING_H
#define INGEST_SIGNING_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/limits.h"
#include "event/config.h"
#include "ingest/core/auth.h"
#include "rt/log.h"
#include "rt/seal.h"

#include <stdbool.h>
#include <stddef.h>

struct signing;

/* key  NULL = none was given; borrowed, as log is. NO_MEMORY. */
MUST_USE err_t signing_new(const struct seal_key *key, struct log *log,
                           struct signing **ret_signing);
void signing_free(struct signing *s); /* accepts NULL */
DEFINE_CLEANUP_PTR(signing, struct signing, signing_free)

struct signing_secrets {
    struct slice secret[LIMIT_LIVE_SECRETS_MAX];
    size_t count;    /* of those that could be opened and may be used */
    bool incomplete; /* one could not be opened: what none of the others signed may be its */
};

/* The secrets in the boxes, until the next call of anything here. What cannot be opened is logged
 * once, with `owner`: "store/NAME", "account/NAME". */
struct signing_secrets signing_open(struct signing *s, struct auth_boxes boxes, struct slice owner);
/* Wipes all. */
void signing_forget(struct signing *s);

#endif
