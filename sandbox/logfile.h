/* logfile — a file of lines that only grows, made durable in groups.
 *
 * Many threads may wait for durability at once; one of them syncs for all. Without a directory the
 * file is a temporary one without a name, and nothing is ever synced. */
#ifndef SANDBOX_LOGFILE_H
#define SANDBOX_LOGFILE_H

#include "base/err.h"
#include "base/slice.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct logfile {
    int fd;
    bool durable;
    uint64_t bytes; /* written; whoever appends holds the world's lock */
    pthread_mutex_t lock;
    pthread_cond_t synced_more;
    uint64_t synced; /* on disk */
    bool syncing;
};

/* Opens DIR/NAME, or a nameless file when `dir` is NULL. A last line without its line feed (a
 * writer was killed) is cut off. ERR_IO with `why`. */
MUST_USE err_t logfile_open(struct logfile *f, const char *dir, const char *name, struct why *why);
void logfile_close(struct logfile *f);
/* Appends one line (which ends with a line feed) in a single write. ERR_IO. */
MUST_USE err_t logfile_append(struct logfile *f, struct slice line);
/* Returns when the first `bytes` bytes are on disk. Any thread, without the world's lock. ERR_IO.
 */
MUST_USE err_t logfile_sync(struct logfile *f, uint64_t bytes);

#endif
