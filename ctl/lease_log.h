/* lease_log — who may change an account's Zendesk, as the log has it: the records under
 * "lease/ACCOUNT" of `config`, taken in one after the other. Pure.
 *
 *     take A      A has it, for LEASE_S since A's newest record
 *     take B      nothing: A has it
 *     take B, instead of A     B has it: A is known to be dead, or somebody says so
 *     done A      nobody has it, if A had it; else nothing: B took it over meanwhile
 *     tombstone   nobody has it (older programs let go so)
 *
 * Times are the log's, so all who read it agree. */
#ifndef CTL_LEASE_LOG_H
#define CTL_LEASE_LOG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"

#include <stdbool.h>

/* One step, with all that it waits for Zendesk, takes less than half of it. */
enum { LEASE_S = 900, LEASE_ID_BYTES = 33, LEASE_TEXT_BYTES = 160 };

struct lease_holder {
    char id[LEASE_ID_BYTES];      /* random; of one run of a command */
    char host[LEASE_TEXT_BYTES];  /* for people */
    char place[LEASE_TEXT_BYTES]; /* boot and process namespace: where `pid` means something */
    int64_t pid;
};

struct lease_log {
    bool is_held;
    struct lease_holder holder;
    wall_ms_t since; /* of its newest record */
};

/* instead  the id of the holder that it takes the place of; "" = none. BUF_FULL, NO_MEMORY. */
MUST_USE err_t lease_log_write(const struct lease_holder *holder, const char *instead,
                               struct buf *out);
/* The holder lets go. Older programs pass it over. BUF_FULL, NO_MEMORY. */
MUST_USE err_t lease_log_write_done(const struct lease_holder *holder, struct buf *out);
/* The next record; what cannot be read is passed over. `arena` is scratch. */
void lease_log_add(struct lease_log *l, wall_ms_t time, struct slice value, struct arena *arena);

#endif
