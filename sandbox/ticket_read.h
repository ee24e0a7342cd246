/* ticket_read — the ticket of a request's body, checked, as a draft. */
#ifndef SANDBOX_TICKET_READ_H
#define SANDBOX_TICKET_READ_H

#include "json/json_read.h"
#include "sandbox/tickets.h"

#include <stdbool.h>

/* False = refused. Unknown members are left out in silence, as there. */
bool ticket_read(struct call *c, const struct json *object, bool is_new,
                 struct ticket_draft *draft);
/* safe_update and updated_stamp of `object` against the ticket; false = 409. */
bool ticket_check_stamp(struct call *c, const struct json *object, const struct ticket *ticket);

#endif
