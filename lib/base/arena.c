#include "base/arena.h"

#include "base/check.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer what is not handed out is poisoned, so that a use after release, or past
 * the end of a chunk's last value, is found although the memory belongs to the arena. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(ptr, bytes) ((void)(ptr), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(ptr, bytes) ((void)(ptr), (void)(bytes))
#endif

enum {
    CHUNK_BYTES_MIN = 8 * 1024,
    CHUNK_BYTES_MAX = 256 * 1024,
};

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of `bytes` */
    size_t used;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t size_max)
{
    CHECK(size_max <= SIZE_MAX / 2);
    *a = (struct arena){.size_max = size_max};
}

static void chunks_free(struct arena_chunk *c)
{
    while (c != NULL) {
        struct arena_chunk *next = c->next;
        free(c);
        c = next;
    }
}

void arena_deinit(struct arena *a)
{
    chunks_free(a->first);
    *a = (struct arena){0};
}

/* Makes `c` the last chunk again, with `used` bytes in it. */
static void cut_after(struct arena *a, struct arena_chunk *c, size_t used)
{
    CHECK(used <= c->used);
    chunks_free(c->next);
    c->next = NULL;
    c->used = used;
    a->current = c;
    ASAN_POISON_MEMORY_REGION(c->bytes + used, c->size - used);
}

void arena_reset(struct arena *a)
{
    if (a->first != NULL) {
        cut_after(a, a->first, 0);
    }
    a->used = 0;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){
        .chunk = a->current,
        .chunk_used = a->current == NULL ? 0 : a->current->used,
        .used = a->used,
    };
}

void arena_release(struct arena *a, struct arena_mark mark)
{
    CHECK(mark.used <= a->used);
    if (mark.chunk == NULL) { /* marked before the first chunk was made */
        arena_reset(a);
        return;
    }
    cut_after(a, mark.chunk, mark.chunk_used);
    a->used = mark.used;
}

/* A new last chunk with room for `bytes`, which the cap has been asked about. */
static struct arena_chunk *chunk_add(struct arena *a, size_t bytes)
{
    size_t size = a->current == NULL ? CHUNK_BYTES_MIN : a->current->size * 2;
    size = size < CHUNK_BYTES_MIN ? CHUNK_BYTES_MIN : size;
    size = size > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : size;
    size_t left = a->size_max - a->used;
    size = size > left ? left : size;
    size = size < bytes ? bytes : size;

    struct arena_chunk *c = malloc(sizeof *c + size);
    if (c == NULL) {
        a->heap_failed = true;
        return NULL;
    }
    *c = (struct arena_chunk){.size = size};
    ASAN_POISON_MEMORY_REGION(c->bytes, size);
    if (a->current == NULL) {
        a->first = c;
    } else {
        a->current->next = c;
    }
    a->current = c;
    return c;
}

/* Bytes to the next multiple of `align`, a power of two. */
static size_t gap(size_t used, size_t align)
{
    return (0 - used) & (align - 1);
}

/* `bytes` of memory as it comes, at a multiple of `align`. What counts against the cap hangs on the
 * calls alone, never on how they fell into chunks: a replay must meet the cap at the same call. */
static char *take(struct arena *a, size_t bytes, size_t align)
{
    a->heap_failed = false;
    size_t left = a->size_max - a->used;
    size_t counted_gap = bytes == 0 ? 0 : gap(a->used, align);
    if (bytes > left || counted_gap > left - bytes) {
        return NULL;
    }
    struct arena_chunk *c = a->current;
    size_t pad = c == NULL ? 0 : gap(c->used, align);
    if (c == NULL || pad > c->size - c->used || bytes > c->size - c->used - pad) {
        c = chunk_add(a, bytes);
        pad = 0;
        if (c == NULL) {
            return NULL;
        }
    }
    char *place = c->bytes + c->used + pad;
    if (bytes == 0) { /* nothing is claimed: a place that nobody reads */
        return place;
    }
    c->used += pad + bytes;
    a->used += counted_gap + bytes;
    ASAN_UNPOISON_MEMORY_REGION(place, bytes);
    return place;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    char *place = take(a, bytes, alignof(max_align_t));
    if (place != NULL && bytes > 0) {
        memset(place, 0, bytes);
    }
    return place;
}

void *arena_array(struct arena *a, size_t count, size_t element_size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, element_size, &bytes)) {
        a->heap_failed = false;
        return NULL;
    }
    return arena_alloc(a, bytes);
}

err_t arena_copy(struct arena *a, struct slice bytes, struct slice *ret_copy)
{
    if (bytes.len == SIZE_MAX) {
        return ERR(ARENA_FULL);
    }
    char *copy = take(a, bytes.len + 1, 1);
    if (copy == NULL) {
        return ARENA_ERR(a);
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.ptr, bytes.len);
    }
    copy[bytes.len] = '\0';
    *ret_copy = slice_from(copy, bytes.len);
    return err_ok();
}

err_t arena_join(struct arena *a, const struct slice *parts, size_t count, struct slice *ret_text)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len >= SIZE_MAX - len) {
            return ERR(ARENA_FULL);
        }
        len += parts[i].len;
    }
    char *text = take(a, len + 1, 1);
    if (text == NULL) {
        return ARENA_ERR(a);
    }
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0) {
            memcpy(end, parts[i].ptr, parts[i].len);
            end += parts[i].len;
        }
    }
    *end = '\0';
    *ret_text = slice_from(text, len);
    return err_ok();
}

err_t arena_printf(struct arena *a, struct slice *ret_text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (wanted < 0) {
        return ERR(TOO_LARGE);
    }
    size_t len = (size_t)wanted;
    char *text = take(a, len + 1, 1);
    if (text == NULL) {
        return ARENA_ERR(a);
    }
    va_start(args, format);
    int written = vsnprintf(text, len + 1, format, args);
    va_end(args);
    CHECK(written == wanted);
    *ret_text = slice_from(text, len);
    return err_ok();
}
