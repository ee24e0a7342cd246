#include "sandbox/call.h"
#include "sandbox/text.h"

enum { PAGE_SIZE_DEFAULT = 25, PAGE_SIZE_MAX = 100 };

static size_t find_id(const struct slice *ids, size_t count, struct slice id)
{
    size_t at = 0;
    while (at < count && !slice_equal(ids[at], id)) {
        at++;
    }
    return at;
}

static bool check_size(struct call *c, size_t *size)
{
    struct slice text = call_query(c, "page[size]");
    uint64_t number = 0;
    if (slice_empty(text)) {
        return true;
    }
    if (err_failed(slice_to_u64(text, &number)) || number < 1 || number > PAGE_SIZE_MAX) {
        call_refuse(c, 400, "bad_request", "Invalid page query parameters");
        return false;
    }
    *size = (size_t)number;
    return true;
}

bool check_page(struct call *c, const struct slice *ids, size_t count, size_t fixed_size,
                struct page *ret_page)
{
    struct slice after = call_query(c, "page[after]");
    struct slice before = call_query(c, "page[before]");
    struct slice cursor = slice_empty(before) ? after : before;
    size_t size = fixed_size > 0 ? fixed_size : PAGE_SIZE_DEFAULT;
    if (fixed_size == 0 && !check_size(c, &size)) {
        return false;
    }
    size_t at = slice_empty(cursor) ? 0 : find_id(ids, count, cursor);
    bool lost = !slice_empty(cursor) && at == count;
    if (lost || (!slice_empty(after) && !slice_empty(before))) {
        call_refuse(c, 400, "bad_request", "Invalid page query parameters");
        return false;
    }
    struct page page = {.backwards =
                            !slice_empty(before) || (fixed_size > 0 && slice_empty(after))};
    if (page.backwards) {
        page.to = slice_empty(before) ? count : at;
        page.from = page.to > size ? page.to - size : 0;
    } else {
        page.from = slice_empty(after) ? 0 : at + 1;
        page.to = count - page.from > size ? page.from + size : count;
    }
    page.has_before = page.from > 0 && page.to > page.from;
    page.has_after = page.to < count && page.to > page.from;
    *ret_page = page;
    return true;
}

/* The request's own address with another cursor; other parameters stay. */
static void write_link(struct call *c, const char *name, const char *cursor_name, struct slice id)
{
    CLEANUP(buf) struct buf link = {0};
    struct slice rest = c->request->query;
    buf_init(&link, 8192);
    err_t e = buf_printf(&link, "http://%.*s%.*s?", SLICE_ARG(c->request->host),
                         SLICE_ARG(c->request->path));
    while (!slice_empty(rest) && !err_failed(e)) {
        struct slice pair = {0};
        struct slice key = {0};
        struct slice value = {0};
        struct slice decoded = {0};
        (void)slice_split(rest, '&', &pair, &rest);
        (void)slice_split(pair, '=', &key, &value);
        e = text_percent_decode(c->arena, key, &decoded);
        if (!err_failed(e) && !slice_equal(decoded, SLICE("page[after]")) &&
            !slice_equal(decoded, SLICE("page[before]"))) {
            e = buf_printf(&link, "%.*s&", SLICE_ARG(pair));
        }
    }
    if (!err_failed(e)) {
        e = buf_printf(&link, "page%%5B%s%%5D=%.*s", cursor_name, SLICE_ARG(id));
    }
    if (!err_failed(e)) {
        json_put_slice(&c->out, name, buf_slice(&link));
    }
}

void write_page(struct call *c, const struct page *page, const struct slice *ids)
{
    json_key(&c->out, "meta");
    json_object(&c->out);
    json_put_bool(&c->out, "hasMore", page->backwards ? page->has_before : page->has_after);
    if (page->has_after) {
        json_put_slice(&c->out, "afterCursor", ids[page->to - 1]);
    }
    if (page->has_before) {
        json_put_slice(&c->out, "beforeCursor", ids[page->from]);
    }
    json_end(&c->out);
    json_key(&c->out, "links");
    json_object(&c->out);
    if (page->has_before) {
        write_link(c, "prev", "before", ids[page->from]);
    }
    if (page->has_after) {
        write_link(c, "next", "after", ids[page->to - 1]);
    }
    json_end(&c->out);
}
