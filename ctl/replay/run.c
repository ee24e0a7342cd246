#include "ctl/replay/run.h"

struct run {
    struct replay *r;
    struct cursor cursor;
    struct compare compare;
};

static err_t differs(void *arg, const struct difference *d)
{
    struct replay *r = arg;
    r->differences++;
    return r->watcher.on_difference == NULL ? err_ok()
                                            : r->watcher.on_difference(r->watcher.arg, d);
}

static err_t from_of(const struct run *run, enum topic topic, int64_t *ret_from)
{
    const struct replay *r = run->r;
    wall_ms_t day = run->cursor.past.start_of_day;
    *ret_from = READER_FROM_START;
    return r->times.at == NULL || !wall_known(day)
               ? err_ok()
               : past_offset_by(&r->times, topic, r->partition, day, ret_from);
}

static err_t open_compare(struct run *run)
{
    struct replay *r = run->r;
    int64_t commands = 0;
    int64_t states = 0;
    TRY(from_of(run, TOPIC_COMMANDS, &commands));
    TRY(from_of(run, TOPIC_CONVERSATIONS, &states));
    run->compare = (struct compare){
        .port = r->port,
        .partition = r->partition,
        .key = r->span.key,
        .since = run->cursor.past.start_of_day,
        .tell = differs,
        .arg = r,
    };
    return compare_open(&run->compare, commands, states);
}

static err_t compare(struct run *run, const struct cursor_event *event, struct why *why)
{
    const struct decide *d = &run->cursor.player.decide;
    const struct past_dead *dead = past_dead_at(&run->cursor.past, event->record.offset);
    bool was = dead != NULL && !dead->crashed;
    TRY(compare_dead(&run->compare, &event->record, was, event->played == PLAYED_DEAD));
    return compare_written(&run->compare, &event->record, d->written, d->count, why);
}

static err_t take(struct run *run, const struct cursor_event *event, struct why *why)
{
    struct replay *r = run->r;
    const struct decide *d = &run->cursor.player.decide;
    r->events++;
    for (size_t i = 0; i < d->count; i++) {
        r->commands += d->written[i].kind == WRITTEN_COMMAND ? 1 : 0;
    }
    if (r->watcher.on_event != NULL && event->is_in_span) {
        TRY(r->watcher.on_event(r->watcher.arg, &event->record, &run->cursor.player,
                                event->played));
    }
    return r->compares ? compare(run, event, why) : err_ok();
}

static err_t finish(struct run *run, struct why *why)
{
    struct replay *r = run->r;
    r->hash = player_hash(&run->cursor.player);
    if (!r->compares) {
        return err_ok();
    }
    /* What has the same time may be of an event that was not played. */
    wall_ms_t last = run->cursor.last;
    wall_ms_t until = run->cursor.is_followed ? wall_add(last, span_ms(-1)) : last;
    TRY(compare_finish(&run->compare, until, !run->cursor.is_followed, why));
    r->compared = run->compare.compared;
    r->unknown = run->compare.unknown;
    return err_ok();
}

static err_t run_all(struct run *run, struct why *why)
{
    struct replay *r = run->r;
    TRY(cursor_open(&run->cursor, why));
    if (r->watcher.on_start != NULL) {
        TRY(r->watcher.on_start(r->watcher.arg, &run->cursor.past));
    }
    if (run->cursor.is_over) {
        return err_ok();
    }
    if (r->compares) {
        TRY(open_compare(run));
    }
    for (;;) {
        struct cursor_event event;
        bool is_more = false;
        TRY(cursor_next(&run->cursor, why, &event, &is_more));
        if (!is_more) {
            return finish(run, why);
        }
        TRY(take(run, &event, why));
    }
}

err_t replay_run(struct replay *r, struct why *why)
{
    static struct run run; /* too large for a stack; one at a time */
    run = (struct run){.r = r, .cursor = {.instead = r->instead}};
    run.cursor.past = (struct past){
        .port = r->port, .partition = r->partition, .span = r->span, .times = r->times};
    err_t e = run_all(&run, why);
    compare_close(&run.compare);
    cursor_close(&run.cursor);
    return e;
}
