/* write_file — a small file, whole or not at all. */
#ifndef CTL_WRITE_FILE_H
#define CTL_WRITE_FILE_H

#include "base/err.h"
#include "base/slice.h"

#include <sys/types.h>

/* Writes beside it and renames; what stood there is replaced. IO, PERMISSION, with `why`. */
MUST_USE err_t write_file(const char *path, mode_t mode, struct slice text, struct why *why);
/* Makes a folder (0700) and those above it; fine when it is there. IO, PERMISSION. */
MUST_USE err_t make_folder(const char *path, struct why *why);

#endif
