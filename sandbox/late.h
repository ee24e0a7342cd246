/* late — requests that were taken and take effect later: the slow, not the lost. */
#ifndef SANDBOX_LATE_H
#define SANDBOX_LATE_H

#include "sandbox/world.h"

/* Copies the request. *ret_id may be NULL. ERR_NO_MEMORY. Thread: world's lock, as all here. */
MUST_USE err_t late_add(struct world *w, const struct request *request, struct slice caller,
                        wall_ms_t due, uint64_t *ret_id);
/* Forgets `id`; nothing happens when there is none. */
void late_remove(struct world *w, uint64_t id);
void late_clear(struct world *w);
/* The first that is due, taken out of the list; NULL = none. The caller frees it by late_free. */
struct late *late_take(struct world *w, wall_ms_t now);
void late_free(struct late *late);

#endif
