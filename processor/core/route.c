#include "processor/core/route.h"

static void fix(struct context *ctx, const struct store *store)
{
    ctx->state->routing = ROUTING_STORE;
    ctx->state->store = store->name;
    ctx->store = store;
}

static void by_widget(struct context *ctx, struct slice widget_id, bool is_customers)
{
    struct conversation *state = ctx->state;
    const struct store *store = config_store_by_widget(ctx->config, state->account, widget_id);
    if (store == NULL) {
        store = config_store_by_widget(ctx->config, state->account, SLICE(""));
        if (store == NULL) {
            state->routing = ROUTING_SILENT;
            state->store = SLICE("");
            if (is_customers) {
                effects_note(ctx->effects, NOTE_UNMAPPED_SILENT);
            }
            return;
        }
        effects_note(ctx->effects, NOTE_FALLBACK_USED);
    }
    state->widget_id = widget_id;
    fix(ctx, store);
}

/* A chat of a bot's own site is the store's whose platform told of it first. */
static void by_platform(struct context *ctx)
{
    struct conversation *state = ctx->state;
    bool is_platforms = event_is_platform(ctx->event->type);
    if (state->routing == ROUTING_STORE) {
        ctx->store = config_store(ctx->config, state->store);
        return;
    }
    const struct store *store = is_platforms ? config_store(ctx->config, ctx->event->store) : NULL;
    if (store != NULL && store->chat && slice_equal(store->account, state->account)) {
        fix(ctx, store);
        return;
    }
    if (is_platforms) {
        effects_note(ctx->effects, NOTE_WAITING);
    }
}

void route(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->surface == SURFACE_CHAT) {
        by_platform(ctx);
        return;
    }
    const struct event *event = ctx->event;
    struct slice widget_id = {0};
    struct slice brand_id = {0};
    bool is_customers = false;
    if (event_is_conversations(event->type)) {
        widget_id = event->body.conversations.widget_id;
        brand_id = event->body.conversations.brand_id;
        is_customers = event->body.conversations.author == AUTHOR_CUSTOMER;
    }
    if (state->brand_id.len == 0 && brand_id.len > 0) {
        state->brand_id = brand_id;
    }
    if (ctx->account == NULL) {
        return; /* stays as it is: waiting, until the account is known here */
    }
    if (state->widget_id.len == 0 && widget_id.len > 0) {
        by_widget(ctx, widget_id, is_customers);
        return;
    }
    if (state->routing == ROUTING_STORE) {
        ctx->store = config_store(ctx->config, state->store);
        return;
    }
    if (state->routing == ROUTING_WAITING && state->brand_id.len > 0) {
        const struct store *store =
            config_store_by_brand(ctx->config, state->account, state->brand_id);
        if (store != NULL) {
            fix(ctx, store);
            return;
        }
    }
    if (state->routing == ROUTING_SILENT && is_customers) {
        effects_note(ctx->effects, NOTE_UNMAPPED_SILENT);
    }
    if (state->routing == ROUTING_WAITING && is_customers) {
        effects_note(ctx->effects, NOTE_WAITING);
    }
}
