/* capture — what a replay of one partition, or of one conversation in it, needs, in one file; and
 * port/reader.h on such a file. Pure: it works on bytes.
 *
 *     "tieline capture 1\n"
 *     {"build": …, "schemas": …, "partition": …, "conversation": …, "redacted": …, "first": …}\n
 *     frame …   length, sum, then topic, offset, time, ce_id, ce_source, key, value
 *     end       length 0, how many frames there were, a sum of all of them
 *
 * Numbers are little-endian. Offsets and times are those of the log, so a replay of the file is a
 * replay of the log; an offset is one that has a next. A frame that was changed, or an end that is
 * missing, is refused. */
#ifndef CTL_REPLAY_CAPTURE_H
#define CTL_REPLAY_CAPTURE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "port/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_BYTES_MAX = 1024 * 1024 * 1024 };

/* What the file says of itself. */
struct capture_head {
    struct slice text;  /* the line of JSON; of one that was read */
    struct slice build; /* of who made it */
    int32_t partition;
    int32_t partitions;
    struct slice conversation; /* key; empty = all of the partition */
    bool is_redacted;
    int64_t first[TOPIC_COUNT]; /* offsets at which the log began */
};

/* ---- writing */

struct capture_writer {
    struct buf *out;
    uint64_t frames;
    uint64_t sum;
};

/* Begins a file in `out`. BUF_FULL, NO_MEMORY. */
MUST_USE err_t capture_begin(struct capture_writer *w, struct buf *out,
                             const struct capture_head *head);
MUST_USE err_t capture_add(struct capture_writer *w, const struct bus_record *record);
MUST_USE err_t capture_end(struct capture_writer *w);

/* ---- reading */

struct capture {
    struct capture_head head;
    struct bus_record *records[TOPIC_COUNT]; /* rising offsets; they borrow from the bytes */
    size_t counts[TOPIC_COUNT];
    struct arena arena; /* of the head */
};

/* Takes a file apart; `bytes` must outlive it.
 * Errors  SYNTAX: no capture, truncated, or damaged; UNKNOWN_SCHEMA: of a newer build; with `why`,
 *         which says where. NO_MEMORY. */
MUST_USE err_t capture_read(struct slice bytes, struct why *why, struct capture *ret_capture);
void capture_deinit(struct capture *c); /* accepts a zeroed one */
/* Its records through a port; the capture must outlive it. */
struct reader_port capture_port(struct capture *c);

#endif
