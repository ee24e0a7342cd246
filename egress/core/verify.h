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
 * on its way. Pure. */
#ifndef EGRESS_CORE_VERIFY_H
#define EGRESS_CORE_VERIFY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "event/command.h"
#include "json/json_read.h"

#include <stdbool.h>
#include <stdint.h>

/* The member of a message's metadata that carries our effect id, as text. */
#define VERIFY_STAMP "tieline.effect"

enum { VERIFY_PAGES_MAX = 5 };

/* True when Zendesk can be asked about this effect: messages by their metadata, ticket updates by
 * the metadata of their audit, new tickets by their external id. */
bool verify_can_look(const struct command *command);
/* Path of the look-up below the API's base URL, like command.path. CHECK: verify_can_look.
 *
 * page  from 1; more than one only where VERIFY_MORE was read
 * MISSING, and what json_parse() says: a creation whose body names no external id. ARENA_FULL. */
MUST_USE err_t verify_path(struct arena *arena, const struct command *command, uint32_t page,
                           struct slice *ret_path);

/* MORE: not in this page, and older ones could have it. */
enum verify_result { VERIFY_PRESENT, VERIFY_ABSENT, VERIFY_UNREADABLE, VERIFY_MORE };
const char *verify_result_name(enum verify_result result);

/* Reads the answer to a look-up.
 *
 * arena          for what has to be read of the command
 * bot_user_id    who we are on tickets; empty = not known
 * root           its JSON; NULL = it was none
 * ret_remote_id  PRESENT: of the message or ticket that carries our stamp */
enum verify_result verify_read(struct arena *arena, const struct command *command,
                               struct slice bot_user_id, const struct json *root,
                               struct slice *ret_remote_id);

/* Since when nothing of the call can be on its way any more, if `settle` passes. */
mono_ms_t verify_settled_at(mono_ms_t deadline_or_takeover, span_ms_t settle);
/* When to look again after `looks` of them (>= 1), not later than needed. */
mono_ms_t verify_next_look(uint32_t looks, mono_ms_t now, mono_ms_t settled_at);

#endif
