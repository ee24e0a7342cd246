#include "processor/core/markup_parts.h"

#include "base/limits.h"
#include "processor/core/markup.h"

#include <cmark.h>

#include <string.h>

/* Zendesk's own Markdown may make a little more HTML of a text than CommonMark does. */
enum { CHARS_MAX = LIMIT_CONVERSATIONS_TEXT_CHARS_MAX - 296 };
/* Places to cut that are looked at within a block that is too long. */
enum { CUTS_MAX = 24 };
/* A line that opens a block of code is repeated in each part: a longer one is cut like words. */
enum { FENCE_BYTES_MAX = 40, CLOSING_BYTES = 8 };

DEFINE_CLEANUP_PTR(document, cmark_node, cmark_node_free)

/* As UTF-16 counts them: the unit of the page is "characters", and this is the larger count. */
static size_t characters(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        count += (byte & 0xC0) == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1;
    }
    return count;
}

/* What one mark can become at most: "~~~" the tags of a block of code, ">" those of a quotation. */
enum { MARK_CHARS_MAX = 64 };

/* True for what may be markup, or have to be escaped. */
static bool is_mark(struct slice text, size_t at)
{
    static const char harmless[] = " ,?!:;('/";
    char c = text.ptr[at];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
    bool is_digit = c >= '0' && c <= '9';
    if (is_letter || is_digit || (c != '\0' && strchr(harmless, c) != NULL)) {
        return false;
    }
    /* Behind a digit they make a list. */
    bool may_be_plain = c == '.' || c == ')';
    return !may_be_plain || (at > 0 && text.ptr[at - 1] >= '0' && text.ptr[at - 1] <= '9');
}

/* Whether it fits whatever its markup is, which spares most texts the making of HTML. Not said of
 * what repeats a part of the text elsewhere: links and entities. */
static bool surely_fits(struct slice text)
{
    size_t chars = text.len + MARK_CHARS_MAX;
    for (size_t i = 0; i < text.len && chars <= CHARS_MAX; i++) {
        if (text.ptr[i] == '[' || text.ptr[i] == '<' || text.ptr[i] == '&') {
            return false;
        }
        chars += is_mark(text, i) ? MARK_CHARS_MAX : 0;
    }
    return chars <= CHARS_MAX;
}

static err_t fits(struct arena *arena, struct slice text, bool *ret_fits)
{
    struct arena_mark mark = arena_mark(arena);
    struct slice html = {0};
    if (surely_fits(text)) {
        *ret_fits = true;
        return err_ok();
    }
    *ret_fits = characters(text) <= CHARS_MAX;
    if (*ret_fits) {
        TRY(markup_html(arena, text, &html));
        *ret_fits = characters(html) <= CHARS_MAX;
        arena_release(arena, mark);
    }
    return err_ok();
}

/* Where line `line` (from 1) ends, its line end counted. */
static size_t end_of_line(struct slice text, int line)
{
    size_t at = 0;
    for (int i = 0; i < line && at < text.len; i++) {
        at += slice_find(slice_sub(text, at, text.len), '\n') + 1;
    }
    return at < text.len ? at : text.len;
}

/* The longest front part that fits, in bytes; at least one character. */
static err_t longest(struct arena *arena, struct slice text, size_t *ret_len)
{
    size_t low = slice_cut_utf8(text, 4).len;
    size_t high = slice_cut_utf8(text, 4 * CHARS_MAX).len;
    while (low < high) {
        bool is_fit = false;
        size_t middle = low + (high - low + 1) / 2;
        TRY(fits(arena, slice_cut_utf8(text, middle), &is_fit));
        low = is_fit ? middle : low;
        high = is_fit ? high : middle - 1;
    }
    *ret_len = slice_cut_utf8(text, low).len;
    return err_ok();
}

/* Letters alone, without markup and blanks: what must be the same before and after a cut. */
static err_t letters(struct arena *arena, struct slice markdown, struct slice *ret_letters)
{
    struct slice html = {0};
    TRY(markup_html(arena, markdown, &html));
    char *out = arena_alloc(arena, html.len + 1);
    if (out == NULL) {
        return ARENA_ERR(arena);
    }
    size_t len = 0;
    bool in_tag = false;
    for (size_t i = 0; i < html.len; i++) {
        char c = html.ptr[i];
        in_tag = in_tag || c == '<';
        if (!in_tag && c != ' ' && c != '\n') {
            out[len++] = c;
        }
        in_tag = in_tag && c != '>';
    }
    *ret_letters = slice_from(out, len);
    return err_ok();
}

/* True when a cut there tears nothing: both sides together read as the whole did. */
static err_t is_clean(struct arena *arena, struct slice block, size_t cut, bool *ret_clean)
{
    struct arena_mark mark = arena_mark(arena);
    /* What is torn shows near the cut. */
    struct slice near = slice_cut_utf8(block, cut + CHARS_MAX);
    struct slice whole = {0};
    struct slice head = {0};
    struct slice tail = {0};
    TRY(letters(arena, near, &whole));
    TRY(letters(arena, slice_sub(near, 0, cut), &head));
    TRY(letters(arena, slice_sub(near, cut, near.len), &tail));
    *ret_clean = head.len + tail.len == whole.len && slice_starts_with(whole, head) &&
                 slice_ends_with(whole, tail);
    arena_release(arena, mark);
    return err_ok();
}

/* The last place up to `max` after this character, or 0. */
static size_t last_after(struct slice text, char c, size_t max)
{
    while (max > 0 && text.ptr[max - 1] != c) {
        max--;
    }
    return max;
}

/* Within a block: the last clean end of a line in the second half, else of a word, else of a word
 * whatever it tears, else wherever it fits. */
static err_t place_to_cut(struct arena *arena, struct slice block, size_t max, size_t *ret_cut)
{
    static const char after[] = {'\n', ' '};
    for (size_t kind = 0; kind < sizeof after; kind++) {
        size_t cut = last_after(block, after[kind], max);
        for (int tries = 0; cut > max / 2 && tries < CUTS_MAX; tries++) {
            bool is_good = false;
            TRY(is_clean(arena, block, cut, &is_good));
            if (is_good) {
                *ret_cut = cut;
                return err_ok();
            }
            cut = last_after(block, after[kind], cut - 1);
        }
    }
    size_t word = last_after(block, ' ', max);
    *ret_cut = word > max / 2 ? word : max;
    return err_ok();
}

/* The line that opens a fenced block of code; empty when `block` is something else. */
static struct slice fence_of(struct slice block)
{
    struct slice line = {0};
    struct slice rest = {0};
    (void)slice_split(block, '\n', &line, &rest);
    bool is_fence = slice_starts_with(line, SLICE("```")) || slice_starts_with(line, SLICE("~~~"));
    return is_fence && line.len <= FENCE_BYTES_MAX ? line : SLICE("");
}

/* *rest begins with `fence` and has more than fits: closed here, and opened again if code is left.
 */
static err_t part_of_code(struct arena *arena, struct slice fence, struct slice *rest,
                          struct slice *ret_part)
{
    size_t max = 0;
    TRY(longest(arena, *rest, &max));
    size_t cut = last_after(*rest, '\n', max - CLOSING_BYTES);
    if (cut <= fence.len + 1) { /* one line of code, longer than a message */
        cut = slice_cut_utf8(*rest, max - CLOSING_BYTES).len;
    }
    struct slice head = slice_sub(*rest, 0, cut);
    struct slice tail = slice_sub(*rest, cut, rest->len);
    struct slice mark = slice_sub(fence, 0, 3);
    TRY(arena_printf(arena, ret_part, "%.*s%s%.*s", SLICE_ARG(head),
                     slice_ends_with(head, SLICE("\n")) ? "" : "\n", SLICE_ARG(mark)));
    if (slice_starts_with(tail, mark)) {
        *rest = slice_sub(tail, end_of_line(tail, 1), tail.len);
        return err_ok();
    }
    return arena_printf(arena, rest, "%.*s\n%.*s", SLICE_ARG(fence), SLICE_ARG(tail));
}

/* How far whole blocks fit; 0 when not even the first one does. */
static err_t whole_blocks(struct arena *arena, struct slice text, size_t *ret_len)
{
    CLEANUP_PTR(document)
    cmark_node *document = cmark_parse_document(text.ptr, text.len, CMARK_OPT_DEFAULT);
    *ret_len = 0;
    for (cmark_node *block = cmark_node_first_child(document); block != NULL;
         block = cmark_node_next(block)) {
        bool is_fit = false;
        size_t end = end_of_line(text, cmark_node_get_end_line(block));
        if (characters(slice_sub(text, *ret_len, end)) > CHARS_MAX) {
            break;
        }
        TRY(fits(arena, slice_sub(text, 0, end), &is_fit));
        if (!is_fit) {
            break;
        }
        *ret_len = end;
    }
    return err_ok();
}

err_t markup_part(struct arena *arena, struct slice *rest, struct slice *ret_part)
{
    bool is_last = false;
    size_t cut = 0;
    TRY(fits(arena, *rest, &is_last));
    if (is_last) {
        *ret_part = *rest;
        *rest = SLICE("");
        return err_ok();
    }
    TRY(whole_blocks(arena, *rest, &cut));
    struct slice fence = cut == 0 ? fence_of(*rest) : SLICE("");
    if (fence.len > 0) {
        return part_of_code(arena, fence, rest, ret_part);
    }
    if (cut == 0) {
        size_t max = 0;
        TRY(longest(arena, *rest, &max));
        TRY(place_to_cut(arena, *rest, max, &cut));
    }
    *ret_part = slice_sub(*rest, 0, cut);
    *rest = slice_sub(*rest, cut, rest->len);
    return err_ok();
}
