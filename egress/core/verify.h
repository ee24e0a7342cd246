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

/* True when Zendesk can be asked about this effect. */
bool verify_can_look(const struct command *command);
/* Path of the look-up below the API's base URL, like command.path. CHECK: verify_can_look. */
struct slice verify_path(const struct command *command);

enum verify_result { VERIFY_PRESENT, VERIFY_ABSENT, VERIFY_UNREADABLE };
const char *verify_result_name(enum verify_result result);

/* Reads the answer to a look-up.
 *
 * root           its JSON; NULL = it was none
 * ret_remote_id  PRESENT: of the object that carries our stamp; borrowed from the tree */
enum verify_result verify_read(const struct command *command, const struct json *root,
                               struct slice *ret_remote_id);

/* Since when nothing of the call can be on its way any more, if `settle` passes. */
mono_ms_t verify_settled_at(mono_ms_t deadline_or_takeover, span_ms_t settle);
/* When to look again after `looks` of them (>= 1), not later than needed. */
mono_ms_t verify_next_look(uint32_t looks, mono_ms_t now, mono_ms_t settled_at);

#endif
