/* json_fault — why a text is not JSON, and at which byte exactly.
 *
 * yajl says that a text is wrong, but its place is that of its lexer (before, in or behind the
 * token) and it names no alternatives; it also lets form feeds, unclosed comments and an unclosed
 * string behind the value through. So a text that is refused, or that holds a byte that could hide
 * there, is walked again by the grammar of RFC 8259 alone. Private to lib/json and its tests. */
#ifndef JSON_JSON_FAULT_H
#define JSON_JSON_FAULT_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct json_fault {
    size_t offset;        /* of the byte that is wrong; the length when the text ends too early */
    const char *expected; /* "',' or '}'"; static text */
};

/* True when the grammar is broken, also by nesting deeper than LIMIT_JSON_DEPTH_MAX. UTF-8, doubled
 * keys and surrogates are not looked at.
 *
 * comments  accept slash-star and slash-slash comments where blanks may stand */
bool json_fault_find(struct slice text, bool comments, struct json_fault *ret_fault);

#endif
