/* json_elements — the elements of one array as bytes, so that each can be read by itself.
 *
 *     {"app":…, "events":[ {…} , {bad} , {…} ]}        ──▶  {…}   {bad}   {…}
 *
 * For a text that json_parse() refuses as a whole: as long as brackets and quotes say where each
 * element ends, what is wrong within one need not cost the others. Nothing but the structure is
 * looked at: whoever takes an element parses it, and by json_parse(). Allocates nothing. Pure. */
#ifndef JSON_JSON_ELEMENTS_H
#define JSON_JSON_ELEMENTS_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* Borrows from the text. */
struct json_elements {
    struct slice array; /* with its brackets */
    size_t count;
    size_t at;
};

/* The array that is the member `name` of the object that `text` is. `name` is compared as it is
 * written, escapes and all.
 * SYNTAX      nobody can tell what ends where
 * MISSING     no such member
 * DUPLICATE   two of them
 * WRONG_TYPE  it is no array; `text` is no object */
MUST_USE err_t json_elements_find(struct slice text, struct slice name,
                                  struct json_elements *ret_elements);
/* False behind the last. */
bool json_elements_next(struct json_elements *e, struct slice *ret_element);

#endif
