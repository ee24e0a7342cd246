/* stream — one topic of the log as rows by conversation, read only as far ahead as is asked. Pure.
 *
 * Times rise, but for clocks that were set back, or differ between leaders; so it reads a minute
 * further than it has to before it says that something is not there. */
#ifndef CTL_REPLAY_STREAM_H
#define CTL_REPLAY_STREAM_H

#include "base/err.h"
#include "port/reader.h"

#include <stdbool.h>

/* A record that waits to be compared. */
struct stream_entry {
    struct stream_entry *next;
    wall_ms_t time; /* of the event that made it, as far as it is told; else of the log */
    bool is_told;
    int64_t offset;
    size_t len;
    char bytes[];
};

struct stream;

struct stream_options {
    struct reader_port *port;
    enum topic topic; /* COMMANDS or CONVERSATIONS */
    int32_t partition;
    int64_t from;
    struct slice key; /* of this conversation only; empty = all */
    wall_ms_t since;  /* what is older is passed over */
};

/* Errors of the reader; NO_MEMORY. */
MUST_USE err_t stream_new(const struct stream_options *options, struct stream **ret_stream);
void stream_free(struct stream *s); /* accepts NULL */

/* The next of this key; NULL: there is none up to `until` (0 = to the end). Stays in front. */
MUST_USE err_t stream_next(struct stream *s, struct slice key, wall_ms_t until, struct why *why,
                           const struct stream_entry **ret_entry);
/* Takes the front one of this key away; there is one. */
void stream_drop(struct stream *s, struct slice key);
/* All of this key, also what is still to come, is of no interest. NO_MEMORY. */
MUST_USE err_t stream_ignore(struct stream *s, struct slice key);
/* Reads all that is of that time or older; 0 = to the end. */
MUST_USE err_t stream_read_until(struct stream *s, wall_ms_t until, struct why *why);
/* Of row `index` in [0, stream_rows()): its key and its front, which may be NULL. */
size_t stream_rows(const struct stream *s);
const struct stream_entry *stream_row(const struct stream *s, size_t index, struct slice *ret_key);
/* The log does not reach back to this record's time: its first one is younger, and older ones have
 * been removed. */
bool stream_is_cut(const struct stream *s, wall_ms_t time);

#endif
