/* fence — behind it, the bot of an older owner epoch does not speak any more.
 *
 * One per lane. It acts when it is read from `commands`, not when its own turn in the lane comes:
 * a human may have been waiting behind ten bot words that are still backing off. Pure. */
#ifndef EGRESS_CORE_FENCE_H
#define EGRESS_CORE_FENCE_H

#include "event/command.h"

#include <stdbool.h>
#include <stdint.h>

/* The zero value lets everything through. */
struct fence {
    bool seen;
    uint32_t epoch; /* newest read for this conversation */
};

/* A fence command of `epoch` was read. An older one than the newest changes nothing. */
void fence_read(struct fence *f, uint32_t epoch);
/* True when words of this voice and epoch, of which nothing has been sent, must end as superseded.
 * Only the bot's own voice is silenced; notices and customers' words pass. */
bool fence_stops(const struct fence *f, enum voice voice, uint32_t epoch);
/* True when an effect of this epoch, which may have been applied once and was not found, must not
 * be sent again: a call for control. It may have been applied, and undone by the new owner: made
 * again it would take the conversation from him. */
bool fence_stops_again(const struct fence *f, enum effect_kind effect, uint32_t epoch);

#endif
