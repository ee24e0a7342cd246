/* slice — a borrowed view of bytes: pointer and length, no terminating NUL.
 *
 * The zero value is the empty slice. A slice never owns; whoever made it says how long it lives. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

/* For string literals only. */
#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})
/* printf: "%.*s", SLICE_ARG(s). Cuts at INT_MAX, which no limit of ours reaches. */
#define SLICE_ARG(s) (int)(s).len, ((s).ptr == NULL ? "" : (s).ptr)

static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, text == NULL ? 0 : strlen(text)};
}
static inline struct slice slice_from(const void *ptr, size_t len)
{
    return (struct slice){(const char *)ptr, len};
}
static inline bool slice_empty(struct slice s)
{
    return s.len == 0;
}

bool slice_equal(struct slice a, struct slice b);
int slice_compare(struct slice a, struct slice b); /* bytes, shorter first: <0, 0, >0 */
bool slice_starts_with(struct slice s, struct slice prefix);
bool slice_ends_with(struct slice s, struct slice suffix);
bool slice_equal_nocase(struct slice a, struct slice b); /* ASCII letters only */
/* First place of `c`, or s.len. */
size_t slice_find(struct slice s, char c);
/* Bytes [from, to), both clamped to the length. */
struct slice slice_sub(struct slice s, size_t from, size_t to);
/* Splits at the first `separator`: *ret_head before it, *ret_tail after it. False, with all in
 * *ret_head and an empty tail, when there is none. */
bool slice_split(struct slice s, char separator, struct slice *ret_head, struct slice *ret_tail);
/* Takes "name=value" off the front of *rest, up to the next ';': "v=1;inc=7". `name` ends with its
 * "=". SYNTAX, and nothing is written: another member stands there. */
MUST_USE err_t slice_take_member(struct slice *rest, struct slice name, struct slice *ret_value);
struct slice slice_trim(struct slice s); /* blanks, tabs, CR, LF at both ends */

/* Whole slice as a decimal number. ERR_SYNTAX: empty, sign (u64), other bytes; ERR_RANGE. */
MUST_USE err_t slice_to_u64(struct slice s, uint64_t *ret_value);
MUST_USE err_t slice_to_i64(struct slice s, int64_t *ret_value);
/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
bool slice_is_utf8(struct slice s);
/* Length of the longest such prefix: s.len, or the place of the first byte that is not UTF-8. */
size_t slice_utf8_prefix(struct slice s);
/* True when a NUL byte is in it: refused in every id, because C would cut there. */
bool slice_has_nul(struct slice s);
/* Longest prefix of at most `bytes_max` bytes that cuts no UTF-8 character. */
struct slice slice_cut_utf8(struct slice s, size_t bytes_max);

#endif
