/* takeover — from being given a partition to running it, and giving it back. */
#include "base/check.h"
#include "base/planted.h"
#include "egress/loop_state.h"
#include "event/codec.h"

enum {
    READERS_MAX = 4,      /* open at a time, those of reread.c too */
    RECORDS_A_TURN = 512, /* of one reader */
    STARTS_A_TURN = 2048, /* of one partition */
    READ_WAIT_MS = 1,
    READ_AGAIN_MS = 500,
    READ_STILL_MS = 2000, /* so long a reader may have nothing while others wait for a place */
};

static struct share *share_at(const struct egress_loop *l, int32_t partition)
{
    return partition < 0 || partition >= LIMIT_PARTITIONS_MAX ? NULL : l->shares[partition];
}

static void phase_told(const struct egress_loop *l, const struct share *s)
{
    if (l->options.watcher.on_share != NULL) {
        l->options.watcher.on_share(l->options.watcher.arg, s->number, share_phase_name(s->phase));
    }
}

static void move(const struct egress_loop *l, struct share *s, enum share_phase to)
{
    share_move(s, to);
    phase_told(l, s);
}

/* ---- assigned, revoked */

/* Only who is the group's member may end the say of all older owners, so this comes first. */
static void commit_incarnation(struct egress_loop *l)
{
    l->commit_wanted = true;
    l->commit_hurries = true;
}

/* What to do about it differs: who trusts no stored offset has all that is in the log in doubt,
 * which is no remedy for a release that is older than the mark. */
static void why_no_mark(struct egress_loop *l, const struct bus_offset *committed)
{
    const char *what = "a committed offset whose metadata another tool wrote, or which is damaged: "
                       "start once with --recover";
    if (committed->offset < 0) {
        what = "no committed offset: on a new deployment run `tieline topics --apply`; where "
               "offsets were lost, start once with --recover";
    } else if (horizon_text_is_of_another(committed->metadata)) {
        what = "a committed offset with metadata that this release cannot read: start the release "
               "again that wrote it, and do not help yourself with --recover, which doubts "
               "everything that is still in the log";
    }
    why_set(&l->why, "partition %d of commands has %s", (int)committed->partition, what);
}

static err_t begin(struct egress_loop *l, const struct bus_offset *committed)
{
    int32_t number = committed->partition;
    CHECK(number >= 0 && number < LIMIT_PARTITIONS_MAX && l->shares[number] == NULL);
    struct horizon_text read = {0};
    err_t e =
        committed->offset < 0 ? ERR(NO_OFFSET) : horizon_text_parse(committed->metadata, &read);
    bool is_recovering = l->options.recover && !l->recovered[number];
    if (is_recovering) { /* until all is read, a successor would have to do the same */
        read.horizon = INT64_MAX;
        read.events = 0;
        read.counts = 0;
    } else if (err_failed(e)) {
        why_no_mark(l, committed);
        return ERR(NO_OFFSET);
    }
    int64_t position = is_recovering ? (int64_t)READER_FROM_START : committed->offset;
    struct share *s = NULL;
    TRY(share_new(number, &read, position, is_recovering, &s));
    l->shares[number] = s;
    l->share_end = number < l->share_end ? l->share_end : number + 1;
    s->taken_over = clock_mono(&l->options.clock);
    phase_told(l, s);
    commit_incarnation(l);
    return err_ok();
}

static void drop(struct egress_loop *l, struct share *s)
{
    if (s->reader != NULL) {
        l->options.reader.ops->close(s->reader);
        s->reader = NULL;
        l->readers_open--;
    }
    if (s->record_ticket != 0) {
        CHECK(tickets_redeem(&l->records, s->record_ticket) == s);
    }
    for (struct lane_item *item = s->lanes.oldest; item != NULL; item = item->newer) {
        if (item->owner != NULL) {
            struct call *call = item->owner;
            call->item = NULL;
            loop_let_go(l, call);
        }
    }
    l->shares[s->number] = NULL;
    share_free(s);
}

static void leave(struct egress_loop *l, struct share *s)
{
    loop_fail(l, post_last(l, s));
    drop(l, s);
}

void takeover_assigned(struct egress_loop *l, const struct bus_offset *committed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct share *old = share_at(l, committed[i].partition);
        if (old != NULL) {
            leave(l, old);
        }
        loop_fail(l, begin(l, &committed[i]));
    }
}

void takeover_revoked(struct egress_loop *l, const int32_t *partitions, size_t count)
{
    if (peer_in_flight(&l->options.peer) > 0) {
        CRASH_POINT(E9);
    }
    for (size_t i = 0; i < count; i++) {
        struct share *s = share_at(l, partitions[i]);
        if (s != NULL) {
            leave(l, s);
        }
    }
}

void takeover_drop_all(struct egress_loop *l)
{
    for (int32_t i = 0; i < l->share_end; i++) {
        if (l->shares[i] != NULL) {
            drop(l, l->shares[i]);
        }
    }
}

/* ---- committing, marking */

/* The record ends the say of every older owner, whoever reads it. */
static err_t mark_begin(struct egress_loop *l, struct share *s)
{
    if (loop_has_stalled(l, l->now) || !loop_is_member(l)) {
        s->retry_at = mono_add(l->now, span_ms(READ_AGAIN_MS));
        return err_ok();
    }
    return post_own(l, s, EVENT_TAKEOVER, s->commands_from < 0 ? 0 : s->commands_from);
}

err_t takeover_committed(struct egress_loop *l, struct share *s)
{
    move(l, s, SHARE_MARKING);
    return mark_begin(l, s);
}

void takeover_marked(struct egress_loop *l, struct share *s, int64_t offset)
{
    horizon_marked(&s->horizon, offset);
    move(l, s, SHARE_READING_EVENTS);
}

/* ---- reading */

static void reader_shut(struct egress_loop *l, struct share *s)
{
    l->options.reader.ops->close(s->reader);
    s->reader = NULL;
    l->readers_open--;
}

/* Opens a reader; *ret_open false = not now. */
static err_t reader_begin(struct egress_loop *l, struct share *s, enum topic topic, int64_t *from,
                          bool *ret_open)
{
    *ret_open = false;
    if (l->readers_open >= READERS_MAX) {
        return err_ok();
    }
    err_t e = reader_open(&l->options.reader, topic, s->number, *from, &s->reader);
    if (err_is(e, ERR_RANGE)) {
        return e;
    }
    if (err_failed(e)) {
        s->retry_at = mono_add(l->now, span_ms(READ_AGAIN_MS));
        loop_trouble(l, "a partition could not be read", e, s->number);
        return err_class(e) == ERR_CLASS_FATAL ? e : err_ok();
    }
    l->readers_open++;
    s->read_at = l->now;
    *ret_open = true;
    return err_ok();
}

/* The next record; IDLE: none now, and when that lasts, nothing is wrong. */
static err_t reader_step(struct egress_loop *l, struct share *s, struct bus_record *record,
                         enum reader_status *ret_status)
{
    err_t e = reader_next(&l->options.reader, s->reader, span_ms(READ_WAIT_MS), record, ret_status);
    if (err_failed(e) && err_class(e) != ERR_CLASS_FATAL) {
        loop_trouble(l, "a partition could not be read on", e, s->number);
        s->retry_at = mono_add(l->now, span_ms(READ_AGAIN_MS));
        *ret_status = READER_IDLE;
        return err_ok();
    }
    s->read_at = *ret_status == READER_IDLE ? s->read_at : l->now;
    return e;
}

/* A partition without a leader, say, holds up no other for long: it goes on later, from where it
 * has come to. */
static void reader_gives_way(struct egress_loop *l, struct share *s, int64_t *from)
{
    if (l->readers_open < READERS_MAX || mono_since(l->now, s->read_at).ms < READ_STILL_MS) {
        return;
    }
    int64_t position = l->options.reader.ops->position(s->reader);
    *from = position < 0 ? *from : position;
    reader_shut(l, s);
    s->retry_at = mono_add(l->now, span_ms(READ_AGAIN_MS));
}

/* What one record of `events` says to a new owner. */
static void event_noted(struct egress_loop *l, struct share *s, const struct bus_record *record,
                        err_t *error)
{
    struct event event = {0};
    arena_reset(&l->scratch);
    if (err_failed(codec_event_decode(&l->scratch, record->value, NULL, &event))) {
        return; /* not ours to judge: the processor puts it into `dead` */
    }
    const struct horizon *own = &event.body.horizon;
    if (event.type == EVENT_OUTCOME) {
        const struct outcome *outcome = &event.body.outcome;
        bool was_sent = outcome->tries > 0 && !effect_is_read((enum effect_kind)outcome->effect);
        int64_t offset = outcome->command_offset;
        bool counts = horizon_history_outcome(&s->history, outcome->incarnation, offset, was_sent);
        if (counts && (s->commands_from < 0 || offset >= s->commands_from)) {
            *error = share_outcome_found(s, offset, record->offset);
        }
    } else if (event.type == EVENT_TAKEOVER) {
        horizon_history_takeover(&s->history, own->incarnation);
    } else if (event.type == EVENT_HORIZON) {
        horizon_history_horizon(&s->history, own->incarnation, own->offset, own->closes);
    }
}

static err_t events_read(struct egress_loop *l, struct share *s)
{
    if (s->reader != NULL) {
        reader_shut(l, s);
    }
    int64_t mark = s->horizon.mark;
    if (horizon_raise(&s->horizon, s->history.counts)) {
        s->events_from = mark + 1;
        move(l, s, SHARE_COMMITTING);
        commit_incarnation(l);
        return err_ok();
    }
    bool is_contradiction = false;
    int64_t found = horizon_history_result(&s->history, &is_contradiction);
    if (is_contradiction) {
        loop_trouble(l, "a command was sent that no horizon covers: everything is in doubt",
                     ERR(STATE), s->number);
    }
    horizon_found(&s->horizon, found);
    move(l, s, SHARE_READING_COMMANDS);
    return err_ok();
}

static err_t read_events(struct egress_loop *l, struct share *s, bool *ret_busy)
{
    if (s->events_from == s->horizon.mark) {
        return events_read(l, s);
    }
    if (s->reader == NULL) {
        bool is_open = false;
        err_t e = reader_begin(l, s, TOPIC_EVENTS, &s->events_from, &is_open);
        if (err_is(e, ERR_RANGE) && s->events_from != READER_FROM_START) {
            /* Records that old are deleted, and so are the commands whose outcomes they were. */
            s->events_from = READER_FROM_START;
            *ret_busy = true;
            return err_ok();
        }
        if (err_failed(e) || !is_open) {
            return e;
        }
    }
    for (int i = 0; i < RECORDS_A_TURN; i++) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_step(l, s, &record, &status));
        if (status == READER_RECORD && record.offset < s->horizon.mark) {
            err_t e = err_ok();
            event_noted(l, s, &record, &e);
            TRY(e);
        } else if (status == READER_RECORD ||
                   l->options.reader.ops->position(s->reader) > s->horizon.mark) {
            return events_read(l, s);
        } else if (status == READER_IDLE) {
            reader_gives_way(l, s, &s->events_from);
            return err_ok();
        }
    }
    *ret_busy = true;
    return err_ok();
}

/* Both logs are known: lanes begin to run. */
static err_t run(struct egress_loop *l, struct share *s)
{
    TRY(bus_start(l->bus, s->number, s->commands_from));
    if (s->lanes.next_offset >= s->found_end) {
        share_forget_found(s);
    }
    move(l, s, SHARE_RUNNING);
    /* The next commit moves on where a successor begins to read `events`. */
    s->is_new = true;
    l->commit_wanted = true;
    s->start_from = 0;
    return err_ok();
}

/* The lanes that were read at the takeover begin, some in each turn: a turn that takes too long
 * would count as a stall. */
static err_t start_some(struct egress_loop *l, struct share *s, bool *ret_busy)
{
    struct lane_item *item = s->lanes.oldest;
    while (item != NULL && item->offset < s->start_from) {
        item = item->newer;
    }
    for (int i = 0; i < STARTS_A_TURN && item != NULL && item->offset < s->commands_from; i++) {
        struct call *call = item->owner;
        s->start_from = item->offset + 1;
        item = item->newer;
        bool is_untouched = call != NULL && !call->is_queued && !call->is_held &&
                            call->due.place == 0 && call->want.place == 0 && call->outcome == NULL;
        if (is_untouched && lane_may_start(call->item)) {
            TRY(run_ready(l, call));
        }
    }
    if (item == NULL || item->offset >= s->commands_from) {
        s->start_from = -1;
    }
    *ret_busy = *ret_busy || s->start_from >= 0;
    return err_ok();
}

/* position  where reading goes on */
static err_t commands_read(struct egress_loop *l, struct share *s, int64_t position)
{
    int64_t end = l->options.reader.ops->end(s->reader);
    reader_shut(l, s);
    s->commands_from = position;
    lanes_skip_to(&s->lanes, position);
    horizon_commands_read(&s->horizon, position > end ? position : end);
    CRASH_POINT(E10);
    return run(l, s);
}

static err_t read_commands(struct egress_loop *l, struct share *s, bool *ret_busy)
{
    if (s->reader == NULL) {
        bool is_open = false;
        err_t e = reader_begin(l, s, TOPIC_COMMANDS, &s->commands_from, &is_open);
        if (err_is(e, ERR_RANGE)) {
            why_set(&l->why,
                    "partition %d of commands: offset %lld is not in the log any more; start once "
                    "with --recover",
                    (int)s->number, (long long)s->commands_from);
            return ERR(NO_OFFSET);
        }
        if (err_failed(e) || !is_open) {
            return e;
        }
    }
    for (int i = 0; i < RECORDS_A_TURN; i++) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_step(l, s, &record, &status));
        switch (status) {
        case READER_RECORD: {
            bool is_full = false;
            TRY(intake_record(l, s, &record, &is_full));
            if (is_full) { /* the rest comes when there is room; fences in it act then */
                return commands_read(l, s, record.offset);
            }
            break;
        }
        case READER_END: return commands_read(l, s, l->options.reader.ops->position(s->reader));
        case READER_IDLE: reader_gives_way(l, s, &s->commands_from); return err_ok();
        }
    }
    *ret_busy = true;
    return err_ok();
}

err_t takeover_some(struct egress_loop *l, bool *ret_busy)
{
    for (int32_t i = 0; i < l->share_end; i++) {
        struct share *s = l->shares[i];
        if (s != NULL && s->start_from >= 0) {
            TRY(start_some(l, s, ret_busy));
        }
        if (s == NULL || s->phase == SHARE_RUNNING || s->phase == SHARE_COMMITTING ||
            mono_before(l->now, s->retry_at)) {
            continue;
        }
        if (s->phase == SHARE_MARKING && s->record_ticket == 0) {
            TRY(mark_begin(l, s));
        } else if (s->phase == SHARE_READING_EVENTS) {
            TRY(read_events(l, s, ret_busy));
        }
        if (s->phase == SHARE_READING_COMMANDS) {
            TRY(read_commands(l, s, ret_busy));
        }
    }
    return err_ok();
}
