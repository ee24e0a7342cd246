#include "sandbox/call.h"

#include "sandbox/text.h"

#include <stdarg.h>
#include <stdio.h>

void call_begin(struct call *c, unsigned status)
{
    c->answer->status = status;
    c->answer->content_type = "application/json; charset=utf-8";
    buf_reset(&c->answer->body);
    json_write_init(&c->out, &c->answer->body);
}

void call_empty(struct call *c)
{
    call_begin(c, 200);
    json_object(&c->out);
    json_end(&c->out);
}

static void refuse_support(struct call *c, unsigned status, const char *code, const char *text)
{
    call_begin(c, status);
    if (status == 429) { /* it is known to be no JSON */
        c->answer->content_type = "text/plain; charset=utf-8";
        (void)call_ok(c, buf_append_text(&c->answer->body, text));
        c->out.out = NULL;
        return;
    }
    json_object(&c->out);
    json_key(&c->out, "error");
    json_object(&c->out);
    json_put_text(&c->out, "title", code);
    json_put_text(&c->out, "message", text);
    json_end(&c->out);
    json_end(&c->out);
}

void call_refuse(struct call *c, unsigned status, const char *code, const char *title, ...)
{
    char text[512];
    va_list args;
    va_start(args, title);
    (void)vsnprintf(text, sizeof text, title, args);
    va_end(args);
    if (c->is_support) {
        refuse_support(c, status, code, text);
        return;
    }
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "errors");
    json_array(&c->out);
    json_object(&c->out);
    json_put_text(&c->out, "code", code);
    json_put_text(&c->out, "title", text);
    json_end(&c->out);
    json_end(&c->out);
    json_end(&c->out);
}

bool call_ok(struct call *c, err_t e)
{
    if (err_failed(e)) {
        c->error = e;
        call_refuse(c, 503, "service_unavailable", "The sandbox cannot go on: %s", err_text(e));
        return false;
    }
    return true;
}

void call_touched(struct call *c, const char *object_type, struct slice object_id)
{
    c->note.object_type = object_type;
    c->note.object_id = object_id;
    c->note.applied = true;
}

bool call_sees(const struct call *c, wall_ms_t made)
{
    return c->read_lag.ms <= 0 || wall_since(c->now, made).ms >= c->read_lag.ms;
}

struct slice call_query(struct call *c, const char *name)
{
    struct slice value = {0};
    return text_query(c->arena, c->request->query, name, &value) ? value : (struct slice){0};
}

bool call_integration_scope(const struct call *c)
{
    return c->key != NULL && c->key->integration != NULL;
}

bool call_keep(struct call *c, struct slice text, struct slice *ret)
{
    return call_ok(c, arena_copy(&c->store->arena, text, ret));
}

bool need_body(struct call *c)
{
    if (c->body == NULL || c->body->type != JSON_OBJECT) {
        call_refuse(c, 400, "bad_request", "The body must be a JSON object");
        return false;
    }
    return true;
}

struct user *need_user(struct call *c, struct slice id_or_external_id, struct slice brand_id)
{
    struct user *user = store_user(c->store, id_or_external_id);
    if (user == NULL) {
        user = store_user_external(c->store, brand_id, id_or_external_id);
    }
    if (user == NULL || !call_sees(c, user->created_at)) {
        call_refuse(c, 404, "user_not_found", "User not found");
        return NULL;
    }
    return user;
}

struct conversation *need_conversation(struct call *c, struct slice id)
{
    struct conversation *conversation = store_conversation(c->store, id);
    if (conversation == NULL || !call_sees(c, conversation->created_at)) {
        call_refuse(c, 404, "conversation_not_found", "Conversation not found");
        return NULL;
    }
    c->note.conversation = conversation->id;
    return conversation;
}

struct integration *need_integration(struct call *c, struct slice id)
{
    struct integration *integration = store_integration(c->store, id);
    if (integration == NULL) {
        call_refuse(c, 404, "integration_not_found", "Integration not found");
    }
    return integration;
}

bool check_text(struct call *c, const struct json *object, const char *name, size_t units_max,
                struct slice *value)
{
    const struct json *member = json_find(object, name);
    if (member == NULL || member->type == JSON_NULL) {
        return true;
    }
    if (member->type != JSON_STRING || text_units(member->text) > units_max) {
        call_refuse(c, 400, "bad_request", "\"%s\" must be a string of at most %zu characters",
                    name, units_max);
        return false;
    }
    return call_keep(c, member->text, value);
}

bool check_bool(struct call *c, const struct json *object, const char *name, bool *value)
{
    const struct json *member = json_find(object, name);
    if (member == NULL || member->type == JSON_NULL) {
        return true;
    }
    if (member->type != JSON_BOOL) {
        call_refuse(c, 400, "bad_request", "\"%s\" must be a boolean", name);
        return false;
    }
    *value = member->boolean;
    return true;
}

bool check_metadata(struct call *c, const struct json *object, struct slice *json)
{
    const struct json *metadata = json_find(object, "metadata");
    struct slice text = {0};
    if (metadata == NULL) {
        return true;
    }
    if (metadata->type == JSON_NULL) {
        *json = (struct slice){0};
        return true;
    }
    if (metadata->type != JSON_OBJECT) {
        call_refuse(c, 400, "bad_request", "\"metadata\" must be an object");
        return false;
    }
    JSON_EACH(member, metadata)
    {
        if (member->type != JSON_STRING && member->type != JSON_NUMBER &&
            member->type != JSON_BOOL) {
            call_refuse(c, 400, "bad_request",
                        "\"metadata.%.*s\" must be a string, a number or a boolean",
                        SLICE_ARG(member->key));
            return false;
        }
    }
    if (!call_ok(c, text_render_json(c->arena, metadata, &text))) {
        return false;
    }
    if (text.len > CALL_METADATA_BYTES_MAX) {
        call_refuse(c, 400, "bad_request", "\"metadata\" is limited to 4KB in size");
        return false;
    }
    return call_keep(c, text, json);
}
