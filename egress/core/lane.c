#include "egress/core/lane.h"

#include "base/check.h"
#include "base/fsm.h"

static const struct fsm_state states[LANE_STATE_COUNT] = {
    [LANE_QUEUED] = {"queued",
                     FSM_BIT(LANE_IN_FLIGHT) | FSM_BIT(LANE_BACKING_OFF) | FSM_BIT(LANE_ENDING)},
    [LANE_IN_FLIGHT] = {"in_flight", FSM_BIT(LANE_BACKING_OFF) | FSM_BIT(LANE_ENDING)},
    [LANE_BACKING_OFF] = {"backing_off", FSM_BIT(LANE_IN_FLIGHT) | FSM_BIT(LANE_ENDING)},
    [LANE_ENDING] = {"ending", FSM_BIT(LANE_DONE)},
    [LANE_DONE] = {"done", 0},
};
static const struct fsm machine = {"lane", states, LANE_STATE_COUNT};

/* A lane and a command of it cost less than this together. */
enum { BYTES_PER_COMMAND = sizeof(struct lane_item) + sizeof(struct lane) + 64 };

const char *lane_state_name(enum lane_state state)
{
    return fsm_name(&machine, state);
}

err_t lanes_init(struct lanes *l, uint64_t seed, size_t count_max, int64_t position)
{
    CHECK(count_max > 0 && position >= 0);
    struct table *by_key = NULL;
    TRY(table_new(count_max, seed, &by_key));
    *l = (struct lanes){.by_key = by_key, .count_max = count_max, .next_offset = position};
    arena_init(&l->arena, count_max * BYTES_PER_COMMAND);
    return err_ok();
}

void lanes_deinit(struct lanes *l)
{
    table_free(l->by_key);
    arena_deinit(&l->arena);
    *l = (struct lanes){0};
}

static void state_move(struct lanes *l, struct lane_item *item, enum lane_state to)
{
    l->in_state[item->state]--;
    fsm_move(&machine, &item->state, to);
    l->in_state[item->state]++;
}

/* An item at the end of the partition's order. */
static err_t item_new(struct lanes *l, int64_t offset, enum lane_state state,
                      struct lane_item **ret_item)
{
    CHECK(offset >= l->next_offset);
    if (l->count == l->count_max) {
        return ERR(TABLE_FULL);
    }
    struct lane_item *item = l->free_items;
    if (item != NULL) {
        l->free_items = item->newer;
    } else if ((item = ARENA_NEW(&l->arena, struct lane_item)) == NULL) {
        return ERR(NO_MEMORY);
    }
    *item = (struct lane_item){.offset = offset, .state = state};
    if (l->newest == NULL) {
        l->oldest = item;
    } else {
        l->newest->newer = item;
    }
    l->newest = item;
    l->next_offset = offset + 1;
    l->count++;
    l->in_state[state]++;
    *ret_item = item;
    return err_ok();
}

/* The lane of `key`, made when there is none. */
static err_t lane_of(struct lanes *l, struct slice key, struct lane **ret_lane)
{
    struct lane *lane = table_get(l->by_key, key);
    if (lane == NULL) {
        if (l->free_lanes == NULL) {
            l->free_lanes = ARENA_NEW(&l->arena, struct lane);
            if (l->free_lanes == NULL) {
                return ERR(NO_MEMORY);
            }
        }
        lane = l->free_lanes;
        TRY(table_put(l->by_key, key, lane, NULL));
        l->free_lanes = lane->next_free;
        *lane = (struct lane){0};
    }
    *ret_lane = lane;
    return err_ok();
}

static void lane_free(struct lanes *l, struct lane *lane)
{
    lane->next_free = l->free_lanes;
    l->free_lanes = lane;
}

err_t lanes_add(struct lanes *l, struct slice key, int64_t offset, void *owner,
                struct lane_item **ret_item)
{
    if (l->count == l->count_max) {
        return ERR(TABLE_FULL);
    }
    struct lane *lane = NULL;
    TRY(lane_of(l, key, &lane));
    struct lane_item *item = NULL;
    err_t e = item_new(l, offset, LANE_QUEUED, &item);
    if (err_failed(e)) {
        if (lane->first == NULL) {
            (void)table_remove(l->by_key, key);
            lane_free(l, lane);
        }
        return e;
    }
    item->owner = owner;
    item->lane = lane;
    if (lane->last == NULL) {
        lane->first = item;
    } else {
        lane->last->behind = item;
    }
    lane->last = item;
    *ret_item = item;
    return err_ok();
}

/* Into the list of the done, which is sorted by where their outcomes stand. They come nearly
 * always in that order, so the search from the end is short. */
static void done_insert(struct lanes *l, struct lane_item *item)
{
    if (item->outcome_at == LANE_NO_OUTCOME) {
        return;
    }
    struct lane_item *before = l->done_last;
    while (before != NULL && before->outcome_at > item->outcome_at) {
        before = before->done_prev;
    }
    item->done_prev = before;
    item->done_next = before == NULL ? l->done_first : before->done_next;
    if (item->done_next == NULL) {
        l->done_last = item;
    } else {
        item->done_next->done_prev = item;
    }
    if (before == NULL) {
        l->done_first = item;
    } else {
        before->done_next = item;
    }
}

static void done_remove(struct lanes *l, struct lane_item *item)
{
    if (item->outcome_at == LANE_NO_OUTCOME) {
        return;
    }
    if (item->done_prev == NULL) {
        l->done_first = item->done_next;
    } else {
        item->done_prev->done_next = item->done_next;
    }
    if (item->done_next == NULL) {
        l->done_last = item->done_prev;
    } else {
        item->done_next->done_prev = item->done_prev;
    }
}

err_t lanes_add_done(struct lanes *l, int64_t offset, int64_t outcome_at)
{
    struct lane_item *item = NULL;
    TRY(item_new(l, offset, LANE_DONE, &item));
    item->outcome_at = outcome_at;
    done_insert(l, item);
    return err_ok();
}

void lanes_skip_to(struct lanes *l, int64_t position)
{
    l->next_offset = position > l->next_offset ? position : l->next_offset;
}

bool lane_is_first(const struct lane_item *item)
{
    return item->lane != NULL && item->lane->first == item;
}

bool lane_may_start(const struct lane_item *item)
{
    return lane_is_first(item) && (item->state == LANE_QUEUED || item->state == LANE_BACKING_OFF);
}

void lanes_start(struct lanes *l, struct lane_item *item)
{
    CHECK(lane_is_first(item));
    state_move(l, item, LANE_IN_FLIGHT);
}

void lanes_back_off(struct lanes *l, struct lane_item *item)
{
    CHECK(lane_is_first(item));
    state_move(l, item, LANE_BACKING_OFF);
}

void lanes_end(struct lanes *l, struct lane_item *item)
{
    CHECK(lane_is_first(item));
    state_move(l, item, LANE_ENDING);
}

struct lane_item *lanes_finish(struct lanes *l, struct lane_item *item, struct slice key,
                               int64_t outcome_at, uint64_t proof)
{
    CHECK(lane_is_first(item));
    state_move(l, item, LANE_DONE);
    struct lane *lane = item->lane;
    struct lane_item *next = item->behind;
    lane->first = next;
    item->lane = NULL;
    item->behind = NULL;
    item->owner = NULL;
    item->outcome_at = outcome_at;
    item->proof = proof;
    done_insert(l, item);
    if (next == NULL) {
        CHECK(table_remove(l->by_key, key) == lane);
        lane_free(l, lane);
    }
    return next;
}

int64_t lanes_low_water(struct lanes *l, uint64_t accepted)
{
    while (l->oldest != NULL && l->oldest->state == LANE_DONE && l->oldest->proof <= accepted) {
        struct lane_item *item = l->oldest;
        l->oldest = item->newer;
        if (l->oldest == NULL) {
            l->newest = NULL;
        }
        done_remove(l, item);
        l->in_state[LANE_DONE]--;
        l->count--;
        item->newer = l->free_items;
        l->free_items = item;
    }
    return l->oldest == NULL ? l->next_offset : l->oldest->offset;
}

int64_t lanes_outcome_floor(const struct lanes *l, int64_t otherwise)
{
    return l->done_first == NULL ? otherwise : l->done_first->outcome_at;
}

size_t lanes_lane_count(const struct lanes *l)
{
    return table_count(l->by_key);
}
