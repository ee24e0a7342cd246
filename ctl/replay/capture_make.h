/* capture_make — picks out of the log what a replay of one partition or conversation needs. Pure:
 * it reads through a port.
 *
 * Of other conversations nothing goes into it. Secrets of the configuration stay out: hashes and
 * sealed boxes decide nothing. */
#ifndef CTL_REPLAY_CAPTURE_MAKE_H
#define CTL_REPLAY_CAPTURE_MAKE_H

#include "base/buf.h"
#include "base/err.h"
#include "ctl/replay/capture.h"
#include "ctl/replay/past.h"

/* head     build, partition, partitions and is_redacted are set; the rest is filled in
 * span     key and times; offsets too
 * out      takes the file
 * Errors   as past_read(); BUF_FULL: the file would be larger than `out` may be */
MUST_USE err_t capture_make(struct reader_port *port, const struct past_span *span,
                            struct capture_head *head, struct buf *out, struct why *why);

#endif
