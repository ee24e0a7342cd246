/* fuzz — the one function of a fuzz target, and how it says that a rule was broken.
 *
 * The first byte of an input may choose options; a target says so at its top. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>

/* Returns 0; aborts when `bytes` make the code under test break a rule. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#endif
