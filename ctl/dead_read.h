/* dead_read — the topic `dead`, read whole: each letter with its place, which is its name.
 *
 * A letter is called "PARTITION-OFFSET", as in 3-17. */
#ifndef CTL_DEAD_READ_H
#define CTL_DEAD_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "event/dead.h"
#include "port/reader.h"

struct dead_place {
    int32_t partition;
    int64_t offset;
};

/* "3-17". SYNTAX. */
MUST_USE err_t dead_place_parse(struct slice text, struct dead_place *ret_place);

/* Calls `each` for every letter, in order within a partition; what it is given lives until it
 * returns, and its error ends the reading. `dead` is NULL where a record cannot be decoded.
 * partitions  of the topic. TIMEOUT and what the reader says, with `why`. */
MUST_USE err_t dead_read_all(struct reader_port *port, int32_t partitions,
                             err_t (*each)(void *arg, struct dead_place place,
                                           const struct dead *dead),
                             void *arg, struct why *why);
/* One letter; in the arena. RANGE: there is none at this place, with `why`. Else as above, and
 * POISON classes for what cannot be decoded. */
MUST_USE err_t dead_read_one(struct reader_port *port, struct arena *arena, struct dead_place place,
                             struct why *why, struct dead *ret_dead);

#endif
