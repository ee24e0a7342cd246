#include "processor/core/markup.h"

#include "base/buf.h"
#include "base/limits.h"

#include <cmark.h>

/* Each two bytes of a text may get a joiner of three. */
enum { GUARDED_BYTES_MAX = 3 * LIMIT_BODY_BYTES_MAX };

static const char joiner[] = "\xE2\x81\xA0";

/* Beginnings of what Zendesk acts on, and how much of each stands before the joiner. */
static const struct {
    struct slice begins;
    size_t kept;
} acted_on[] = {
    {{"%[", 2}, 1}, {{"%((", 3}, 1}, {{"&((", 3}, 1}, {{"{{", 2}, 1}, {{"{%", 2}, 1},
};

/* How many bytes of `rest` to keep before a joiner; 0 = it begins with nothing of that kind. */
static size_t to_break(struct slice rest)
{
    for (size_t i = 0; i < sizeof acted_on / sizeof acted_on[0]; i++) {
        if (slice_starts_with(rest, acted_on[i].begins)) {
            return acted_on[i].kept;
        }
    }
    return 0;
}

/* "![label](" loses its mark; where it has no label the address is one. */
static err_t link_to_image(struct buf *out, struct slice rest, size_t *ret_used)
{
    static const struct slice unnamed = {"![](", 4};
    TRY(buf_append_char(out, '['));
    *ret_used = 2;
    if (slice_starts_with(rest, unnamed)) {
        struct slice address = slice_sub(rest, unnamed.len, rest.len);
        TRY(buf_append(out, slice_sub(address, 0, slice_find(address, ')'))));
    }
    return err_ok();
}

/* Whether anything of that kind begins with this byte: of most texts no byte is looked at twice. */
static bool may_begin(char c)
{
    return c == '%' || c == '&' || c == '{' || c == '!';
}

static bool needs_guard(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!may_begin(text.ptr[i])) {
            continue;
        }
        struct slice rest = slice_sub(text, i, text.len);
        if (to_break(rest) > 0 || slice_starts_with(rest, SLICE("!["))) {
            return true;
        }
    }
    return false;
}

err_t markup_guard(struct arena *arena, struct slice text, struct slice *ret_text)
{
    if (!needs_guard(text)) {
        *ret_text = text;
        return err_ok();
    }
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, GUARDED_BYTES_MAX);
    for (size_t i = 0; i < text.len;) {
        struct slice rest = slice_sub(text, i, text.len);
        size_t used = to_break(rest);
        if (used > 0) {
            TRY(buf_append(&out, slice_sub(rest, 0, used)));
            TRY(buf_append_text(&out, joiner));
        } else if (slice_starts_with(rest, SLICE("!["))) {
            TRY(link_to_image(&out, rest, &used));
        } else {
            TRY(buf_append_char(&out, rest.ptr[0]));
            used = 1;
        }
        i += used;
    }
    return arena_copy(arena, buf_slice(&out), ret_text);
}

DEFINE_CLEANUP_PTR(node, cmark_node, cmark_node_free)
DEFINE_CLEANUP_PTR(iter, cmark_iter, cmark_iter_free)

/* The text of a node of HTML, as words: in its place, or in a paragraph there. */
static void show_as_text(cmark_node *html, bool is_block)
{
    cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node *shown = text;
    (void)cmark_node_set_literal(text, cmark_node_get_literal(html));
    if (is_block) {
        shown = cmark_node_new(CMARK_NODE_PARAGRAPH);
        (void)cmark_node_append_child(shown, text);
    }
    (void)cmark_node_replace(html, shown);
    cmark_node_free(html);
}

/* cmark leaves raw HTML out, and its words with it. */
static void show_html(cmark_node *document)
{
    CLEANUP_PTR(iter) cmark_iter *iter = cmark_iter_new(document);
    cmark_event_type event = CMARK_EVENT_NONE;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        /* The iterator has gone on to the next node before a leaf is seen: it may be replaced. */
        if (event == CMARK_EVENT_ENTER &&
            (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE)) {
            show_as_text(node, type == CMARK_NODE_HTML_BLOCK);
        }
    }
}

err_t markup_html(struct arena *arena, struct slice markdown, struct slice *ret_html)
{
    const char *bytes = markdown.ptr == NULL ? "" : markdown.ptr;
    CLEANUP_PTR(node)
    cmark_node *document = cmark_parse_document(bytes, markdown.len, CMARK_OPT_DEFAULT);
    show_html(document);
    CLEANUP_PTR(heap)
    char *html = cmark_render_html(document, CMARK_OPT_HARDBREAKS);
    return arena_copy(arena, slice_trim(slice_of(html)), ret_html);
}
