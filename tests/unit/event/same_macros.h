/* same_macros — one line a member: returns its name from the function when `a` and `b` differ in
 * it. */
#ifndef TESTS_UNIT_EVENT_SAME_MACROS_H
#define TESTS_UNIT_EVENT_SAME_MACROS_H

#include "base/slice.h"
#include "event/ident.h"

#include <stddef.h>

#define TEXT(member)                                                                               \
    do {                                                                                           \
        if (!slice_equal(a->member, b->member)) {                                                  \
            return #member;                                                                        \
        }                                                                                          \
    } while (0)
#define PLAIN(member)                                                                              \
    do {                                                                                           \
        if (a->member != b->member) {                                                              \
            return #member;                                                                        \
        }                                                                                          \
    } while (0)
#define ID(member)                                                                                 \
    do {                                                                                           \
        if (!effect_id_equal(a->member, b->member)) {                                              \
            return #member;                                                                        \
        }                                                                                          \
    } while (0)
#define INNER(differs, member)                                                                     \
    do {                                                                                           \
        const char *inner_ = differs(&a->member, &b->member);                                      \
        if (inner_ != NULL) {                                                                      \
            return inner_;                                                                         \
        }                                                                                          \
    } while (0)
#define LIST(differs, member, count)                                                               \
    do {                                                                                           \
        PLAIN(count);                                                                              \
        for (size_t i = 0; i < a->count; i++) {                                                    \
            INNER(differs, member[i]);                                                             \
        }                                                                                          \
    } while (0)

#endif
