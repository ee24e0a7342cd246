/* config_hours — the team's hours of a store, from the file's JSON and judged.
 *
 *     "hours": {"zone": "Europe/Berlin", "mon": "09:00-12:00,13:00-17:00", …, "holidays":
 * ["12-25"]}
 *
 * Processes know no time zone by name. Here, with the system's own database, it becomes offsets of
 * the year that runs and the next five: the same on every day of a year. docs/TIME.md. */
#ifndef CTL_CONFIG_HOURS_H
#define CTL_CONFIG_HOURS_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/problems.h"
#include "event/config.h"
#include "json/json_read.h"

/* at  the store's object. What has a problem is as if absent. NO_MEMORY. */
MUST_USE err_t config_hours_draft(struct arena *arena, const struct json *at, struct store *ret);
void config_hours_check(struct problems *p, const struct json *at, const struct store *store);

/* Offsets of an IANA zone from the year of `now` on; *ret_count 0 = there is no such zone.
 * Not for several threads. */
MUST_USE err_t config_hours_zone(struct arena *arena, struct slice zone, wall_ms_t now,
                                 const struct zone_offset **ret_offsets, size_t *ret_count);

#endif
