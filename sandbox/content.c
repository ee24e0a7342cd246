#include "sandbox/content.h"

#include "sandbox/shorthand.h"
#include "sandbox/text.h"

enum { CONTENT_BYTES_MAX = 256 * 1024, CONTENT_CAROUSEL_MAX = 10, CONTENT_FIELDS_MAX = 20 };

struct texts {
    struct slice text, html, markdown;
    struct shorthand buttons; /* found in the texts */
};

static bool read_text(struct call *c, const struct json *content, const char *name,
                      struct slice *ret)
{
    const struct json *member = json_find(content, name);
    if (member == NULL || member->type == JSON_NULL) {
        return true;
    }
    if (member->type != JSON_STRING) {
        call_refuse(c, 400, "bad_request", "\"content.%s\" must be a string", name);
        return false;
    }
    if (text_units(member->text) > CALL_TEXT_UNITS_MAX) {
        call_refuse(c, 400, "bad_request",
                    "\"content.%s\" length must be less than or equal to %d characters long", name,
                    CALL_TEXT_UNITS_MAX);
        return false;
    }
    *ret = member->text;
    return true;
}

/* Buttons out of the texts, Markdown to HTML, HTML to text, and the limits of what comes out. */
static bool derive_texts(struct call *c, struct texts *t)
{
    if (!call_ok(c, shorthand_take(c->arena, t->text, &t->buttons, &t->text)) ||
        !call_ok(c, shorthand_take(c->arena, t->html, &t->buttons, &t->html)) ||
        !call_ok(c, shorthand_take(c->arena, t->markdown, &t->buttons, &t->markdown))) {
        return false;
    }
    if (!slice_empty(t->markdown)) {
        if (!call_ok(c, text_from_markdown(c->arena, t->markdown, &t->html))) {
            return false;
        }
        if (text_units(t->html) > CALL_TEXT_UNITS_MAX) {
            call_refuse(c, 400, "bad_request",
                        "\"content.markdownText\" converted to HTML exceeds %d characters",
                        CALL_TEXT_UNITS_MAX);
            return false;
        }
    }
    if (slice_empty(t->text) && !slice_empty(t->html)) {
        return call_ok(c, text_from_html(c->arena, t->html, &t->text));
    }
    return true;
}

static bool check_text_content(struct call *c, const struct json *content, struct texts *t)
{
    if (!read_text(c, content, "text", &t->text) || !read_text(c, content, "htmlText", &t->html) ||
        !read_text(c, content, "markdownText", &t->markdown)) {
        return false;
    }
    if (!slice_empty(t->html) && !slice_empty(t->markdown)) {
        call_refuse(c, 400, "bad_request",
                    "\"content.htmlText\" and \"content.markdownText\" exclude each other");
        return false;
    }
    const struct json *actions = json_find(content, "actions");
    if (slice_empty(t->text) && slice_empty(t->html) && slice_empty(t->markdown) &&
        (actions == NULL || actions->count == 0)) {
        call_refuse(c, 400, "bad_request", "\"content.text\" is required");
        return false;
    }
    return derive_texts(c, t);
}

static bool check_media(struct call *c, const struct json *content)
{
    if (slice_empty(json_string(json_find(content, "mediaUrl"))) &&
        slice_empty(json_string(json_find(content, "attachmentId")))) {
        call_refuse(c, 400, "bad_request", "\"content.mediaUrl\" is required");
        return false;
    }
    return true;
}

static bool check_list(struct call *c, const struct json *content, const char *name, size_t max)
{
    const struct json *list = json_find(content, name);
    if (list == NULL || list->type != JSON_ARRAY || list->count == 0 || list->count > max) {
        call_refuse(c, 400, "bad_request", "\"content.%s\" must contain 1 to %zu items", name, max);
        return false;
    }
    return true;
}

static bool check_by_type(struct call *c, const struct json *content, struct texts *t)
{
    struct slice type = json_string(json_find(content, "type"));
    if (slice_empty(type)) {
        call_refuse(c, 400, "bad_request", "\"content.type\" is required");
        return false;
    }
    if (slice_equal(type, SLICE("text"))) {
        return check_text_content(c, content, t);
    }
    t->text = json_string(json_find(content, "text"));
    if (slice_equal(type, SLICE("image")) || slice_equal(type, SLICE("file"))) {
        return check_media(c, content) && read_text(c, content, "text", &t->text);
    }
    if (slice_equal(type, SLICE("carousel")) || slice_equal(type, SLICE("list"))) {
        return check_list(c, content, "items", CONTENT_CAROUSEL_MAX);
    }
    if (slice_equal(type, SLICE("form")) || slice_equal(type, SLICE("formResponse"))) {
        return check_list(c, content, "fields", CONTENT_FIELDS_MAX);
    }
    if (slice_equal(type, SLICE("location"))) {
        if (json_find(content, "coordinates.lat") != NULL) {
            return true;
        }
        call_refuse(c, 400, "bad_request", "\"content.coordinates\" is required");
        return false;
    }
    if (slice_equal(type, SLICE("template"))) {
        return true;
    }
    call_refuse(c, 400, "bad_request", "\"content.type\" is not a known message type");
    return false;
}

static void put_buttons(struct json_write *w, const struct shorthand *buttons)
{
    for (size_t i = 0; i < buttons->count; i++) {
        const struct shorthand_action *action = &buttons->actions[i];
        bool is_link = slice_equal(action->type, SLICE("link"));
        json_object(w);
        json_put_slice(w, "type", action->type);
        json_put_slice(w, "text", action->label);
        json_put_slice(w, is_link ? "uri" : "payload", action->target);
        json_end(w);
    }
}

/* The caller's own actions, and those that were found in the texts. */
static void put_actions(struct json_write *w, const struct json *actions,
                        const struct shorthand *buttons)
{
    bool has_own = actions != NULL && actions->type == JSON_ARRAY;
    if (!has_own && buttons->count == 0) {
        return;
    }
    json_key(w, "actions");
    json_array(w);
    JSON_EACH(action, has_own ? actions : NULL)
    {
        text_write_json(w, action);
    }
    put_buttons(w, buttons);
    json_end(w);
}

static err_t render(struct arena *arena, const struct json *content, const struct texts *t,
                    struct slice *ret_json)
{
    CLEANUP(buf) struct buf out = {0};
    struct json_write w;
    buf_init(&out, CONTENT_BYTES_MAX);
    json_write_init(&w, &out);
    json_object(&w);
    json_put_slice(&w, "type", json_string(json_find(content, "type")));
    json_put_slice_if(&w, "text", t->text);
    json_put_slice_if(&w, "htmlText", t->html);
    put_actions(&w, json_find(content, "actions"), &t->buttons);
    JSON_EACH(member, content)
    {
        bool done = slice_equal(member->key, SLICE("type")) ||
                    slice_equal(member->key, SLICE("text")) ||
                    slice_equal(member->key, SLICE("htmlText")) ||
                    slice_equal(member->key, SLICE("markdownText")) ||
                    slice_equal(member->key, SLICE("actions"));
        if (!done) {
            json_key_slice(&w, member->key);
            text_write_json(&w, member);
        }
    }
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(arena, buf_slice(&out), ret_json);
}

bool check_content(struct call *c, const struct json *content, struct slice *ret_json,
                   struct slice *ret_text)
{
    struct texts texts = {0};
    if (content == NULL || content->type != JSON_OBJECT) {
        call_refuse(c, 400, "bad_request", "\"content\" is required");
        return false;
    }
    return check_by_type(c, content, &texts) &&
           call_ok(c, render(&c->store->arena, content, &texts, ret_json)) &&
           call_keep(c, texts.text, ret_text);
}
