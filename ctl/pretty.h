/* pretty — JSON with a line for each member, for files that people open. */
#ifndef CTL_PRETTY_H
#define CTL_PRETTY_H

#include "base/buf.h"

/* `json` is well-formed and has no blanks outside of strings, as json_write makes it. BUF_FULL. */
MUST_USE err_t pretty_print(struct slice json, struct buf *out);

#endif
