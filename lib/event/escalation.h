/* escalation — by which way a human is called, and how urgently: the words for it.
 *
 * Ways in order of strength: several rules at once take the strongest. Numbers stand in records:
 * never renumber, never reuse. Feature rows 71-78, 81, 100. */
#ifndef EVENT_ESCALATION_H
#define EVENT_ESCALATION_H

#include "base/slice.h"

enum way {
    WAY_UNSET = 0,   /* as the store does it anyway */
    WAY_MESSAGE = 1, /* nobody is called: the customer is told a text, and the bot goes on */
    WAY_TICKET = 2,  /* the team gets a ticket */
    WAY_LIVE = 3,    /* control passes, where the surface can */
};

/* As Zendesk names them. */
enum priority {
    PRIORITY_UNSET = 0,
    PRIORITY_LOW = 1,
    PRIORITY_NORMAL = 2,
    PRIORITY_HIGH = 3,
    PRIORITY_URGENT = 4,
};

const char *way_name(enum way way);                /* "live"; "" for WAY_UNSET */
const char *priority_name(enum priority priority); /* "high"; "" for PRIORITY_UNSET */
/* By its name, whatever its case; _UNSET for all else. */
enum way way_named(struct slice name);
enum priority priority_named(struct slice name);

#endif
