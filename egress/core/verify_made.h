/* verify_made — looks for the user and the conversation that a command may have made.
 *
 *   user           by its external id, of which there is only one: whoever made it, it is the one
 *   conversation   among all of its user, page by page: metadata
 *
 * Used by verify.c only. Pure. */
#ifndef EGRESS_CORE_VERIFY_MADE_H
#define EGRESS_CORE_VERIFY_MADE_H

#include "egress/core/verify.h"

enum { VERIFY_MADE_PAGES_MAX = 10 };

/* True for the effects that this looks for. */
bool verify_made_is(enum effect_kind effect);
/* As verify_path(), verify_read(). MISSING, and what json_parse() says: the command's body does not
 * name its user. */
MUST_USE err_t verify_made_path(const struct verify_ask *ask, struct slice *ret_path);
MUST_USE err_t verify_made_read(const struct verify_ask *ask, const struct json *root,
                                struct verify_found *found);
/* True when this answer to a look says that there is none: not found, asked for by its name. */
bool verify_made_is_absent(enum effect_kind effect, uint32_t status);

#endif
