/* auth — who calls: Basic (key id and secret) or a JWT signed with a key's secret (HS256). */
#ifndef SANDBOX_AUTH_H
#define SANDBOX_AUTH_H

#include "base/arena.h"
#include "base/slice.h"
#include "sandbox/store.h"

#include <stdbool.h>

/* The key behind an Authorization header of the Conversations API; NULL = unknown, wrong secret,
 * wrong signature, run out. A key with an integration has integration scope.
 * `arena` is scratch. */
const struct api_key *auth_key(const struct store *store, struct arena *arena,
                               struct slice authorization, wall_ms_t now);

#endif
