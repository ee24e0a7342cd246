#include "ingest/core/platform_members.h"

#include "base/limits.h"

/* JSON null says the same as leaving the member out. */
const struct json *platform_given(const struct json *object, const char *name)
{
    const struct json *value = json_member(object, slice_of(name));
    return value != NULL && value->type == JSON_NULL ? NULL : value;
}

err_t platform_refuse_type(struct why *why, const char *name, const char *wanted,
                           const struct json *found)
{
    why_set(why, "`%s` must be %s, not %s", name, wanted, json_type_name(found->type));
    return ERR(WRONG_TYPE);
}

/* A string of at most `bytes_max` bytes without NUL; untouched when it is absent. */
err_t platform_string(const struct json *object, const char *name, size_t bytes_max,
                      struct why *why, struct slice *ret_text)
{
    const struct json *value = platform_given(object, name);
    if (value == NULL) {
        return err_ok();
    }
    if (value->type != JSON_STRING) {
        return platform_refuse_type(why, name, "a string", value);
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

err_t platform_customer(const struct json *root, struct why *why, struct customer *ret_customer)
{
    const struct json *object = platform_given(root, "customer");
    if (object == NULL) {
        return err_ok();
    }
    if (object->type != JSON_OBJECT) {
        return platform_refuse_type(why, "customer", "an object", object);
    }
    struct customer customer = {0};
    const struct {
        const char *name;
        size_t bytes_max;
        struct slice *text;
    } members[] = {
        {"id", LIMIT_ID_BYTES_MAX, &customer.user_id},
        {"external_id", LIMIT_ID_BYTES_MAX, &customer.external_id},
        {"zendesk_id", LIMIT_ID_BYTES_MAX, &customer.zendesk_id},
        {"name", LIMIT_LABEL_BYTES_MAX, &customer.name},
        {"email", LIMIT_LABEL_BYTES_MAX, &customer.email},
        {"locale", LIMIT_LABEL_BYTES_MAX, &customer.locale},
        {"avatar_url", LIMIT_URL_BYTES_MAX, &customer.avatar_url},
        {"phone", LIMIT_LABEL_BYTES_MAX, &customer.phone},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        err_t error =
            platform_string(object, members[i].name, members[i].bytes_max, why, members[i].text);
        if (err_failed(error)) {
            why_prefix(why, "in `customer`: ");
            return error;
        }
    }
    *ret_customer = customer;
    return err_ok();
}

static err_t read_attachment(const struct json *item, struct why *why, struct attachment *ret_file)
{
    struct attachment file = {0};
    if (item->type != JSON_OBJECT) {
        return platform_refuse_type(why, "attachments", "an array of objects", item);
    }
    TRY(platform_string(item, "url", LIMIT_URL_BYTES_MAX, why, &file.url));
    TRY(platform_string(item, "media_type", LIMIT_LABEL_BYTES_MAX, why, &file.media_type));
    TRY(platform_string(item, "name", LIMIT_LABEL_BYTES_MAX, why, &file.name));
    if (!slice_starts_with(file.url, SLICE("https://")) &&
        !slice_starts_with(file.url, SLICE("http://"))) {
        why_set(why, "`url` is missing or no web address: send where the file can be fetched, "
                     "beginning with https://");
        return slice_empty(file.url) ? ERR(MISSING) : ERR(RANGE);
    }
    *ret_file = file;
    return err_ok();
}

err_t platform_attachments(struct arena *arena, const struct json *root, struct why *why,
                           struct platform_event *body)
{
    const struct json *list = platform_given(root, "attachments");
    if (list == NULL || (list->type == JSON_ARRAY && list->count == 0)) {
        return err_ok();
    }
    if (list->type != JSON_ARRAY) {
        return platform_refuse_type(why, "attachments", "an array", list);
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
        err_t error = read_attachment(item, why, &files[count++]);
        if (err_failed(error)) {
            why_prefix(why, "in `attachments`: ");
            return error;
        }
    }
    body->attachments = files;
    body->attachment_count = count;
    return err_ok();
}
