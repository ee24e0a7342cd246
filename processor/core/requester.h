/* requester — in whose name a ticket is made: the customer, as far as is known.
 *
 *     Support user known ─▶ requester_id
 *     else                  name (or "Anonymous Visitor") and mail address (or a placeholder)
 *
 * A placeholder is the same for all conversations of one customer, so that Zendesk makes one user
 * of them, and stands at a domain that takes no mail. Feature rows 89-91. */
#ifndef PROCESSOR_CORE_REQUESTER_H
#define PROCESSOR_CORE_REQUESTER_H

#include "base/err.h"
#include "processor/core/context.h"

#include <stdbool.h>

struct requester {
    struct slice user_id; /* of Support; empty = by name and mail address */
    struct slice name;    /* never empty */
    struct slice email;   /* never empty */
    struct slice phone;   /* may be */
    bool is_placeholder;  /* `email` is none of the customer's */
};

/* From the customer, and from dataCapture.systemField.requester.* of the customer data, which
 * counts first. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t requester_of(struct context *ctx, struct requester *ret_requester);
/* True for what Zendesk takes for a mail address: local part, one @, a domain with a dot. Pure. */
bool requester_mail_is_good(struct slice email);

#endif
