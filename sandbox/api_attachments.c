/* Attachments: upload, removal, and the files behind the links. */
#include "sandbox/router.h"
#include "sandbox/text.h"

enum { UPLOAD_BYTES_MAX = 50 * 1024 * 1024, PART_HEAD_BYTES_MAX = 4096 };

struct part {
    struct slice name, file_name, media_type, bytes;
};

static size_t find_bytes(struct slice text, struct slice wanted)
{
    size_t at = 0;
    while (at + wanted.len <= text.len) {
        const char *hit = memchr(text.ptr + at, wanted.ptr[0], text.len - at - wanted.len + 1);
        if (hit == NULL) {
            break;
        }
        at = (size_t)(hit - text.ptr);
        if (memcmp(hit, wanted.ptr, wanted.len) == 0) {
            return at;
        }
        at++;
    }
    return text.len;
}

/* The value of `name="…"` in a header. */
static struct slice quoted(struct slice header, struct slice name)
{
    size_t at = find_bytes(header, name);
    struct slice rest = slice_sub(header, at + name.len, header.len);
    return at == header.len ? (struct slice){0} : slice_sub(rest, 0, slice_find(rest, '"'));
}

static void read_head(struct slice head, struct part *part)
{
    while (!slice_empty(head)) {
        struct slice line = {0};
        struct slice key = {0};
        struct slice value = {0};
        (void)slice_split(head, '\n', &line, &head);
        (void)slice_split(line, ':', &key, &value);
        if (slice_equal_nocase(key, SLICE("content-disposition"))) {
            part->name = quoted(value, SLICE(" name=\""));
            part->file_name = quoted(value, SLICE("filename=\""));
        } else if (slice_equal_nocase(key, SLICE("content-type"))) {
            part->media_type = slice_trim(value);
        }
    }
}

/* The part named `source` of a multipart/form-data body. */
static bool find_source(struct call *c, struct part *ret_part)
{
    struct slice type = c->request->content_type;
    struct slice rest = c->request->body;
    struct slice mark = {0};
    size_t at = find_bytes(type, SLICE("boundary="));
    struct slice boundary = slice_trim(slice_sub(type, at + 9, type.len));
    if (boundary.len > 1 && boundary.ptr[0] == '"') {
        boundary = slice_sub(boundary, 1, boundary.len - 1);
    }
    if (at == type.len || !slice_starts_with(type, SLICE("multipart/form-data")) ||
        !call_ok(c, arena_printf(c->arena, &mark, "--%.*s", SLICE_ARG(boundary)))) {
        return false;
    }
    size_t start = find_bytes(rest, mark);
    while (start < rest.len) {
        struct part part = {0};
        rest = slice_sub(rest, start + mark.len, rest.len);
        size_t head_end = find_bytes(rest, SLICE("\r\n\r\n"));
        size_t end = find_bytes(rest, mark);
        if (head_end + 4 > end || head_end > PART_HEAD_BYTES_MAX) {
            return false;
        }
        read_head(slice_sub(rest, 0, head_end), &part);
        part.bytes = slice_sub(rest, head_end + 4, end >= 2 ? end - 2 : 0);
        if (slice_equal(part.name, SLICE("source"))) {
            *ret_part = part;
            return true;
        }
        start = end;
    }
    return false;
}

static bool keep_file(struct call *c, const struct part *part, struct conversation *conversation)
{
    struct slice id = {0};
    struct slice path = {0};
    struct slice encoded = {0};
    struct slice name = slice_empty(part->file_name) ? SLICE("file") : part->file_name;
    struct attachment *attachment = NULL;
    if (!call_ok(c, ids_next(&c->store->ids, &c->store->arena, &id)) ||
        !call_ok(c, arena_printf(c->arena, &path, "/sc/attachments/v2/%.*s/%.*s", SLICE_ARG(id),
                                 SLICE_ARG(name))) ||
        !call_ok(c, store_add_attachment(c->store, path, &attachment)) ||
        !call_keep(c, part->bytes, &attachment->bytes) || !call_keep(c, name, &attachment->name) ||
        !call_keep(
            c, slice_empty(part->media_type) ? SLICE("application/octet-stream") : part->media_type,
            &attachment->media_type) ||
        !call_ok(c, text_percent_encode(c->arena, name, &encoded)) ||
        !call_ok(c, arena_printf(&c->store->arena, &attachment->media_url,
                                 "http://%.*s/sc/attachments/v2/%.*s/%.*s",
                                 SLICE_ARG(c->request->host), SLICE_ARG(id), SLICE_ARG(encoded)))) {
        return false;
    }
    attachment->id = id;
    attachment->conversation = conversation;
    call_touched(c, "attachment", id);
    call_begin(c, 201);
    json_object(&c->out);
    json_key(&c->out, "attachment");
    json_object(&c->out);
    json_put_slice(&c->out, "mediaUrl", attachment->media_url);
    json_put_slice(&c->out, "mediaType", attachment->media_type);
    json_end(&c->out);
    json_end(&c->out);
    return true;
}

static void upload(struct call *c)
{
    struct part part = {0};
    struct conversation *conversation = NULL;
    struct slice conversation_id = call_query(c, "conversationId");
    if (!slice_equal(call_query(c, "access"), SLICE("public"))) {
        call_refuse(c, 400, "bad_request", "\"access\" must be public");
        return;
    }
    if (!slice_empty(conversation_id)) {
        conversation = need_conversation(c, conversation_id);
        if (conversation == NULL) {
            return;
        }
    }
    if (!find_source(c, &part)) {
        call_refuse(c, 400, "bad_request", "\"source\" is required as multipart/form-data");
        return;
    }
    if (part.bytes.len > UPLOAD_BYTES_MAX) {
        call_refuse(c, 413, "payload_too_large", "Files are limited to 50MB");
        return;
    }
    (void)keep_file(c, &part, conversation);
}

static void remove_upload(struct call *c)
{
    if (!need_body(c)) {
        return;
    }
    struct slice url = json_string(json_find(c->body, "mediaUrl"));
    if (!call_ok(c, text_percent_decode(c->arena, url, &url))) {
        return;
    }
    size_t at = find_bytes(url, SLICE("/sc/attachments/"));
    struct attachment *attachment = store_attachment(c->store, slice_sub(url, at, url.len));
    if (at == url.len || attachment == NULL) {
        call_refuse(c, 404, "not_found", "Attachment not found");
        return;
    }
    attachment->removed = true;
    call_touched(c, "attachment", attachment->id);
    call_empty(c);
}

/* The path as it was handed out; the router has taken "/sc" off. */
static void get_file(struct call *c)
{
    struct slice path = {0};
    if (!call_ok(c, arena_printf(c->arena, &path, "/sc/attachments/v2/%.*s/%.*s",
                                 SLICE_ARG(c->params[0]), SLICE_ARG(c->params[1])))) {
        return;
    }
    const struct attachment *attachment = store_attachment(c->store, path);
    if (attachment == NULL) {
        call_refuse(c, 404, "not_found", "Resource not found");
        return;
    }
    if (c->store->account.private_files && c->key == NULL) {
        call_refuse(c, 401, "unauthorized", "Authorization is required");
        return;
    }
    c->answer->status = 200;
    c->answer->content_type = attachment->media_type.ptr;
    buf_reset(&c->answer->body);
    (void)call_ok(c, buf_append(&c->answer->body, attachment->bytes));
}

struct route_table api_attachments_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/v2/apps/{}/attachments", NEED_INTEGRATION, upload},
        {"POST", "/v2/apps/{}/attachments/remove", NEED_INTEGRATION, remove_upload},
        {"GET", "/attachments/v2/{}/{}", NEED_NOTHING, get_file},
    };
    return ROUTE_TABLE(routes);
}
