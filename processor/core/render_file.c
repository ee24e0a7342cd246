#include "processor/core/render_file.h"

#include "processor/core/files.h"
#include "processor/core/markup.h"
#include "processor/core/render_common.h"
#include "processor/core/render_support.h"

/* Zendesk refuses a longer alternative text; the words are one message. */
enum { ALT_TEXT_BYTES_MAX = 128, WORDS_BYTES_MAX = 4000 };

static void put_author(struct json_write *w, const struct context *ctx, bool customers)
{
    json_key(w, "author");
    json_object(w);
    json_put_text(w, "type", customers ? "user" : "business");
    if (customers) {
        json_put_slice(w, "userId", ctx->state->customer.user_id);
    } else if (ctx->store != NULL) {
        json_put_slice_if(w, "displayName", ctx->store->author_name);
        json_put_slice_if(w, "avatarUrl", ctx->store->author_avatar_url);
    }
    json_end(w);
}

static err_t end(struct context *ctx, struct json_write *w, const struct buf *body,
                 const struct command *command, struct slice *ret_body)
{
    render_stamp(w, command);
    json_end(w);
    TRY(json_write_done(w));
    return arena_copy(ctx->arena, buf_slice(body), ret_body);
}

err_t render_words(struct context *ctx, const struct command *command, struct slice text,
                   bool customers, struct slice *ret_body)
{
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    put_author(&w, ctx, customers);
    json_key(&w, "content");
    json_object(&w);
    json_put_text(&w, "type", "text");
    json_put_slice(&w, "text", text);
    json_end(&w);
    return end(ctx, &w, &body, command, ret_body);
}

/* The file in words, for whom a link has to do. */
static err_t named(struct context *ctx, const struct attachment *file, struct slice *ret_text)
{
    struct slice name = {0};
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, RENDER_REQUEST_BYTES_MAX);
    TRY(files_put_name(&text, file, true));
    TRY(arena_copy(ctx->arena, buf_slice(&text), &name));
    TRY(markup_guard(ctx->arena, name, &name));
    *ret_text = slice_cut_utf8(name, WORDS_BYTES_MAX);
    return err_ok();
}

err_t render_file(struct context *ctx, struct command *command, const struct attachment *file,
                  bool customers)
{
    struct slice words = {0};
    bool is_image = slice_starts_with(file->media_type, SLICE("image/"));
    TRY(files_carry(ctx, file, 1, false, command));
    TRY(named(ctx, file, &words));
    TRY(render_words(ctx, command, words, customers, &command->fallback));
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    json_key(&w, "content"); /* first: egress puts the address there of what it has uploaded */
    json_object(&w);
    if (command->file_count == 0) {
        json_put_slice(&w, "mediaUrl", file->url);
    }
    json_put_text(&w, "type", is_image ? "image" : "file");
    json_put_slice_if(&w, "altText", slice_cut_utf8(file->name, ALT_TEXT_BYTES_MAX));
    json_end(&w);
    put_author(&w, ctx, customers);
    return end(ctx, &w, &body, command, &command->body);
}

static err_t put_answer_file(struct context *ctx, const struct attachment *file, bool is_last,
                             uint32_t index)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_attempt(ctx, SLOT_WORD, index);
    if (!is_last) {
        cause = (struct effect_cause){
            .account = ctx->state->account,
            .conversation = ctx->state->key,
            .event = ctx->state->turn.id,
            .slot = SLOT_WORD,
            .index = index,
        };
    }
    TRY(render_begin(ctx, &cause, EFFECT_MESSAGE, &command));
    command->voice = is_last ? VOICE_NOTICE : VOICE_BOT;
    command->check_owner = !is_last && !ctx->state->speak_checked;
    ctx->state->speak_checked = ctx->state->speak_checked || !is_last;
    command->turn = ctx->state->turn.id;
    command->api = API_CONVERSATIONS;
    command->method = METHOD_POST;
    TRY(render_conversation_path(ctx, "/messages", &command->path));
    TRY(render_file(ctx, command, file, false));
    if (is_last && command->file_count > 0) { /* a human waits behind it: a link has to do */
        command->body = command->fallback;
        command->file_count = 0;
    }
    return err_ok();
}

/* At a hand-over a ticket's customer gets links, since nothing may hold it up. */
static err_t put_links(struct context *ctx, const struct bot_answer *answer, uint32_t index)
{
    struct effect_cause cause = render_by_attempt(ctx, SLOT_WORD, index);
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, RENDER_REQUEST_BYTES_MAX);
    for (size_t i = 0; i < answer->attachment_count; i++) {
        TRY(buf_append_text(&text, i > 0 ? "\n\n" : ""));
        TRY(files_put_name(&text, &answer->attachments[i], true));
    }
    return render_ticket_last_word(ctx, &cause, buf_slice(&text));
}

err_t render_answer_files(struct context *ctx, const struct bot_answer *answer, bool is_last,
                          uint32_t first_index, uint32_t *ret_parts)
{
    *ret_parts = 0;
    if (ctx->state->surface == SURFACE_TICKET && is_last && answer->attachment_count > 0) {
        *ret_parts = 1;
        return put_links(ctx, answer, first_index);
    }
    if (ctx->state->surface != SURFACE_MESSAGING) {
        return err_ok();
    }
    for (size_t i = 0; i < answer->attachment_count; i++) {
        TRY(put_answer_file(ctx, &answer->attachments[i], is_last, first_index + (uint32_t)i));
    }
    *ret_parts = (uint32_t)answer->attachment_count;
    return err_ok();
}
