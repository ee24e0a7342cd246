/* reader — one partition of one topic, read from an offset to an end, outside of any group.
 *
 * For what is read whole: the changelog when a partition arrives, `config` in every program, the
 * tails at a takeover, and the operator's tool. Reads committed records only; "the end" is the high
 * watermark at the time of opening, and is reached when the reader's position is there, not when
 * the last record is (commit markers take offsets too). */
#ifndef PORT_READER_H
#define PORT_READER_H

#include "base/err.h"
#include "base/instant.h"
#include "port/bus.h"

enum reader_status { READER_RECORD, READER_IDLE, READER_END };

struct reader; /* one open partition */

struct reader_ops {
    /* from  an offset, or READER_FROM_START. NO_TOPIC, UNAVAILABLE, RANGE (offset not in the log).
     */
    err_t (*open)(void *self, enum topic topic, int32_t partition, int64_t from,
                  struct reader **ret_reader);
    /* RECORD: *ret_record is valid until the next call. END is told once each time the end known at
     * that moment is reached; reading on gives later records. */
    err_t (*next)(struct reader *reader, span_ms_t timeout, struct bus_record *ret_record,
                  enum reader_status *ret_status);
    /* As last heard, what comes next is of a transaction that is open: nothing follows until it is
     * over, though the end is farther on. */
    bool (*barred)(const struct reader *reader);
    int64_t (*end)(const struct reader *reader);      /* the end at opening */
    int64_t (*position)(const struct reader *reader); /* next offset it will read */
    void (*close)(struct reader *reader);             /* accepts NULL */
};

enum { READER_FROM_START = -2 };

struct reader_port {
    const struct reader_ops *ops;
    void *self;
};

static inline MUST_USE err_t reader_open(struct reader_port *p, enum topic topic, int32_t partition,
                                         int64_t from, struct reader **ret_reader)
{
    return p->ops->open(p->self, topic, partition, from, ret_reader);
}
static inline MUST_USE err_t reader_next(struct reader_port *p, struct reader *r, span_ms_t timeout,
                                         struct bus_record *ret_record,
                                         enum reader_status *ret_status)
{
    return p->ops->next(r, timeout, ret_record, ret_status);
}

#endif
