#include "event/members_json.h"

#include "base/limits.h"

const struct json *members_given(const struct json *object, const char *name)
{
    const struct json *value = json_member(object, slice_of(name));
    return value != NULL && value->type == JSON_NULL ? NULL : value;
}

err_t members_refuse_type(struct why *why, const char *name, const char *wanted,
                          const struct json *found)
{
    why_set(why, "`%s` must be %s, not %s", name, wanted, json_type_name(found->type));
    return ERR(WRONG_TYPE);
}

err_t members_text(const struct json *object, const char *name, size_t bytes_max, struct why *why,
                   struct slice *ret_text)
{
    const struct json *value = members_given(object, name);
    if (value == NULL) {
        return err_ok();
    }
    if (value->type != JSON_STRING) {
        return members_refuse_type(why, name, "a string", value);
    }
    if (value->text.len > bytes_max) {
        why_set(why, "`%s` has %zu bytes, at most %zu are allowed: shorten it", name,
                value->text.len, bytes_max);
        return ERR(TOO_LARGE);
    }
    if (slice_has_nul(value->text)) {
        why_set(why, "`%s` has a NUL character in it: leave that out", name);
        return ERR(RANGE);
    }
    *ret_text = value->text;
    return err_ok();
}

static err_t read_file(const struct json *item, struct why *why, struct attachment *ret_file)
{
    struct attachment file = {0};
    if (item->type != JSON_OBJECT) {
        return members_refuse_type(why, "attachments", "an array of objects", item);
    }
    TRY(members_text(item, "url", LIMIT_URL_BYTES_MAX, why, &file.url));
    TRY(members_text(item, "media_type", LIMIT_LABEL_BYTES_MAX, why, &file.media_type));
    TRY(members_text(item, "name", LIMIT_LABEL_BYTES_MAX, why, &file.name));
    if (!slice_starts_with(file.url, SLICE("https://")) &&
        !slice_starts_with(file.url, SLICE("http://"))) {
        why_set(why, "`url` is missing or no web address: send where the file can be fetched, "
                     "beginning with https://");
        return slice_empty(file.url) ? ERR(MISSING) : ERR(RANGE);
    }
    *ret_file = file;
    return err_ok();
}

err_t members_attachments(struct arena *arena, const struct json *object, struct why *why,
                          const struct attachment **ret_files, size_t *ret_count)
{
    const struct json *list = members_given(object, "attachments");
    if (list == NULL || (list->type == JSON_ARRAY && list->count == 0)) {
        return err_ok();
    }
    if (list->type != JSON_ARRAY) {
        return members_refuse_type(why, "attachments", "an array", list);
    }
    if (list->count > LIMIT_ATTACHMENTS_MAX) {
        why_set(why, "`attachments` has %zu files, at most %d are allowed: send more messages",
                list->count, (int)LIMIT_ATTACHMENTS_MAX);
        return ERR(TOO_LARGE);
    }
    struct attachment *files = ARENA_ARRAY(arena, struct attachment, list->count);
    if (files == NULL) {
        return ARENA_ERR(arena);
    }
    size_t count = 0;
    JSON_EACH(item, list)
    {
        err_t error = read_file(item, why, &files[count++]);
        if (err_failed(error)) {
            why_prefix(why, "in `attachments`: ");
            return error;
        }
    }
    *ret_files = files;
    *ret_count = count;
    return err_ok();
}
