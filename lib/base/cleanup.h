/* cleanup — an owned local is released when its scope ends, whatever the way out.
 *
 *     CLEANUP(buf) struct buf text = {0};
 *     CLEANUP_PTR(reader) struct reader *r = NULL;
 *
 * A destructor takes NULL and half-built objects. TAKE moves a pointer out of its scope. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>

#define CLEANUP(name) __attribute__((cleanup(name##_cleanup_)))
#define CLEANUP_PTR(name) __attribute__((cleanup(name##_cleanup_ptr_)))

/* For a value type released by `void deinit(type *)`. */
#define DEFINE_CLEANUP(name, type, deinit)                                                         \
    static inline void name##_cleanup_(type *value)                                                \
    {                                                                                              \
        deinit(value);                                                                             \
    }

/* For a heap type released by `void free_fn(type *)`. */
#define DEFINE_CLEANUP_PTR(name, type, free_fn)                                                    \
    static inline void name##_cleanup_ptr_(type **pointer)                                         \
    {                                                                                              \
        free_fn(*pointer);                                                                         \
    }

static inline void heap_cleanup_ptr_(void *pointer)
{
    free(*(void **)pointer);
}

#define TAKE(pointer)                                                                              \
    __extension__({                                                                                \
        __typeof__(pointer) taken_ = (pointer);                                                    \
        (pointer) = NULL;                                                                          \
        taken_;                                                                                    \
    })

#endif
