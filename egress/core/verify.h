/* verify — looks at Zendesk whether an effect happened, when the answer was lost.
 *
 *   in doubt ──▶ look ──present──▶ applied
 *                 │ ▲
 *          absent │ │ again: after 0, 1, 5, 15, 30 s … and once all is settled
 *                 ▼ │
 *             settled and absent ──▶ it did not happen: send
 *
 * Presence ends it at once. Absence counts only when --settle has passed since the call's deadline
 * (or since we took the partition over, whichever is later): until then the request may still be
 * on its way.
 *
 * One look is one request or several: what was read so far stands in a cursor, which goes with the
 * next request of the same look. How many there may be is bounded; what cannot be told within the
 * bound is never called absent.
 *
 *   message          newest pages, down to what is older than the command: metadata
 *   ticket update    audits.h
 *   ticket creation  the list of its external id
 *   user, conversation   verify_made.h
 *   control          whose the conversation is now
 *
 * Pure. */
#ifndef EGRESS_CORE_VERIFY_H
#define EGRESS_CORE_VERIFY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "event/command.h"
#include "event/config.h"
#include "json/json_read.h"

#include <stdbool.h>
#include <stdint.h>

/* The member of a message's metadata that carries our effect id, as text. */
#define VERIFY_STAMP "tieline.effect"

/* What was written this much before the command is none of its traces. Zendesk's clock wrote the
 * one time and the broker's the other: they may differ by less than this. */
enum { VERIFY_SLACK_MS = 60 * 60 * 1000, VERIFY_CURSOR_BYTES_MAX = 8 * 1024 };

/* True when Zendesk can be asked about this effect. */
bool verify_can_look(const struct command *command);

/* The next request of a look. */
struct verify_ask {
    struct arena *arena;
    const struct command *command;
    const struct account *account; /* NULL = not configured any more */
    struct slice cursor;           /* what the answer before said; empty = the first request */
    uint32_t failures;             /* how often an answer was too long: less is asked for */
};
/* Its path below the API's base URL, like command.path. CHECK: verify_can_look.
 *
 * MISSING, and what json_parse() says: a creation whose body names no external id. SYNTAX: a cursor
 * that is none. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t verify_path(const struct verify_ask *ask, struct slice *ret_path);
/* How many requests one look may take. */
uint32_t verify_requests_max(const struct verify_ask *ask);

#define VERIFY_RESULT_TABLE(X)                                                                     \
    X(PRESENT, "present")                                                                          \
    X(ABSENT, "absent")                                                                            \
    X(OTHER, "other") /* control: neither where it was nor where it should go */                   \
    X(MORE, "more")   /* not seen so far, and the next request may show it */                      \
    X(UNREADABLE, "unreadable")
enum verify_result {
#define X(name, text) VERIFY_##name,
    VERIFY_RESULT_TABLE(X)
#undef X
};
const char *verify_result_name(enum verify_result result); /* a metric's label */

struct verify_found {
    enum verify_result result;
    struct slice remote_id; /* PRESENT: of the message or ticket that carries our stamp */
    struct slice cursor;    /* MORE: never empty; in the arena */
};
/* Reads the answer to verify_path() of the same `ask`.
 *
 * root  its JSON; NULL = it was none
 * Errors  ARENA_FULL, NO_MEMORY. */
MUST_USE err_t verify_read(const struct verify_ask *ask, const struct json *root,
                           struct verify_found *ret_found);

/* ---- for the readers of single effects */
/* True when `metadata` (JSON, or NULL) names this effect. */
bool verify_names(const struct json *metadata, const struct command *command);
/* True when the time at `member` is so old that the command cannot have made what bears it. */
bool verify_is_older(const struct json *object, const char *member, const struct command *command);

/* ---- when to look */
/* Since when nothing of the call can be on its way any more, if `settle` passes. */
mono_ms_t verify_settled_at(mono_ms_t deadline_or_takeover, span_ms_t settle);
/* When to look again after `looks` of them (>= 1), not later than needed. */
mono_ms_t verify_next_look(uint32_t looks, mono_ms_t now, mono_ms_t settled_at);

#endif
