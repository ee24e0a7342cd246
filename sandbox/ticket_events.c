#include "sandbox/ticket_events.h"

#include "sandbox/desk_render.h"
#include "sandbox/tags.h"

#include <inttypes.h>

struct slice ticket_event_id(struct save *s, int64_t id)
{
    struct slice text = {0};
    if (id != 0) {
        (void)call_ok(s->c, arena_printf(s->c->arena, &text, "%" PRId64, id));
    }
    return text;
}

/* Opens the next event; its id is a fresh one. */
static bool open_event(struct save *s, struct json_write *w, const char *type)
{
    int64_t id = 0;
    struct slice text = {0};
    if (!call_ok(s->c, desk_next_id(&s->c->store->desk, &id, &text)) ||
        (s->events.len > 0 && !call_ok(s->c, buf_append_char(&s->events, ',')))) {
        return false;
    }
    json_write_init(w, &s->events);
    json_object(w);
    json_put_int(w, "id", id);
    json_put_text(w, "type", type);
    return true;
}

static void close_event(struct save *s, struct json_write *w)
{
    if (s->rule != NULL) {
        json_key(w, "via");
        json_object(w);
        json_put_text(w, "channel", "rule");
        json_key(w, "source");
        json_object(w);
        json_key(w, "from");
        json_object(w);
        json_put_int(w, "id", s->rule->id);
        json_put_slice(w, "title", s->rule->title);
        json_end(w);
        json_put_text(w, "rel", "trigger");
        json_end(w);
        json_end(w);
    }
    json_end(w);
    (void)call_ok(s->c, json_write_done(w));
}

static void put_or_null(struct json_write *w, const char *key, struct slice text)
{
    json_key(w, key);
    if (slice_empty(text)) {
        json_null(w);
    } else {
        json_slice(w, text);
    }
}

static const char *kind(const struct save *s)
{
    return s->is_new && s->rule == NULL ? "Create" : "Change";
}

void ticket_event_change(struct save *s, const char *field, struct slice value, struct slice old)
{
    struct json_write w;
    if (!open_event(s, &w, kind(s))) {
        return;
    }
    json_put_text(&w, "field_name", field);
    put_or_null(&w, "value", value);
    if (!s->is_new || s->rule != NULL) {
        put_or_null(&w, "previous_value", old);
    }
    close_event(s, &w);
}

static void put_tags(struct json_write *w, const char *key, struct slice tags)
{
    struct slice tag = {0};
    json_key(w, key);
    json_array(w);
    while (tags_next(&tags, &tag)) {
        json_slice(w, tag);
    }
    json_end(w);
}

void ticket_event_tags(struct save *s, struct slice tags, struct slice old)
{
    struct json_write w;
    if (!open_event(s, &w, kind(s))) {
        return;
    }
    json_put_text(&w, "field_name", "tags");
    put_tags(&w, "value", tags);
    if (!s->is_new || s->rule != NULL) {
        put_tags(&w, "previous_value", old);
    }
    close_event(s, &w);
}

void ticket_event_field(struct save *s, int64_t field_id, struct slice value_json,
                        struct slice old_json)
{
    struct json_write w;
    if (!open_event(s, &w, kind(s))) {
        return;
    }
    json_put_slice(&w, "field_name", ticket_event_id(s, field_id));
    json_key(&w, "value");
    json_raw(&w, value_json);
    if (!s->is_new) {
        json_key(&w, "previous_value");
        json_raw(&w, old_json);
    }
    close_event(s, &w);
}

void ticket_event_comment(struct save *s, const struct comment *comment)
{
    struct json_write w;
    if (s->events.len > 0 && !call_ok(s->c, buf_append_char(&s->events, ','))) {
        return;
    }
    json_write_init(&w, &s->events);
    json_object(&w);
    render_comment_members(&w, comment);
    close_event(s, &w);
}

void ticket_event_webhook(struct save *s, const struct support_hook *hook, struct slice body)
{
    struct json_write w;
    if (!open_event(s, &w, "Webhook")) {
        return;
    }
    json_put_slice(&w, "webhook_id", hook->hook.id);
    json_put_slice(&w, "body", body);
    close_event(s, &w);
}
