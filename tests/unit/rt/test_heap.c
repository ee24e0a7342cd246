#include "rt/heap.h"
#include "tests/support/unit.h"

#include <malloc.h>
#include <stdlib.h>

enum { BLOCKS = 4096, BLOCK_BYTES = 4096 };

/* Blocks with one at the end that stays, so that the heap cannot simply shrink. */
static void burst(void *volatile *ret_last)
{
    static void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(BLOCK_BYTES);
        EXPECT("memory", blocks[i] != NULL);
        memset(blocks[i], 1, BLOCK_BYTES);
    }
    *ret_last = malloc(BLOCK_BYTES);
    for (size_t i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
    }
}

static void pages_go_back_once_after_a_busy_time(void **state)
{
    (void)state;
    struct heap heap = {0};
    void *volatile last = NULL; /* or the compiler leaves it out */
    mono_ms_t now = {10000};
    EXPECT("the first look only learns", !heap_settle(&heap, now));
    burst(&last);
    /* A sanitizer has a heap of its own, of which glibc knows nothing. */
    bool is_ours = mallinfo2().fordblks > (size_t)BLOCKS / 2 * BLOCK_BYTES;
    EXPECT("not before its time", !heap_settle(&heap, mono_add(now, span_ms(1999))));
    now = mono_add(now, span_ms(2000));
    bool gave = heap_settle(&heap, now);
    now = mono_add(now, span_ms(2000));
    gave |= heap_settle(&heap, now); /* the last one may have been a busy time */
    EXPECT("when it is quiet", gave == is_ours);
    now = mono_add(now, span_ms(2000));
    EXPECT("once", !heap_settle(&heap, now));
    free(last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_go_back_once_after_a_busy_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
