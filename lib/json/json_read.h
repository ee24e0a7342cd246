/* json_read — JSON text to a bounded tree in an arena, with the place of every value.
 *
 * yajl's streaming parser underneath, never its tree API (it has no depth limit). On top of it:
 * depth and count limits, strict UTF-8 (yajl lets overlong forms and lone surrogates through), no
 * doubled keys, no NUL in keys, numbers kept as their text, so that ids of 17 digits stay exact.
 *
 *     {"a":{"b":[1]}}      json_find(root, "a.b")  ──▶  array of one
 *
 * The tree borrows nothing from the input text, unless it is told to: all is copied into the arena.
 */
#ifndef JSON_JSON_READ_H
#define JSON_JSON_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_type type;
    bool boolean;
    struct slice key;   /* name within the object that holds it; empty elsewhere */
    struct slice text;  /* string: unescaped bytes, may hold NUL; number: as written. A NUL that
                         * does not count follows, as in every copy of an arena */
    struct json *first; /* array, object: first element or member */
    struct json *next;  /* sibling */
    size_t count;       /* array, object: how many */
    size_t offset;      /* byte of the input where the value begins */
    size_t end;         /* byte of the input behind the value */
    size_t key_offset;  /* byte of the input where its key begins; 0 elsewhere */
};

struct json_options {
    bool comments; /* accept slash-star and slash-slash comments: configuration files only */
    /* Half of a surrogate pair in a string is read as U+FFFD, not refused; in a key it is, since
     * two keys could become one. */
    bool mend_surrogates;
    /* Strings and keys that are written without escapes are not copied: they are places in `text`,
     * which must live as long as the tree, and no NUL follows them. */
    bool borrow;
};

/* Parses the whole of `text` as one value (RFC 8259; no BOM, no trailing bytes).
 *
 * options   NULL = none
 * why       may be NULL; gets what is wrong and where ("line 3, column 14: …")
 * ret_root  in the arena
 *
 * Errors  SYNTAX, UTF8, DUPLICATE, TOO_DEEP, TOO_LARGE (LIMIT_JSON_*), ARENA_FULL, all POISON;
 *         NO_MEMORY: nothing is known of the text. */
MUST_USE err_t json_parse(struct arena *arena, struct slice text,
                          const struct json_options *options, struct why *why,
                          const struct json **ret_root);

/* 1-based line and column (in bytes) of a byte offset. */
void json_place(struct slice text, size_t offset, size_t *ret_line, size_t *ret_column);

/* Member by name, or by a path of names with dots ("payload.message.id"). NULL when any part is
 * absent or not an object, also when `value` is NULL. A JSON null is a value of type JSON_NULL. */
const struct json *json_member(const struct json *value, struct slice name);
const struct json *json_find(const struct json *value, const char *path);

/* Readers for optional members: the value, or the fallback when `value` is NULL, null or of
 * another type. An id may come as a string or as a number: json_id takes both, as text, but no
 * string with a NUL in it. */
struct slice json_string(const struct json *value); /* fallback: empty */
struct slice json_id(const struct json *value);     /* fallback: empty */
bool json_bool(const struct json *value, bool fallback);
int64_t json_i64(const struct json *value, int64_t fallback); /* also for 1e400, 1.5 */
double json_double(const struct json *value, double fallback);

/* for (each element or member) */
#define JSON_EACH(item, container)                                                                 \
    for (const struct json *item = (container) == NULL ? NULL : (container)->first; item != NULL;  \
         item = item->next)

const char *json_type_name(enum json_type type); /* "a string", "an object", … */

#endif
