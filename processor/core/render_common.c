#include "processor/core/render_common.h"

err_t render_segment(struct buf *out, struct slice segment)
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

/* Which one to forget when there are too many: the oldest whose outcome changes nothing, or the
 * oldest. Its outcome will be taken for an old one. */
static size_t forgettable(const struct conversation *state)
{
    for (size_t i = 0; i < state->outstanding_count; i++) {
        enum slot slot = state->outstanding[i].slot;
        if (slot == SLOT_NOTICE_HANDOVER || slot == SLOT_NOTICE_ENDED ||
            slot == SLOT_NOTICE_FAILED || slot == SLOT_NOTICE_RULE || slot == SLOT_SUMMARY ||
            slot == SLOT_NOTICE_NOBODY || slot == SLOT_NOTICE_SILENT || slot == SLOT_ENDED_NOTE ||
            slot == SLOT_NOTICE_CLOSED || slot == SLOT_NOTICE_AWAY || slot == SLOT_LATE_NOTE ||
            slot == SLOT_TICKET_FILES || slot == SLOT_FILE_BEFORE) {
            return i;
        }
    }
    return 0;
}

static void expect_outcome(struct conversation *state, const struct command *command)
{
    if (state->outstanding_count == LIMIT_OUTSTANDING_MAX) {
        size_t gone = forgettable(state);
        state->outstanding_count--;
        memmove(&state->outstanding[gone], &state->outstanding[gone + 1],
                (state->outstanding_count - gone) * sizeof state->outstanding[0]);
    }
    state->outstanding[state->outstanding_count++] =
        (struct outstanding){command->effect_id, command->effect, command->slot};
}

err_t render_begin(struct context *ctx, const struct effect_cause *cause, enum effect_kind effect,
                   struct command **ret_command)
{
    static const char no_key[IDENT_KEY_BYTES] = {0};
    struct conversation *state = ctx->state;
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
    if (effect != EFFECT_FENCE) {
        expect_outcome(state, command);
    }
    *ret_command = command;
    return err_ok();
}

struct effect_cause render_by_event(const struct context *ctx, enum slot slot, uint32_t index)
{
    return (struct effect_cause){
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .event = ctx->event->id,
        .slot = slot,
        .index = index,
    };
}

struct effect_cause render_by_attempt(const struct context *ctx, enum slot slot, uint32_t index)
{
    return (struct effect_cause){
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .episode = ctx->state->episode,
        .attempt = ctx->state->attempt,
        .slot = slot,
        .index = index,
    };
}

struct effect_cause render_by_episode(const struct context *ctx, enum slot slot)
{
    struct effect_cause cause = render_by_attempt(ctx, slot, 0);
    cause.attempt = 0;
    return cause;
}

struct effect_cause render_by_life(const struct context *ctx, enum slot slot, uint32_t index)
{
    return (struct effect_cause){
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .episode = ctx->state->life,
        .slot = slot,
        .index = index,
    };
}

err_t render_conversation_path(struct context *ctx, const char *tail, struct slice *ret_path)
{
    CLEANUP(buf) struct buf path = {0};
    buf_init(&path, LIMIT_URI_BYTES_MAX);
    TRY(buf_append_text(&path, "/conversations/"));
    TRY(render_segment(&path, ctx->state->remote_id));
    TRY(buf_append_text(&path, tail));
    return arena_copy(ctx->arena, buf_slice(&path), ret_path);
}

struct slice render_chat_id(const struct conversation *state)
{
    struct slice account = {0};
    struct slice id = {0};
    struct slice store = {0};
    struct slice chat = {0};
    enum surface surface = SURFACE_NONE;
    if (state->surface != SURFACE_CHAT ||
        err_failed(ident_key_parse(state->key, &account, &surface, &id)) ||
        !slice_split(id, ':', &store, &chat)) {
        return SLICE("");
    }
    return chat;
}

void render_stamp(struct json_write *w, const struct command *command)
{
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, id);
    json_key(w, "metadata");
    json_object(w);
    json_put_text(w, "tieline.effect", id);
    json_end(w);
}

struct slice render_take_part(struct slice *rest)
{
    enum { NEAR_BYTES = 200 };
    size_t units = 0;
    size_t at = 0;
    while (at < rest->len) {
        unsigned char c = (unsigned char)rest->ptr[at];
        size_t bytes = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        units += bytes == 4 ? 2 : 1;
        if (units > LIMIT_CONVERSATIONS_TEXT_CHARS_MAX) {
            break;
        }
        at = at + bytes < rest->len ? at + bytes : rest->len;
    }
    for (size_t back = at; at < rest->len && back > 0 && at - back < NEAR_BYTES; back--) {
        if (rest->ptr[back - 1] == ' ' || rest->ptr[back - 1] == '\n') {
            at = back;
            break;
        }
    }
    struct slice part = slice_sub(*rest, 0, at);
    *rest = slice_sub(*rest, at, rest->len);
    return part;
}
