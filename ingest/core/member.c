#include "ingest/core/member.h"

#include "base/limits.h"

struct slice member_id(const struct json *value)
{
    struct slice id = json_id(value);
    return id.len <= LIMIT_ID_BYTES_MAX && !slice_has_nul(id) ? id : (struct slice){0};
}

struct slice member_label(const struct json *value)
{
    struct slice text = json_string(value);
    return slice_cut_utf8(slice_sub(text, 0, slice_find(text, '\0')), LIMIT_LABEL_BYTES_MAX);
}

struct slice member_text(const struct json *value)
{
    return slice_cut_utf8(json_string(value), LIMIT_TEXT_BYTES_MAX);
}

struct slice member_url(const struct json *value)
{
    struct slice text = json_string(value);
    return text.len <= LIMIT_URL_BYTES_MAX && !slice_has_nul(text) ? text : (struct slice){0};
}

wall_ms_t member_time(const struct json *value)
{
    wall_ms_t time = {0};
    bool is_time = !err_failed(instant_parse_iso8601(json_string(value), &time));
    return is_time && wall_known(time) ? time : (wall_ms_t){0};
}

struct slice member_raw(struct slice text, const struct json *value)
{
    return value == NULL ? (struct slice){0} : slice_sub(text, value->offset, value->end);
}
