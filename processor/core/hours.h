/* hours — whether a store's team is at work at an instant.
 *
 *     instant ─▶ local time (offsets that the configuration brings) ─▶ holiday? ─▶ week's hours
 *
 * Knows no time zone by name: `tieline apply` resolves one into the offsets of this year and the
 * next five, and they stand in the store's record, so that a replay has the same. After the last
 * change its offset goes on. Situation-dependent hand-over; docs/TIME.md. */
#ifndef PROCESSOR_CORE_HOURS_H
#define PROCESSOR_CORE_HOURS_H

#include "event/config.h"

#include <stdbool.h>

/* True also for a store without hours. Pure. */
bool hours_open(const struct store *store, wall_ms_t at);

#endif
