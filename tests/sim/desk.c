#include "tests/sim/desk.h"

#include "base/buf.h"
#include "base/check.h"
#include "json/json_read.h"
#include "json/json_write.h"

#include <string.h>

enum { FETCHED_BYTES_MAX = 512 * 1024, COMMENTS_MAX = 100 };

void desk_open(struct world *w)
{
    w->assignee_id = world_chance(w, 90) ? SLICE("900") : SLICE("");
    w->brand_id = w->place->brand_id;
    w->status = "open";
    desk_customer(w);
}

void desk_changed(struct world *w)
{
    w->updated = (wall_ms_t){w->now.ms / 1000 * 1000};
    struct event event = world_event(w, EVENT_TICKET, EVENT_FROM_SUPPORT, "t");
    event.store = w->place->store; /* of the URL: the fetched brand decides */
    event.body.ticket.event = SLICE("ticket_changed");
    event.body.ticket.ticket_id = w->place->remote_id;
    event.body.ticket.brand_id = w->brand_id;
    world_deliver(w, event);
}

static void comments(struct world *w, struct slice words, const char *text, const char *author,
                     bool is_private)
{
    struct spoken *spoken = world_speaks(w, world_name(w, "1"), text);
    if (spoken != NULL) {
        spoken->role = text != NULL ? "end-user" : "agent";
        spoken->author = author;
        spoken->is_private = is_private;
        spoken->words = text != NULL ? spoken->words : words;
        spoken->is_automatic = text != NULL && world_chance(w, 5);
        spoken->at = (wall_ms_t){w->now.ms / 1000 * 1000};
    }
    desk_changed(w);
}

void desk_customer(struct world *w)
{
    if (strcmp(w->status, "closed") == 0) {
        return; /* what is closed stays as it is */
    }
    comments(w, SLICE(""), world_words(w), "50", false);
}

void desk_agent(struct world *w)
{
    uint64_t what = rng_below(&w->rng, 100);
    bool is_agents = slice_equal(w->assignee_id, SLICE("7"));
    if (strcmp(w->status, "closed") == 0) {
        return;
    }
    if (what < 30) {
        comments(w, SLICE("agent speaking"), NULL, "7", world_chance(w, 40));
        return;
    }
    if (what < 55) {
        w->assignee_id = SLICE("7");
    } else if (what < 75 && is_agents) {
        w->assignee_id = SLICE("900"); /* back to the bot */
    } else if (what < 83) {
        w->assignee_id = SLICE("");
    } else if (what < 90) {
        w->status = "solved";
    } else if (what < 92) {
        w->status = "closed";
    } else if (what < 95) {
        bool is_there = slice_equal(w->brand_id, w->place->other_brand_id);
        w->brand_id = is_there ? w->place->brand_id : w->place->other_brand_id;
        w->reach->moments[REACH_BRAND_MOVED]++;
    } else {
        return;
    }
    desk_changed(w);
}

static void put_comment(struct json_write *j, const struct spoken *spoken)
{
    char at[INSTANT_TEXT_BYTES];
    instant_format_iso8601(spoken->at, at);
    json_object(j);
    json_put_slice(j, "id", spoken->id);
    json_put_text(j, "author_id", spoken->author);
    json_put_text(j, "author_role", spoken->role);
    json_put_bool(j, "public", !spoken->is_private);
    json_put_bool(j, "automatic", spoken->is_automatic);
    json_put_text(j, "created_at", at);
    json_put_slice(j, "text", spoken->words);
    json_end(j);
}

static void put_ticket(struct json_write *j, const struct world *w)
{
    char at[INSTANT_TEXT_BYTES];
    instant_format_iso8601(w->updated, at);
    json_key(j, "ticket");
    json_object(j);
    json_put_slice(j, "id", w->place->remote_id);
    json_put_slice(j, "brand_id", w->brand_id);
    json_put_slice(j, "assignee_id", w->assignee_id);
    json_put_text(j, "status", w->status);
    json_put_text(j, "updated_at", at);
    json_end(j);
}

struct slice desk_fetched(struct world *w)
{
    CLEANUP(buf) struct buf out = {0};
    struct json_write j;
    struct slice copy = {0};
    buf_init(&out, FETCHED_BYTES_MAX);
    json_write_init(&j, &out);
    json_object(&j);
    put_ticket(&j, w);
    json_key(&j, "comments");
    json_array(&j);
    size_t least = w->spoken_count > COMMENTS_MAX ? w->spoken_count - COMMENTS_MAX : 0;
    for (size_t i = w->spoken_count; i > least; i--) {
        put_comment(&j, &w->spoken[i - 1]);
    }
    json_end(&j);
    json_end(&j);
    err_t err = json_write_done(&j);
    err = err_failed(err) ? err : arena_copy(&w->arena, buf_slice(&out), &copy);
    CHECK(!err_failed(err));
    return copy;
}

void desk_update(struct world *w, struct slice body)
{
    const struct json *root = NULL;
    if (err_failed(json_parse(&w->arena, body, NULL, NULL, &root))) {
        world_fail(w, "an update of a ticket is JSON");
        return;
    }
    const struct json *assignee = json_find(root, "ticket.assignee_id");
    if (assignee != NULL) {
        w->assignee_id = json_id(assignee);
    }
    const struct json *comment = json_find(root, "ticket.comment");
    if (comment != NULL) {
        comments(w, SLICE("of the bot"), NULL, "900",
                 !json_bool(json_find(comment, "public"), true));
    } else {
        desk_changed(w);
    }
}
