/* json_write — JSON text with the members in the order in which they are written.
 *
 * Same calls, same bytes: for requests to Zendesk, goldens and logs. Commas are its own affair;
 * nesting is checked (a value in an object without a key is a bug and aborts). The first failure
 * (the buffer's limit) sticks: write on, and ask once at the end.
 *
 *     struct json_write w;
 *     json_write_init(&w, &buf);
 *     json_object(&w);
 *       json_key(&w, "type");  json_text(&w, "text");
 *     json_end(&w);
 *     TRY(json_write_done(&w)); */
#ifndef JSON_JSON_WRITE_H
#define JSON_JSON_WRITE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct json_write {
    struct buf *out; /* borrowed; appended to */
    err_t error;
    uint32_t depth;
    struct {
        bool is_object;
        bool has_items;
        bool key_written;
    } level[LIMIT_JSON_DEPTH_MAX + 1];
};

void json_write_init(struct json_write *w, struct buf *out);
void json_object(struct json_write *w);
void json_array(struct json_write *w);
void json_end(struct json_write *w); /* the innermost object or array */
void json_key(struct json_write *w, const char *key);
void json_key_slice(struct json_write *w, struct slice key);
/* Strings: escapes what RFC 8259 demands; bytes that are not UTF-8 become U+FFFD. */
void json_slice(struct json_write *w, struct slice text);
void json_text(struct json_write *w, const char *text);
void json_int(struct json_write *w, int64_t value);
void json_uint(struct json_write *w, uint64_t value);
void json_number(struct json_write *w,
                 double value); /* shortest of %.15g, %.17g; not finite = null */
void json_boolean(struct json_write *w, bool value);
void json_null(struct json_write *w);
/* A value that is JSON already, taken as it is; the caller vouches for it. */
void json_raw(struct json_write *w, struct slice json);

/* key and value in one */
void json_put_slice(struct json_write *w, const char *key, struct slice text);
void json_put_text(struct json_write *w, const char *key, const char *text);
void json_put_int(struct json_write *w, const char *key, int64_t value);
void json_put_bool(struct json_write *w, const char *key, bool value);
/* Same, but writes nothing when the text is empty. */
void json_put_slice_if(struct json_write *w, const char *key, struct slice text);

/* The first error met, or ok. CHECK: everything opened was ended. */
MUST_USE err_t json_write_done(struct json_write *w);

#endif
