#include "processor/core/words.h"

#include "processor/core/customer_data.h"
#include "processor/core/turns.h"

void words_take_facts(struct context *ctx)
{
    struct conversation *state = ctx->state;
    const struct conversations_event *event = &ctx->event->body.conversations;
    if (event->conversation_id.len > 0) {
        state->remote_id = event->conversation_id;
    }
    if (event->author != AUTHOR_BUSINESS) {
        if (event->source_type.len > 0) {
            state->source_type = event->source_type;
        }
        customer_data_take_person(&state->customer, &event->customer);
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
