#include "egress/core/agents_answer.h"

static bool is_text(const struct json *object, const char *path, struct slice wanted)
{
    return slice_equal_nocase(json_string(json_find(object, path)), wanted);
}

/* Of the channels that came along: how many are of messaging, and how many of these are online. */
static size_t channels_online(const struct json *included, size_t *ret_channels)
{
    size_t online = 0;
    *ret_channels = 0;
    JSON_EACH(item, included)
    {
        bool is_channel = is_text(item, "type", SLICE("channels")) &&
                          is_text(item, "attributes.name", SLICE("messaging"));
        *ret_channels += is_channel ? 1 : 0;
        online += is_channel && is_text(item, "attributes.status", SLICE("online")) ? 1 : 0;
    }
    return online;
}

err_t agents_answer_put(const struct json *root, struct buf *out)
{
    const struct json *list = json_member(root, SLICE("data"));
    if (list == NULL || list->type != JSON_ARRAY) {
        return ERR(MISSING);
    }
    size_t channels = 0;
    size_t online = channels_online(json_member(root, SLICE("included")), &channels);
    return buf_printf(out, "{\"online\":%zu}", channels > 0 ? online : list->count);
}
