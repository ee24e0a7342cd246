#include "processor/core/render_support.h"

#include "processor/core/fields.h"
#include "processor/core/files.h"
#include "processor/core/markup.h"
#include "processor/core/render_common.h"

enum { COMMENT_BYTES_MAX = RENDER_COMMENT_BYTES_MAX };

err_t render_ticket_begin(struct context *ctx, const struct effect_cause *cause,
                          enum effect_kind effect, struct slice ticket_id,
                          struct command **ret_command)
{
    struct command *command = NULL;
    TRY(render_begin(ctx, cause, effect, &command));
    CLEANUP(buf) struct buf path = {0};
    buf_init(&path, LIMIT_URI_BYTES_MAX);
    TRY(buf_append_text(&path, "/api/v2/tickets/"));
    TRY(render_segment(&path, ticket_id));
    command->remote_id = ticket_id;
    command->api = API_SUPPORT;
    command->method = effect == EFFECT_FETCH_TICKET ? METHOD_GET : METHOD_PUT;
    TRY(arena_copy(ctx->arena, buf_slice(&path), &command->path));
    *ret_command = command;
    return err_ok();
}

static err_t ticket_command(struct context *ctx, const struct effect_cause *cause,
                            struct command **ret_command)
{
    return render_ticket_begin(ctx, cause, EFFECT_TICKET_UPDATE, ctx->state->remote_id,
                               ret_command);
}

/* What one update says of a ticket; empty and NULL members are left out. */
struct update {
    struct slice comment; /* as it is, or as `html` */
    bool is_html;
    bool is_public;
    bool unassigns;
    struct slice assignee_id;
    struct slice status;
};

static err_t update_json(struct context *ctx, const struct command *command,
                         const struct update *update, struct slice *ret_body)
{
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    json_key(&w, "ticket");
    json_object(&w);
    if (update->unassigns) {
        json_key(&w, "assignee_id");
        json_null(&w);
    }
    fields_put_id(&w, "assignee_id", update->assignee_id);
    json_put_slice_if(&w, "status", update->status);
    if (update->comment.len > 0) {
        json_key(&w, "comment");
        json_object(&w);
        json_put_slice(&w, update->is_html ? "html_body" : "body",
                       slice_cut_utf8(update->comment, COMMENT_BYTES_MAX));
        json_put_bool(&w, "public", update->is_public);
        json_end(&w);
    }
    render_stamp(&w, command);
    json_end(&w);
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&body), ret_body);
}

static err_t update_body(struct context *ctx, struct command *command, const struct update *update)
{
    return update_json(ctx, command, update, &command->body);
}

err_t render_fetch_ticket(struct context *ctx)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_event(ctx, SLOT_FETCH_TICKET, 0);
    return render_ticket_begin(ctx, &cause, EFFECT_FETCH_TICKET, ctx->state->remote_id, &command);
}

err_t render_search(struct context *ctx)
{
    enum { SECONDS = 19 }; /* "2026-09-14T09:31:40": a search knows no fractions */
    const struct search *search = &ctx->state->search;
    struct command *command = NULL;
    struct slice query = {0};
    char from[INSTANT_TEXT_BYTES];
    struct effect_cause cause = render_by_event(ctx, SLOT_SEARCH, search->page);
    TRY(render_begin(ctx, &cause, EFFECT_SEARCH_TICKETS, &command));
    instant_format_iso8601(search->from, from);
    TRY(arena_printf(ctx->arena, &query, "type:ticket updated>=%.*sZ", (int)SECONDS, from));
    CLEANUP(buf) struct buf path = {0};
    buf_init(&path, LIMIT_URI_BYTES_MAX);
    TRY(buf_append_text(&path, "/api/v2/search?query="));
    TRY(render_segment(&path, query));
    TRY(buf_printf(&path, "&sort_by=updated_at&sort_order=asc&page=%u", (unsigned)search->page));
    if (search->size > 0) { /* the second of that size begins where the first one ended */
        TRY(buf_printf(&path, "&per_page=%u", (unsigned)search->size));
    }
    command->api = API_SUPPORT;
    command->method = METHOD_GET;
    return arena_copy(ctx->arena, buf_slice(&path), &command->path);
}

/* The longest front part of guarded Markdown whose HTML a comment takes. */
static err_t html_that_fits(struct context *ctx, struct slice markdown, struct slice *ret_html)
{
    TRY(markup_html(ctx->arena, markdown, ret_html));
    while (ret_html->len > COMMENT_BYTES_MAX) {
        effects_note(ctx->effects, NOTE_WORDS_CUT);
        markdown = slice_cut_utf8(markdown, markdown.len / 2);
        TRY(markup_html(ctx->arena, markdown, ret_html));
    }
    return err_ok();
}

static err_t bots_json(struct context *ctx, const struct command *command, struct slice markdown,
                       struct slice *ret_body)
{
    struct slice guarded = {0};
    struct update update = {.is_html = true, .is_public = true};
    TRY(markup_guard(ctx->arena, markdown, &guarded));
    TRY(html_that_fits(ctx, guarded, &update.comment));
    return update_json(ctx, command, &update, ret_body);
}

static err_t bots_comment(struct context *ctx, struct command *command, struct slice markdown)
{
    return bots_json(ctx, command, markdown, &command->body);
}

/* The words with the files that go with them behind: those that are carried by name alone. */
static err_t with_files(struct context *ctx, const struct command *carrier, struct slice markdown,
                        const struct bot_answer *answer, struct slice *ret_text)
{
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, RENDER_REQUEST_BYTES_MAX);
    TRY(buf_append(&text, markdown));
    for (size_t i = 0; i < answer->attachment_count; i++) {
        const struct attachment *file = &answer->attachments[i];
        TRY(buf_append_text(&text, text.len > 0 ? "\n\n" : ""));
        TRY(files_put_way(&text, file, carrier));
    }
    return arena_copy(ctx->arena, buf_slice(&text), ret_text);
}

err_t render_ticket_word(struct context *ctx, struct slice markdown,
                         const struct bot_answer *answer)
{
    struct command *command = NULL;
    struct slice words = {0};
    struct effect_cause cause = {
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .event = ctx->state->turn.id,
        .slot = SLOT_WORD,
    };
    TRY(ticket_command(ctx, &cause, &command));
    command->voice = VOICE_BOT;
    command->check_owner = !ctx->state->speak_checked;
    ctx->state->speak_checked = true;
    command->turn = ctx->state->turn.id;
    if (answer->attachment_count > 0) {
        TRY(files_carry(ctx, answer->attachments, answer->attachment_count, false, command));
    }
    if (command->file_count > 0) {
        TRY(with_files(ctx, NULL, markdown, answer, &words));
        TRY(bots_json(ctx, command, words, &command->fallback));
    }
    TRY(with_files(ctx, command, markdown, answer, &words));
    return bots_comment(ctx, command, words);
}

err_t render_ticket_last_word(struct context *ctx, const struct effect_cause *cause,
                              struct slice markdown)
{
    struct command *command = NULL;
    TRY(ticket_command(ctx, cause, &command));
    command->voice = VOICE_NOTICE;
    return bots_comment(ctx, command, markdown);
}

err_t render_ticket_notice(struct context *ctx, const struct effect_cause *cause,
                           struct slice markdown)
{
    struct command *command = NULL;
    struct update update = {.is_html = true, .is_public = true};
    TRY(ticket_command(ctx, cause, &command));
    command->voice = VOICE_NOTICE;
    TRY(markup_html(ctx->arena, markdown, &update.comment));
    return update_body(ctx, command, &update);
}

err_t render_ticket_note(struct context *ctx, enum slot slot, struct slice text, bool solves)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_event(ctx, slot, 0);
    struct update update = {.comment = text, .status = solves ? SLICE("solved") : SLICE("")};
    TRY(ticket_command(ctx, &cause, &command));
    return update_body(ctx, command, &update);
}

err_t render_ticket_told(struct context *ctx, const struct effect_cause *cause,
                         struct slice ticket_id, struct slice text)
{
    struct command *command = NULL;
    struct update update = {.comment = text};
    TRY(render_ticket_begin(ctx, cause, EFFECT_TICKET_UPDATE, ticket_id, &command));
    return update_body(ctx, command, &update);
}

/* What a comment has room for, and that there was more. */
static err_t text_that_fits(struct context *ctx, struct slice text, struct slice *ret_text)
{
    struct slice more = SLICE(RENDER_MORE_WAS_SAID);
    *ret_text = text;
    if (text.len <= COMMENT_BYTES_MAX) {
        return err_ok();
    }
    effects_note(ctx->effects, NOTE_WORDS_CUT);
    text = slice_cut_utf8(text, COMMENT_BYTES_MAX - more.len);
    return arena_printf(ctx->arena, ret_text, "%.*s%.*s", SLICE_ARG(text), SLICE_ARG(more));
}

err_t render_ticket_note_body(struct context *ctx, struct command *command, struct slice text,
                              struct slice fallback)
{
    struct update update = {0};
    if (command->file_count > 0) {
        TRY(text_that_fits(ctx, fallback, &update.comment));
        TRY(update_json(ctx, command, &update, &command->fallback));
    }
    TRY(text_that_fits(ctx, text, &update.comment));
    return update_body(ctx, command, &update);
}

err_t render_ticket_free(struct context *ctx)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_event(ctx, SLOT_TICKET_UPDATE, 0);
    TRY(ticket_command(ctx, &cause, &command));
    struct update update = {.unassigns = true};
    return update_body(ctx, command, &update);
}

err_t render_ticket_assign(struct context *ctx, struct slice user_id)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_event(ctx, SLOT_RELEASE, 0);
    TRY(ticket_command(ctx, &cause, &command));
    struct update update = {.assignee_id = user_id};
    return update_body(ctx, command, &update);
}

/* What the customer wrote since. Files that are carried are named; the address of all others is the
 * way to them. */
static err_t added_words(struct context *ctx, const struct command *carrier, struct slice *ret_text)
{
    const struct conversation *state = ctx->state;
    struct slice added = {0};
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, RENDER_REQUEST_BYTES_MAX);
    TRY(buf_append_text(&text, "The customer added:"));
    for (size_t i = 0; i < state->pending_count; i++) {
        const struct pending_message *message = &state->pending[i];
        TRY(buf_printf(&text, "\n%.*s", SLICE_ARG(message->text)));
        for (size_t j = 0; j < message->attachment_count; j++) {
            const struct attachment *file = &message->attachments[j];
            TRY(buf_append_char(&text, '\n'));
            TRY(files_put_way(&text, file, carrier));
        }
    }
    TRY(arena_copy(ctx->arena, buf_slice(&text), &added));
    return markup_guard(ctx->arena, added, ret_text);
}

err_t render_ticket_more(struct context *ctx)
{
    const struct conversation *state = ctx->state;
    struct command *command = NULL;
    struct slice text = {0};
    struct slice bare = {0};
    struct effect_cause cause = render_by_event(ctx, SLOT_FORWARD, 0);
    TRY(render_ticket_begin(ctx, &cause, EFFECT_TICKET_UPDATE, state->ticket_id, &command));
    for (size_t i = 0; i < state->pending_count; i++) {
        const struct pending_message *message = &state->pending[i];
        TRY(files_carry(ctx, message->attachments, message->attachment_count, false, command));
    }
    TRY(added_words(ctx, NULL, &bare));
    TRY(added_words(ctx, command, &text));
    return render_ticket_note_body(ctx, command, text, bare);
}
