#include "processor/core/ticket_state.h"

#include "processor/core/lifecycle.h"
#include "processor/core/notices.h"
#include "processor/core/tell.h"

#include <inttypes.h>

static enum ticket_state state_of(struct slice status)
{
    if (slice_equal(status, SLICE("solved"))) {
        return TICKET_STATE_SOLVED;
    }
    if (slice_equal(status, SLICE("closed"))) {
        return TICKET_STATE_CLOSED;
    }
    return status.len > 0 ? TICKET_STATE_OPEN : TICKET_STATE_UNKNOWN;
}

static struct ticket_status read_status(const struct json *ticket, wall_ms_t updated)
{
    return (struct ticket_status){
        .ticket_id = json_id(json_find(ticket, "id")),
        .state = state_of(json_string(json_find(ticket, "status"))),
        .updated = updated,
    };
}

/* What there is to tell once it is kept. */
enum news {
    NEWS_NONE, /* known, late, or nothing that anybody cares for */
    NEWS_KEPT, /* from now on known: an open ticket that was never anything else */
    NEWS_TOLD,
};

static enum news keep(struct context *ctx, const struct ticket_status *found)
{
    struct conversation *state = ctx->state;
    bool is_same = slice_equal(state->status_ticket, found->ticket_id);
    if (found->ticket_id.len == 0 || found->state == TICKET_STATE_UNKNOWN) {
        return NEWS_NONE;
    }
    if (wall_before(found->updated, state->ticket_state_at)) {
        effects_note(ctx->effects, NOTE_STALE_EVIDENCE);
        return NEWS_NONE;
    }
    if (is_same && found->state == state->ticket_state) {
        return NEWS_NONE;
    }
    bool was_known = state->ticket_state != TICKET_STATE_UNKNOWN;
    state->status_ticket = found->ticket_id;
    state->ticket_state = found->state;
    state->ticket_state_at = found->updated;
    return was_known || found->state != TICKET_STATE_OPEN ? NEWS_TOLD : NEWS_KEPT;
}

static enum notice_status notice_of(enum ticket_state state)
{
    switch (state) {
    case TICKET_STATE_SOLVED: return NOTICE_SOLVED;
    case TICKET_STATE_CLOSED: return NOTICE_CLOSED;
    case TICKET_STATE_OPEN: return NOTICE_REOPENED;
    case TICKET_STATE_UNKNOWN: break;
    }
    BUG("ticket state out of range");
}

/* Of what has not begun, or is over, nothing is told. */
static err_t tell_bot(struct context *ctx)
{
    const struct conversation *state = ctx->state;
    bool is_heard = state->phase != PHASE_NEW && state->phase != PHASE_ENDED && notices_wanted(ctx);
    return is_heard ? notices_ticket(ctx, notice_of(state->ticket_state), state->status_ticket)
                    : err_ok();
}

err_t ticket_state_fetched(struct context *ctx, const struct json *ticket, wall_ms_t updated)
{
    struct ticket_status found = read_status(ticket, updated);
    if (keep(ctx, &found) != NEWS_TOLD || found.state == TICKET_STATE_CLOSED) {
        return err_ok(); /* closed, it ends as a conversation, which is told as that */
    }
    return tell_bot(ctx);
}

/* The key in "tieline:KEY:EFFECT"; a key may have colons of its own. */
static struct slice made_for(struct slice external_id)
{
    struct slice prefix = SLICE("tieline:");
    size_t end = external_id.len;
    while (end > prefix.len && external_id.ptr[end - 1] != ':') {
        end--;
    }
    return slice_starts_with(external_id, prefix) && end > prefix.len
               ? slice_sub(external_id, prefix.len, end - 1)
               : SLICE("");
}

/* The key of the conversation that a ticket belongs to; empty = none that can be one. */
static err_t owner_of(struct context *ctx, const struct json *ticket, struct slice *ret_key)
{
    struct slice account = {0};
    struct slice id = {0};
    struct slice prefix = SLICE("tieline_");
    struct slice key = made_for(json_string(json_find(ticket, "external_id")));
    enum surface surface = SURFACE_NONE;
    *ret_key = SLICE("");
    const struct json *tags = json_find(ticket, "tags");
    bool is_made = key.len > 0;
    JSON_EACH(tag, tags)
    {
        struct slice name = json_string(tag);
        if (!is_made && slice_starts_with(name, prefix)) {
            TRY(arena_printf(ctx->arena, &key, "%.*s/%s/%.*s", SLICE_ARG(ctx->state->account),
                             surface_name(SURFACE_MESSAGING),
                             SLICE_ARG(slice_sub(name, prefix.len, name.len))));
        }
    }
    bool is_talk = !err_failed(ident_key_parse(key, &account, &surface, &id)) &&
                   (surface == SURFACE_MESSAGING || surface == SURFACE_CHAT);
    if (is_talk && slice_equal(account, ctx->state->account)) {
        *ret_key = key;
    }
    return err_ok();
}

err_t ticket_state_pass_on(struct context *ctx, const struct json *ticket, wall_ms_t updated)
{
    struct ticket_status found = read_status(ticket, updated);
    struct event *event = NULL;
    struct slice key = {0};
    struct slice id = {0};
    if (keep(ctx, &found) != NEWS_TOLD) {
        return err_ok();
    }
    TRY(owner_of(ctx, ticket, &key));
    if (key.len == 0) {
        return err_ok();
    }
    TRY(arena_printf(ctx->arena, &id, "ticket/%.*s/%s/%" PRId64, SLICE_ARG(found.ticket_id),
                     ticket_state_name(found.state), updated.ms));
    TRY(tell_event(ctx, EVENT_TICKET_STATUS, key, id, &event));
    event->body.ticket_status = found;
    return err_ok();
}

err_t ticket_state_event(struct context *ctx)
{
    struct conversation *state = ctx->state;
    const struct ticket_status *found = &ctx->event->body.ticket_status;
    bool is_known = state->phase != PHASE_NEW; /* else it was forgotten, or is a chat's */
    if (!is_known || keep(ctx, found) == NEWS_NONE) {
        effects_note(ctx->effects, NOTE_IGNORED);
        ctx->effects->changed = false;
        return err_ok();
    }
    TRY(tell_bot(ctx));
    /* Closing ends the human's session, which Zendesk tells by itself. If that was missed, it is
     * asked. */
    bool is_over = found->state == TICKET_STATE_CLOSED && state->phase == PHASE_HUMAN &&
                   state->surface == SURFACE_MESSAGING && ctx->store != NULL &&
                   ctx->account != NULL;
    return is_over ? lifecycle_ask(ctx) : err_ok();
}
