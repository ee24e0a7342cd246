/* failing_heap — a heap that fails at the n-th allocation, to walk every way out of memory.
 *
 *     for (unsigned n = 1; failing_heap_arm(n), !act(); n++) { everything must be as before }
 *     failing_heap_disarm();
 *
 * Only calls that our own objects make are seen: link with failing_heap.c and
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. */
#ifndef TESTS_SUPPORT_FAILING_HEAP_H
#define TESTS_SUPPORT_FAILING_HEAP_H

/* The n-th allocation from now, n > 0, fails, once. */
void failing_heap_arm(unsigned n);
/* True when the failure has happened since it was armed. Then nothing fails any more. */
int failing_heap_disarm(void);

#endif
