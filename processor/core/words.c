#include "processor/core/words.h"

#include "processor/core/customer_data.h"
#include "processor/core/sent_files.h"
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

static bool is_plain(struct slice content_type)
{
    return content_type.len == 0 || slice_equal(content_type, SLICE("text"));
}

bool words_are_customers(const struct event *event)
{
    const struct conversations_event *body = &event->body.conversations;
    if (event->type == EVENT_POSTBACK) {
        return true;
    }
    bool is_empty = body->text.len == 0 && body->payload.len == 0 && body->attachment_count == 0 &&
                    is_plain(body->content_type);
    return event->type == EVENT_MESSAGE && body->author == AUTHOR_CUSTOMER && !body->deleted &&
           body->activity.len == 0 && !is_empty;
}

err_t words_text(struct arena *arena, const struct conversations_event *body,
                 struct slice *ret_text)
{
    bool is_plain_text = is_plain(body->content_type);
    struct slice kind = is_plain_text ? SLICE("file") : body->content_type;
    struct slice name = body->attachment_count > 0 ? body->attachments[0].name : SLICE("");
    *ret_text = body->text.len > 0 ? body->text : body->payload;
    if (ret_text->len > 0 || (is_plain_text && body->attachment_count == 0)) {
        return err_ok();
    }
    return arena_printf(arena, ret_text, "[%.*s]%s%.*s", SLICE_ARG(kind), name.len > 0 ? " " : "",
                        SLICE_ARG(name));
}

err_t words_take_history(struct context *ctx)
{
    const struct conversations_event *body = &ctx->event->body.conversations;
    struct slice text = {0};
    TRY(words_text(ctx->arena, body, &text));
    turns_take_history(ctx, SPEAKER_CUSTOMER, text, body->received);
    sent_files_keep(ctx->state, body->attachments, body->attachment_count);
    return err_ok();
}

bool words_are_others(const struct event *event)
{
    const struct conversations_event *body = &event->body.conversations;
    bool is_echo = body->effect_id.len > 0;
    return event->type == EVENT_MESSAGE && body->author == AUTHOR_BUSINESS && !is_echo &&
           !body->deleted && body->activity.len == 0;
}

err_t words_take_others(struct context *ctx)
{
    const struct conversations_event *body = &ctx->event->body.conversations;
    struct slice text = {0};
    if (words_are_others(ctx->event)) {
        TRY(words_text(ctx->arena, body, &text));
        turns_take_history(ctx, SPEAKER_AGENT, text, body->received);
    }
    return err_ok();
}
