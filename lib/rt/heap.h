/* heap — what a busy time has left behind goes back to the system once it is quiet.
 *
 * glibc keeps the pages of freed memory: after a burst of ten thousand conversations egress would
 * hold 50 MB for ever of which it uses 5. One thread: that of the loop. */
#ifndef RT_HEAP_H
#define RT_HEAP_H

#include "base/instant.h"

#include <stdbool.h>
#include <stddef.h>

/* {0} is a good start. */
struct heap {
    mono_ms_t looked;
    size_t in_use;
    size_t resident; /* after pages were last given back */
};

/* Call it now and then. Looks every two seconds: when the program has grown since pages were last
 * given back, much of its heap is free, and hardly anything was taken or freed since the last look,
 * the free pages are given back. True when it did that. */
bool heap_settle(struct heap *heap, mono_ms_t now);

#endif
