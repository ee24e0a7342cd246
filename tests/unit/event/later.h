/* later — members that records have since the first version, with a value each. */
#ifndef TESTS_UNIT_EVENT_LATER_H
#define TESTS_UNIT_EVENT_LATER_H

#include "event/config.h"

static const struct rule_outcome later_outcomes[] = {
    {REASON_ASKED, WAY_MESSAGE, PRIORITY_UNSET, {NULL, 0}, {"Soon", 4}},
    {REASON_BOT, WAY_TICKET, PRIORITY_HIGH, {"vip", 3}, {NULL, 0}}};

static const struct store_text later_texts[] = {{SLOT_WELCOME, {"de", 2}, {"Hallo", 5}}};

/* What a store says of time. */
static inline void later_store_time(struct store *store)
{
    store->nobody_after = span_s(300);
    store->nobody_then = NOBODY_TICKET;
    store->nobody_text = SLICE("Nobody");
    store->silent_after = span_s(600);
    store->silent_then = SILENT_END;
    store->silent_text = SLICE("Silent");
    store->end_solves = true;
    store->texts = later_texts;
    store->text_count = 1;
}

#endif
