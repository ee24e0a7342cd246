/* triggers — the list that runs after each save of a ticket.
 *
 *     save ─▶ first trigger that fits and did not run yet ─▶ its actions
 *                ▲                                            │
 *                └──────────── from the top, if they changed the ticket; else the next one
 *
 * A trigger runs at most once for one save. */
#ifndef SANDBOX_TRIGGERS_H
#define SANDBOX_TRIGGERS_H

#include "json/json_read.h"
#include "sandbox/tickets.h"

#include <stdbool.h>

enum { TRIGGERS_MAX = 500, TRIGGER_CONDITIONS_MAX = 64, TRIGGER_ACTIONS_MAX = 32 };

void triggers_run(struct save *s);
/* True when the condition holds for this save. */
bool trigger_condition_holds(const struct save *s, const struct trigger_condition *condition);

/* Reads a trigger of the API over what stands in *trigger; a refused one leaves it alone. */
bool trigger_read(struct call *c, const struct json *object, bool is_new, struct trigger *trigger);
/* {"definitions":{…}}: every field, its operators and its values in this account. */
void trigger_write_definitions(struct call *c);

const char *trigger_field_name(enum trigger_field field);
const char *trigger_operator_name(enum trigger_operator op);
const char *trigger_action_name(enum trigger_action_kind kind);
/* The operators that a field takes: bits by enum trigger_operator. */
unsigned trigger_operators(enum trigger_field field);

#endif
