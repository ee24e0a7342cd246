#include "processor/core/sent_files.h"

#include "base/buf.h"
#include "processor/core/files.h"
#include "processor/core/markup.h"
#include "processor/core/render_bridge.h"
#include "processor/core/render_common.h"
#include "processor/core/render_support.h"

/* --- kept --- */

static size_t bytes_of(const struct attachment *file)
{
    return file->url.len + file->media_type.len + file->name.len;
}

static void drop_oldest(struct conversation *state)
{
    state->file_count--;
    memmove(&state->files[0], &state->files[1], state->file_count * sizeof state->files[0]);
    state->files_cut++;
    state->files_there -= state->files_there > 0 ? 1 : 0;
}

static bool has_room(const struct conversation *state, const struct attachment *file)
{
    size_t bytes = bytes_of(file);
    for (size_t i = 0; i < state->file_count; i++) {
        bytes += bytes_of(&state->files[i]);
    }
    return state->file_count < LIMIT_SENT_FILES_MAX && bytes <= LIMIT_SENT_FILES_BYTES_MAX;
}

void sent_files_keep(struct conversation *state, const struct attachment *files, size_t count)
{
    if (state->surface == SURFACE_TICKET) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        while (state->file_count > 0 && !has_room(state, &files[i])) {
            drop_oldest(state);
        }
        state->files[state->file_count++] = files[i];
    }
}

bool sent_files_are_there(const struct conversation *state)
{
    return state->files_there == state->file_count;
}

void sent_files_there(struct conversation *state)
{
    state->files_there = state->file_count;
}

void sent_files_forget(struct conversation *state)
{
    state->file_count = 0;
    state->files_cut = 0;
    state->files_there = 0;
}

void sent_files_absorb(struct conversation *state, const struct conversation *other)
{
    struct attachment own[LIMIT_SENT_FILES_MAX];
    size_t count = state->file_count;
    memcpy(own, state->files, count * sizeof own[0]);
    state->file_count = 0;
    state->files_there = 0; /* only chats have a bridge, and they are not merged */
    state->files_cut += other->files_cut;
    sent_files_keep(state, other->files, other->file_count);
    sent_files_keep(state, own, count);
}

/* --- told --- */

/* Those that are carried by name alone; all others by their address as well. */
static err_t list(struct context *ctx, const struct command *carrier, struct slice *ret_text)
{
    const struct conversation *state = ctx->state;
    struct slice plain = {0};
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, RENDER_REQUEST_BYTES_MAX);
    TRY(buf_append_text(&text, "The customer had sent:"));
    for (size_t i = 0; i < state->file_count; i++) {
        const struct attachment *file = &state->files[i];
        TRY(buf_append_char(&text, '\n'));
        TRY(files_put_way(&text, file, carrier));
    }
    if (state->files_cut > 0) {
        TRY(buf_printf(&text, "\n%u older %s not here, but in the conversation.",
                       (unsigned)state->files_cut,
                       state->files_cut == 1 ? "file is" : "files are"));
    }
    TRY(arena_copy(ctx->arena, buf_slice(&text), &plain));
    return markup_guard(ctx->arena, plain, ret_text);
}

err_t sent_files_onto_ticket(struct context *ctx)
{
    struct conversation *state = ctx->state;
    struct command *command = NULL;
    struct slice text = {0};
    struct slice bare = {0};
    if (state->file_count == 0) {
        return err_ok();
    }
    struct effect_cause cause = render_by_attempt(ctx, SLOT_TICKET_FILES, 0);
    TRY(render_ticket_begin(ctx, &cause, EFFECT_TICKET_UPDATE, state->ticket_id, &command));
    /* Whose address it is: in messaging Zendesk told of the file, in a chat the bot's platform. */
    TRY(files_carry(ctx, state->files, state->file_count, state->surface == SURFACE_MESSAGING,
                    command));
    TRY(list(ctx, command, &text));
    TRY(list(ctx, NULL, &bare));
    TRY(render_ticket_note_body(ctx, command, text, bare));
    sent_files_forget(state);
    return err_ok();
}

err_t sent_files_into_bridge(struct context *ctx)
{
    struct conversation *state = ctx->state;
    for (size_t i = state->files_there; i < state->file_count; i++) {
        struct effect_cause cause = render_by_attempt(ctx, SLOT_FILE_BEFORE, (uint32_t)i);
        TRY(render_forward_file(ctx, &cause, &state->files[i]));
    }
    sent_files_there(state);
    return err_ok();
}
