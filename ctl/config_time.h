/* config_time — what a store does when time passes in vain, from the file's JSON and judged.
 *
 * `handoff.nobody` and `inactivity` of a store; both are off when they are absent. docs/TIME.md. */
#ifndef CTL_CONFIG_TIME_H
#define CTL_CONFIG_TIME_H

#include "ctl/problems.h"
#include "event/config.h"
#include "json/json_read.h"

/* at  the store's object. Members of a wrong type are as if absent. */
void config_time_draft(const struct json *at, struct store *ret);
/* at  the same, for the places of what is wrong */
void config_time_check(struct problems *p, const struct json *at, const struct store *store);

#endif
