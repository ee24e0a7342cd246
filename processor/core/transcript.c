#include "processor/core/transcript.h"

#include "base/buf.h"
#include "event/codec.h"
#include "processor/core/render_transcript.h"

/* A chunk is not begun anew for a few words: the newest one grows up to this. */
enum { CHUNK_FULL_BYTES = 48 * 1024, ENTRY_FRAME_BYTES = 64 };

bool transcript_is_on(const struct context *ctx)
{
    return ctx->store != NULL && ctx->store->transcript_place == TRANSCRIPT_NOTE;
}

/* --- taken in --- */

static void fall(struct context *ctx, const struct transcript_entry *said)
{
    struct transcript_work *work = &ctx->transcript;
    struct fallen *fallen = ARENA_NEW(ctx->arena, struct fallen);
    if (fallen == NULL) {
        work->is_short = true; /* the step fails at its end */
        return;
    }
    *fallen = (struct fallen){.entry = *said};
    fallen->entry.text = slice_cut_utf8(said->text, LIMIT_TEXT_BYTES_MAX);
    fallen->entry.episode = ctx->state->episode;
    if (work->last != NULL) {
        work->last->next = fallen;
    } else {
        work->first = fallen;
    }
    work->last = fallen;
    work->count++;
}

static struct transcript_entry entry_of(const struct history_entry *entry)
{
    return (struct transcript_entry){
        .speaker = entry->speaker, .at = entry->at, .text = entry->text};
}

/* Entry `index` of the history falls. */
static void fall_from(struct context *ctx, const struct conversation *state, size_t index)
{
    struct transcript_entry entry = entry_of(&state->history[index]);
    fall(ctx, &entry);
}

static void fall_all(struct context *ctx)
{
    struct conversation *state = ctx->state;
    for (size_t i = state->transcript.kept; i < state->history_count; i++) {
        fall_from(ctx, state, i);
    }
    state->transcript.kept = state->history_count;
}

bool transcript_keep(struct context *ctx, const struct transcript_entry *said)
{
    const struct conversation *state = ctx->state;
    if (!transcript_is_on(ctx)) {
        return false;
    }
    bool is_long = said->text.len > LIMIT_HISTORY_TEXT_BYTES_MAX || said->attachment_count > 0;
    bool is_full = state->history_count == LIMIT_HISTORY_ENTRIES_MAX && state->transcript.kept == 0;
    if (is_long || is_full) {
        fall_all(ctx);
    }
    if (is_long) {
        fall(ctx, said);
    }
    return is_long;
}

void transcript_owe(struct context *ctx)
{
    if (transcript_is_on(ctx)) {
        ctx->state->transcript.owed = TRANSCRIPT_WAITING;
    }
}

void transcript_due(struct context *ctx)
{
    if (ctx->state->transcript.owed == TRANSCRIPT_WAITING) {
        ctx->state->transcript.owed = TRANSCRIPT_DUE;
    }
}

void transcript_absorb(struct context *ctx, const struct conversation *other)
{
    struct conversation *state = ctx->state;
    size_t own = state->transcript.kept;
    if (!transcript_is_on(ctx)) {
        return;
    }
    for (size_t i = other->transcript.kept; i < other->history_count; i++) {
        while (own < state->history_count &&
               !wall_before(other->history[i].at, state->history[own].at)) {
            fall_from(ctx, state, own++);
        }
        fall_from(ctx, other, i);
    }
    while (own < state->history_count) {
        fall_from(ctx, state, own++);
    }
    state->transcript.kept = own;
    state->transcript.cut += other->transcript.cut + other->transcript.turns;
}

/* --- kept --- */

/* A chunk as it will stand behind this step. */
struct piece {
    uint32_t number;
    struct slice bytes;
    size_t turns;
    bool is_new;
};

struct pieces {
    struct piece *list;
    size_t count;
    size_t old; /* how many of them stood there before */
    struct transcript_chunk open;
    size_t open_bytes;
};

static struct slice chunk_at(const struct context *ctx, size_t index)
{
    return ctx->transcript.chunks != NULL ? ctx->transcript.chunks[index] : SLICE("");
}

/* One that is not there, or cannot be read, has no entries. */
static err_t read_chunk(struct context *ctx, size_t index, struct transcript_chunk *ret_chunk)
{
    struct slice bytes = chunk_at(ctx, index);
    *ret_chunk = (struct transcript_chunk){0};
    err_t e =
        bytes.len > 0 ? codec_transcript_decode(ctx->arena, bytes, NULL, ret_chunk) : err_ok();
    return err_failed(e) && err_is(e, ERR_ARENA_FULL) ? e : err_ok();
}

static size_t bytes_of(const struct transcript_entry *entry)
{
    size_t bytes = ENTRY_FRAME_BYTES + entry->text.len + entry->id.len + entry->author_name.len;
    for (size_t i = 0; i < entry->attachment_count; i++) {
        const struct attachment *attachment = &entry->attachments[i];
        bytes += attachment->url.len + attachment->media_type.len + attachment->name.len;
    }
    return bytes;
}

static err_t pieces_begin(struct context *ctx, struct pieces *ret)
{
    const struct transcript *t = &ctx->state->transcript;
    size_t room = t->count + ctx->transcript.count + 1;
    *ret = (struct pieces){.list = ARENA_ARRAY(ctx->arena, struct piece, room), .old = t->count};
    ret->open.entries = ARENA_ARRAY(ctx->arena, struct transcript_entry, LIMIT_CHUNK_ENTRIES_MAX);
    if (ret->list == NULL || ret->open.entries == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < t->count; i++) {
        ret->list[ret->count++] =
            (struct piece){.number = t->first + (uint32_t)i, .bytes = chunk_at(ctx, i)};
    }
    ret->open.conversation = ctx->state->key;
    ret->open.number = t->first + t->count;
    return err_ok();
}

/* The newest chunk is opened again, unless it is full. */
static err_t pieces_reopen(struct context *ctx, struct pieces *p)
{
    struct transcript_chunk chunk;
    if (p->count == 0 || chunk_at(ctx, p->count - 1).len >= CHUNK_FULL_BYTES) {
        return err_ok();
    }
    TRY(read_chunk(ctx, p->count - 1, &chunk));
    if (chunk.entry_count == 0 || chunk.entry_count >= LIMIT_CHUNK_ENTRIES_MAX) {
        return err_ok();
    }
    for (size_t i = 0; i < chunk.entry_count; i++) {
        p->open.entries[i] = chunk.entries[i];
        p->open_bytes += bytes_of(&chunk.entries[i]);
    }
    p->open.entry_count = chunk.entry_count;
    p->open.number = p->list[--p->count].number;
    return err_ok();
}

static err_t pieces_close(struct context *ctx, struct pieces *p)
{
    CLEANUP(buf) struct buf bytes = {0};
    struct piece piece = {.number = p->open.number, .turns = p->open.entry_count, .is_new = true};
    buf_init(&bytes, LIMIT_CHUNK_BYTES_MAX);
    TRY(codec_transcript_encode(&p->open, &bytes));
    TRY(arena_copy(ctx->arena, buf_slice(&bytes), &piece.bytes));
    p->list[p->count++] = piece;
    p->open.number++;
    p->open.entry_count = 0;
    p->open_bytes = 0;
    return err_ok();
}

static err_t pieces_add(struct context *ctx, struct pieces *p, const struct transcript_entry *entry)
{
    size_t bytes = bytes_of(entry);
    bool is_full =
        p->open.entry_count == LIMIT_CHUNK_ENTRIES_MAX || p->open_bytes + bytes > CHUNK_FULL_BYTES;
    if (is_full && p->open.entry_count > 0) {
        TRY(pieces_close(ctx, p));
    }
    p->open.entries[p->open.entry_count++] = *entry;
    p->open_bytes += bytes;
    return err_ok();
}

/* The oldest go, until the rest is within the limits. *ret_gone = how many of the pieces. */
static err_t cut(struct context *ctx, struct pieces *p, size_t *ret_gone)
{
    struct transcript *t = &ctx->state->transcript;
    size_t bytes = 0;
    size_t gone = 0;
    for (size_t i = 0; i < p->count; i++) {
        bytes += p->list[i].bytes.len;
    }
    for (; bytes > LIMIT_TRANSCRIPT_BYTES_MAX || p->count - gone > LIMIT_TRANSCRIPT_CHUNKS_MAX;
         gone++) {
        struct transcript_chunk chunk = {0};
        size_t turns = p->list[gone].turns;
        if (!p->list[gone].is_new) {
            TRY(read_chunk(ctx, gone, &chunk));
            turns = chunk.entry_count;
        }
        bytes -= p->list[gone].bytes.len;
        turns = turns < t->turns ? turns : t->turns;
        t->turns -= (uint32_t)turns;
        t->cut += (uint32_t)turns;
    }
    if (gone > 0) {
        effects_note(ctx->effects, NOTE_TRANSCRIPT_CUT);
    }
    *ret_gone = gone;
    return err_ok();
}

static err_t change(struct context *ctx, size_t most)
{
    ctx->effects->chunks = ARENA_ARRAY(ctx->arena, struct chunk_change, most);
    return ctx->effects->chunks == NULL ? ERR(ARENA_FULL) : err_ok();
}

static void put_change(struct context *ctx, uint32_t number, struct slice bytes)
{
    struct effects *effects = ctx->effects;
    effects->chunks[effects->chunk_count++] = (struct chunk_change){number, bytes};
}

/* What fell out in this step goes behind what is kept. */
static err_t keep_fallen(struct context *ctx)
{
    struct transcript *t = &ctx->state->transcript;
    struct pieces p;
    size_t gone = 0;
    TRY(pieces_begin(ctx, &p));
    TRY(pieces_reopen(ctx, &p));
    for (const struct fallen *f = ctx->transcript.first; f != NULL; f = f->next) {
        TRY(pieces_add(ctx, &p, &f->entry));
    }
    TRY(pieces_close(ctx, &p));
    t->turns += (uint32_t)ctx->transcript.count;
    TRY(cut(ctx, &p, &gone));
    TRY(change(ctx, p.count));
    for (size_t i = 0; i < p.count; i++) {
        const struct piece *piece = &p.list[i];
        bool was_there = i < p.old;
        if (i >= gone && piece->is_new) {
            put_change(ctx, piece->number, piece->bytes);
        } else if (i < gone && was_there) {
            put_change(ctx, piece->number, SLICE(""));
        }
    }
    t->first += (uint32_t)gone;
    t->count = (uint32_t)(p.count - gone);
    return err_ok();
}

err_t transcript_forget(struct context *ctx)
{
    struct transcript *t = &ctx->state->transcript;
    ctx->transcript.first = NULL;
    ctx->transcript.last = NULL;
    ctx->transcript.count = 0;
    TRY(t->count > 0 ? change(ctx, t->count) : err_ok());
    for (uint32_t i = 0; i < t->count; i++) {
        put_change(ctx, t->first + i, SLICE(""));
    }
    *t = (struct transcript){0};
    return err_ok();
}

/* --- handed over --- */

static err_t gather(struct context *ctx, struct render_transcript *ret)
{
    struct conversation *state = ctx->state;
    const struct transcript *t = &state->transcript;
    struct transcript_chunk *chunks = ARENA_ARRAY(ctx->arena, struct transcript_chunk, t->count);
    size_t kept = 0;
    if (chunks == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < t->count; i++) {
        TRY(read_chunk(ctx, i, &chunks[i]));
        kept += chunks[i].entry_count;
    }
    size_t room = kept + ctx->transcript.count + state->history_count;
    struct transcript_entry *all = ARENA_ARRAY(ctx->arena, struct transcript_entry, room);
    if (all == NULL) {
        return ERR(ARENA_FULL);
    }
    *ret = (struct render_transcript){.entries = all, .told = t->told, .missing = t->cut};
    ret->missing += t->turns > kept ? t->turns - (uint32_t)kept : 0;
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < chunks[i].entry_count; j++) {
            all[ret->count++] = chunks[i].entries[j];
        }
    }
    for (const struct fallen *f = ctx->transcript.first; f != NULL; f = f->next) {
        all[ret->count++] = f->entry;
    }
    for (size_t i = t->kept; i < state->history_count; i++) {
        all[ret->count++] = entry_of(&state->history[i]);
    }
    return err_ok();
}

/* All notes of a transcript have their place in one step. */
static bool may_tell(const struct context *ctx)
{
    const struct conversation *state = ctx->state;
    bool is_due = state->transcript.owed == TRANSCRIPT_DUE || ctx->transcript.ticket_id.len > 0;
    return is_due && !state->halted && ctx->account != NULL && ctx->store != NULL &&
           ctx->effects->command_count + RENDER_TRANSCRIPT_PARTS_MAX <=
               LIMIT_EFFECTS_PER_STEP_MAX &&
           state->outstanding_count + RENDER_TRANSCRIPT_PARTS_MAX <= LIMIT_OUTSTANDING_MAX;
}

static err_t tell(struct context *ctx)
{
    struct conversation *state = ctx->state;
    struct render_transcript all;
    TRY(gather(ctx, &all));
    uint32_t told = state->transcript.told + (uint32_t)all.count;
    all.ticket_id = ctx->transcript.ticket_id;
    if (all.ticket_id.len == 0) {
        all.ticket_id = state->surface == SURFACE_TICKET ? state->remote_id : state->ticket_id;
    }
    if (all.count > 0) {
        TRY(render_transcript(ctx, &all));
        effects_note(ctx->effects, NOTE_TRANSCRIPT_TOLD);
    }
    TRY(transcript_forget(ctx));
    state->transcript.kept = state->history_count;
    state->transcript.told = told;
    return err_ok();
}

err_t transcript_finish(struct context *ctx)
{
    struct conversation *state = ctx->state;
    struct transcript *t = &state->transcript;
    if (ctx->transcript.is_short) {
        return ERR(ARENA_FULL);
    }
    if (!ctx->effects->changed) {
        return err_ok();
    }
    if (may_tell(ctx)) {
        return tell(ctx);
    }
    bool is_over = state->phase == PHASE_ENDED && t->owed == TRANSCRIPT_SETTLED;
    bool is_off = ctx->store != NULL && !transcript_is_on(ctx);
    if ((is_over || is_off) && t->count > 0) {
        return transcript_forget(ctx);
    }
    if (is_over || ctx->transcript.count == 0) {
        return err_ok();
    }
    return keep_fallen(ctx);
}
