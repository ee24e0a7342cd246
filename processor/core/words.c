#include "processor/core/words.h"

#include "processor/core/turns.h"

static void take(struct slice *known, struct slice found)
{
    if (found.len > 0) {
        *known = found;
    }
}

void words_take_facts(struct context *ctx)
{
    struct conversation *state = ctx->state;
    const struct conversations_event *event = &ctx->event->body.conversations;
    take(&state->remote_id, event->conversation_id);
    if (event->author != AUTHOR_BUSINESS) {
        take(&state->source_type, event->source_type);
        take(&state->customer.user_id, event->customer.user_id);
        take(&state->customer.external_id, event->customer.external_id);
        take(&state->customer.zendesk_id, event->customer.zendesk_id);
        take(&state->customer.name, event->customer.name);
        take(&state->customer.email, event->customer.email);
        take(&state->customer.locale, event->customer.locale);
    }
}

bool words_are_customers(const struct event *event)
{
    const struct conversations_event *body = &event->body.conversations;
    if (event->type == EVENT_POSTBACK) {
        return true;
    }
    return event->type == EVENT_MESSAGE && body->author == AUTHOR_CUSTOMER && !body->deleted &&
           body->activity.len == 0 &&
           (body->text.len > 0 || body->payload.len > 0 || body->attachment_count > 0);
}

bool words_are_others(const struct event *event)
{
    const struct conversations_event *body = &event->body.conversations;
    bool is_echo = body->effect_id.len > 0;
    return event->type == EVENT_MESSAGE && body->author == AUTHOR_BUSINESS && !is_echo &&
           !body->deleted && body->activity.len == 0;
}

void words_take_others(struct context *ctx)
{
    const struct conversations_event *body = &ctx->event->body.conversations;
    if (words_are_others(ctx->event)) {
        turns_take_history(ctx, SPEAKER_AGENT, body->text, body->received);
    }
}
