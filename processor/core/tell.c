#include "processor/core/tell.h"

#include "event/ident.h"
#include "processor/core/effects.h"

#include <inttypes.h>
#include <string.h>

/* There is room for as many as the next power of two: none is kept for it. */
static err_t make_room(struct context *ctx)
{
    struct effects *effects = ctx->effects;
    size_t count = effects->event_count;
    if ((count & (count - 1)) != 0) {
        return err_ok();
    }
    struct event *events = ARENA_ARRAY(ctx->arena, struct event, count == 0 ? 1 : 2 * count);
    if (events == NULL) {
        return ERR(ARENA_FULL);
    }
    if (count > 0) {
        memcpy(events, effects->events, count * sizeof *events);
    }
    effects->events = events;
    return err_ok();
}

err_t tell_event(struct context *ctx, enum event_type type, struct slice key, struct slice id,
                 struct event **ret_event)
{
    TRY(make_room(ctx));
    struct event *event = &ctx->effects->events[ctx->effects->event_count++];
    *event = (struct event){
        .type = type,
        .source = EVENT_FROM_PROCESSOR,
        .id = id,
        .account = ctx->state->account,
        .conversation = key,
        .occurred = ctx->now,
        .traceparent = ctx->event->traceparent,
    };
    *ret_event = event;
    return err_ok();
}

err_t tell_id(struct context *ctx, const char *word, struct slice *ret_id)
{
    return arena_printf(ctx->arena, ret_id, "%s/%016" PRIx64 "/%016" PRIx64, word,
                        ident_digest(ctx->state->key), ident_digest(ctx->event->id));
}
