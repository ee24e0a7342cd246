#include "sandbox/tags.h"

#include "base/buf.h"

enum { TAGS_BYTES_MAX = 64 * 1024 };

static bool parts(char c)
{
    return c == ' ' || c == ',' || c == '\t' || c == '\n' || c == '\r';
}

bool tags_next(struct slice *words, struct slice *ret_word)
{
    size_t from = 0;
    while (from < words->len && parts(words->ptr[from])) {
        from++;
    }
    size_t to = from;
    while (to < words->len && !parts(words->ptr[to])) {
        to++;
    }
    *ret_word = slice_sub(*words, from, to);
    *words = slice_sub(*words, to, words->len);
    return to > from;
}

bool tags_has(struct slice tags, struct slice tag)
{
    struct slice word = {0};
    while (tags_next(&tags, &word)) {
        if (slice_equal_nocase(word, tag)) {
            return true;
        }
    }
    return false;
}

bool tags_has_any(struct slice tags, struct slice words)
{
    struct slice word = {0};
    while (tags_next(&words, &word)) {
        if (tags_has(tags, word)) {
            return true;
        }
    }
    return false;
}

struct set {
    struct slice words[TAGS_MAX];
    size_t count;
};

static err_t put(struct arena *arena, struct set *set, struct slice word)
{
    char *low = arena_alloc(arena, word.len + 1);
    if (low == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        low[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    struct slice tag = slice_from(low, word.len);
    size_t at = 0;
    while (at < set->count && slice_compare(set->words[at], tag) < 0) {
        at++;
    }
    if (at < set->count && slice_equal(set->words[at], tag)) {
        return err_ok();
    }
    if (set->count == TAGS_MAX) {
        return ERR(TOO_LARGE);
    }
    for (size_t i = set->count; i > at; i--) {
        set->words[i] = set->words[i - 1];
    }
    set->words[at] = tag;
    set->count++;
    return err_ok();
}

static err_t join(struct arena *arena, const struct set *set, struct slice without,
                  struct slice *ret_tags)
{
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, TAGS_BYTES_MAX);
    for (size_t i = 0; i < set->count; i++) {
        if (tags_has(without, set->words[i])) {
            continue;
        }
        if (text.len > 0) {
            TRY(buf_append_char(&text, ' '));
        }
        TRY(buf_append(&text, set->words[i]));
    }
    return arena_copy(arena, buf_slice(&text), ret_tags);
}

static err_t combine(struct arena *arena, struct slice tags, struct slice more,
                     struct slice without, struct slice *ret_tags)
{
    struct slice word = {0};
    struct set *set = ARENA_NEW(arena, struct set);
    if (set == NULL) {
        return ERR(ARENA_FULL);
    }
    while (tags_next(&tags, &word)) {
        TRY(put(arena, set, word));
    }
    while (tags_next(&more, &word)) {
        TRY(put(arena, set, word));
    }
    return join(arena, set, without, ret_tags);
}

err_t tags_set(struct arena *arena, struct slice words, struct slice *ret_tags)
{
    return combine(arena, words, (struct slice){0}, (struct slice){0}, ret_tags);
}

err_t tags_add(struct arena *arena, struct slice tags, struct slice words, struct slice *ret_tags)
{
    return combine(arena, tags, words, (struct slice){0}, ret_tags);
}

err_t tags_remove(struct arena *arena, struct slice tags, struct slice words,
                  struct slice *ret_tags)
{
    return combine(arena, tags, (struct slice){0}, words, ret_tags);
}

err_t tags_read(struct arena *arena, const struct json *value, struct slice *ret_words)
{
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, TAGS_BYTES_MAX);
    if (value == NULL || value->type == JSON_NULL) {
        *ret_words = (struct slice){0};
        return err_ok();
    }
    if (value->type == JSON_STRING) {
        return arena_copy(arena, value->text, ret_words);
    }
    if (value->type != JSON_ARRAY) {
        return ERR(WRONG_TYPE);
    }
    JSON_EACH(item, value)
    {
        if (item->type != JSON_STRING) {
            return ERR(WRONG_TYPE);
        }
        TRY(buf_append(&text, item->text));
        TRY(buf_append_char(&text, ' '));
    }
    return arena_copy(arena, buf_slice(&text), ret_words);
}
