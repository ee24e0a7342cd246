#include "processor/core/render.h"

#include "base/buf.h"
#include "json/json_write.h"

/* A part of a message leaves room for the markup that Zendesk makes of Markdown: its limit of 4,096
 * characters holds for the HTML too. */
enum { PART_BYTES_MAX = 3000 };
enum { REQUEST_BYTES_MAX = LIMIT_BODY_BYTES_MAX };

/* Percent-encodes one path segment (RFC 3986 §3.3: unreserved characters stay). */
static err_t append_segment(struct buf *out, struct slice segment)
{
    for (size_t i = 0; i < segment.len; i++) {
        unsigned char c = (unsigned char)segment.ptr[i];
        bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (is_unreserved) {
            TRY(buf_append_char(out, (char)c));
        } else {
            TRY(buf_printf(out, "%%%02X", c));
        }
    }
    return err_ok();
}

/* /conversations/ID + tail, in the arena. */
static err_t conversation_path(struct context *ctx, const char *tail, struct slice *ret_path)
{
    CLEANUP(buf) struct buf path = {0};
    buf_init(&path, LIMIT_URI_BYTES_MAX);
    TRY(buf_append_text(&path, "/conversations/"));
    TRY(append_segment(&path, ctx->state->remote_id));
    TRY(buf_append_text(&path, tail));
    return arena_copy(ctx->arena, buf_slice(&path), ret_path);
}

/* What every command has, from the state and its cause. */
static err_t begin(struct context *ctx, const struct effect_cause *cause, enum effect_kind effect,
                   struct command **ret_command)
{
    static const char no_key[IDENT_KEY_BYTES] = {0};
    const struct conversation *state = ctx->state;
    struct command *command = NULL;
    TRY(effects_add(ctx->effects, &command));
    struct slice id_key =
        ctx->account != NULL ? ctx->account->id_key : slice_from(no_key, sizeof no_key);
    command->effect_id = ident_effect(id_key, cause);
    command->effect = effect;
    command->slot = cause->slot;
    command->index = cause->index;
    command->account = state->account;
    command->store = state->store;
    command->conversation = state->key;
    command->remote_id = state->remote_id;
    command->episode = state->episode;
    command->attempt = state->attempt;
    command->epoch = state->epoch;
    command->created = ctx->now;
    command->traceparent = ctx->event->traceparent;
    *ret_command = command;
    return err_ok();
}

/* A cause within this event. */
static struct effect_cause caused_by_event(const struct context *ctx, enum slot slot,
                                           uint32_t index)
{
    return (struct effect_cause){
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .event = ctx->event->id,
        .slot = slot,
        .index = index,
    };
}

/* Remembers that the command has no outcome yet; the oldest is forgotten when there are too many,
 * which only means that its outcome will be taken for an old one. */
static void expect_outcome(struct conversation *state, const struct command *command)
{
    if (state->outstanding_count == LIMIT_OUTSTANDING_MAX) {
        memmove(&state->outstanding[0], &state->outstanding[1],
                (LIMIT_OUTSTANDING_MAX - 1) * sizeof state->outstanding[0]);
        state->outstanding_count--;
    }
    state->outstanding[state->outstanding_count++] =
        (struct outstanding){command->effect_id, command->effect, command->slot};
}

err_t render_fence(struct context *ctx)
{
    struct command *command = NULL;
    struct effect_cause cause = caused_by_event(ctx, SLOT_FENCE, ctx->state->epoch);
    return begin(ctx, &cause, EFFECT_FENCE, &command);
}

err_t render_fetch_active(struct context *ctx, uint32_t index)
{
    struct command *command = NULL;
    struct effect_cause cause = caused_by_event(ctx, SLOT_FETCH_ACTIVE, index);
    TRY(begin(ctx, &cause, EFFECT_FETCH_ACTIVE, &command));
    command->api = API_CONVERSATIONS;
    command->method = METHOD_GET;
    TRY(conversation_path(ctx, "", &command->path));
    expect_outcome(ctx->state, command);
    return err_ok();
}

static err_t message_body(struct context *ctx, const struct command *command, struct slice markdown,
                          struct slice *ret_body)
{
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, REQUEST_BYTES_MAX);
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, id);
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
    json_put_slice(&w, "markdownText", markdown);
    json_end(&w);
    json_key(&w, "metadata");
    json_object(&w);
    json_put_text(&w, "tieline.effect", id);
    json_end(&w);
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&body), ret_body);
}

static err_t bot_message(struct context *ctx, const struct effect_cause *cause,
                         struct slice markdown)
{
    struct command *command = NULL;
    TRY(begin(ctx, cause, EFFECT_MESSAGE, &command));
    command->voice = VOICE_BOT;
    command->check_owner = !ctx->state->speak_checked;
    ctx->state->speak_checked = true;
    command->turn = ctx->state->turn.id;
    command->api = API_CONVERSATIONS;
    command->method = METHOD_POST;
    TRY(conversation_path(ctx, "/messages", &command->path));
    TRY(message_body(ctx, command, markdown, &command->body));
    expect_outcome(ctx->state, command);
    return err_ok();
}

err_t render_welcome(struct context *ctx)
{
    struct effect_cause cause = {
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .slot = SLOT_WELCOME,
    };
    return bot_message(ctx, &cause, ctx->store->welcome);
}

/* The longest front part of `text` that fits, cut at a line or word where there is one. */
static struct slice part_of(struct slice text)
{
    struct slice part = slice_cut_utf8(text, PART_BYTES_MAX);
    if (part.len == text.len) {
        return part;
    }
    for (size_t cut = part.len; cut > PART_BYTES_MAX / 2; cut--) {
        char c = part.ptr[cut - 1];
        if (c == '\n' || c == ' ') {
            return slice_sub(part, 0, cut);
        }
    }
    return part;
}

err_t render_word(struct context *ctx, struct slice markdown, uint32_t first_index,
                  uint32_t *ret_parts)
{
    uint32_t parts = 0;
    struct slice rest = markdown;
    while (rest.len > 0) {
        struct slice part = part_of(rest);
        rest = slice_sub(rest, part.len, rest.len);
        struct effect_cause cause = {
            .account = ctx->state->account,
            .conversation = ctx->state->key,
            .event = ctx->state->turn.id,
            .slot = SLOT_WORD,
            .index = first_index + parts,
        };
        TRY(bot_message(ctx, &cause, part));
        parts++;
    }
    *ret_parts = parts;
    return err_ok();
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
    json_end(w);
}

err_t render_turn(struct context *ctx)
{
    struct conversation *state = ctx->state;
    struct command *command = NULL;
    struct effect_cause cause = caused_by_event(ctx, SLOT_TURN, 0);
    TRY(begin(ctx, &cause, EFFECT_BOT_TURN, &command));
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, id);
    TRY(arena_copy(ctx->arena, slice_of(id), &state->turn.id));
    state->turn.effect_id = command->effect_id;
    command->turn = state->turn.id;
    command->deadline = ctx->store->bot_timeout;
    command->api = API_BOT;
    command->method = METHOD_POST;

    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    json_put_text(&w, "type", "turn");
    json_put_slice(&w, "turn", state->turn.id);
    json_put_slice(&w, "conversation", state->key);
    json_put_slice(&w, "store", state->store);
    json_put_text(&w, "surface", surface_name(state->surface));
    write_messages(&w, state);
    write_history(&w, state);
    write_customer(&w, &state->customer);
    json_end(&w);
    TRY(json_write_done(&w));
    TRY(arena_copy(ctx->arena, buf_slice(&body), &command->body));
    expect_outcome(state, command);
    return err_ok();
}
