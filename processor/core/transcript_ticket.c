#include "processor/core/transcript_ticket.h"

#include "processor/core/route.h"
#include "processor/core/tell.h"
#include "processor/core/transcript.h"

#define PREFIX "tielinekey_" /* "tieline_" has the id of the conversation behind it */
enum { MAC_CHARS = IDENT_EFFECT_TEXT_BYTES - 1, TAG_BYTES_MAX = 250 };

err_t transcript_ticket_tag_of(struct arena *arena, const struct account *account, struct slice key,
                               struct slice *ret_tag)
{
    static const char digits[] = "0123456789abcdef";
    struct slice tail = slice_sub(key, account->name.len + 1, key.len);
    char hex[TAG_BYTES_MAX + 1];
    char mac[IDENT_EFFECT_TEXT_BYTES];
    *ret_tag = SLICE("");
    if (sizeof PREFIX + 2 * tail.len + 1 + MAC_CHARS > TAG_BYTES_MAX) {
        return err_ok();
    }
    for (size_t i = 0; i < tail.len; i++) {
        hex[2 * i] = digits[(unsigned char)tail.ptr[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)tail.ptr[i] & 15];
    }
    ident_key_mac(account->id_key, key, mac);
    return arena_printf(arena, ret_tag, PREFIX "%.*s_%s", (int)(2 * tail.len), hex, mac);
}

err_t transcript_ticket_tag(struct context *ctx, struct slice *ret_tag)
{
    *ret_tag = SLICE("");
    return !transcript_is_on(ctx) || ctx->account == NULL
               ? err_ok()
               : transcript_ticket_tag_of(ctx->arena, ctx->account, ctx->state->key, ret_tag);
}

static bool take_digit(char c, unsigned *byte)
{
    bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && !(c >= 'a' && c <= 'f')) {
        return false;
    }
    *byte = *byte * 16 + (unsigned)(is_digit ? c - '0' : c - 'a' + 10);
    return true;
}

err_t transcript_ticket_key(struct arena *arena, const struct account *of, struct slice tag,
                            struct slice *ret_key)
{
    struct slice account = {0};
    struct slice id = {0};
    enum surface surface = SURFACE_NONE;
    struct slice hex = {0};
    struct slice mac = {0};
    char want[IDENT_EFFECT_TEXT_BYTES];
    size_t at = of->name.len + 1;
    *ret_key = SLICE("");
    bool is_one = slice_starts_with(tag, SLICE(PREFIX)) && tag.len <= TAG_BYTES_MAX &&
                  slice_split(slice_sub(tag, sizeof PREFIX - 1, tag.len), '_', &hex, &mac);
    if (!is_one || hex.len % 2 != 0) {
        return err_ok();
    }
    char *key = arena_alloc(arena, at + hex.len / 2);
    if (key == NULL) {
        return ERR(ARENA_FULL);
    }
    memcpy(key, of->name.ptr, at - 1); /* the account is the ticket's own */
    key[at - 1] = '/';
    for (size_t i = 0; i < hex.len; i += 2) {
        unsigned byte = 0;
        if (!take_digit(hex.ptr[i], &byte) || !take_digit(hex.ptr[i + 1], &byte)) {
            return err_ok();
        }
        key[at++] = (char)byte;
    }
    struct slice found = slice_from(key, at);
    ident_key_mac(of->id_key, found, want);
    bool is_ours = slice_equal(mac, slice_of(want)) &&
                   !err_failed(ident_key_parse(found, &account, &surface, &id)) &&
                   (surface == SURFACE_MESSAGING || surface == SURFACE_CHAT);
    *ret_key = is_ours ? found : SLICE("");
    return err_ok();
}

static err_t tell_seen(struct context *ctx, struct slice key)
{
    struct event *event = NULL;
    struct slice id = {0};
    TRY(tell_id(ctx, "ticket", &id));
    TRY(tell_event(ctx, EVENT_TICKET, key, id, &event));
    event->body.ticket.ticket_id = ctx->state->remote_id;
    return err_ok();
}

err_t transcript_ticket_seen(struct context *ctx, const struct json *ticket)
{
    const struct json *tags = ctx->account == NULL ? NULL : json_find(ticket, "tags");
    JSON_EACH(tag, tags)
    {
        struct slice key = {0};
        TRY(transcript_ticket_key(ctx->arena, ctx->account, json_string(tag), &key));
        if (key.len > 0) {
            return tell_seen(ctx, key);
        }
    }
    return err_ok();
}

err_t transcript_ticket_event(struct context *ctx)
{
    const struct conversation *state = ctx->state;
    bool is_live = state->way == WAY_LIVE && state->handover != HANDOVER_TICKETING;
    if (state->transcript.owed != TRANSCRIPT_WAITING || !is_live || state->halted) {
        effects_note(ctx->effects, NOTE_IGNORED);
        ctx->effects->changed = false;
        return err_ok();
    }
    route(ctx);
    ctx->transcript.ticket_id = ctx->event->body.ticket.ticket_id;
    return err_ok();
}
