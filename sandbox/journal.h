/* journal — what changed the world, one JSON line each, in the form in which it came in.
 *
 *     {"kind":"start","seed":…,"scenario":"sha256"}         the first line
 *     {"kind":"call","at":…,"method":…,"uri":…,"key":…,"body":…,"fault":…,"seq":…,"ledger":…}
 *     {"kind":"late","at":…,"due":…,"late":…,"method":…}    taken now, applied later by a `call`
 *     {"kind":"fault","at":…,"fault":…}                      a request that was not applied
 *     {"kind":"attempt","at":…,"delivery":…,"status":…}      a webhook was tried
 *
 * Thread: whoever holds the world's lock. */
#ifndef SANDBOX_JOURNAL_H
#define SANDBOX_JOURNAL_H

#include "base/err.h"
#include "sandbox/world.h"

struct journal_call {
    const struct request *request;
    bool is_admin;
    struct slice caller;
    uint64_t fault; /* 0 = none */
    uint64_t late;  /* 0 = none */
    wall_ms_t at;
    wall_ms_t due;            /* known: a `late` line, else a `call` line */
    struct slice ledger_line; /* may be empty */
};

MUST_USE err_t journal_call(struct world *w, const struct journal_call *entry);
MUST_USE err_t journal_fault(struct world *w, wall_ms_t at, uint64_t fault);
MUST_USE err_t journal_attempt(struct world *w, uint64_t delivery, const struct attempt *result);
/* Applies the whole journal; writes its first line when it is new.
 * ERR_CONFIG (other seed or scenario), ERR_IO, ERR_SYNTAX, with `why`. */
MUST_USE err_t journal_replay(struct world *w, const struct world_config *config, struct why *why);

#endif
