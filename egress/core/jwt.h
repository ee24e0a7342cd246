/* jwt — tokens that a key of the Conversations API signs, so that the key itself never travels.
 *
 *   {"alg":"HS256","typ":"JWT","kid":"app_6ac7…"} . {"scope":"app","iat":…,"exp":…} . HMAC-SHA256
 *
 * Source: Zendesk, "Conversations API authentication": HS256 only, `kid` is the key's id, and the
 * scope is that of the key (FACTS A1). Pure; whoever calls keeps the secrets in memory of the right
 * kind. */
#ifndef EGRESS_CORE_JWT_H
#define EGRESS_CORE_JWT_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"

#include <stddef.h>

enum {
    JWT_LIFE_S = 3600,
    JWT_RENEW_S = 1800, /* as old as that it is made anew */
    JWT_EARLY_S = 60,   /* Zendesk's clock may be so much behind ours */
    JWT_BYTES_MAX = 1024,
};

/* Writes the token, without a NUL at its end.
 *
 * key_id  "app_…", "act_…" or "int_…", which tells the scope; at most LIMIT_ID_BYTES_MAX
 * secret  as Zendesk shows it, not empty
 * Errors  SYNTAX: a key id that is not visible ASCII. */
MUST_USE err_t jwt_make(struct slice key_id, struct slice secret, wall_ms_t now,
                        char ret_token[JWT_BYTES_MAX], size_t *ret_len);

#endif
