#include "processor/core/notices.h"

#include "processor/core/files.h"
#include "processor/core/render_common.h"

static bool is_told(const struct context *ctx)
{
    return ctx->store != NULL && ctx->account != NULL && ctx->store->bot_kind == BOT_HTTP &&
           ctx->store->bot_url.len > 0;
}

/* Whose customer sees all of it at Zendesk is told the news alone: nothing waits long for that. */
static bool is_news(const struct context *ctx)
{
    return ctx->state->surface != SURFACE_CHAT;
}

static const char *status_name(enum notice_status status)
{
    switch (status) {
    case NOTICE_ESCALATED: return "escalated";
    case NOTICE_HUMAN: return "human";
    case NOTICE_TICKETED: return "ticketed";
    case NOTICE_FAILED: return "failed";
    case NOTICE_RELEASED: return "released";
    case NOTICE_ENDED: return "ended";
    case NOTICE_SOLVED: return "solved";
    case NOTICE_REOPENED: return "reopened";
    case NOTICE_CLOSED: return "closed";
    }
    BUG("status out of range");
}

static void put_time(struct json_write *w, wall_ms_t at)
{
    if (wall_known(at)) {
        char text[INSTANT_TEXT_BYTES];
        instant_format_iso8601(at, text);
        json_put_text(w, "at", text);
    }
}

/* The command, and what all bodies begin with; the object is left open. */
static err_t begin(struct context *ctx, const struct effect_cause *cause, const char *type,
                   struct json_write *w, struct command **ret_command)
{
    const struct conversation *state = ctx->state;
    char id[IDENT_EFFECT_TEXT_BYTES];
    TRY(render_begin(ctx, cause, EFFECT_BOT_NOTICE, ret_command));
    (*ret_command)->api = API_BOT;
    (*ret_command)->method = METHOD_POST;
    effect_id_text((*ret_command)->effect_id, id);
    json_object(w);
    json_put_text(w, "type", type);
    json_put_text(w, "notice", id);
    json_put_slice(w, "conversation", state->key);
    json_put_slice_if(w, "chat", render_chat_id(state));
    json_put_slice(w, "store", state->store);
    json_put_text(w, "surface", surface_name(state->surface));
    return err_ok();
}

static err_t end(struct context *ctx, struct json_write *w, const struct buf *body,
                 struct command *command)
{
    json_end(w);
    TRY(json_write_done(w));
    return arena_copy(ctx->arena, buf_slice(body), &command->body);
}

bool notices_wanted(const struct context *ctx)
{
    return ctx->state->surface == SURFACE_CHAT || (ctx->store != NULL && ctx->store->bot_notices);
}

static err_t put_status(struct context *ctx, enum notice_status status, struct slice reason,
                        struct slice ticket_id)
{
    struct conversation *state = ctx->state;
    if (!is_told(ctx)) {
        return err_ok();
    }
    struct command *command = NULL;
    struct json_write w;
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    json_write_init(&w, &body);
    state->status_version++;
    struct effect_cause cause = render_by_life(ctx, SLOT_STATUS, state->status_version);
    TRY(begin(ctx, &cause, "status", &w, &command));
    command->voice = status == NOTICE_ESCALATED || is_news(ctx) ? VOICE_NOTICE : VOICE_NONE;
    json_put_text(&w, "status", status_name(status));
    json_put_int(&w, "version", (int64_t)state->status_version);
    json_put_slice_if(&w, "reason", reason);
    json_put_slice_if(&w, "ticket", ticket_id);
    put_time(&w, ctx->now);
    return end(ctx, &w, &body, command);
}

err_t notices_status(struct context *ctx, enum notice_status status, struct slice reason)
{
    return put_status(ctx, status, reason, ctx->state->ticket_id);
}

err_t notices_ticket(struct context *ctx, enum notice_status status, struct slice ticket_id)
{
    return put_status(ctx, status, SLICE(""), ticket_id);
}

static void put_attachments(struct json_write *w, const struct notice_message *message)
{
    json_key(w, "attachments");
    json_array(w);
    for (size_t i = 0; i < message->attachment_count; i++) {
        json_object(w);
        json_put_slice(w, "url", message->attachments[i].url);
        json_put_slice_if(w, "media_type", message->attachments[i].media_type);
        json_put_slice_if(w, "name", message->attachments[i].name);
        json_end(w);
    }
    json_end(w);
}

err_t notices_message(struct context *ctx, const struct effect_cause *cause,
                      const struct notice_message *message)
{
    if (!is_told(ctx)) {
        return err_ok();
    }
    struct command *command = NULL;
    struct json_write w;
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    json_write_init(&w, &body);
    TRY(begin(ctx, cause, "message", &w, &command));
    command->voice =
        cause->slot == SLOT_NOTICE_HANDOVER || is_news(ctx) ? VOICE_NOTICE : VOICE_NONE;
    json_key(&w, "message");
    json_object(&w);
    json_put_slice_if(&w, "id", message->id);
    json_put_text(&w, "from", message->from == SPEAKER_AGENT ? "agent" : "notice");
    json_put_slice_if(&w, "name", message->name);
    json_put_slice(&w, message->is_markdown ? "markdown" : "text", message->text);
    put_time(&w, message->at);
    put_attachments(&w, message);
    json_end(&w);
    if (message->attachment_count == 1) { /* Zendesk's have one; its bytes go behind what is said */
        TRY(files_carry(ctx, message->attachments, 1, true, command));
    }
    return end(ctx, &w, &body, command);
}
