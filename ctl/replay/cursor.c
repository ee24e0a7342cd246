#include "ctl/replay/cursor.h"

static err_t start(struct cursor *c, struct why *why)
{
    TRY(player_init(&c->player, &c->past, c->instead, why));
    return reader_open(c->past.port, TOPIC_EVENTS, c->past.partition, c->past.start.next,
                       &c->events);
}

static void stop(struct cursor *c)
{
    if (c->events != NULL) {
        c->past.port->ops->close(c->events);
        c->events = NULL;
    }
    player_deinit(&c->player);
    c->count = 0;
    c->last = (wall_ms_t){0};
    c->is_over = c->is_followed = false;
}

err_t cursor_open(struct cursor *c, struct why *why)
{
    TRY(past_read(&c->past, why));
    c->is_over = c->past.newest.next <= c->past.start.next; /* nothing was decided yet */
    return c->is_over ? err_ok() : start(c, why);
}

void cursor_close(struct cursor *c)
{
    stop(c);
    past_deinit(&c->past);
}

err_t cursor_rewind(struct cursor *c, struct why *why)
{
    if (c->events == NULL) {
        return err_ok();
    }
    stop(c);
    return start(c, why);
}

/* Behind what was asked for, or not decided yet when the replay began. */
static bool is_behind(const struct cursor *c, const struct bus_record *record)
{
    const struct past_span *span = &c->past.span;
    return record->offset >= c->past.newest.next || (span->to > 0 && record->offset >= span->to) ||
           (wall_known(span->until) && wall_before(span->until, record->time));
}

static bool is_in_span(const struct cursor *c, const struct bus_record *record)
{
    const struct past_span *span = &c->past.span;
    return record->offset >= span->from && !wall_before(record->time, span->since);
}

err_t cursor_next(struct cursor *c, struct why *why, struct cursor_event *ret_event, bool *ret_more)
{
    *ret_more = false;
    while (!c->is_over) {
        bool is_more = false;
        TRY(past_next(c->past.port, c->events, "events", why, &ret_event->record, &is_more));
        c->is_followed = is_more && is_behind(c, &ret_event->record);
        c->is_over = !is_more || c->is_followed;
        if (c->is_over) {
            break;
        }
        err_t e = player_take(&c->player, &ret_event->record, &ret_event->played);
        if (err_failed(e)) {
            *why = c->player.why;
            return e;
        }
        c->last = wall_later(c->last, ret_event->record.time);
        if (ret_event->played != PLAYED_PASSED) {
            c->count++;
            ret_event->is_in_span = is_in_span(c, &ret_event->record);
            *ret_more = true;
            break;
        }
    }
    return err_ok();
}

err_t cursor_seek(struct cursor *c, uint64_t count, struct why *why, struct cursor_event *ret_event)
{
    bool is_more = true;
    if (count <= c->count) {
        TRY(cursor_rewind(c, why));
    }
    while (c->count < count && is_more) {
        TRY(cursor_next(c, why, ret_event, &is_more));
    }
    return err_ok();
}
