/* capture_redact — a capture without a personal word, that decides as the one with them does. Pure.
 *
 *     event ─▶ decided as it was          ─┐ the same notes, effects, slots and phases,
 *       └────▶ redacted ─▶ decided anew   ─┘ or else it is refused
 *                             └─▶ commands and states of the new capture
 *
 * Both are decided side by side, since effect ids follow from keys: what an outcome or a timer
 * names is what the redacted replay calls it. */
#ifndef CTL_REPLAY_CAPTURE_REDACT_H
#define CTL_REPLAY_CAPTURE_REDACT_H

#include "base/buf.h"
#include "base/err.h"
#include "ctl/replay/capture.h"
#include "ctl/replay/redact.h"

/* whole   as capture_make() made it
 * r       key and config are set here from `key`
 * Errors  as the replay's; RANGE, with `why`: redacted it decides otherwise, where is said */
MUST_USE err_t capture_redact(struct capture *whole, const unsigned char key[IDENT_KEY_BYTES],
                              struct buf *out, struct why *why);

#endif
