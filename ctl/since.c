#include "ctl/since.h"

#include "rt/options.h"

#include <string.h>

enum { SHOWN_BYTES_MAX = 100, OFFSET_BYTES = 6, TEXT_BYTES = 40 };
static const int64_t minute_ms = INT64_C(60) * 1000;
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* "+02:00" at the end, as minutes; false when there is none. */
static bool read_offset(struct slice text, int64_t *ret_minutes)
{
    struct slice end =
        slice_sub(text, text.len < OFFSET_BYTES ? 0 : text.len - OFFSET_BYTES, text.len);
    uint64_t hours = 0;
    uint64_t minutes = 0;
    if (end.len != OFFSET_BYTES || (end.ptr[0] != '+' && end.ptr[0] != '-') || end.ptr[3] != ':' ||
        err_failed(slice_to_u64(slice_sub(end, 1, 3), &hours)) ||
        err_failed(slice_to_u64(slice_sub(end, 4, 6), &minutes)) || hours > 23 || minutes > 59) {
        return false;
    }
    int64_t sum = (int64_t)(hours * 60 + minutes);
    *ret_minutes = end.ptr[0] == '-' ? -sum : sum;
    return true;
}

/* A time of RFC 3339; false for anything else. */
static bool read_time(struct slice text, wall_ms_t *ret_time)
{
    char local[TEXT_BYTES];
    int64_t minutes = 0;
    if (!read_offset(text, &minutes)) {
        return !err_failed(instant_parse_iso8601(text, ret_time));
    }
    size_t len = text.len - OFFSET_BYTES;
    wall_ms_t time = {0};
    if (len + 2 > sizeof local) {
        return false;
    }
    memcpy(local, text.ptr, len);
    local[len] = 'Z';
    if (err_failed(instant_parse_iso8601(slice_from(local, len + 1), &time))) {
        return false;
    }
    *ret_time = wall_add(time, span_ms(-minutes * minute_ms));
    return true;
}

err_t since_read(struct slice text, wall_ms_t now, struct why *why, wall_ms_t *ret_since)
{
    struct slice shown = slice_cut_utf8(text, SHOWN_BYTES_MAX);
    span_ms_t span = {0};
    wall_ms_t since = {0};
    if (options_span_parse(text, &span)) {
        since = wall_add(now, span_ms(-span.ms));
    } else if (!read_time(text, &since)) {
        why_set(
            why,
            "--since: \"%.*s\" is neither a span nor a time; expected one like 2h, 30m or 3d, or "
            "like 2026-11-21T08:00:00Z",
            SLICE_ARG(shown));
        return ERR(USAGE);
    }
    if (!wall_before(since, now)) {
        why_set(why, "--since: \"%.*s\" is not in the past; give when webhooks began to be missed",
                SLICE_ARG(shown));
        return ERR(USAGE);
    }
    if (wall_since(now, since).ms > SINCE_DAYS_MAX * day_ms) {
        why_set(
            why,
            "--since: \"%.*s\" is more than %d days ago; what is older is not answered any more: "
            "give at most %dd",
            SLICE_ARG(shown), (int)SINCE_DAYS_MAX, (int)SINCE_DAYS_MAX);
        return ERR(USAGE);
    }
    *ret_since = since;
    return err_ok();
}
