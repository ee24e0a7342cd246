/* text — short texts for people: in fixed arrays, cut where they do not fit; and without what a
 * terminal would obey. */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>

void text_set(char *text, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
/* Behind what stands there. */
void text_add(char *text, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);

/* Appends `text` as one line, with a blank for each control character (C0, C1, DEL): what a
 * stranger wrote moves no cursor. BUF_FULL, NO_MEMORY. */
MUST_USE err_t text_tame(struct buf *out, struct slice text);

#endif
