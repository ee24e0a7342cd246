#include "processor/core/absorb.h"

#include "base/buf.h"
#include "event/codec.h"
#include "processor/core/lifecycle.h"
#include "processor/core/outcomes.h"
#include "processor/core/sent_files.h"
#include "processor/core/tell.h"
#include "processor/core/transcript.h"
#include "processor/core/turns.h"
#include "processor/core/words.h"

static void ignore(struct context *ctx)
{
    effects_note(ctx->effects, NOTE_IGNORED);
    ctx->effects->changed = false;
}

static err_t tell_merged(struct context *ctx, struct slice key, struct absorb body)
{
    struct event *event = NULL;
    struct slice id = {0};
    TRY(tell_id(ctx, "absorb", &id));
    TRY(tell_event(ctx, EVENT_ABSORB, key, id, &event));
    event->body.absorb = body;
    return err_ok();
}

err_t absorb_merged(struct context *ctx)
{
    const struct conversations_event *body = &ctx->event->body.conversations;
    struct slice from = {0};
    struct slice into = {0};
    if (body->discarded_conversation_id.len == 0 || body->surviving_conversation_id.len == 0 ||
        slice_equal(body->discarded_conversation_id, body->surviving_conversation_id)) {
        ignore(ctx);
        return err_ok();
    }
    err_t err = ident_key(ctx->arena, ctx->state->account, SURFACE_MESSAGING,
                          body->discarded_conversation_id, &from);
    err = err_failed(err) ? err
                          : ident_key(ctx->arena, ctx->state->account, SURFACE_MESSAGING,
                                      body->surviving_conversation_id, &into);
    if (err_failed(err)) {
        if (err_is(err, ERR_ARENA_FULL)) {
            return err;
        }
        ignore(ctx); /* an id that cannot be one is none of a conversation here */
        return err_ok();
    }
    return tell_merged(ctx, from, (struct absorb){.into = into});
}

/* --- the one that ends --- */

static err_t go(struct context *ctx, struct slice into)
{
    struct conversation *state = ctx->state;
    if (slice_equal(into, state->key) || slice_equal(into, state->absorbed_into)) {
        ignore(ctx);
        return err_ok();
    }
    effects_note(ctx->effects, NOTE_ABSORBED);
    state->absorbed_into = into;
    state->absorb_told = false;
    state->timer_count = 0;
    state->missed_since = (wall_ms_t){0};
    state->evidence_asked = false;
    state->fetch_asked = false;
    state->fetch_again = false;
    turns_drop(state);
    if (state->phase == PHASE_ENDED) {
        return err_ok();
    }
    if (ctx->account == NULL) { /* then nothing was ever asked of egress */
        state->phase = PHASE_ENDED;
        return err_ok();
    }
    return lifecycle_move(ctx, PHASE_ENDED);
}

err_t absorb_other(struct context *ctx)
{
    const struct event *event = ctx->event;
    if (event->type == EVENT_OUTCOME) {
        outcomes_note(ctx);
    } else if (event_is_conversations(event->type) && words_are_customers(event)) {
        words_take_facts(ctx);
        TRY(turns_take_message(ctx));
    } else {
        ignore(ctx);
    }
    return err_ok();
}

err_t absorb_continue(struct context *ctx)
{
    struct conversation *state = ctx->state;
    bool has_news = !state->absorb_told || state->pending_count > 0;
    if (!absorb_is_on(state) || !has_news || state->halted || state->outstanding_count > 0) {
        return err_ok();
    }
    CLEANUP(buf) struct buf bytes = {0};
    struct absorb body = {.from = state->key};
    buf_init(&bytes, LIMIT_STATE_BYTES_MAX);
    TRY(codec_conversation_encode(state, &bytes));
    TRY(arena_copy(ctx->arena, buf_slice(&bytes), &body.state));
    TRY(tell_merged(ctx, state->absorbed_into, body));
    state->absorb_told = true;
    state->pending_count = 0;
    state->history_count = 0;
    state->newest = SLICE("");
    sent_files_forget(state);
    return transcript_forget(ctx);
}

/* --- the one that stays --- */

static bool is_seen(const struct conversation *state, uint64_t digest)
{
    for (size_t i = 0; i < state->seen_count; i++) {
        if (state->seen[i].digest == digest) {
            return true;
        }
    }
    return false;
}

/* The newest of both, oldest first. Only what falls out of ours raises our watermark: what is late
 * here is not older for the other's sake. */
static void take_seen(struct conversation *state, const struct seen_id *id)
{
    if (is_seen(state, id->digest)) {
        return;
    }
    if (state->seen_count == LIMIT_SEEN_IDS_MAX) {
        if (!wall_before(state->seen[0].at, id->at)) {
            return;
        }
        state->watermark = wall_later(state->watermark, state->seen[0].at);
        state->seen_count--;
        memmove(&state->seen[0], &state->seen[1], state->seen_count * sizeof state->seen[0]);
    }
    size_t place = state->seen_count++;
    while (place > 0 && wall_before(id->at, state->seen[place - 1].at)) {
        state->seen[place] = state->seen[place - 1];
        place--;
    }
    state->seen[place] = *id;
}

static void take_history(struct conversation *state, const struct history_entry *entry)
{
    if (state->history_count == LIMIT_HISTORY_ENTRIES_MAX) {
        if (!wall_before(state->history[0].at, entry->at)) {
            return;
        }
        state->history_count--;
        memmove(&state->history[0], &state->history[1],
                state->history_count * sizeof state->history[0]);
    }
    size_t place = state->history_count++;
    while (place > 0 && wall_before(entry->at, state->history[place - 1].at)) {
        state->history[place] = state->history[place - 1];
        place--;
    }
    state->history[place] = *entry;
}

static void fill(struct slice *known, struct slice found)
{
    if (known->len == 0) {
        *known = found;
    }
}

/* When the customer's newest words of a history were said. */
static wall_ms_t customer_said(const struct conversation *state)
{
    for (size_t i = state->history_count; i > 0; i--) {
        if (state->history[i - 1].speaker == SPEAKER_CUSTOMER) {
            return state->history[i - 1].at;
        }
    }
    return (wall_ms_t){0};
}

static void take_facts(struct context *ctx, const struct conversation *other)
{
    struct conversation *state = ctx->state;
    fill(&state->source_type, other->source_type);
    fill(&state->customer.user_id, other->customer.user_id);
    fill(&state->customer.external_id, other->customer.external_id);
    fill(&state->customer.zendesk_id, other->customer.zendesk_id);
    fill(&state->customer.name, other->customer.name);
    fill(&state->customer.email, other->customer.email);
    fill(&state->customer.locale, other->customer.locale);
    fill(&state->ticket_id, other->ticket_id);
    if (wall_before(customer_said(state), customer_said(other))) {
        state->newest = other->newest;
    }
    state->welcomed |= other->welcomed;
    if (state->routing != ROUTING_STORE && other->routing == ROUTING_STORE &&
        state->widget_id.len == 0) {
        state->routing = ROUTING_STORE;
        state->store = other->store;
        state->widget_id = other->widget_id;
        fill(&state->brand_id, other->brand_id);
    }
    if (state->routing == ROUTING_STORE) {
        ctx->store = config_store(ctx->config, state->store);
    }
}

/* What nobody answered there waits here, unless it came here as well. */
static err_t take_pending(struct context *ctx, const struct conversation *other)
{
    for (size_t i = 0; i < other->pending_count; i++) {
        const struct pending_message *message = &other->pending[i];
        if (is_seen(ctx->state, ident_digest(message->id))) {
            continue;
        }
        turns_take_pending(ctx, message);
        if (!ctx->state->halted && !absorb_is_on(ctx->state)) {
            TRY(turns_customer_wrote(ctx, message->text));
        }
    }
    return err_ok();
}

static err_t take(struct context *ctx, const struct absorb *body)
{
    struct conversation *state = ctx->state;
    struct conversation *other = ARENA_NEW(ctx->arena, struct conversation);
    if (other == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(codec_conversation_decode(ctx->arena, body->state, NULL, other));
    if (slice_equal(body->from, state->absorbed_into)) { /* they point at each other */
        state->absorbed_into = SLICE("");
    }
    effects_note(ctx->effects, NOTE_ABSORBED);
    take_facts(ctx, other);
    transcript_absorb(ctx, other);
    sent_files_absorb(state, other);
    size_t kept = state->transcript.kept;
    for (size_t i = 0; i < other->history_count; i++) {
        take_history(state, &other->history[i]);
    }
    state->transcript.kept = kept > 0 ? state->history_count : 0;
    TRY(take_pending(ctx, other));
    for (size_t i = 0; i < other->seen_count; i++) {
        take_seen(state, &other->seen[i]);
    }
    bool may_ask = ctx->account != NULL && ctx->store != NULL && state->phase != PHASE_ENDED;
    return may_ask && !state->halted && !absorb_is_on(state) ? lifecycle_ask(ctx) : err_ok();
}

err_t absorb_event(struct context *ctx)
{
    const struct absorb *body = &ctx->event->body.absorb;
    if (body->state.len > 0) {
        return take(ctx, body);
    }
    if (body->into.len > 0) {
        return go(ctx, body->into);
    }
    ignore(ctx);
    return err_ok();
}
