/* replay_tell — what `tieline replay` says: a line for each event and what followed from it, the
 * differences, and what it came to. */
#ifndef CTL_REPLAY_TELL_H
#define CTL_REPLAY_TELL_H

#include "base/arena.h"
#include "base/buf.h"
#include "ctl/replay/run.h"
#include "ctl/replay_sandbox.h"

struct replay_tell {
    bool is_json;
    bool tells; /* each event, not only what differs */
    struct arena arena;
    struct buf line;
    uint64_t events, commands, compared, unknown, differences, partitions;
    uint64_t hash;
    const char *into;        /* NULL = nothing is written */
    uint64_t written, there; /* commands: to `into`; that stood there already */
    bool is_to_sandbox;
    struct replay_sandbox_sum sandbox;
};

void replay_tell_init(struct replay_tell *t, bool is_json, bool tells);
void replay_tell_deinit(struct replay_tell *t); /* accepts a zeroed one */
struct replay_watcher replay_tell_watcher(struct replay_tell *t);
/* One event, told. BUF_FULL, NO_MEMORY. */
MUST_USE err_t replay_tell_event(struct replay_tell *t, const struct bus_record *record,
                                 const struct player *player, enum played played);
/* One partition is through. */
void replay_tell_sum(struct replay_tell *t, const struct replay *r);
/* All are. */
void replay_tell_end(const struct replay_tell *t);

#endif
