/* oauth — access tokens of accounts, each egress process its own: fetched when the first call needs
 * one, renewed early, once more when a call is answered 401.
 *
 *   none ──call──▶ asking ──201──▶ held ──80 %──▶ held, asking ──201──▶ held
 *     ▲             │  gate held     │
 *     └── refused ──┘                └── 401, for the first time: none
 *
 * A token's request goes through the same peer as all calls, so the loop never waits; the account's
 * calls to Support do, at their gate. The token itself is with egress/login.h. One thread. */
#ifndef EGRESS_OAUTH_H
#define EGRESS_OAUTH_H

#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "base/table.h"
#include "egress/tickets.h"

#include <stdbool.h>
#include <stdint.h>

struct gate;

/* One account's token. */
struct grant {
    struct slice account; /* name; owned */
    struct gate *gate;    /* of its calls to Support */
    uint32_t serial;      /* of the newest token, from 1 */
    uint32_t probe;       /* of the request that is out, as for a call */
    bool is_held;
    bool is_out;   /* a request for one is */
    bool is_stale; /* the configuration changed since it went out */
    bool was_refused;
    mono_ms_t renew_at;
    mono_ms_t ends_at;
};

struct oauth {
    struct table *by_account;
    struct tickets tickets; /* of grants: their requests */
};

MUST_USE err_t oauth_init(struct oauth *o, uint64_t seed); /* NO_MEMORY */
void oauth_deinit(struct oauth *o);                        /* accepts a zeroed one */

#endif
