#include "egress/share.h"

#include "base/check.h"
#include "base/fsm.h"
#include "base/limits.h"

#include <stdlib.h>

enum {
    COMMANDS_MAX = LIMIT_WAITING_COMMANDS_PER_PARTITION_MAX,
    FOUND_MAX = 16 * COMMANDS_MAX, /* recovering reads all that the log holds */
    FOUND_BYTES_MAX = FOUND_MAX * 16,
};

static const struct fsm_state phases[SHARE_PHASE_COUNT] = {
    [SHARE_COMMITTING] = {"committing", FSM_BIT(SHARE_MARKING)},
    [SHARE_MARKING] = {"marking", FSM_BIT(SHARE_READING_EVENTS)},
    [SHARE_READING_EVENTS] = {"reading_events",
                              FSM_BIT(SHARE_COMMITTING) | FSM_BIT(SHARE_READING_COMMANDS)},
    [SHARE_READING_COMMANDS] = {"reading_commands", FSM_BIT(SHARE_RUNNING)},
    [SHARE_RUNNING] = {"running", 0},
};
static const struct fsm machine = {"share", phases, SHARE_PHASE_COUNT};

const char *share_phase_name(enum share_phase phase)
{
    return fsm_name(&machine, phase);
}

void share_move(struct share *s, enum share_phase to)
{
    fsm_move(&machine, &s->phase, to);
}

err_t share_new(int32_t number, const struct horizon_text *read, int64_t position,
                bool is_recovering, struct share **ret_share)
{
    struct share *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return ERR(NO_MEMORY);
    }
    s->number = number;
    s->commands_from = position;
    s->start_from = -1;
    s->events_from = is_recovering ? (int64_t)READER_FROM_START : read->events;
    s->committed = position;
    horizon_take_over(&s->horizon, read);
    horizon_history_begin(&s->history, read);
    due_init(&s->wanted, COMMANDS_MAX);
    arena_init(&s->found_arena, FOUND_BYTES_MAX);
    uint64_t seed = read->incarnation * 1024 + (uint64_t)number;
    err_t e = table_new(FOUND_MAX, seed, &s->found);
    if (!err_failed(e)) {
        e = lanes_init(&s->lanes, seed, COMMANDS_MAX, position < 0 ? 0 : position);
    }
    if (err_failed(e)) {
        share_free(s);
        return e;
    }
    *ret_share = s;
    return err_ok();
}

void share_forget_found(struct share *s)
{
    table_free(s->found);
    s->found = NULL;
    arena_deinit(&s->found_arena);
}

void share_free(struct share *s)
{
    if (s == NULL) {
        return;
    }
    CHECK(s->reader == NULL && s->held.first == NULL && due_first(&s->wanted) == NULL);
    due_deinit(&s->wanted);
    share_forget_found(s);
    lanes_deinit(&s->lanes);
    free(s);
}

bool share_reads(const struct share *s)
{
    bool is_taking_over = s->phase != SHARE_RUNNING && s->phase != SHARE_COMMITTING;
    return is_taking_over || due_first(&s->wanted) != NULL;
}

static struct slice offset_key(const int64_t *offset)
{
    return slice_from(offset, sizeof *offset);
}

err_t share_outcome_found(struct share *s, int64_t command_offset, int64_t events_offset)
{
    if (table_get(s->found, offset_key(&command_offset)) != NULL) {
        return err_ok();
    }
    int64_t *place = ARENA_NEW(&s->found_arena, int64_t);
    if (place == NULL) {
        return ERR(NO_MEMORY);
    }
    *place = events_offset;
    s->found_end = command_offset >= s->found_end ? command_offset + 1 : s->found_end;
    return table_put(s->found, offset_key(&command_offset), place, NULL);
}

int64_t share_outcome_of(const struct share *s, int64_t command_offset)
{
    const int64_t *place =
        s->found == NULL ? NULL : table_get(s->found, offset_key(&command_offset));
    return place == NULL ? -1 : *place;
}
