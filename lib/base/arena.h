/* arena — scratch memory that is given back all at once.
 *
 *     chunk ──▶ chunk ──▶ chunk          reset: first chunk kept, the rest freed
 *     [used |··]  [used ]  [used|····]   mark/release: back to an earlier point
 *
 * It is the visible first parameter of everything that makes temporary values: per request in
 * ingest, per batch in the processor, per attempt in egress. A full arena is an ordinary error
 * (ERR_ARENA_FULL), never an abort: its cap is what bounds the memory that one input can claim. A
 * heap without memory is no fault of the input (ERR_NO_MEMORY). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;
struct arena {
    struct arena_chunk *current;
    struct arena_chunk *first;
    size_t used;      /* bytes handed out, with alignment */
    size_t size_max;  /* cap for `used` */
    bool heap_failed; /* the newest failure was the heap's, not the cap's */
};
struct arena_mark {
    struct arena_chunk *chunk;
    size_t chunk_used;
    size_t used;
};

void arena_init(struct arena *a, size_t size_max);
void arena_deinit(struct arena *a); /* accepts a zeroed one */
DEFINE_CLEANUP(arena, struct arena, arena_deinit)
void arena_reset(struct arena *a);

struct arena_mark arena_mark(const struct arena *a);
void arena_release(struct arena *a, struct arena_mark mark);

/* `bytes` of memory, zeroed, aligned for any type; NULL when the cap or the heap is reached.
 * Zero bytes give a valid pointer. */
void *arena_alloc(struct arena *a, size_t bytes);
/* An array of `count` elements; NULL also when count * size overflows. */
void *arena_array(struct arena *a, size_t count, size_t element_size);
/* A copy that lives as long as the arena, followed by a NUL that does not count; the parts one
 * after the other. Of all three: ARENA_FULL, NO_MEMORY. */
MUST_USE err_t arena_copy(struct arena *a, struct slice bytes, struct slice *ret_copy);
MUST_USE err_t arena_join(struct arena *a, const struct slice *parts, size_t count,
                          struct slice *ret_text);
MUST_USE err_t arena_printf(struct arena *a, struct slice *ret_text, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Why the newest allocation failed: ARENA_FULL or NO_MEMORY, for whoever got NULL. */
#define ARENA_ERR(arena_) ((arena_)->heap_failed ? ERR(NO_MEMORY) : ERR(ARENA_FULL))

/* struct type *x = ARENA_NEW(arena, struct type); NULL when full. */
#define ARENA_NEW(arena_, type) ((type *)arena_alloc((arena_), sizeof(type)))
#define ARENA_ARRAY(arena_, type, count) ((type *)arena_array((arena_), (count), sizeof(type)))

#endif
