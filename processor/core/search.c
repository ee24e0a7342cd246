#include "processor/core/search.h"

#include "json/json_read.h"
#include "processor/core/render_support.h"
#include "processor/core/tell.h"
#include "processor/core/timers.h"

#include <inttypes.h>

enum {
    ROUNDS = 2,
    FAILURES_MAX = 3,
    RESULTS_MAX = 1000, /* Zendesk shows no more of a search */
    FOUND_MAX = 100,
};
static const int64_t round_distance_ms = INT64_C(5) * 60 * 1000;
static const int64_t second_ms = 1000;
static const int64_t clocks_apart_ms = INT64_C(60) * 1000; /* Zendesk's and the log's */

err_t search_key(struct arena *arena, struct slice account, struct slice *ret_key)
{
    return ident_key(arena, account, SURFACE_ACCOUNT, SLICE("tickets"), ret_key);
}

static err_t ask(struct context *ctx)
{
    struct search *search = &ctx->state->search;
    if (ctx->account == NULL || !ctx->account->enabled) {
        *search = (struct search){0}; /* gone meanwhile */
        return err_ok();
    }
    search->asked = true;
    return render_search(ctx);
}

static err_t begin(struct context *ctx, wall_ms_t since)
{
    ctx->state->search =
        (struct search){.since = since, .from = since, .page = 1, .began = ctx->now};
    return ask(ctx);
}

static err_t finish(struct context *ctx)
{
    wall_ms_t again = ctx->state->search.again;
    ctx->state->search = (struct search){0};
    return wall_known(again) ? begin(ctx, again) : err_ok();
}

/* A search finds all that was updated between its `since` and its begin: a gap in that span is
 * searched already, whichever partition tells of it. */
static bool is_covered(const struct conversation *state, const struct missed *missed)
{
    return !wall_before(missed->since, state->missed_since) &&
           !wall_before(state->missed_until, missed->until);
}

static void cover(struct conversation *state, const struct missed *missed)
{
    if (wall_before(state->missed_until, missed->since) ||
        wall_before(missed->since, state->missed_since)) {
        state->missed_since = missed->since;
    }
    state->missed_until = wall_later(state->missed_until, missed->until);
}

err_t search_missed(struct context *ctx)
{
    struct conversation *state = ctx->state;
    struct search *search = &state->search;
    const struct missed *missed = &ctx->event->body.missed;
    bool has_tickets =
        ctx->account != NULL && ctx->account->enabled && ctx->account->bot_user_id.len > 0;
    if (!has_tickets || !wall_known(missed->since) || is_covered(state, missed)) {
        effects_note(ctx->effects, NOTE_IGNORED);
        ctx->effects->changed = false;
        return err_ok();
    }
    effects_note(ctx->effects, NOTE_MISSED);
    cover(state, missed);
    if (!wall_known(search->since)) {
        return begin(ctx, missed->since);
    }
    if (search->round == 0) { /* the other round, which is to come, searches for this too */
        search->since = wall_before(missed->since, search->since) ? missed->since : search->since;
        return err_ok();
    }
    if (!wall_known(search->again) || wall_before(missed->since, search->again)) {
        search->again = missed->since;
    }
    return err_ok();
}

/* --- a page --- */

static err_t tell_missed(struct context *ctx, struct slice ticket_id, wall_ms_t updated)
{
    const struct conversation *state = ctx->state;
    struct event *event = NULL;
    struct slice key = {0};
    struct slice id = {0};
    TRY(ident_key(ctx->arena, state->account, SURFACE_TICKET, ticket_id, &key));
    TRY(arena_printf(ctx->arena, &id, "missed/%.*s/%" PRId64, SLICE_ARG(ticket_id), updated.ms));
    TRY(tell_event(ctx, EVENT_MISSED, key, id, &event));
    event->body.missed = (struct missed){
        .since = state->search.since, .until = state->missed_until, .updated = updated};
    return err_ok();
}

/* An event for each ticket of the list; *ret_last = when the newest of them was updated. */
static err_t tell_all(struct context *ctx, const struct json *list, wall_ms_t *ret_last)
{
    wall_ms_t last = {0};
    JSON_EACH(item, list)
    {
        wall_ms_t updated = {0};
        struct slice id = json_id(json_find(item, "id"));
        struct slice text = json_string(json_find(item, "updated_at"));
        if (ctx->effects->event_count == FOUND_MAX || id.len == 0 || id.len > LIMIT_ID_BYTES_MAX ||
            err_failed(instant_parse_iso8601(text, &updated))) {
            continue;
        }
        TRY(tell_missed(ctx, id, updated));
        last = wall_later(last, updated);
    }
    *ret_last = last;
    return err_ok();
}

static void turn_to(struct search *search, wall_ms_t from)
{
    search->from = from;
    search->page = 1;
    search->size = 0;
}

/* Where the next page begins.
 *
 * size  of the page that came: smaller than what was asked for where that was too much to read; 0 =
 *       not told */
static void move_on(struct search *search, wall_ms_t last, uint32_t size)
{
    wall_ms_t second = {last.ms / second_ms * second_ms};
    if (wall_before(search->from, second)) {
        turn_to(search, second);
    } else if (search->page > 1 && size > 0 && size < search->size) {
        /* With smaller pages this one was of an earlier place: the same place anew. */
        search->page = (search->page - 1) * search->size / size + 1;
        search->size = size;
    } else if ((search->page + 1) * (size > 0 ? size : FOUND_MAX) <= RESULTS_MAX) {
        search->page++; /* all of one second: a change of many at once */
        search->size = size;
    } else {
        turn_to(search, wall_add(search->from, span_ms(second_ms)));
    }
}

static uint32_t size_of(const struct json *root)
{
    int64_t size = json_i64(json_find(root, "size"), 0);
    return size > 0 && size <= FOUND_MAX ? (uint32_t)size : 0;
}

/* What was updated since the search began has its own webhooks: without this end an account in
 * which much happens would be searched for ever. */
static bool is_past_its_begin(const struct search *search, wall_ms_t last)
{
    return wall_known(search->began) &&
           wall_before(wall_add(search->began, span_ms(clocks_apart_ms)), last);
}

static err_t wait(struct context *ctx, int64_t ms)
{
    return timers_set(ctx->state, TIMER_SEARCH, wall_add(ctx->now, span_ms(ms)), SLICE("search"));
}

static err_t page_failed(struct context *ctx, enum outcome_result result)
{
    struct search *search = &ctx->state->search;
    effects_note(ctx->effects, NOTE_FETCH_FAILED);
    search->failures++;
    bool is_final = result == OUTCOME_REFUSED || search->failures >= FAILURES_MAX;
    return is_final ? finish(ctx) : wait(ctx, round_distance_ms);
}

err_t search_fetched(struct context *ctx, const struct outcome *outcome)
{
    struct search *search = &ctx->state->search;
    const struct json *root = NULL;
    wall_ms_t last = {0};
    search->asked = false;
    if (!wall_known(search->since)) {
        return err_ok();
    }
    if (outcome->result != OUTCOME_APPLIED ||
        err_failed(json_parse(ctx->arena, outcome->fetched, NULL, NULL, &root))) {
        return page_failed(ctx, outcome->result);
    }
    TRY(tell_all(ctx, json_find(root, "tickets"), &last));
    search->failures = 0;
    if (json_bool(json_find(root, "more"), false) && !is_past_its_begin(search, last)) {
        move_on(search, last, size_of(root));
        int64_t each_ms = INT64_C(60) * 1000 / LIMIT_MISSED_PER_MINUTE;
        return wait(ctx, (int64_t)ctx->effects->event_count * each_ms);
    }
    if (++search->round < ROUNDS) {
        struct conversation *state = ctx->state;
        state->missed_until = wall_later(state->missed_until, search->began);
        search->began = wall_add(ctx->now, span_ms(round_distance_ms));
        turn_to(search, search->since);
        return wait(ctx, round_distance_ms);
    }
    return finish(ctx);
}

err_t search_timer(struct context *ctx, const struct timer_fired *timer)
{
    struct conversation *state = ctx->state;
    const struct timer *next = timers_next(state);
    bool is_current = timer->kind == TIMER_SEARCH && next != NULL && next->kind == TIMER_SEARCH &&
                      next->due.ms == timer->due.ms;
    if (!is_current || state->search.asked || !wall_known(state->search.since)) {
        effects_note(ctx->effects, NOTE_IGNORED);
        ctx->effects->changed = false;
        return err_ok();
    }
    timers_cancel(state, TIMER_SEARCH);
    return ask(ctx);
}
