/* reread — records of `commands` once more, for those whose turn came after their bytes were let
 * go.
 *
 *   wanted   40      43          57  58
 *   log      40  41  42  43  44 …                 one reader, forward; a wide gap is jumped over
 *                ▲   ▲       ▲
 *                what stands here forgotten comes along while there is room: its turn is near
 */
#include "base/check.h"
#include "egress/loop_state.h"

enum {
    READERS_MAX = 2,      /* so that takeovers always find one */
    RECORDS_A_TURN = 512, /* of one reader */
    READ_WAIT_MS = 1,
    READ_AGAIN_MS = 500,
    GAP_MAX = 4096,    /* records that are read over rather than sought past */
    HELD_MS_MAX = 250, /* a reader, while others wait for one */
};

err_t reread_want(struct call *call)
{
    CHECK(call->bytes == NULL && !call->is_queued && lane_is_first(call->item));
    if (call->want.place != 0) {
        return err_ok();
    }
    TRY(due_put(&call->share->wanted, &call->want, (mono_ms_t){call->item->offset}));
    if (call->gate != NULL) {
        call->gate->wanted++;
    }
    return err_ok();
}

err_t reread_want_item(struct egress_loop *l, struct share *s, struct lane_item *item)
{
    struct call *call = NULL;
    TRY(call_new_blank(&call));
    call->share = s;
    call->item = item;
    item->owner = call;
    room_taken(l, call);
    return reread_want(call);
}

err_t reread_want_front(struct egress_loop *l, const struct gate *gate)
{
    while (gates_reads_ahead(gate)) {
        struct call *call = gate->calls.first;
        gates_remove(&l->gates, call);
        due_remove(&l->due, &call->due);
        TRY(reread_want(call));
    }
    return err_ok();
}

void reread_drop(struct egress_loop *l, struct call *call)
{
    if (call->want.place == 0) {
        return;
    }
    due_remove(&call->share->wanted, &call->want);
    if (call->gate != NULL) {
        call->gate->wanted--;
        gates_wake(&l->gates, call->gate); /* others of it may be read */
    }
}

/* ---- reading */

static void shut(struct egress_loop *l, struct share *s)
{
    l->options.reader.ops->close(s->reader);
    s->reader = NULL;
    l->readers_open--;
}

/* Readers that are open for this, and whether anybody waits for one. */
static size_t readers(const struct egress_loop *l, bool *ret_others_wait)
{
    size_t count = 0;
    *ret_others_wait = false;
    for (int32_t i = 0; i < l->share_end; i++) {
        const struct share *s = l->shares[i];
        if (s != NULL && s->phase == SHARE_RUNNING) {
            count += s->reader != NULL ? 1 : 0;
            *ret_others_wait =
                *ret_others_wait || (s->reader == NULL && due_first(&s->wanted) != NULL);
        }
    }
    return count;
}

static err_t trouble(struct egress_loop *l, struct share *s, const char *what, err_t error)
{
    loop_trouble(l, what, error, s->number);
    s->reread_at = mono_add(l->now, span_ms(READ_AGAIN_MS));
    return err_class(error) == ERR_CLASS_FATAL ? error : err_ok();
}

static err_t gone(struct egress_loop *l, const struct share *s, int64_t offset)
{
    why_set(&l->why,
            "partition %d of commands: offset %lld is not in the log any more, and the command "
            "that stood there has not ended; the topic must keep commands for longer than "
            "--give-up. Start once with --recover",
            (int)s->number, (long long)offset);
    return ERR(NO_OFFSET);
}

/* At the first that is wanted. */
static err_t open_at(struct egress_loop *l, struct share *s, int64_t offset)
{
    bool others_wait = false;
    if (readers(l, &others_wait) >= READERS_MAX) {
        return err_ok();
    }
    err_t e = reader_open(&l->options.reader, TOPIC_COMMANDS, s->number, offset, &s->reader);
    if (err_is(e, ERR_RANGE)) {
        return gone(l, s, offset);
    }
    if (err_failed(e)) {
        return trouble(l, s, "a partition could not be read again", e);
    }
    l->readers_open++;
    s->reread_since = l->now;
    return err_ok();
}

/* Its record is here. */
static err_t fill(struct egress_loop *l, struct call *call, const struct bus_record *record)
{
    room_given_back(l, call);
    err_t e = call_fill(call, record);
    room_taken(l, call);
    TRY(e);
    if (call->is_blank) {
        TRY(intake_learn(l, call, true));
    } else {
        call->was_reread = true;
    }
    return run_ready(l, call);
}

/* One that was forgotten, passed on the way to another. */
static err_t bring(struct egress_loop *l, struct share *s, struct lane_item *item,
                   const struct bus_record *record)
{
    struct call *call = NULL;
    TRY(call_new(record, &call));
    call->share = s;
    call->item = item;
    item->owner = call;
    room_taken(l, call);
    return intake_learn(l, call, true);
}

/* The command that stands at `offset` is waiting behind others, without a call. */
static bool is_forgotten(const struct lane_item *item, int64_t offset)
{
    return item != NULL && item->offset == offset && item->owner == NULL &&
           item->state == LANE_QUEUED;
}

/* The reader goes on from where it is to the first that is wanted, or has to start anew. */
static bool is_in_reach(const struct egress_loop *l, const struct share *s, int64_t offset)
{
    int64_t position = l->options.reader.ops->position(s->reader);
    return position <= offset && offset - position <= GAP_MAX;
}

static err_t read_some(struct egress_loop *l, struct share *s, bool *ret_busy)
{
    const struct lane_item *passed = NULL;
    for (int i = 0; i < RECORDS_A_TURN; i++) {
        const struct due_entry *first = due_first(&s->wanted);
        if (first == NULL || !room_for_records(l)) {
            return err_ok();
        }
        if (!is_in_reach(l, s, first->at.ms)) {
            shut(l, s);
            *ret_busy = true;
            return err_ok();
        }
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        err_t e =
            reader_next(&l->options.reader, s->reader, span_ms(READ_WAIT_MS), &record, &status);
        if (err_failed(e)) {
            shut(l, s);
            return trouble(l, s, "a partition could not be read on again", e);
        }
        if (status != READER_RECORD) {
            return err_ok();
        }
        if (record.offset > first->at.ms) {
            return gone(l, s, first->at.ms);
        }
        if (record.offset == first->at.ms) {
            struct call *call = first->owner;
            reread_drop(l, call);
            TRY(fill(l, call, &record));
            continue;
        }
        passed = passed == NULL ? s->lanes.oldest : passed;
        while (passed != NULL && passed->offset < record.offset) {
            passed = passed->newer;
        }
        if (is_forgotten(passed, record.offset) && room_lane_moves(passed->lane) &&
            room_is_ample(l)) {
            TRY(bring(l, s, (struct lane_item *)(uintptr_t)passed, &record));
        }
    }
    *ret_busy = true;
    return err_ok();
}

err_t reread_some(struct egress_loop *l, bool *ret_busy)
{
    bool others_wait = false;
    (void)readers(l, &others_wait);
    for (int32_t i = 0; i < l->share_end; i++) {
        struct share *s = l->shares[i];
        if (s == NULL || s->phase != SHARE_RUNNING || mono_before(l->now, s->reread_at)) {
            continue;
        }
        const struct due_entry *first = due_first(&s->wanted);
        bool has_had_its_time = mono_since(l->now, s->reread_since).ms > HELD_MS_MAX;
        if (s->reader != NULL && has_had_its_time && (first == NULL || others_wait)) {
            shut(l, s);
        } else if (first != NULL && s->reader == NULL) {
            TRY(open_at(l, s, first->at.ms));
        }
        if (first != NULL && s->reader != NULL) {
            TRY(read_some(l, s, ret_busy));
        }
    }
    return err_ok();
}
