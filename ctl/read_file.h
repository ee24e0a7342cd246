/* read_file — a whole small file into an arena. */
#ifndef CTL_READ_FILE_H
#define CTL_READ_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* path       "-" = standard input
 * bytes_max  more is TOO_LARGE
 * Errors     IO, PERMISSION, TOO_LARGE, NO_MEMORY, with `why`. */
MUST_USE err_t read_file(struct arena *arena, const char *path, size_t bytes_max, struct why *why,
                         struct slice *ret_text);
/* "No such file or directory" for an errno. */
void read_file_reason(int error, char *text, size_t size);
/* The same for a large file that nobody writes to: its bytes stay where the system has them, and
 * take no memory of ours. No standard input. For read_file_unmap(). */
MUST_USE err_t read_file_map(const char *path, size_t bytes_max, struct why *why,
                             struct slice *ret_bytes);
void read_file_unmap(struct slice bytes); /* accepts an empty one */

#endif
