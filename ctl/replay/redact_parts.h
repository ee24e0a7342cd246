/* redact_parts — what stands within a member of a record and has a form of its own: addresses of
 * files, JSON, a packed state. The form stays, so that it is decided as it was. Pure. */
#ifndef CTL_REPLAY_REDACT_PARTS_H
#define CTL_REPLAY_REDACT_PARTS_H

#include "base/err.h"
#include "ctl/replay/redact.h"

/* Of all these  ARENA_FULL, NO_MEMORY; what is new stands in the arena. */

/* The scheme stays; of a file at Zendesk or at a bot, which alone are fetched, also the host. */
MUST_USE err_t redact_url(struct redact *r, struct slice url, struct slice *ret_url);
/* What egress read at Zendesk, as JSON. Names of members and numbers stay; text that is no JSON
 * is changed as a text. */
MUST_USE err_t redact_fetched(struct redact *r, struct slice json, struct slice *ret_json);
/* Of a customer, as a shop's page gave it: names of members stay, numbers become others of as many
 * digits. key  of one value; empty = a whole object */
MUST_USE err_t redact_data(struct redact *r, struct slice key, struct slice json,
                           struct slice *ret_json);
/* A packed state within an event. One that cannot be read becomes a text. */
MUST_USE err_t redact_packed(struct redact *r, struct slice bytes, struct slice *ret_bytes);

#endif
