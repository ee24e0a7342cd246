/* Support: files that wait for a comment, and the files of comments. */
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/text.h"
#include "sandbox/uploads.h"

enum { UPLOAD_BYTES_MAX = 50 * 1024 * 1024, UPLOAD_LIFE_MS = 60 * 60 * 1000 };

static bool fill(struct call *c, struct slice name, struct upload *upload)
{
    struct desk *desk = &c->store->desk;
    struct slice type = c->request->content_type;
    struct slice encoded = {0};
    upload->next = desk->uploads;
    upload->size = c->request->body.len;
    upload->expires = wall_add(c->now, span_ms(UPLOAD_LIFE_MS));
    if (!call_ok(c, desk_next_id(desk, &upload->id, &upload->id_text)) ||
        !call_ok(c, ids_next(&c->store->ids, &c->store->arena, &upload->token)) ||
        !call_keep(c, name, &upload->name) ||
        !call_keep(c, slice_empty(type) ? SLICE("application/binary") : type, &upload->type) ||
        !call_ok(c, text_percent_encode(c->arena, name, &encoded)) ||
        !call_ok(c, arena_printf(&c->store->arena, &upload->url,
                                 "http://%.*s/attachments/token/%.*s/?name=%.*s",
                                 SLICE_ARG(c->request->host), SLICE_ARG(upload->token),
                                 SLICE_ARG(encoded)))) {
        return false;
    }
    desk->uploads = upload;
    return true;
}

/* A further file behind a token of an earlier one is not played: each gets its own. */
static void upload_file(struct call *c)
{
    struct slice name = call_query(c, "filename");
    struct upload *upload = NULL;
    if (slice_empty(name)) {
        support_invalid(c, "filename", "Filename: cannot be blank");
        return;
    }
    if (c->request->body.len > UPLOAD_BYTES_MAX) {
        support_refuse(c, 413, "RequestEntityTooLarge", "Files are limited to 50MB");
        return;
    }
    upload = ARENA_NEW(&c->store->arena, struct upload);
    if (upload == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    if (!fill(c, name, upload)) {
        return;
    }
    call_touched(c, "upload", upload->token);
    call_begin(c, 201);
    json_object(&c->out);
    json_key(&c->out, "upload");
    json_object(&c->out);
    json_put_slice(&c->out, "token", upload->token);
    json_key(&c->out, "attachment");
    render_upload(&c->out, upload);
    json_key(&c->out, "attachments");
    json_array(&c->out);
    render_upload(&c->out, upload);
    json_end(&c->out);
    json_end(&c->out);
    json_end(&c->out);
}

void render_upload(struct json_write *w, const struct upload *upload)
{
    json_object(w);
    json_put_int(w, "id", upload->id);
    json_put_slice(w, "file_name", upload->name);
    json_put_slice(w, "content_url", upload->url);
    json_put_slice(w, "mapped_content_url", upload->url);
    json_put_slice(w, "content_type", upload->type);
    json_put_int(w, "size", (int64_t)upload->size);
    json_put_bool(w, "inline", false);
    json_put_bool(w, "deleted", false);
    json_key(w, "thumbnails");
    json_array(w);
    json_end(w);
    json_end(w);
}

bool uploads_read(struct call *c, const struct json *tokens, struct upload_list *ret_list)
{
    JSON_EACH(item, tokens)
    {
        struct upload *upload = c->store->desk.uploads;
        while (upload != NULL && !slice_equal(upload->token, json_string(item))) {
            upload = upload->next;
        }
        if (upload == NULL || upload->is_used || !wall_before(c->now, upload->expires)) {
            support_invalid(c, "uploads", "Uploads: token is not valid or has expired");
            return false;
        }
        if (ret_list->count < UPLOADS_MAX) {
            ret_list->uploads[ret_list->count++] = upload;
        }
    }
    return true;
}

void uploads_use(const struct upload_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        list->uploads[i]->is_used = true;
    }
}

struct route_table api_uploads_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/api/v2/uploads", NEED_LOGIN, upload_file},
    };
    return ROUTE_TABLE(routes);
}
