#include "tests/support/failing_heap.h"

#include <stddef.h>
#include <stdlib.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

static unsigned allocations_left; /* 0 = not armed */
static int has_failed;

void failing_heap_arm(unsigned n)
{
    allocations_left = n;
    has_failed = 0;
}

int failing_heap_disarm(void)
{
    allocations_left = 0;
    return has_failed;
}

static int fails_now(void)
{
    if (allocations_left == 0) {
        return 0;
    }
    allocations_left--;
    if (allocations_left == 0) {
        has_failed = 1;
    }
    return allocations_left == 0;
}

void *__wrap_malloc(size_t bytes)
{
    return fails_now() ? NULL : __real_malloc(bytes);
}
void *__wrap_calloc(size_t count, size_t bytes)
{
    return fails_now() ? NULL : __real_calloc(count, bytes);
}
void *__wrap_realloc(void *old, size_t bytes)
{
    return fails_now() ? NULL : __real_realloc(old, bytes);
}
