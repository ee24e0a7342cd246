#include "base/buf.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_BYTES_MIN = 256 };

void buf_init(struct buf *b, size_t size_max)
{
    CHECK(size_max > 0 && size_max <= SIZE_MAX / 4);
    *b = (struct buf){.size_max = size_max};
}

void buf_deinit(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){0};
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    if (b->ptr != NULL) {
        b->ptr[0] = '\0';
    }
}

err_t buf_reserve(struct buf *b, size_t bytes, char **ret_room)
{
    if (bytes > b->size_max - b->len) {
        return ERR(BUF_FULL);
    }
    size_t wanted = b->len + bytes + 1; /* the NUL */
    if (wanted > b->size) {
        size_t size = b->size * 2;
        size = size < BUF_BYTES_MIN ? BUF_BYTES_MIN : size;
        size = size > b->size_max + 1 ? b->size_max + 1 : size;
        size = size < wanted ? wanted : size;
        char *ptr = realloc(b->ptr, size);
        if (ptr == NULL) {
            return ERR(NO_MEMORY);
        }
        ptr[b->len] = '\0';
        b->ptr = ptr;
        b->size = size;
    }
    *ret_room = b->ptr + b->len;
    return err_ok();
}

void buf_grew(struct buf *b, size_t bytes)
{
    if (bytes == 0) {
        return;
    }
    CHECK(b->ptr != NULL && bytes < b->size - b->len);
    b->len += bytes;
    b->ptr[b->len] = '\0';
}

err_t buf_append(struct buf *b, struct slice bytes)
{
    if (bytes.len == 0) {
        return err_ok();
    }
    char *room = NULL;
    TRY(buf_reserve(b, bytes.len, &room));
    memcpy(room, bytes.ptr, bytes.len);
    buf_grew(b, bytes.len);
    return err_ok();
}

err_t buf_append_text(struct buf *b, const char *text)
{
    return buf_append(b, slice_of(text));
}

err_t buf_append_char(struct buf *b, char c)
{
    return buf_append(b, slice_from(&c, 1));
}

err_t buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (wanted < 0) {
        return ERR(BUF_FULL);
    }
    size_t len = (size_t)wanted;
    char *room = NULL;
    TRY(buf_reserve(b, len, &room));
    va_start(args, format);
    int written = vsnprintf(room, len + 1, format, args);
    va_end(args);
    CHECK(written == wanted);
    buf_grew(b, len);
    return err_ok();
}

void buf_drop_front(struct buf *b, size_t bytes)
{
    CHECK(bytes <= b->len);
    if (bytes == 0) {
        return;
    }
    b->len -= bytes;
    memmove(b->ptr, b->ptr + bytes, b->len + 1);
}

char *buf_take(struct buf *b, size_t *ret_len)
{
    char *taken = b->ptr;
    if (ret_len != NULL) {
        *ret_len = b->len;
    }
    *b = (struct buf){.size_max = b->size_max};
    return taken;
}
