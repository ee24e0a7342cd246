#include "processor/core/render_transcript.h"

#include "base/buf.h"
#include "processor/core/markup.h"
#include "processor/core/render_common.h"
#include "processor/core/render_support.h"

enum {
    HEAD_BYTES_MAX = 500, /* what stands above the turns of a note */
    PART_BYTES_MAX = RENDER_COMMENT_BYTES_MAX - HEAD_BYTES_MAX,
    /* A turn that does not fit is begun in the note before only if so much of it has room. */
    PIECE_BYTES_MIN = 1000,
    LINE_BYTES_MAX = LIMIT_BODY_BYTES_MAX,
};

struct part {
    struct slice text;
    uint32_t turns; /* that begin in it */
};

struct parts {
    struct arena *arena;
    struct part list[RENDER_TRANSCRIPT_PARTS_MAX]; /* the newest */
    size_t count;
    uint32_t left_out; /* turns of those before them */
    struct buf text;   /* of the one that is open */
    uint32_t turns;
};

static err_t close_part(struct parts *p)
{
    struct part part = {.turns = p->turns};
    TRY(arena_copy(p->arena, buf_slice(&p->text), &part.text));
    if (p->count == RENDER_TRANSCRIPT_PARTS_MAX) {
        p->left_out += p->list[0].turns;
        p->count--;
        memmove(&p->list[0], &p->list[1], p->count * sizeof p->list[0]);
    }
    p->list[p->count++] = part;
    p->turns = 0;
    buf_reset(&p->text);
    return err_ok();
}

static err_t put_turn(struct parts *p, struct slice turn)
{
    bool is_begun = false;
    while (turn.len > 0) {
        size_t room = PART_BYTES_MAX - p->text.len;
        bool is_split = turn.len > PART_BYTES_MAX && room >= PIECE_BYTES_MIN;
        if (turn.len > room && !is_split) {
            TRY(close_part(p));
            continue;
        }
        struct slice piece = slice_cut_utf8(turn, room);
        TRY(buf_append(&p->text, piece));
        p->turns += is_begun ? 0 : 1;
        is_begun = true;
        turn = slice_sub(turn, piece.len, turn.len);
    }
    return err_ok();
}

static struct slice author_of(const struct context *ctx, const struct transcript_entry *entry,
                              struct slice *ret_name)
{
    *ret_name = entry->author_name;
    switch (entry->speaker) {
    case SPEAKER_CUSTOMER:
        *ret_name = entry->author_name.len > 0 ? entry->author_name : ctx->state->customer.name;
        return SLICE("Customer");
    case SPEAKER_BOT:
        *ret_name = entry->author_name.len > 0 ? entry->author_name : ctx->store->author_name;
        return SLICE("Bot");
    case SPEAKER_AGENT: return SLICE("Agent");
    case SPEAKER_NOTICE: return SLICE("Notice");
    }
    BUG("speaker out of range");
}

static err_t put_indented(struct buf *line, struct slice text)
{
    while (text.len > 0) {
        struct slice head = {0};
        struct slice rest = {0};
        bool has_more = slice_split(text, '\n', &head, &rest);
        TRY(buf_append(line, has_more ? head : text));
        if (!has_more) {
            return err_ok();
        }
        TRY(buf_append_text(line, "\n  "));
        text = rest;
    }
    return err_ok();
}

static err_t turn_of(struct context *ctx, const struct transcript_entry *entry,
                     struct slice *ret_turn)
{
    CLEANUP(buf) struct buf line = {0};
    struct slice name = {0};
    struct slice author = author_of(ctx, entry, &name);
    struct slice copy = {0};
    buf_init(&line, LINE_BYTES_MAX);
    if (wall_known(entry->at)) {
        char at[INSTANT_TEXT_BYTES];
        instant_format_iso8601(entry->at, at);
        TRY(buf_printf(&line, "[%s] ", at));
    }
    TRY(buf_append(&line, author));
    if (name.len > 0) {
        TRY(buf_append_text(&line, " ("));
        TRY(put_indented(&line, name));
        TRY(buf_append_text(&line, ")"));
    }
    TRY(buf_append_text(&line, ": "));
    TRY(put_indented(&line, slice_trim(entry->text)));
    for (size_t i = 0; i < entry->attachment_count; i++) {
        const struct attachment *attachment = &entry->attachments[i];
        TRY(buf_append_text(&line, "\n  File: "));
        if (attachment->name.len > 0) {
            TRY(put_indented(&line, attachment->name));
            TRY(buf_append_text(&line, " "));
        }
        TRY(put_indented(&line, attachment->url));
    }
    TRY(buf_append_char(&line, '\n'));
    TRY(arena_copy(ctx->arena, buf_slice(&line), &copy));
    return markup_guard(ctx->arena, copy, ret_turn);
}

static err_t put_count(struct buf *out, uint32_t count, const char *one, const char *many)
{
    return count == 0 ? err_ok()
                      : buf_printf(out, "(%u %s)\n", (unsigned)count, count == 1 ? one : many);
}

static err_t put_head(struct buf *out, const struct parts *p, size_t index,
                      const struct render_transcript *all)
{
    TRY(buf_append_text(out, "Transcript"));
    if (p->count > 1) {
        TRY(buf_printf(out, ", part %zu of %zu", index + 1, p->count));
    }
    TRY(buf_append_char(out, '\n'));
    if (index > 0) {
        return err_ok();
    }
    TRY(put_count(out, all->told, "earlier turn was handed over before",
                  "earlier turns were handed over before"));
    return put_count(out, all->missing + p->left_out,
                     "turn is missing here: the conversation was longer than what is kept",
                     "turns are missing here: the conversation was longer than what is kept");
}

static err_t put_note(struct context *ctx, const struct parts *p, size_t index,
                      const struct render_transcript *all)
{
    CLEANUP(buf) struct buf text = {0};
    struct slice copy = {0};
    struct effect_cause cause = render_by_event(ctx, SLOT_TRANSCRIPT, (uint32_t)index);
    buf_init(&text, RENDER_REQUEST_BYTES_MAX);
    TRY(put_head(&text, p, index, all));
    CHECK(text.len <= HEAD_BYTES_MAX);
    TRY(buf_append(&text, p->list[index].text));
    TRY(arena_copy(ctx->arena, buf_slice(&text), &copy));
    return render_ticket_told(ctx, &cause, all->ticket_id, copy);
}

static err_t put_all(struct context *ctx, const struct render_transcript *all, struct parts *p)
{
    for (size_t i = 0; i < all->count; i++) {
        struct slice turn = {0};
        TRY(turn_of(ctx, &all->entries[i], &turn));
        TRY(put_turn(p, turn));
    }
    TRY(p->text.len > 0 ? close_part(p) : err_ok());
    for (size_t i = 0; i < p->count; i++) {
        TRY(put_note(ctx, p, i, all));
    }
    return err_ok();
}

err_t render_transcript(struct context *ctx, const struct render_transcript *all)
{
    struct parts p = {.arena = ctx->arena};
    buf_init(&p.text, PART_BYTES_MAX);
    err_t e = put_all(ctx, all, &p);
    buf_deinit(&p.text);
    return e;
}
