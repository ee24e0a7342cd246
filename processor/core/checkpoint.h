/* checkpoint — how far a partition had been decided, written into its own changelog.
 *
 * In the same transaction as the states and the input's offset, under the key "#checkpoint":
 *
 *     v=5;next=1234;config=17;inc=7;alive=1789377125331;since=0;until=0;of=;at=1789377126002;
 *     episode=3;epoch=6;status=9
 *
 * next    offset of the next event to be decided
 * config  offset of the configuration in force (-1 = none yet)
 * inc     incarnation of the newest owner of the partition's commands met in `events`
 * alive   time of the newest sign of life of ingest (0 = none yet)
 * since, until, of   the gap that is being made up for (until 0 = none) and the only account that
 * it concerns (empty = all)
 * at      log time of the newest event that was decided
 * episode, epoch, status   where conversations begin to count that have no state, since others of
 *                          the partition were evicted
 *
 * v=1 had no `inc`, v=2 nothing behind it, v=3 nothing behind `of`, v=4 no `status`; all are read
 * still. On a broker
 * that keeps its word `next` equals the committed offset: the canary compares them at each restore.
 * On the embedded one, which forgets transactional offsets, it is what a restart goes by. */
#ifndef PROCESSOR_CORE_CHECKPOINT_H
#define PROCESSOR_CORE_CHECKPOINT_H

#include "base/err.h"
#include "base/slice.h"
#include "processor/core/evict.h"
#include "processor/core/gaps.h"

#include <stdint.h>

struct checkpoint {
    int64_t next;
    int64_t config;
    uint64_t incarnation;
    struct gaps gaps;
    wall_ms_t at;
    struct evict_numbers numbers;
};

enum { CHECKPOINT_TEXT_BYTES = 384 };
struct slice checkpoint_key(void);
void checkpoint_format(struct checkpoint c, char text[CHECKPOINT_TEXT_BYTES]);
MUST_USE err_t checkpoint_parse(struct slice text, struct checkpoint *ret_checkpoint); /* SYNTAX */

#endif
