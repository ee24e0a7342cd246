/* audits — finds the update of a ticket by the stamp that its audit carries.
 *
 *   with a comment   comments, newest first ─▶ of each that is ours: its audit ─▶ older comments
 *   without          audits, the newest pages first, whatever order the server gives
 *
 * Comments can be asked for newest first and audits cannot (they often come so, but nobody promises
 * it), so a comment is the better way to its audit. The look-up's cursor:
 *
 *   "12,15;eyJv…"    audits 12 and 15 are to be read, then the comments after that mark
 *   "d3"             page 3 of audits that come newest first
 *   "u7"             page 7 of audits that come oldest first; 6 is next
 *
 * Pure. */
#ifndef EGRESS_CORE_AUDITS_H
#define EGRESS_CORE_AUDITS_H

#include "egress/core/verify.h"

enum { AUDITS_PAGES_MAX = 5, AUDITS_REQUESTS_MAX = 25 };

/* verify_path(), verify_read() and verify_requests_max() for EFFECT_TICKET_UPDATE. */
MUST_USE err_t audits_path(const struct verify_ask *ask, struct slice *ret_path);
MUST_USE err_t audits_read(const struct verify_ask *ask, const struct json *root,
                           struct verify_found *ret_found);
uint32_t audits_requests_max(const struct verify_ask *ask);

#endif
