#include "processor/walk.h"

#include "event/codec.h"
#include "processor/core/missed.h"
#include "processor/core/search.h"
#include "processor/loop_state.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LOOKS_A_TURN = 1000, TELLS_A_TURN = 100 };
static const int64_t look_ms = 10;
static const int64_t active_ms = INT64_C(24) * 3600 * 1000;

void walk_reset(struct walk *w)
{
    for (size_t i = 0; w->ranks != NULL && i < table_count(w->ranks); i++) {
        free(table_at(w->ranks, i, NULL));
    }
    table_free(w->ranks);
    schedule_deinit(&w->open);
    *w = (struct walk){0};
}

static uint32_t partitions_of(const struct partition *p)
{
    const struct deployment *deployment = config_deployment(p->here.config);
    return deployment != NULL && deployment->partitions > 0 ? deployment->partitions : 1;
}

static err_t tell(struct loop *l, struct partition *p, const struct event *event, bool is_here)
{
    TRY(loop_begin(l, p));
    return apply_event(l, is_here ? p->number : -1, event);
}

static struct event event_of(const struct partition *p, struct slice key, struct slice id)
{
    struct event event = {
        .type = EVENT_MISSED,
        .source = EVENT_FROM_PROCESSOR,
        .id = id,
        .conversation = key,
        .occurred = p->here.point.gaps.until,
    };
    event.body.missed =
        (struct missed){.since = p->here.point.gaps.since, .until = p->here.point.gaps.until};
    return event;
}

/* Each partition tells of its own gap, since it may be the only one that met it; the search knows
 * which of them are one. */
static err_t begin(struct loop *l, struct partition *p)
{
    for (size_t i = 0; i < config_account_count(p->here.config); i++) {
        const struct account *account = config_account_at(p->here.config, i);
        struct slice key = {0};
        struct slice id = {0};
        if (!account->enabled || account->bot_user_id.len == 0 ||
            !gaps_concern(&p->here.point.gaps, account->name)) {
            continue;
        }
        arena_reset(&l->arena);
        TRY(search_key(&l->arena, account->name, &key));
        TRY(arena_printf(&l->arena, &id, "missed/%" PRId64, p->here.point.gaps.until.ms));
        struct event event = event_of(p, key, id);
        event.account = account->name;
        TRY(tell(l, p, &event, false));
    }
    p->walk.phase = WALK_ACTIVE;
    p->walk.left = table_count(p->states);
    p->walk.txn = l->txn;
    return err_ok();
}

/* How many of this account are planned before. */
static err_t rank_of(struct loop *l, struct walk *w, struct slice account, uint32_t *ret_rank)
{
    if (w->ranks == NULL) {
        TRY(table_new(LIMIT_ACCOUNTS_MAX, l->options.seed, &w->ranks));
    }
    uint32_t *rank = table_get(w->ranks, account);
    if (rank == NULL) {
        rank = calloc(1, sizeof *rank);
        if (rank == NULL) {
            return ERR(NO_MEMORY);
        }
        err_t err = table_put(w->ranks, account, rank, NULL);
        if (err_failed(err)) {
            free(rank);
            return err;
        }
    }
    *ret_rank = (*rank)++;
    return err_ok();
}

static err_t plan_one(struct loop *l, struct partition *p, struct slice key,
                      const struct blob *blob)
{
    struct walk *w = &p->walk;
    arena_reset(&l->arena);
    struct conversation *state = ARENA_NEW(&l->arena, struct conversation);
    if (state == NULL) {
        return ERR(ARENA_FULL);
    }
    err_t err =
        codec_conversation_decode(&l->arena, slice_from(blob->bytes, blob->len), NULL, state);
    if (err_failed(err)) { /* its own events go to `dead`; the others do not wait for it */
        return err_class(err) == ERR_CLASS_POISON ? err_ok() : err;
    }
    wall_ms_t lately = wall_add(p->here.point.gaps.since, span_ms(-active_ms));
    bool is_active = !wall_before(state->updated, lately);
    /* Something happens in them meanwhile. One that is planned twice is told once. */
    bool is_due = w->phase == WALK_ACTIVE ? is_active : !is_active || blob->changed >= w->txn;
    if (!is_due || !missed_concerns(state) || !gaps_concern(&p->here.point.gaps, state->account) ||
        !wall_before(state->missed_until, p->here.point.gaps.until)) {
        return err_ok();
    }
    uint32_t rank = 0;
    TRY(rank_of(l, w, state->account, &rank));
    return schedule_add(&w->open, gaps_due(clock_wall(&l->options.clock), rank, partitions_of(p)),
                        key);
}

/* From the last on: a removal moves the last in, which was looked at already. What is new is
 * younger than the gap. */
static err_t plan(struct loop *l, struct partition *p)
{
    struct walk *w = &p->walk;
    for (int i = 0; i < LOOKS_A_TURN && w->left > 0; i++) {
        struct slice key = {0};
        w->left--;
        if (w->left < table_count(p->states)) {
            const struct blob *blob = table_at(p->states, w->left, &key);
            TRY(plan_one(l, p, key, blob));
        }
    }
    if (w->left == 0) {
        w->left = table_count(p->states);
        w->phase = w->phase == WALK_ACTIVE ? WALK_REST : WALK_TELL;
    }
    return err_ok();
}

static err_t tell_one(struct loop *l, struct partition *p, struct slice key)
{
    struct slice id = {0};
    struct slice remote = {0};
    enum surface surface = SURFACE_NONE;
    arena_reset(&l->arena);
    TRY(arena_printf(&l->arena, &id, "missed/%" PRId64, p->here.point.gaps.until.ms));
    struct event event = event_of(p, key, id);
    TRY(ident_key_parse(key, &event.account, &surface, &remote));
    return tell(l, p, &event, true);
}

static err_t tell_due(struct loop *l, struct partition *p)
{
    struct walk *w = &p->walk;
    wall_ms_t due = {0};
    wall_ms_t now = clock_wall(&l->options.clock);
    for (int i = 0; i < TELLS_A_TURN && schedule_next(&w->open, &due) && !wall_before(now, due);
         i++) {
        struct schedule_entry entry = schedule_take(&w->open);
        err_t err = tell_one(l, p, entry.key);
        free((char *)(uintptr_t)entry.key.ptr);
        TRY(err);
    }
    if (!schedule_next(&w->open, &due)) {
        TRY(loop_begin(l, p)); /* that it is closed is a part of the checkpoint */
        gaps_close(&p->here.point.gaps);
        walk_reset(w);
        if (l->options.watcher.on_partition != NULL) {
            l->options.watcher.on_partition(l->options.watcher.arg, p->number,
                                            "made up for what may have been missed");
        }
    }
    return err_ok();
}

err_t walk_some(struct loop *l, struct partition *p)
{
    if (!gaps_open(&p->here.point.gaps)) {
        return err_ok();
    }
    int64_t lag = 0;
    err_t err = bus_lag(l->bus, p->number, &lag);
    enum err_class class = err_class(err);
    if (class == ERR_CLASS_TRANSIENT || class == ERR_CLASS_BACKPRESSURE || lag > 0) {
        return err_ok(); /* not known yet, or not its turn */
    }
    TRY(err);
    switch (p->walk.phase) {
    case WALK_BEGIN: return begin(l, p);
    case WALK_ACTIVE:
    case WALK_REST: return plan(l, p);
    case WALK_TELL: return tell_due(l, p);
    }
    BUG("phase out of range");
}

int64_t walk_patience(const struct partition *p, wall_ms_t now, int64_t most)
{
    wall_ms_t due = {0};
    if (!gaps_open(&p->here.point.gaps)) {
        return most;
    }
    bool is_telling = p->walk.phase == WALK_TELL && schedule_next(&p->walk.open, &due);
    int64_t until = is_telling ? wall_since(due, now).ms : 0;
    until = until > look_ms ? until : look_ms;
    return until < most ? until : most;
}
