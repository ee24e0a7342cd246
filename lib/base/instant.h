/* instant — points in time and spans between them, as types that cannot be mixed up.
 *
 * wall_ms_t  milliseconds since 1970, from a record or from Zendesk; 0 = not known
 * mono_ms_t  milliseconds of a clock that never goes back; meaningless in another process
 * span_ms_t  a duration
 *
 * There is no clock here: who needs one takes it as a port. All arithmetic saturates. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t ms;
} wall_ms_t;
typedef struct {
    int64_t ms;
} mono_ms_t;
typedef struct {
    int64_t ms;
} span_ms_t;

static inline int64_t instant_add_(int64_t a, int64_t b)
{
    int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) {
        return b > 0 ? INT64_MAX : INT64_MIN;
    }
    return sum;
}
static inline int64_t instant_sub_(int64_t a, int64_t b)
{
    int64_t difference = 0;
    if (__builtin_sub_overflow(a, b, &difference)) {
        return b < 0 ? INT64_MAX : INT64_MIN;
    }
    return difference;
}

static inline span_ms_t span_ms(int64_t ms)
{
    return (span_ms_t){ms};
}
static inline span_ms_t span_s(int64_t s)
{
    int64_t ms = 0;
    if (__builtin_mul_overflow(s, INT64_C(1000), &ms)) {
        ms = s > 0 ? INT64_MAX : INT64_MIN;
    }
    return (span_ms_t){ms};
}
static inline wall_ms_t wall_add(wall_ms_t t, span_ms_t d)
{
    return (wall_ms_t){instant_add_(t.ms, d.ms)};
}
static inline mono_ms_t mono_add(mono_ms_t t, span_ms_t d)
{
    return (mono_ms_t){instant_add_(t.ms, d.ms)};
}
static inline span_ms_t wall_since(wall_ms_t later, wall_ms_t earlier)
{
    return (span_ms_t){instant_sub_(later.ms, earlier.ms)};
}
static inline span_ms_t mono_since(mono_ms_t later, mono_ms_t earlier)
{
    return (span_ms_t){instant_sub_(later.ms, earlier.ms)};
}
static inline bool wall_known(wall_ms_t t)
{
    return t.ms > 0;
}
static inline bool wall_before(wall_ms_t a, wall_ms_t b)
{
    return a.ms < b.ms;
}
static inline bool mono_before(mono_ms_t a, mono_ms_t b)
{
    return a.ms < b.ms;
}
static inline wall_ms_t wall_later(wall_ms_t a, wall_ms_t b)
{
    return a.ms > b.ms ? a : b;
}

/* ISO 8601 as Zendesk writes it: 2026-09-14T09:12:05.331Z, fraction and its length optional.
 * ERR_SYNTAX for anything else, ERR_RANGE for dates that do not exist. */
MUST_USE err_t instant_parse_iso8601(struct slice text, wall_ms_t *ret_time);
/* An HTTP Date (RFC 9110 §5.6.7, the preferred form only). ERR_SYNTAX, ERR_RANGE. */
MUST_USE err_t instant_parse_http_date(struct slice text, wall_ms_t *ret_time);
/* Writes "2026-09-14T09:12:05.331Z" and a NUL. */
enum { INSTANT_TEXT_BYTES = 32 };
void instant_format_iso8601(wall_ms_t time, char text[INSTANT_TEXT_BYTES]);
/* Writes "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL: the form that HTTP wants sent. */
void instant_format_http_date(wall_ms_t time, char text[INSTANT_TEXT_BYTES]);

#endif
