/* phrases_known — how customers ask for a human, in the languages of many.
 *
 * Whole words, case-folded, "*" for at most two words of any kind; in scripts without blanks, and
 * in Korean, where endings stick to words, as a run of signs (phrases.h). Each says that somebody
 * is wanted, not that one was spoken with: what is said of the past, or of other people, matches
 * none. Feature row 71. */
#ifndef PROCESSOR_CORE_PHRASES_KNOWN_H
#define PROCESSOR_CORE_PHRASES_KNOWN_H

#include "base/slice.h"

#include <stddef.h>

/* Known without configuration. */
const struct slice *phrases_known(size_t *ret_count);

#endif
