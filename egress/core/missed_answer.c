#include "egress/core/missed_answer.h"

#include "base/instant.h"
#include "base/limits.h"
#include "json/json_write.h"

enum { MESSAGES_MAX = 200, TICKETS_MAX = 100, ONE_BYTES_MAX = MISSED_FETCHED_BYTES_MAX / 4 };

static const struct {
    uint32_t count;
    const char *text;
} sizes[] = {{50, "&per_page=50"}, {20, "&per_page=20"}, {10, "&per_page=10"}, {3, "&per_page=3"}};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

/* Which size the path ends with; SIZE_COUNT = none. */
static size_t size_asked(struct slice path)
{
    size_t i = 0;
    while (i < SIZE_COUNT && !slice_ends_with(path, slice_of(sizes[i].text))) {
        i++;
    }
    return i;
}

static size_t size_chosen(struct slice path, uint32_t failures)
{
    size_t asked = size_asked(path);
    size_t first = asked < SIZE_COUNT ? asked : 0;
    return failures < SIZE_COUNT - first ? first + failures : SIZE_COUNT - 1;
}

uint32_t missed_search_size(struct slice path, uint32_t failures)
{
    return sizes[size_chosen(path, failures)].count;
}

err_t missed_search_path(struct arena *arena, struct slice path, uint32_t failures,
                         struct slice *ret_path)
{
    size_t asked = size_asked(path);
    size_t tail = asked < SIZE_COUNT ? slice_of(sizes[asked].text).len : 0;
    struct slice bare = slice_sub(path, 0, path.len - tail);
    return arena_printf(arena, ret_path, "%.*s%s", SLICE_ARG(bare),
                        sizes[size_chosen(path, failures)].text);
}

/* --- messages --- */

static void put_label(struct json_write *w, const char *key, const struct json *value)
{
    json_put_slice_if(w, key, slice_cut_utf8(json_string(value), LIMIT_LABEL_BYTES_MAX));
}

static void put_text(struct json_write *w, const char *key, const struct json *value)
{
    json_put_slice_if(w, key, slice_cut_utf8(json_string(value), LIMIT_TEXT_BYTES_MAX));
}

/* Half an id or address is none. */
static void put_whole(struct json_write *w, const char *key, struct slice text, size_t bytes_max)
{
    if (text.len <= bytes_max) {
        json_put_slice_if(w, key, text);
    }
}

/* The text that a person would see of a content of any kind. */
static const struct json *text_of(const struct json *content)
{
    static const char *const members[] = {"text", "textFallback", "caption"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const struct json *text = json_member(content, slice_of(members[i]));
        if (json_string(text).len > 0) {
            return text;
        }
    }
    return NULL;
}

static err_t message_write(const struct json *message, struct buf *out)
{
    const struct json *author = json_member(message, SLICE("author"));
    const struct json *content = json_member(message, SLICE("content"));
    const struct json *source = json_member(message, SLICE("source"));
    const struct json *metadata = json_member(message, SLICE("metadata"));
    struct json_write w;
    buf_reset(out);
    json_write_init(&w, out);
    json_object(&w);
    put_whole(&w, "id", json_id(json_member(message, SLICE("id"))), LIMIT_ID_BYTES_MAX);
    put_label(&w, "received", json_member(message, SLICE("received")));
    put_label(&w, "author", json_member(author, SLICE("type")));
    put_whole(&w, "user_id", json_id(json_member(author, SLICE("userId"))), LIMIT_ID_BYTES_MAX);
    put_label(&w, "source_type", json_member(source, SLICE("type")));
    put_whole(&w, "widget_id", json_id(json_member(source, SLICE("integrationId"))),
              LIMIT_ID_BYTES_MAX);
    put_text(&w, "text", text_of(content));
    if (!slice_equal(json_string(json_member(content, SLICE("type"))), SLICE("text"))) {
        put_label(&w, "type", json_member(content, SLICE("type")));
    }
    put_text(&w, "payload", json_member(content, SLICE("payload")));
    put_whole(&w, "url", json_string(json_member(content, SLICE("mediaUrl"))), LIMIT_URL_BYTES_MAX);
    put_label(&w, "media_type", json_member(content, SLICE("mediaType")));
    put_label(&w, "name", json_member(content, SLICE("altText")));
    put_label(&w, "activity", json_find(message, "activity.type"));
    put_label(&w, "effect", json_member(metadata, SLICE("tieline.effect")));
    if (json_bool(json_member(message, SLICE("deleted")), false)) {
        json_put_bool(&w, "deleted", true); /* in its place stands a placeholder */
    }
    json_end(&w);
    return json_write_done(&w);
}

static wall_ms_t received_at(const struct json *message)
{
    wall_ms_t at = {0};
    struct slice text = json_string(json_member(message, SLICE("received")));
    return err_failed(instant_parse_iso8601(text, &at)) ? (wall_ms_t){0} : at;
}

/* The messages of a list, the newest first, whatever its order; at most MESSAGES_MAX. */
static size_t newest_first(const struct json *list, const struct json *ret_found[MESSAGES_MAX])
{
    size_t count = 0;
    JSON_EACH(message, list)
    {
        if (message->type != JSON_OBJECT || count == MESSAGES_MAX) {
            continue;
        }
        size_t place = count++;
        while (place > 0 && wall_before(received_at(ret_found[place - 1]), received_at(message))) {
            ret_found[place] = ret_found[place - 1];
            place--;
        }
        ret_found[place] = message;
    }
    return count;
}

err_t missed_messages_put(const struct json *root, struct buf *out)
{
    const struct json *list = json_member(root, SLICE("messages"));
    if (list == NULL || list->type != JSON_ARRAY) {
        return ERR(MISSING);
    }
    const struct json *messages[MESSAGES_MAX];
    size_t count = newest_first(list, messages);
    bool more = json_bool(json_find(root, "meta.hasMore"), false);
    CLEANUP(buf) struct buf one = {0};
    buf_init(&one, ONE_BYTES_MAX);
    TRY(buf_append_text(out, "{\"messages\":["));
    for (size_t i = 0; i < count; i++) {
        err_t err = message_write(messages[i], &one);
        if (err_is(err, ERR_BUF_FULL)) {
            more = true; /* one alone that is longer than Zendesk lets it be */
            continue;
        }
        TRY(err);
        if (out->len + one.len + 32 > MISSED_FETCHED_BYTES_MAX) {
            more = true;
            break;
        }
        TRY(buf_append_text(out, out->ptr[out->len - 1] == '[' ? "" : ","));
        TRY(buf_append(out, buf_slice(&one)));
    }
    return buf_printf(out, "],\"more\":%s}", more ? "true" : "false");
}

/* --- tickets --- */

static bool is_ticket(const struct json *result)
{
    struct slice type = json_string(json_member(result, SLICE("result_type")));
    return result->type == JSON_OBJECT && (type.len == 0 || slice_equal(type, SLICE("ticket")));
}

err_t missed_tickets_put(const struct json *root, uint32_t size, struct buf *out)
{
    const struct json *list = json_member(root, SLICE("results"));
    if (list == NULL || list->type != JSON_ARRAY) {
        return ERR(MISSING);
    }
    size_t count = 0;
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_key(&w, "tickets");
    json_array(&w);
    JSON_EACH(result, list)
    {
        struct slice id = json_id(json_member(result, SLICE("id")));
        if (!is_ticket(result) || id.len == 0 || id.len > LIMIT_ID_BYTES_MAX ||
            count++ >= TICKETS_MAX) {
            continue;
        }
        json_object(&w);
        json_put_slice(&w, "id", id);
        put_label(&w, "updated_at", json_member(result, SLICE("updated_at")));
        json_end(&w);
    }
    json_end(&w);
    json_put_bool(&w, "more", json_string(json_member(root, SLICE("next_page"))).len > 0);
    json_put_int(&w, "size", size);
    json_end(&w);
    return json_write_done(&w);
}
