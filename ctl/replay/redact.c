#include "ctl/replay/redact.h"

#include "base/check.h"
#include "ctl/replay/redact_parts.h"
#include "event/codec_words.h"
#include "processor/core/phrases.h"
#include "processor/core/phrases_known.h"

#include <string.h>

enum { WORDS_KEPT_MAX = 64 };

/* ---- one sign for another */

/* A script's letters, or some of them: code points of the same length in UTF-8. */
struct script {
    uint32_t first, last;   /* what belongs to it */
    uint32_t from, letters; /* what stands for it */
};
static const struct script scripts[] = {
    {0x00AA, 0x024F, 0x00E0, 23},                                       /* Latin */
    {0x0250, 0x036F, 0x00E0, 23},         {0x0370, 0x03FF, 0x03B1, 17}, /* Greek */
    {0x0400, 0x052F, 0x0430, 32},                                       /* Cyrillic */
    {0x0530, 0x05FF, 0x05D0, 27},                                       /* Armenian, Hebrew */
    {0x0600, 0x07FF, 0x0628, 19},                                       /* Arabic */
    {0x0800, 0x0DFF, 0x0915, 37},                                       /* of India */
    {0x0E00, 0x0FFF, 0x0E01, 46},                                       /* Thai, Lao */
    {0x1000, 0x1FFF, 0x0915, 37},         {0x3040, 0x312F, 0x30A2, 60}, /* Kana */
    {0x3130, 0xABFF, 0x4E00, 0x2000},                                   /* Han and its neighbours */
    {0xAC00, 0xD7FF, 0xAC00, 0x2000},                                   /* Hangul */
    {0xF900, 0xFFFF, 0x4E00, 0x2000},     {0x10000, 0x1EFFF, 0x20000, 0x2000},
    {0x20000, 0x10FFFF, 0x20000, 0x2000},
};

static size_t decode(struct slice text, size_t at, uint32_t *ret_code)
{
    unsigned char first = (unsigned char)text.ptr[at];
    size_t len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t code = len == 1 ? first : first & (0x7FU >> len);
    for (size_t i = 1; i < len && at + i < text.len; i++) {
        code = code << 6 | ((unsigned char)text.ptr[at + i] & 0x3FU);
    }
    *ret_code = code;
    return len;
}

static void encode(uint32_t code, size_t len, char *out)
{
    if (len == 1) {
        out[0] = (char)code;
        return;
    }
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)((0xF00U >> len & 0xFF) | code);
}

static const struct script *script_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        if (code >= scripts[i].first && code <= scripts[i].last) {
            return &scripts[i];
        }
    }
    return NULL; /* signs, and pictures */
}

static bool is_ascii_letter(uint32_t code)
{
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
}

static bool is_of_word(uint32_t code)
{
    return is_ascii_letter(code) || (code >= '0' && code <= '9') ||
           (code >= 0x80 && script_of(code) != NULL);
}

/* Another one of `count` signs from `first` on, never the same. */
static uint32_t shifted(uint32_t code, uint32_t first, uint32_t count, uint32_t draw)
{
    return first + (code - first + 1 + draw % (count - 1)) % count;
}

static uint32_t other(uint32_t code, uint32_t draw)
{
    if (code >= 'a' && code <= 'z') {
        return shifted(code, 'a', 26, draw);
    }
    if (code >= 'A' && code <= 'Z') {
        return shifted(code, 'A', 26, draw);
    }
    if (code >= '0' && code <= '9') {
        return shifted(code, '0', 10, draw);
    }
    const struct script *script = script_of(code);
    return script == NULL ? code : script->from + draw % script->letters;
}

/* ---- one word for another */

/* Numbers that follow from a word, whatever its case, and the key. */
struct draws {
    uint64_t state;
};

static struct draws draws_of(const struct redact *r, struct slice word)
{
    char block[IDENT_KEY_BYTES + 256];
    size_t len = word.len < 256 ? word.len : 256;
    memcpy(block, r->key, IDENT_KEY_BYTES);
    for (size_t i = 0; i < len; i++) {
        char c = word.ptr[i];
        block[IDENT_KEY_BYTES + i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return (struct draws){ident_digest(slice_from(block, IDENT_KEY_BYTES + len))};
}

static uint32_t draw(struct draws *d)
{
    d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(d->state >> 33);
}

/* The phrases that match a text: their words stay in it. */
struct kept {
    struct slice phrases[WORDS_KEPT_MAX];
    size_t count;
};

/* A sign of a phrase that is a run: in scripts without blanks a word is a sentence. */
static bool is_of_run(const struct kept *kept, struct slice sign)
{
    for (size_t i = 0; i < kept->count; i++) {
        struct slice phrase = kept->phrases[i];
        for (size_t at = 0; sign.len > 2 && at + sign.len <= phrase.len; at++) {
            if (slice_equal(slice_sub(phrase, at, at + sign.len), sign)) {
                return true;
            }
        }
    }
    return false;
}

static void change_word(const struct redact *r, const struct kept *kept, struct slice word,
                        char *out)
{
    struct draws draws = draws_of(r, word);
    for (size_t at = 0; at < word.len;) {
        uint32_t code = 0;
        size_t len = decode(word, at, &code);
        uint32_t drawn = draw(&draws);
        if (!is_of_run(kept, slice_sub(word, at, at + len))) {
            encode(other(code, drawn), len, out + at);
        }
        at += len;
    }
}

static void keep_matching(struct kept *kept, struct slice text, const struct slice *phrases,
                          size_t count)
{
    for (size_t i = 0; i < count && kept->count < WORDS_KEPT_MAX; i++) {
        if (phrase_in(text, phrases[i])) {
            kept->phrases[kept->count++] = phrases[i];
        }
    }
}

static void find_kept(const struct redact *r, struct slice text, struct kept *kept)
{
    size_t known = 0;
    const struct slice *phrases = phrases_known(&known);
    kept->count = 0;
    keep_matching(kept, text, phrases, known);
    for (size_t i = 0; r->config != NULL && i < config_store_count(r->config); i++) {
        const struct store *store = config_store_at(r->config, i);
        keep_matching(kept, text, store->phrases, store->phrase_count);
    }
}

/* A word of a phrase that matches. */
static bool is_kept(const struct kept *kept, struct slice word)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (phrase_in(kept->phrases[i], word)) {
            return true;
        }
    }
    return false;
}

static size_t word_end(struct slice text, size_t at)
{
    while (at < text.len) {
        uint32_t code = 0;
        size_t len = decode(text, at, &code);
        if (!is_of_word(code)) {
            break;
        }
        at += len;
    }
    return at < text.len ? at : text.len;
}

/* A state that knows `was` by its digest is to know `is` instead. */
static err_t learn_digest(struct redact *r, uint64_t was, uint64_t is)
{
    return store_put(&r->digests, slice_from(&was, sizeof was), slice_from(&is, sizeof is));
}

static uint64_t digest_now(const struct redact *r, uint64_t was)
{
    struct slice is = {0};
    if (store_get(&r->digests, slice_from(&was, sizeof was), &is)) {
        memcpy(&was, is.ptr, sizeof was);
    }
    return was;
}

err_t redact_text(struct redact *r, struct slice text, struct slice *ret_text)
{
    struct kept kept;
    if (!slice_is_utf8(text)) {
        text = SLICE("");
    }
    TRY(arena_copy(r->arena, text, ret_text));
    char *out = (char *)(uintptr_t)ret_text->ptr;
    find_kept(r, text, &kept);
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t end = word_end(text, at);
        if (end == at) {
            at += decode(text, at, &code);
            continue;
        }
        struct slice word = slice_sub(text, at, end);
        if (!is_kept(&kept, word)) {
            change_word(r, &kept, word, out + at);
        }
        at = end;
    }
    uint64_t said = phrase_digest(text);
    return said == 0 ? err_ok() : learn_digest(r, said, phrase_digest(*ret_text));
}

/* ---- ids */

static bool is_number(struct slice id)
{
    for (size_t i = 0; i < id.len; i++) {
        if (id.ptr[i] < '0' || id.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Effect ids within an id ("timer/1/1789…/d6af42e4…") become what they are in the replay. */
err_t redact_effects(struct redact *r, struct slice id, struct slice *ret_id)
{
    enum { HEX = IDENT_EFFECT_TEXT_BYTES - 1 };
    TRY(arena_copy(r->arena, id, ret_id));
    char *out = (char *)(uintptr_t)ret_id->ptr;
    for (size_t at = 0; at + HEX <= id.len; at++) {
        struct slice is = {0};
        if (is_hex(id.ptr[at]) && store_get(&r->effects, slice_sub(id, at, at + HEX), &is)) {
            memcpy(out + at, is.ptr, HEX);
            at += HEX - 1;
        }
    }
    return err_ok();
}

/* A digit or letter of an id becomes another of its kind: a digit of a hex number, too. */
static char other_of_id(char c, uint32_t drawn)
{
    static const struct {
        char first, last;
    } kinds[] = {{'0', '9'}, {'a', 'f'}, {'g', 'z'}, {'A', 'Z'}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (c >= kinds[i].first && c <= kinds[i].last) {
            uint32_t count = (uint32_t)(kinds[i].last - kinds[i].first) + 1;
            return (char)shifted((unsigned char)c, (unsigned char)kinds[i].first, count, drawn);
        }
    }
    return (unsigned char)c > 127 ? '.' : c;
}

err_t redact_id(struct redact *r, struct slice id, struct slice *ret_id)
{
    struct slice known = {0};
    if (is_number(id)) {
        *ret_id = id;
        return err_ok();
    }
    if (store_get(&r->effects, id, &known)) {
        return arena_copy(r->arena, known, ret_id);
    }
    TRY(arena_copy(r->arena, id, ret_id));
    char *out = (char *)(uintptr_t)ret_id->ptr;
    for (size_t i = 0; i < id.len; i++) {
        /* By what stands before it alone: two ids never become one, however short they are. */
        struct draws draws = draws_of(r, slice_sub(id, 0, i));
        out[i] = other_of_id(id.ptr[i], draw(&draws));
    }
    return learn_digest(r, ident_digest(id), ident_digest(*ret_id));
}

err_t redact_key(struct redact *r, struct slice key, struct slice *ret_key)
{
    struct slice account = {0};
    struct slice id = {0};
    struct slice changed = {0};
    enum surface surface = SURFACE_NONE;
    if (err_failed(ident_key_parse(key, &account, &surface, &id)) || surface == SURFACE_ACCOUNT) {
        *ret_key = key;
        return err_ok();
    }
    TRY(redact_id(r, id, &changed));
    return ident_key(r->arena, account, surface, changed, ret_key);
}

err_t redact_learn(struct redact *r, struct effect_id was, struct effect_id is)
{
    char from[IDENT_EFFECT_TEXT_BYTES];
    char to[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(was, from);
    effect_id_text(is, to);
    return store_put(&r->effects, slice_of(from), slice_of(to));
}

/* ---- records */

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
        names++;
    }
    return false;
}

/* What decides and is nobody's word: kinds, and what the configuration or Zendesk's shape names. */
static bool is_plain(const char *parent, const char *name)
{
    static const char *const names[] = {
        "type",     "source_type",  "content_type",   "media_type", "locale",
        "event",    "updated_at",   "author_subtype", "activity",   "sentiment",
        "brand_id", "widget_id",    "integration_id", "status",     "actions",
        "intent",   "handoff_tags", "tags",           "key",        NULL,
    };
    bool is_integration = strcmp(parent, "active") == 0 || strcmp(parent, "pending") == 0;
    bool is_action = parent[0] == '\0' && strcmp(name, "name") == 0; /* of a rating or action */
    return is_integration || is_action || is_one_of(name, names);
}

/* Ids that we have made: of effects, and of our own events, which name their places. */
static bool is_ours(const char *name, struct slice value)
{
    static const char *const names[] = {"effect_id", "ref", "turn", "traceparent", NULL};
    static const char *const events[] = {"outcome/", "timer/",    "config/",   "missed/", "ticket/",
                                         "alive/",   "takeover/", "backfill/", NULL};
    for (size_t i = 0; strcmp(name, "id") == 0 && events[i] != NULL; i++) {
        if (slice_starts_with(value, slice_of(events[i]))) {
            return true;
        }
    }
    return is_one_of(name, names);
}

static err_t change_effect(struct redact *r, struct slice *value)
{
    struct effect_id id;
    struct slice is = {0};
    char text[IDENT_EFFECT_TEXT_BYTES];
    memcpy(&id, value->ptr, sizeof id);
    effect_id_text(id, text);
    if (!store_get(&r->effects, slice_of(text), &is)) {
        return err_ok();
    }
    TRY(effect_id_parse(is, &id));
    return arena_copy(r->arena, effect_id_slice(&id), value);
}

/* Of an event, what has a form of its own; of a state it is data, which redact_state() looks
 * after. */
static err_t change_bytes(struct redact *r, const char *name, struct slice *value)
{
    if (strcmp(name, "fetched") == 0) {
        return redact_fetched(r, *value, value);
    }
    if (strcmp(name, "data") == 0) {
        return redact_data(r, SLICE(""), *value, value);
    }
    return strcmp(name, "state") == 0 ? redact_packed(r, *value, value)
                                      : redact_text(r, *value, value);
}

static bool is_url(const char *name)
{
    return strcmp(name, "url") == 0 || strcmp(name, "avatar_url") == 0;
}

static err_t change(void *arg, const char *parent, const char *name, enum codec_word kind,
                    struct slice *value)
{
    struct redact *r = arg;
    switch (kind) {
    case CODEC_NAME: return err_ok();
    case CODEC_KEY: return redact_key(r, *value, value);
    case CODEC_EFFECT: return change_effect(r, value);
    case CODEC_BYTES: return change_bytes(r, name, value);
    case CODEC_ID:
    case CODEC_LABEL:
    case CODEC_TEXT: break;
    }
    bool is_done = strcmp(parent, "data") == 0; /* by redact_state() */
    if (is_plain(parent, name) || is_done) {
        return err_ok();
    }
    if (is_url(name)) {
        return redact_url(r, *value, value);
    }
    if (is_ours(name, *value)) {
        return redact_effects(r, *value, value);
    }
    return kind == CODEC_ID ? redact_id(r, *value, value) : redact_text(r, *value, value);
}

err_t redact_event(struct redact *r, struct event *event)
{
    r->account = event->account;
    return codec_event_words(event, change, r);
}

err_t redact_state(struct redact *r, struct conversation *state)
{
    struct datum *data = (struct datum *)(uintptr_t)state->data; /* decoded: it is ours */
    for (size_t i = 0; i < state->data_count; i++) {
        TRY(redact_data(r, data[i].key, data[i].value, &data[i].value));
    }
    for (size_t i = 0; i < state->seen_count; i++) {
        state->seen[i].digest = digest_now(r, state->seen[i].digest);
    }
    for (size_t i = 0; i < state->said_count; i++) {
        state->said[i] = digest_now(r, state->said[i]);
    }
    return codec_conversation_words(state, change, r);
}

err_t redact_chunk(struct redact *r, struct transcript_chunk *chunk)
{
    return codec_transcript_words(chunk, change, r);
}

void redact_deinit(struct redact *r)
{
    store_free(&r->effects);
    store_free(&r->digests);
    memset(r->key, 0, sizeof r->key);
}
