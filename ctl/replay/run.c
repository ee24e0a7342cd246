#include "ctl/replay/run.h"

struct run {
    struct replay *r;
    struct past past;
    struct player player;
    struct compare compare;
    struct reader *events;
    wall_ms_t last;   /* time of the newest event played */
    bool is_followed; /* there are events behind it in the log */
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
    *ret_from = READER_FROM_START;
    return r->at == NULL || !wall_known(run->past.start_of_day)
               ? err_ok()
               : r->at(r->at_arg, topic, r->partition, run->past.start_of_day, ret_from);
}

static err_t open_all(struct run *run, struct why *why)
{
    struct replay *r = run->r;
    int64_t commands = 0;
    int64_t states = 0;
    TRY(player_init(&run->player, &run->past, r->instead, why));
    if (r->compares) {
        TRY(from_of(run, TOPIC_COMMANDS, &commands));
        TRY(from_of(run, TOPIC_CONVERSATIONS, &states));
        run->compare = (struct compare){
            .port = r->port,
            .partition = r->partition,
            .key = r->span.key,
            .since = run->past.start_of_day,
            .tell = differs,
            .arg = r,
        };
        TRY(compare_open(&run->compare, commands, states));
    }
    return reader_open(r->port, TOPIC_EVENTS, r->partition, run->past.start.next, &run->events);
}

/* Behind what was asked for, or not decided yet when the replay began. */
static bool is_behind(const struct run *run, const struct bus_record *record)
{
    const struct past_span *span = &run->r->span;
    return record->offset >= run->past.newest.next ||
           (span->to > 0 && record->offset >= span->to) ||
           (wall_known(span->until) && wall_before(span->until, record->time));
}

static bool is_in_span(const struct run *run, const struct bus_record *record)
{
    const struct past_span *span = &run->r->span;
    return record->offset >= span->from && !wall_before(record->time, span->since);
}

static err_t compare(struct run *run, const struct bus_record *record, enum played played,
                     struct why *why)
{
    const struct decide *d = &run->player.decide;
    const struct past_dead *dead = past_dead_at(&run->past, record->offset);
    bool was = dead != NULL && !dead->crashed;
    TRY(compare_dead(&run->compare, record, was, played == PLAYED_DEAD));
    return compare_written(&run->compare, record, d->written, d->count, why);
}

static err_t take(struct run *run, const struct bus_record *record, struct why *why)
{
    struct replay *r = run->r;
    enum played played = PLAYED_PASSED;
    err_t e = player_take(&run->player, record, &played);
    if (err_failed(e)) {
        *why = run->player.why;
        return e;
    }
    run->last = wall_later(run->last, record->time);
    if (played == PLAYED_PASSED) {
        return err_ok();
    }
    r->events++;
    for (size_t i = 0; i < run->player.decide.count; i++) {
        r->commands += run->player.decide.written[i].kind == WRITTEN_COMMAND ? 1 : 0;
    }
    if (r->watcher.on_event != NULL && is_in_span(run, record)) {
        TRY(r->watcher.on_event(r->watcher.arg, record, &run->player, played));
    }
    return r->compares ? compare(run, record, played, why) : err_ok();
}

static err_t play(struct run *run, struct why *why)
{
    for (;;) {
        struct bus_record record = {0};
        bool is_more = false;
        TRY(past_next(run->r->port, run->events, "events", why, &record, &is_more));
        if (!is_more) {
            return err_ok();
        }
        if (is_behind(run, &record)) {
            run->is_followed = true;
            return err_ok();
        }
        TRY(take(run, &record, why));
    }
}

static err_t finish(struct run *run, struct why *why)
{
    struct replay *r = run->r;
    r->hash = player_hash(&run->player);
    if (!r->compares) {
        return err_ok();
    }
    /* What has the same time may be of an event that was not played. */
    wall_ms_t until = run->is_followed ? wall_add(run->last, span_ms(-1)) : run->last;
    TRY(compare_finish(&run->compare, until, why));
    r->compared = run->compare.compared;
    r->unknown = run->compare.unknown;
    return err_ok();
}

static err_t run_all(struct run *run, struct why *why)
{
    struct replay *r = run->r;
    TRY(past_read(&run->past, why));
    if (r->watcher.on_start != NULL) {
        TRY(r->watcher.on_start(r->watcher.arg, &run->past));
    }
    if (run->past.newest.next <= run->past.start.next) {
        return err_ok(); /* nothing was decided yet */
    }
    TRY(open_all(run, why));
    TRY(play(run, why));
    return finish(run, why);
}

err_t replay_run(struct replay *r, struct why *why)
{
    static struct run run; /* too large for a stack; one at a time */
    run = (struct run){.r = r};
    run.past = (struct past){.port = r->port, .partition = r->partition, .span = r->span};
    err_t e = run_all(&run, why);
    if (run.events != NULL) {
        r->port->ops->close(run.events);
    }
    compare_close(&run.compare);
    player_deinit(&run.player);
    past_deinit(&run.past);
    return e;
}
