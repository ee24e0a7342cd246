/* tickets — what a fetched ticket says: whose it is, who has it, what its customer wrote.
 *
 *     webhook (ids only) ─▶ fetch ─▶ outcome: {"ticket":{…},"comments":[newest first],"more":…}
 *                                       │
 *            never a conversation ◀─────┼── from messaging, our external id, our tag
 *            brand ─▶ store             ├── assignee ─▶ owner
 *            unseen public words of end users ─▶ pending ─▶ turn
 *
 * Nothing depends on the triggers' conditions: double, missing and late firings are normal, and the
 * comments are compared by their ids. Feature rows 2, 3,
 * 42-46, 61, 64. */
#ifndef PROCESSOR_CORE_TICKETS_H
#define PROCESSOR_CORE_TICKETS_H

#include "base/err.h"
#include "processor/core/context.h"

/* A webhook says that the ticket changed: it is fetched, or once more after the fetch under way. */
MUST_USE err_t tickets_changed(struct context *ctx);
/* The outcome of a fetch. What cannot be read is as if it had failed. */
MUST_USE err_t tickets_fetched(struct context *ctx, const struct outcome *outcome);

#endif
