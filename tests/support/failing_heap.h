/* failing_heap — a heap that fails at the n-th allocation, to walk every way out of memory.
 *
 *     for (bool failed = true; failed; n++) {
 *         failing_heap_arm(n);
 *         …                                everything must be as before when it fails
 *         failed = failing_heap_disarm();
 *     }
 *
 * Only calls that our own objects make are seen. In CMake: LINKS … failing_heap. */
#ifndef TESTS_SUPPORT_FAILING_HEAP_H
#define TESTS_SUPPORT_FAILING_HEAP_H

/* The n-th allocation from now, n > 0, fails, once. */
void failing_heap_arm(unsigned n);
/* Not 0 when the failure has happened. Nothing fails any more. */
int failing_heap_disarm(void);

#endif
