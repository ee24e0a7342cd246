#include "tests/sim/deaf.h"

#include "base/buf.h"
#include "base/check.h"
#include "json/json_write.h"

enum { FETCHED_BYTES_MAX = 64 * 1024 };

void deaf_act(struct world *w)
{
    if (w->is_deaf && world_chance(w, 15)) {
        deaf_end(w);
    } else if (!w->is_deaf && wall_known(w->state->created) && world_chance(w, 2)) {
        w->is_deaf = true;
        w->deaf_since = w->now;
        w->reach->moments[REACH_GAP]++;
    }
}

void deaf_end(struct world *w)
{
    if (!w->is_deaf) {
        return;
    }
    w->is_deaf = false;
    w->now = wall_add(w->now, span_s(1));
    struct event event = world_event(w, EVENT_MISSED, EVENT_FROM_PROCESSOR, "missed/");
    event.body.missed = (struct missed){.since = w->deaf_since, .until = w->now};
    world_decide(w, &event);
    world_decide(w, &event); /* by a processor that began anew: nothing may follow */
    if (w->effects.command_count > 0) {
        world_fail(w, "a gap is met once");
    }
}

bool deaf_lets(struct world *w, wall_ms_t *at)
{
    if (!w->is_deaf) {
        return true;
    }
    *at = wall_add(w->now, span_ms(15000 + (int64_t)rng_below(&w->rng, 30000)));
    return world_chance(w, 50); /* the sender tries again, or not */
}

struct slice deaf_fetched(struct world *w)
{
    CLEANUP(buf) struct buf out = {0};
    struct json_write j;
    struct slice copy = {0};
    buf_init(&out, FETCHED_BYTES_MAX);
    json_write_init(&j, &out);
    json_object(&j);
    json_key(&j, "messages");
    json_array(&j);
    for (size_t i = w->spoken_count; i > 0; i--) {
        const struct spoken *spoken = &w->spoken[i - 1];
        char at[INSTANT_TEXT_BYTES];
        instant_format_iso8601(spoken->at, at);
        json_object(&j);
        json_put_slice(&j, "id", spoken->id);
        json_put_text(&j, "received", at);
        json_put_text(&j, "author", spoken->text != NULL ? "user" : "business");
        json_put_slice(&j, "text", spoken->words);
        json_put_slice(&j, "widget_id", w->place->widget_id);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
    err_t err = json_write_done(&j);
    err = err_failed(err) ? err : arena_copy(&w->arena, buf_slice(&out), &copy);
    CHECK(!err_failed(err));
    return copy;
}

bool deaf_all_known(const struct world *w)
{
    const struct conversation *s = w->state;
    for (size_t i = 0; i < w->spoken_count && !w->is_unheard; i++) {
        const struct spoken *spoken = &w->spoken[i];
        bool is_known =
            spoken->text == NULL || spoken->is_past || !wall_before(s->watermark, spoken->at);
        for (size_t k = 0; k < s->seen_count && !is_known; k++) {
            is_known = s->seen[k].digest == ident_digest(spoken->id);
        }
        if (!is_known) {
            return false;
        }
    }
    return true;
}
