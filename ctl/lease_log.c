#include "ctl/lease_log.h"

#include "ctl/text.h"
#include "json/json_read.h"
#include "json/json_write.h"

err_t lease_log_write(const struct lease_holder *holder, const char *instead, struct buf *out)
{
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_put_text(&w, "holder", holder->id);
    json_put_text(&w, "host", holder->host);
    json_put_text(&w, "place", holder->place);
    json_put_int(&w, "pid", holder->pid);
    json_put_text(&w, "instead", instead);
    json_end(&w);
    return json_write_done(&w);
}

err_t lease_log_write_done(const struct lease_holder *holder, struct buf *out)
{
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_put_text(&w, "done", holder->id);
    json_end(&w);
    return json_write_done(&w);
}

static void take_text(const struct json *root, const char *name, char *text, size_t size)
{
    text_set(text, size, "%.*s", SLICE_ARG(json_string(json_find(root, name))));
}

void lease_log_add(struct lease_log *l, wall_ms_t time, struct slice value, struct arena *arena)
{
    const struct json *root = NULL;
    struct lease_holder new = {.pid = 0};
    if (value.len == 0) {
        l->is_held = false;
        return;
    }
    if (err_failed(json_parse(arena, value, NULL, NULL, &root))) {
        return;
    }
    struct slice old = slice_of(l->holder.id);
    struct slice done = json_string(json_find(root, "done"));
    if (done.len > 0) {
        l->is_held = l->is_held && !slice_equal(done, old);
        return;
    }
    take_text(root, "holder", new.id, sizeof new.id);
    take_text(root, "host", new.host, sizeof new.host);
    take_text(root, "place", new.place, sizeof new.place);
    new.pid = json_i64(json_find(root, "pid"), 0);
    bool is_over = !l->is_held || wall_since(time, l->since).ms >= span_s(LEASE_S).ms;
    bool is_own = slice_equal(slice_of(new.id), old);
    bool is_instead = slice_equal(json_string(json_find(root, "instead")), old);
    if (new.id[0] != '\0' && (is_over || is_own || is_instead)) {
        l->is_held = true;
        l->holder = new;
        l->since = time;
    }
}
