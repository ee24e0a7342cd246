/* checkpoint — how far a partition had been decided, written into its own changelog.
 *
 * In the same transaction as the states and the input's offset, under the key "#checkpoint":
 *
 *     v=2;next=1234;config=17;inc=7
 *
 * next    offset of the next event to be decided
 * config  offset of the configuration in force (-1 = none yet)
 * inc     incarnation of the newest owner of the partition's commands met in `events`
 *
 * v=1 had no `inc` and is read still. On a broker that keeps its word `next` equals the committed
 * offset: the canary compares them at each restore. On the embedded one, which forgets
 * transactional offsets, it is what a restart goes by. */
#ifndef PROCESSOR_CHECKPOINT_H
#define PROCESSOR_CHECKPOINT_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct checkpoint {
    int64_t next;
    int64_t config;
    uint64_t incarnation;
};

enum { CHECKPOINT_TEXT_BYTES = 128 };
struct slice checkpoint_key(void);
void checkpoint_format(struct checkpoint c, char text[CHECKPOINT_TEXT_BYTES]);
MUST_USE err_t checkpoint_parse(struct slice text, struct checkpoint *ret_checkpoint); /* SYNTAX */

#endif
