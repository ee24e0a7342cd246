/* buf — growable bytes whose maximum is fixed when it is made.
 *
 * Whoever makes a buf must say how large it may become; there is no unbounded one. Bytes are always
 * followed by a NUL that does not count, so buf_text() is a C string where no NUL is inside. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>

struct buf {
    char *ptr;
    size_t len;
    size_t size;     /* allocated */
    size_t size_max; /* limit for len, > 0 */
};

/* Makes an empty buf that may hold up to `size_max` bytes. Allocates nothing yet. */
void buf_init(struct buf *b, size_t size_max);
void buf_deinit(struct buf *b); /* accepts a zeroed one */
DEFINE_CLEANUP(buf, struct buf, buf_deinit)

void buf_reset(struct buf *b); /* empties, keeps the memory */

/* ERR_BUF_FULL: would pass size_max, and nothing was appended. ERR_NO_MEMORY. */
MUST_USE err_t buf_append(struct buf *b, struct slice bytes);
MUST_USE err_t buf_append_text(struct buf *b, const char *text);
MUST_USE err_t buf_append_char(struct buf *b, char c);
MUST_USE err_t buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
/* Room for `bytes` more; *ret_room points at it, and buf_grew() counts what was written there. */
MUST_USE err_t buf_reserve(struct buf *b, size_t bytes, char **ret_room);
void buf_grew(struct buf *b, size_t bytes);
/* Removes the first `bytes`. */
void buf_drop_front(struct buf *b, size_t bytes);

static inline struct slice buf_slice(const struct buf *b)
{
    return (struct slice){b->ptr, b->len};
}
static inline const char *buf_text(const struct buf *b)
{
    return b->ptr == NULL ? "" : b->ptr;
}
/* Moves the bytes out; the caller frees them. NULL when nothing was ever appended. */
char *buf_take(struct buf *b, size_t *ret_len);

#endif
