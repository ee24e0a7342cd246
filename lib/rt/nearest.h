/* nearest — what somebody who mistyped a name probably meant.
 *
 * Edit distance with swaps ("subdoamin" is one step from "subdomain"). Pure; any thread. */
#ifndef RT_NEAREST_H
#define RT_NEAREST_H

#include "base/slice.h"

#include <stddef.h>

/* Insertions, removals, replacements and swaps of neighbours between two words. Words over 64 bytes
 * are never near: SIZE_MAX. */
size_t nearest_distance(struct slice a, struct slice b);

/* The name nearest to `word`, or NULL when none is near enough to be meant (more than a third of
 * its letters differ). Of equals the first. */
const char *nearest_name(struct slice word, const char *const *names, size_t count);

#endif
