/* move_look — whether a deployment has come to its end: nothing undecided, nothing undone, nobody
 * at work. */
#ifndef CTL_MOVE_LOOK_H
#define CTL_MOVE_LOOK_H

#include "base/err.h"
#include "kafka/cluster.h"
#include "port/reader.h"

#include <stdbool.h>
#include <stdint.h>

struct move_rest {
    int processors; /* in their group; one that was stopped is missed after its session */
    int egresses;
    uint64_t events;   /* that were not decided */
    uint64_t commands; /* that have not come to an end */
};

/* Reads what lies behind the committed offsets. Each partition is read to its end as of then.
 * partitions  of the keyed topics
 * UNAVAILABLE, TIMEOUT, PERMISSION, NO_TOPIC, with `why`. */
MUST_USE err_t move_look(const struct kafka_options *options, struct reader_port *reader,
                         int32_t partitions, struct why *why, struct move_rest *ret_rest);

static inline bool move_is_at_rest(const struct move_rest *rest)
{
    return rest->processors == 0 && rest->egresses == 0 && rest->events == 0 && rest->commands == 0;
}
/* What keeps it from moving, and what helps. */
void move_rest_tell(const struct move_rest *rest, struct why *why);

#endif
