/* text — short texts for people in fixed arrays, cut where they do not fit. */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include "base/err.h"

#include <stddef.h>

void text_set(char *text, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
/* Behind what stands there. */
void text_add(char *text, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
