/* token — access tokens of OAuth's client credentials: the request's body and what its answer says.
 *
 *   POST /oauth/tokens {"grant_type":"client_credentials",…}  ─▶
 * {"access_token":…,"expires_in":1800}
 *
 *   got ├──────────── used ────────────┤ renewed, still used ├── gone
 *       0                            80 %                  100 %
 *
 * Pure; whoever calls keeps the secrets in memory of the right kind. */
#ifndef EGRESS_CORE_TOKEN_H
#define EGRESS_CORE_TOKEN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "json/json_read.h"

enum {
    TOKEN_LIFE_S = 1800, /* where the answer does not say */
    TOKEN_LIFE_S_MAX = 48 * 3600,
    TOKEN_REQUEST_BYTES_MAX = 32 * 1024,
};

struct token {
    struct slice access; /* visible ASCII, borrowed from the answer */
    span_ms_t life;      /* > 0 */
};

/* Appends the body of the request. BUF_FULL, NO_MEMORY. */
MUST_USE err_t token_request(struct slice client_id, struct slice client_secret, struct buf *out);
/* MISSING: no token in it. SYNTAX: one that fits into no header. RANGE: too long. */
MUST_USE err_t token_read(const struct json *root, struct token *ret_token);
/* When to ask for the next, and when it is not used any more (a little before it dies). */
mono_ms_t token_renew_at(mono_ms_t got, span_ms_t life);
mono_ms_t token_ends_at(mono_ms_t got, span_ms_t life);

#endif
