/* past_parts — how past.c and past_start.c share their work; for nobody else. */
#ifndef CTL_REPLAY_PAST_PARTS_H
#define CTL_REPLAY_PAST_PARTS_H

#include "ctl/replay/past.h"

/* Takes one record; sets p->is_enough where no more of them is of interest. */
typedef err_t (*past_take_fn)(struct past *p, const struct bus_record *record);

/* Reads a topic from an offset, or from its first record where the log begins behind that. */
MUST_USE err_t past_read_topic(struct past *p, enum topic topic, int64_t from, past_take_fn take,
                               struct why *why);
/* Room for one more of `size` bytes; lists double. NO_MEMORY. */
MUST_USE err_t past_more_room(void **list, size_t count, size_t size);

/* How far the partition was decided. */
MUST_USE err_t past_find_end(struct past *p, struct why *why);
/* Where to begin to read. RANGE, with `why`. */
MUST_USE err_t past_find_start(struct past *p, struct why *why);
/* The states there. */
MUST_USE err_t past_find_states(struct past *p, struct why *why);

#endif
