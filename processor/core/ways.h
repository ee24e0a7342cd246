/* ways — what follows from the reasons that hold: by which way a human is called, how urgently, and
 * under which tags.
 *
 *     reasons ─▶ each rule's outcome in this store ─▶ the strongest way   live > ticket > message
 *                                                     the highest priority
 *                                                     the tags of all
 *
 * A rule without an outcome of its own calls a human as the store does (`handoff.live`). Where all
 * that holds is "message" nobody is called. Feature rows 77, 78, 81. */
#ifndef PROCESSOR_CORE_WAYS_H
#define PROCESSOR_CORE_WAYS_H

#include "base/arena.h"
#include "base/err.h"
#include "event/bot_answer.h"
#include "event/config.h"

#include <stdint.h>

struct ways {
    enum way way; /* UNSET only without a reason */
    enum priority priority;
    struct slice tags; /* with commas between them, none twice; in the arena */
};

/* reasons  REASON_BITs
 * answer   the bot's, with its wish how; NULL = none. Counts where the store allows it, for the
 *          reason BOT
 * ARENA_FULL, NO_MEMORY. */
MUST_USE err_t ways_judge(struct arena *arena, const struct store *store, uint32_t reasons,
                          const struct bot_answer *answer, struct ways *ret_ways);
/* False when nothing but texts follows from them. Pure. */
bool ways_call(const struct store *store, uint32_t reasons);
/* What is told when this reason holds and calls nobody; empty = nothing. */
struct slice ways_text(const struct store *store, enum reason reason);
/* Joins two lists of tags with commas between them; none twice, none empty, at most LIMIT_LABEL
 * bytes: what is beyond is left out whole. ARENA_FULL, NO_MEMORY. */
MUST_USE err_t ways_join_tags(struct arena *arena, struct slice a, struct slice b,
                              struct slice *ret_tags);

#endif
