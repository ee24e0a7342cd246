#include "processor/core/render.h"

#include "event/reason.h"
#include "processor/core/customer_data.h"
#include "processor/core/fields.h"
#include "processor/core/markup.h"
#include "processor/core/markup_parts.h"
#include "processor/core/notices.h"
#include "processor/core/render_common.h"
#include "processor/core/render_openai.h"
#include "processor/core/render_support.h"
#include "processor/core/texts.h"
#include "processor/core/transcript_ticket.h"
#include "processor/core/turns.h"
#include "processor/core/ways.h"

err_t render_fence(struct context *ctx)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_event(ctx, SLOT_FENCE, ctx->state->epoch);
    return render_begin(ctx, &cause, EFFECT_FENCE, &command);
}

err_t render_fetch_active(struct context *ctx, uint32_t index)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_event(ctx, SLOT_FETCH_ACTIVE, index);
    TRY(render_begin(ctx, &cause, EFFECT_FETCH_ACTIVE, &command));
    command->api = API_CONVERSATIONS;
    command->method = METHOD_GET;
    TRY(render_conversation_path(ctx, "", &command->path));
    return err_ok();
}

err_t render_fetch_messages(struct context *ctx)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_event(ctx, SLOT_FETCH_MESSAGES, 0);
    TRY(render_begin(ctx, &cause, EFFECT_FETCH_MESSAGES, &command));
    command->api = API_CONVERSATIONS;
    command->method = METHOD_GET;
    return render_conversation_path(ctx, "/messages", &command->path);
}

/* What one message says and to whom. */
struct message {
    enum voice voice;
    bool is_plain;  /* a text of ours: no Markdown */
    bool is_silent; /* not shown to the customer */
    struct slice markdown;
};

static err_t message_body(struct context *ctx, struct command *command,
                          const struct message *message)
{
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    json_key(&w, "author");
    json_object(&w);
    json_put_text(&w, "type", "business");
    json_put_slice_if(&w, "displayName", ctx->store->author_name);
    json_put_slice_if(&w, "avatarUrl", ctx->store->author_avatar_url);
    json_end(&w);
    json_key(&w, "content");
    json_object(&w);
    json_put_text(&w, "type", "text");
    json_put_slice(&w, message->is_plain ? "text" : "markdownText", message->markdown);
    json_end(&w);
    if (message->is_silent) {
        json_key(&w, "destination");
        json_object(&w);
        json_put_text(&w, "integrationType", "none");
        json_end(&w);
    }
    render_stamp(&w, command);
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&body), &command->body);
}

static err_t put_message(struct context *ctx, const struct effect_cause *cause,
                         const struct message *message)
{
    struct command *command = NULL;
    TRY(render_begin(ctx, cause, EFFECT_MESSAGE, &command));
    command->voice = message->voice;
    if (message->voice == VOICE_BOT) {
        command->check_owner = !ctx->state->speak_checked;
        ctx->state->speak_checked = true;
    }
    command->turn = ctx->state->turn.id;
    command->api = API_CONVERSATIONS;
    command->method = METHOD_POST;
    TRY(render_conversation_path(ctx, "/messages", &command->path));
    return message_body(ctx, command, message);
}

err_t render_welcome(struct context *ctx, struct slice markdown)
{
    struct effect_cause cause = render_by_life(ctx, SLOT_WELCOME, 0);
    struct message message = {.voice = VOICE_BOT, .markdown = markdown};
    return put_message(ctx, &cause, &message);
}

static const char *speaker_name(enum speaker speaker)
{
    switch (speaker) {
    case SPEAKER_CUSTOMER: return "customer";
    case SPEAKER_BOT: return "bot";
    case SPEAKER_AGENT: return "agent";
    case SPEAKER_NOTICE: return "notice";
    }
    BUG("speaker out of range");
}

/* One message of the bot in as many as it takes. `cause` is the first one's. */
static err_t put_parts(struct context *ctx, struct effect_cause cause, enum voice voice,
                       struct slice markdown, uint32_t *ret_parts)
{
    struct slice rest = {0};
    uint32_t first = cause.index;
    TRY(markup_guard(ctx->arena, markdown, &rest));
    while (rest.len > 0 && cause.index < LIMIT_TURN_PARTS_MAX) {
        struct message message = {.voice = voice};
        TRY(markup_part(ctx->arena, &rest, &message.markdown));
        TRY(put_message(ctx, &cause, &message));
        cause.index++;
    }
    if (rest.len > 0) {
        effects_note(ctx->effects, NOTE_WORDS_CUT);
    }
    *ret_parts = cause.index - first;
    return err_ok();
}

/* Whose widget it is shows by itself what its bot says. */
static bool is_shown_there(const struct context *ctx, uint32_t *ret_parts)
{
    *ret_parts = 0;
    return ctx->state->surface == SURFACE_CHAT;
}

err_t render_word(struct context *ctx, struct slice markdown, uint32_t first_index,
                  uint32_t *ret_parts)
{
    if (is_shown_there(ctx, ret_parts)) {
        return err_ok();
    }
    struct effect_cause cause = {
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .event = ctx->state->turn.id,
        .slot = SLOT_WORD,
        .index = first_index,
    };
    return put_parts(ctx, cause, VOICE_BOT, markdown, ret_parts);
}

err_t render_last_word(struct context *ctx, struct slice markdown, uint32_t first_index,
                       uint32_t *ret_parts)
{
    struct effect_cause cause = render_by_attempt(ctx, SLOT_WORD, first_index);
    if (is_shown_there(ctx, ret_parts)) {
        return err_ok();
    }
    if (ctx->state->surface == SURFACE_TICKET) {
        *ret_parts = 1;
        return render_ticket_last_word(ctx, &cause, markdown);
    }
    return put_parts(ctx, cause, VOICE_NOTICE, markdown, ret_parts);
}

/* A text of the store, as each surface shows it. */
static err_t tell(struct context *ctx, const struct effect_cause *cause, struct slice markdown)
{
    if (ctx->state->surface == SURFACE_TICKET) {
        return render_ticket_notice(ctx, cause, markdown);
    }
    if (ctx->state->surface == SURFACE_CHAT) {
        struct notice_message message = {
            .from = SPEAKER_NOTICE, .text = markdown, .is_markdown = true, .at = ctx->now};
        return notices_message(ctx, cause, &message);
    }
    struct message message = {.voice = VOICE_NOTICE,
                              .markdown = slice_cut_utf8(markdown, LIMIT_TOLD_BYTES_MAX)};
    return put_message(ctx, cause, &message);
}

err_t render_notice(struct context *ctx, enum slot slot, struct slice own)
{
    struct slice markdown = texts_pick(ctx->store, slot, ctx->state->customer.locale, own);
    if (markdown.len == 0) {
        return err_ok();
    }
    turns_take_history(ctx, SPEAKER_NOTICE, markdown, ctx->now);
    /* An episode may see several human sessions; each end is told once. */
    uint32_t index = slot == SLOT_NOTICE_ENDED ? ctx->state->epoch : 0;
    struct effect_cause cause = render_by_attempt(ctx, slot, index);
    return tell(ctx, &cause, markdown);
}

err_t render_session_ended(struct context *ctx)
{
    size_t count = ctx->effects->command_count;
    TRY(render_notice(ctx, SLOT_NOTICE_ENDED, ctx->store->session_ended));
    /* A widget of its own shows it. */
    for (size_t i = count; i < ctx->effects->command_count; i++) {
        ctx->effects->commands[i].check_owner = ctx->state->surface != SURFACE_CHAT;
    }
    return err_ok();
}

err_t render_told(struct context *ctx, enum reason reason, struct slice own)
{
    struct slice markdown = texts_pick_rule(ctx->store, reason, ctx->state->customer.locale, own);
    if (markdown.len == 0) { /* off in this language */
        return err_ok();
    }
    struct effect_cause cause = render_by_episode(ctx, SLOT_NOTICE_RULE);
    cause.index = (uint32_t)reason;
    turns_take_history(ctx, SPEAKER_NOTICE, markdown, ctx->now);
    return tell(ctx, &cause, markdown);
}

/* In as many messages as it takes. */
static err_t put_plain(struct context *ctx, enum slot slot, struct slice text, bool is_silent)
{
    struct effect_cause cause = render_by_attempt(ctx, slot, 0);
    while (text.len > 0) {
        struct message message = {
            .is_plain = true, .is_silent = is_silent, .markdown = render_take_part(&text)};
        TRY(put_message(ctx, &cause, &message));
        cause.index++;
    }
    return err_ok();
}

err_t render_silent(struct context *ctx, enum slot slot, struct slice text)
{
    return put_plain(ctx, slot, text, true);
}

err_t render_aloud(struct context *ctx, enum slot slot, struct slice text)
{
    return put_plain(ctx, slot, text, false);
}

/* The tag under which Zendesk's ticket of this conversation is known as no conversation of its own,
 * and all others. */
static err_t tags_of(struct context *ctx, struct slice more, struct slice *ret_tags)
{
    return arena_printf(ctx->arena, ret_tags, "tieline_%.*s%s%.*s",
                        SLICE_ARG(ctx->state->remote_id), more.len > 0 ? "," : "", SLICE_ARG(more));
}

/* What Agent Workspace puts on the ticket that it makes of a pass. */
static err_t put_capture(struct context *ctx, struct json_write *w)
{
    struct fields fields;
    struct slice tags = {0};
    struct slice key = {0};
    TRY(fields_collect(ctx, &fields));
    TRY(transcript_ticket_tag(ctx, &key));
    if (key.len > 0) {
        TRY(ways_join_tags(ctx->arena, key, fields.tags, &fields.tags));
    }
    TRY(tags_of(ctx, fields.tags, &tags));
    json_put_slice(w, "dataCapture.systemField.tags", tags);
    fields_put_capture(ctx, w, &fields);
    return err_ok();
}

err_t render_pass(struct context *ctx, enum slot slot, struct slice target)
{
    struct command *command = NULL;
    bool is_handover = slot == SLOT_PASS && ctx->store != NULL;
    struct effect_cause cause =
        slot == SLOT_PASS ? render_by_attempt(ctx, slot, 0) : render_by_event(ctx, slot, 0);
    TRY(render_begin(ctx, &cause, EFFECT_PASS_CONTROL, &command));
    command->api = API_CONVERSATIONS;
    command->method = METHOD_POST;
    TRY(render_conversation_path(ctx, "/passControl", &command->path));
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    json_put_slice(&w, "switchboardIntegration", target);
    json_key(&w, "metadata");
    json_object(&w);
    if (is_handover) {
        TRY(put_capture(ctx, &w));
    }
    json_end(&w);
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&body), &command->body);
}

static err_t put_reasons(struct buf *out, uint32_t reasons)
{
    const char *separator = "Why: ";
    for (unsigned reason = 1; reason < 32; reason++) {
        if ((reasons & REASON_BIT(reason)) != 0) {
            TRY(buf_printf(out, "%s%s", separator, reason_words((enum reason)reason)));
            separator = "; ";
        }
    }
    return err_ok();
}

/* How many of the newest words an agent reads at a glance. */
enum { SUMMARY_WORDS = 8, SUMMARY_WORD_BYTES = 300 };

static err_t put_newest_words(struct buf *out, const struct conversation *state)
{
    size_t total = state->history_count;
    for (size_t i = total > SUMMARY_WORDS ? total - SUMMARY_WORDS : 0; i < total; i++) {
        const struct history_entry *entry = &state->history[i];
        TRY(buf_printf(out, "\n%s: %.*s", speaker_name(entry->speaker),
                       SLICE_ARG(slice_cut_utf8(entry->text, SUMMARY_WORD_BYTES))));
    }
    return err_ok();
}

/* A profile in Conversations has no place for it that an agent sees; a ticket's requester has. Row
 * 91. */
static err_t put_phone(struct buf *out, const struct conversation *state)
{
    bool is_unseen = state->surface == SURFACE_CHAT && state->way == WAY_LIVE;
    return is_unseen && state->customer.phone.len > 0
               ? buf_printf(out, "\nPhone: %.*s", SLICE_ARG(state->customer.phone))
               : err_ok();
}

err_t render_summary(struct context *ctx, struct slice *ret_summary)
{
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, RENDER_REQUEST_BYTES_MAX);
    TRY(put_reasons(&text, ctx->state->reasons));
    if (ctx->state->bots_summary.len > 0) {
        TRY(buf_printf(&text, "\nSummary: %.*s", SLICE_ARG(ctx->state->bots_summary)));
    }
    TRY(put_phone(&text, ctx->state));
    TRY(put_newest_words(&text, ctx->state));
    struct slice copy = {0};
    TRY(arena_copy(ctx->arena, buf_slice(&text), &copy));
    return markup_guard(ctx->arena, copy, ret_summary);
}

static void write_time(struct json_write *w, const char *key, wall_ms_t at)
{
    if (wall_known(at)) {
        char text[INSTANT_TEXT_BYTES];
        instant_format_iso8601(at, text);
        json_put_text(w, key, text);
    }
}

static void write_messages(struct json_write *w, const struct conversation *state)
{
    json_key(w, "messages");
    json_array(w);
    for (size_t i = 0; i < state->turn.covers; i++) {
        const struct pending_message *message = &state->pending[i];
        json_object(w);
        json_put_slice(w, "id", message->id);
        json_put_slice(w, "text", message->text);
        json_put_slice_if(w, "type", message->type);
        json_put_slice_if(w, "payload", message->payload);
        write_time(w, "at", message->received);
        json_key(w, "attachments");
        json_array(w);
        for (size_t j = 0; j < message->attachment_count; j++) {
            json_object(w);
            json_put_slice(w, "url", message->attachments[j].url);
            json_put_slice_if(w, "media_type", message->attachments[j].media_type);
            json_put_slice_if(w, "name", message->attachments[j].name);
            json_end(w);
        }
        json_end(w);
        json_end(w);
    }
    json_end(w);
}

static void write_history(struct json_write *w, const struct conversation *state)
{
    json_key(w, "history");
    json_array(w);
    for (size_t i = 0; i < state->history_count; i++) {
        json_object(w);
        json_put_text(w, "from", speaker_name(state->history[i].speaker));
        json_put_slice(w, "text", state->history[i].text);
        write_time(w, "at", state->history[i].at);
        json_end(w);
    }
    json_end(w);
}

static void write_customer(struct json_write *w, const struct customer *customer)
{
    json_key(w, "customer");
    json_object(w);
    json_put_slice_if(w, "id", customer->user_id);
    json_put_slice_if(w, "external_id", customer->external_id);
    json_put_slice_if(w, "name", customer->name);
    json_put_slice_if(w, "email", customer->email);
    json_put_slice_if(w, "locale", customer->locale);
    json_put_slice_if(w, "phone", customer->phone);
    json_end(w);
}

static void write_turn(struct json_write *w, const struct conversation *state)
{
    json_object(w);
    json_put_text(w, "type", "turn");
    json_put_slice(w, "turn", state->turn.id);
    json_put_slice(w, "conversation", state->key);
    json_put_slice(w, "store", state->store);
    json_put_slice_if(w, "chat", render_chat_id(state));
    json_put_text(w, "surface", surface_name(state->surface));
    write_messages(w, state);
    write_history(w, state);
    write_customer(w, &state->customer);
    json_end(w);
}

err_t render_turn(struct context *ctx)
{
    struct conversation *state = ctx->state;
    struct command *command = NULL;
    struct effect_cause cause = render_by_event(ctx, SLOT_TURN, 0);
    TRY(render_begin(ctx, &cause, EFFECT_BOT_TURN, &command));
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, id);
    TRY(arena_copy(ctx->arena, slice_of(id), &state->turn.id));
    state->turn.effect_id = command->effect_id;
    command->turn = state->turn.id;
    command->deadline = ctx->store->bot_timeout;
    command->api = API_BOT;
    command->method = METHOD_POST;

    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    command->typing = ctx->store->bot_typing && state->surface == SURFACE_MESSAGING;
    command->openai = ctx->store->bot_kind == BOT_OPENAI;
    if (command->openai) {
        render_openai_body(ctx, &w);
    } else {
        write_turn(&w, state);
    }
    TRY(json_write_done(&w));
    TRY(arena_copy(ctx->arena, buf_slice(&body), &command->body));
    return err_ok();
}
