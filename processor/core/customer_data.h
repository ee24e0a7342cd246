/* customer_data — what the platform tells of a customer beside the words, kept with the
 * conversation.
 *
 *     {"type": "customer_data", "data": {"tier": "gold", "dataCapture.ticketField.36": "1042"}}
 *
 * Merged by key, the newest value counts, null takes it away. Bounded (LIMIT_DATA_*): what does not
 * fit is left out, and noted. All of it goes to the bot but what is for Zendesk (`dataCapture.…`),
 * and of it nothing goes to Zendesk but that and what a store maps. Feature rows 34, 99-101. */
#ifndef PROCESSOR_CORE_CUSTOMER_DATA_H
#define PROCESSOR_CORE_CUSTOMER_DATA_H

#include "base/err.h"
#include "json/json_write.h"
#include "processor/core/context.h"

/* Takes data and customer of the platform's event. What cannot be read leaves all as it was. */
MUST_USE err_t customer_data_take(struct context *ctx);
/* Takes what is known of the customer: members that are there replace. */
void customer_data_take_person(struct customer *known, const struct customer *found);
/* The value of a key as JSON text; empty = none. */
struct slice customer_data_get(const struct conversation *state, struct slice key);
/* The same as plain text: a string without its quotes and escapes, a number or a boolean as
 * written; empty for all else. ARENA_FULL. */
MUST_USE err_t customer_data_text(struct arena *arena, const struct conversation *state,
                                  struct slice key, struct slice *ret_text);
/* True for what is meant for Zendesk alone. */
bool customer_data_is_zendesks(struct slice key);
/* "data": {…} for the bot; nothing when there is none. */
void customer_data_write(struct json_write *w, const struct conversation *state);

#endif
