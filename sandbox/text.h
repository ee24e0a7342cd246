/* text — small conversions of text that every room of the sandbox needs. */
#ifndef SANDBOX_TEXT_H
#define SANDBOX_TEXT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "json/json_read.h"
#include "json/json_write.h"

#include <stdbool.h>
#include <stddef.h>

/* Undoes percent-encoding; bytes that are no valid escape stay as they are. ERR_ARENA_FULL. */
MUST_USE err_t text_percent_decode(struct arena *arena, struct slice text, struct slice *ret);
/* A name as a part of an address. ERR_ARENA_FULL. */
MUST_USE err_t text_percent_encode(struct arena *arena, struct slice text, struct slice *ret);
/* The value of `name` in a query ("a=1&page%5Bsize%5D=2"), decoded, `+` as blank; false = absent.
 */
bool text_query(struct arena *arena, struct slice query, const char *name, struct slice *ret_value);
/* Length as JavaScript counts it (UTF-16 units), which is how the 4,096 characters are meant. */
size_t text_units(struct slice text);
/* `*` stands for any bytes, also slashes; without any `*` it is enough that the pattern is found
 * somewhere. An empty pattern matches everything. */
bool text_matches(struct slice pattern, struct slice text);
bool text_contains(struct slice text, struct slice part);
/* Writes a parsed value again, members in their order. */
void text_write_json(struct json_write *w, const struct json *value);
/* The same, as text in `arena`. */
MUST_USE err_t text_render_json(struct arena *arena, const struct json *value, struct slice *ret);
/* Lower-case hex of SHA-256. */
enum { TEXT_SHA256_BYTES = 64 };
void text_sha256(struct slice bytes, char hex[TEXT_SHA256_BYTES + 1]);
/* What a reader of plain text sees of HTML: tags gone, blocks on lines of their own. */
MUST_USE err_t text_from_html(struct arena *arena, struct slice html, struct slice *ret_text);
/* CommonMark to HTML, raw HTML left out. ERR_ARENA_FULL, ERR_NO_MEMORY. */
MUST_USE err_t text_from_markdown(struct arena *arena, struct slice markdown,
                                  struct slice *ret_html);

#endif
