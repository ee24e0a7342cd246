/* move_copy — the records of a deployment to topics of another prefix: where each lies there, once.
 *
 *     config         as it is, but for the deployment's own record
 *     dead           as it is; a letter's name (PARTITION-OFFSET) is another one there
 *     conversations  states, each where its key lies among the new count; checkpoints are gathered
 *
 * Neither `events` nor `commands` nor `snapshots`: what is in them names places in each other. */
#ifndef CTL_MOVE_COPY_H
#define CTL_MOVE_COPY_H

#include "ctl/move_plan.h"
#include "kafka/carry.h"
#include "port/reader.h"

struct move_copy {
    struct carry *carry;
    struct reader_port *reader; /* of the old prefix */
    int32_t partitions;         /* of the keyed topics here */
    int32_t partitions_there;
    struct deployment begun; /* what stands in `config` over there meanwhile */
    struct move_gathered gathered;
    /* How many records of a partition went; called when it is through. */
    void (*tell)(void *arg, enum topic topic, int32_t partition, uint64_t records);
    void *arg;
};

/* All partitions of `topic`, from where an earlier run has come to. Of `conversations` the
 * checkpoints are in `gathered` afterwards.
 * What carry.h and the reader say, with `why`; TIMEOUT too when a stop was requested. */
MUST_USE err_t move_copy_topic(struct move_copy *m, enum topic topic, struct why *why);
/* The last transaction: a checkpoint for each new partition, and that all is there.
 * next  of each new partition of `events`, where its processor begins */
MUST_USE err_t move_copy_end(struct move_copy *m, const int64_t *next, struct why *why);

#endif
