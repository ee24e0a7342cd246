/* desk_auth — who calls the Support API: e-mail and API token (Basic), or an OAuth token.
 *
 * An OAuth token is a JWT that the sandbox signs with the client's secret, so it needs no memory:
 * it survives a restart, and ends by the sandbox's clock. Both ways act as the bot's agent user,
 * unless the e-mail is that of another agent. */
#ifndef SANDBOX_DESK_AUTH_H
#define SANDBOX_DESK_AUTH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "sandbox/store.h"

#include <stdbool.h>

struct desk_login {
    struct person *person; /* NULL = no credentials were sent */
    struct slice scope;    /* of a token, in scratch; empty = everything */
};

/* False: the credentials are wrong, or have run out. `arena` is scratch. */
bool desk_auth(const struct store *store, struct arena *arena, struct slice authorization,
               wall_ms_t now, struct desk_login *ret_login);
/* A token for the bot's user. ERR_ARENA_FULL, ERR_BUF_FULL. */
MUST_USE err_t desk_auth_token(const struct store *store, struct arena *arena, struct slice scope,
                               wall_ms_t now, span_ms_t life, struct slice *ret_token);

#endif
