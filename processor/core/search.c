#include "processor/core/search.h"

#include "json/json_read.h"
#include "processor/core/render_support.h"
#include "processor/core/timers.h"

#include <inttypes.h>

enum {
    ROUNDS = 2,
    FAILURES_MAX = 3,
    PAGES_MAX = 10, /* Zendesk shows a thousand results of a search, no more */
    FOUND_MAX = 100,
};
static const int64_t round_distance_ms = INT64_C(5) * 60 * 1000;
static const int64_t second_ms = 1000;

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
    ctx->state->search = (struct search){.since = since, .from = since, .page = 1};
    return ask(ctx);
}

static err_t finish(struct context *ctx)
{
    wall_ms_t again = ctx->state->search.again;
    ctx->state->search = (struct search){0};
    return wall_known(again) ? begin(ctx, again) : err_ok();
}

err_t search_missed(struct context *ctx)
{
    struct conversation *state = ctx->state;
    struct search *search = &state->search;
    const struct missed *missed = &ctx->event->body.missed;
    bool has_tickets =
        ctx->account != NULL && ctx->account->enabled && ctx->account->bot_user_id.len > 0;
    if (!has_tickets || !wall_known(missed->since) ||
        !wall_before(state->missed_until, missed->until)) {
        effects_note(ctx->effects, NOTE_IGNORED);
        ctx->effects->changed = false;
        return err_ok();
    }
    effects_note(ctx->effects, NOTE_MISSED);
    state->missed_until = missed->until;
    if (!wall_known(search->since)) {
        return begin(ctx, missed->since);
    }
    if (!wall_known(search->again) || wall_before(missed->since, search->again)) {
        search->again = missed->since;
    }
    return err_ok();
}

/* --- a page --- */

static err_t event_of(struct context *ctx, struct slice id, wall_ms_t updated,
                      struct event *ret_event)
{
    const struct conversation *state = ctx->state;
    struct event event = {
        .type = EVENT_MISSED,
        .source = EVENT_FROM_PROCESSOR,
        .account = state->account,
        .occurred = ctx->now,
        .traceparent = ctx->event->traceparent,
    };
    event.body.missed = (struct missed){
        .since = state->search.since, .until = state->missed_until, .updated = updated};
    TRY(ident_key(ctx->arena, state->account, SURFACE_TICKET, id, &event.conversation));
    TRY(arena_printf(ctx->arena, &event.id, "missed/%.*s/%" PRId64, SLICE_ARG(id), updated.ms));
    *ret_event = event;
    return err_ok();
}

/* An event for each ticket of the list; *ret_last = when the newest of them was updated. */
static err_t tell(struct context *ctx, const struct json *list, wall_ms_t *ret_last)
{
    size_t count = 0;
    wall_ms_t last = {0};
    struct event *events = ARENA_ARRAY(ctx->arena, struct event, FOUND_MAX);
    if (events == NULL) {
        return ERR(ARENA_FULL);
    }
    JSON_EACH(item, list)
    {
        wall_ms_t updated = {0};
        struct slice id = json_id(json_find(item, "id"));
        struct slice text = json_string(json_find(item, "updated_at"));
        if (count == FOUND_MAX || id.len == 0 || id.len > LIMIT_ID_BYTES_MAX ||
            err_failed(instant_parse_iso8601(text, &updated))) {
            continue;
        }
        TRY(event_of(ctx, id, updated, &events[count++]));
        last = wall_later(last, updated);
    }
    ctx->effects->events = events;
    ctx->effects->event_count = count;
    *ret_last = last;
    return err_ok();
}

/* Where the next page begins. */
static void move_on(struct search *search, wall_ms_t last)
{
    wall_ms_t second = {last.ms / second_ms * second_ms};
    if (wall_before(search->from, second)) {
        search->from = second;
        search->page = 1;
    } else if (search->page < PAGES_MAX) {
        search->page++; /* all of one second: a change of many at once */
    } else {
        search->from = wall_add(search->from, span_ms(second_ms));
        search->page = 1;
    }
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
    TRY(tell(ctx, json_find(root, "tickets"), &last));
    search->failures = 0;
    if (json_bool(json_find(root, "more"), false)) {
        move_on(search, last);
        int64_t each_ms = INT64_C(60) * 1000 / LIMIT_MISSED_PER_MINUTE;
        return wait(ctx, (int64_t)ctx->effects->event_count * each_ms);
    }
    if (++search->round < ROUNDS) {
        search->from = search->since;
        search->page = 1;
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
