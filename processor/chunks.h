/* chunks — what a transcript has beside its state, as the shell keeps it: in memory, and in the
 * changelog.
 *
 *     state: FIRST, COUNT ─▶ partition's chunks: KEY NUL number ─▶ packed ─▶ step
 *     step: this chunk is so now, that one goes ─▶ both, in the transaction of the state
 *
 * A conversation without chunks costs nothing here. Feature row 85. */
#ifndef PROCESSOR_CHUNKS_H
#define PROCESSOR_CHUNKS_H

#include "base/err.h"
#include "processor/loop_state.h"

/* The chunks of a state, as step_input wants them; *ret_chunks borrows from the partition until
 * they change, and is NULL where there is none. ARENA_FULL. */
MUST_USE err_t chunks_find(struct loop *l, const struct partition *p,
                           const struct conversation *state, const struct slice **ret_chunks);
/* Writes what the step says of chunks (l->effects). Errors of the bus, NO_MEMORY, TABLE_FULL. */
MUST_USE err_t chunks_change(struct loop *l, struct partition *p, const struct conversation *state);
/* The state goes, and all its chunks with it. */
MUST_USE err_t chunks_evict(struct loop *l, struct partition *p, const struct conversation *state);

#endif
