/* describe_parts — members that several descriptions have. Used by describe*.c only. */
#ifndef EVENT_DESCRIBE_PARTS_H
#define EVENT_DESCRIBE_PARTS_H

#include "base/instant.h"
#include "event/ident.h"
#include "json/json_write.h"

#include <stdbool.h>
#include <stdint.h>

static inline void put_time(struct json_write *w, const char *key, wall_ms_t time)
{
    if (wall_known(time)) {
        char text[INSTANT_TEXT_BYTES];
        instant_format_iso8601(time, text);
        json_put_text(w, key, text);
    }
}

static inline void put_int_if(struct json_write *w, const char *key, int64_t value)
{
    if (value != 0) {
        json_put_int(w, key, value);
    }
}

static inline void put_true(struct json_write *w, const char *key, bool value)
{
    if (value) {
        json_put_bool(w, key, true);
    }
}

static inline void put_effect_id(struct json_write *w, const char *key, struct effect_id id)
{
    if (!effect_id_zero(id)) {
        char text[IDENT_EFFECT_TEXT_BYTES];
        effect_id_text(id, text);
        json_put_text(w, key, text);
    }
}

/* A body that is JSON stands as JSON, anything else as a string. */
static inline void put_body(struct json_write *w, const char *key, struct slice body)
{
    bool is_json = body.len > 1 && body.ptr[0] == '{' && body.ptr[body.len - 1] == '}';
    if (is_json) {
        json_key(w, key);
        json_raw(w, body);
    } else {
        json_put_slice_if(w, key, body);
    }
}

#endif
