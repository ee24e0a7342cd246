#include "processor/core/texts.h"

static char folded(char c)
{
    char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    return lower == '_' ? '-' : lower;
}

static bool is_same_tag(struct slice a, struct slice b)
{
    for (size_t i = 0; i < a.len && a.len == b.len; i++) {
        if (folded(a.ptr[i]) != folded(b.ptr[i])) {
            return false;
        }
    }
    return a.len == b.len;
}

/* Without its last subtag, and without a single letter that then stands last: it only introduces
 * what was cut. */
static struct slice shortened(struct slice range)
{
    while (range.len > 0 && folded(range.ptr[range.len - 1]) != '-') {
        range.len--;
    }
    range.len -= range.len > 0 ? 1 : 0;
    bool is_single = range.len >= 2 && folded(range.ptr[range.len - 2]) == '-';
    return is_single ? shortened(range) : range;
}

static struct slice pick(const struct store *store, enum slot slot, uint32_t reason,
                         struct slice locale, struct slice own)
{
    for (struct slice range = slice_trim(locale); range.len > 0; range = shortened(range)) {
        for (size_t i = 0; i < store->text_count; i++) {
            const struct store_text *text = &store->texts[i];
            if (text->slot == slot && text->reason == reason &&
                is_same_tag(text->language, range)) {
                return text->text;
            }
        }
    }
    return own;
}

struct slice texts_pick(const struct store *store, enum slot slot, struct slice locale,
                        struct slice own)
{
    return pick(store, slot, 0, locale, own);
}

struct slice texts_pick_rule(const struct store *store, enum reason reason, struct slice locale,
                             struct slice own)
{
    return pick(store, SLOT_NOTICE_RULE, (uint32_t)reason, locale, own);
}
