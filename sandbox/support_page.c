/* Pages of the lists of the Support API. */
#include "sandbox/support.h"
#include "sandbox/text.h"

#include <inttypes.h>

enum { DESK_PAGE_SIZE = 100 };

static bool is_by_cursor(struct call *c)
{
    return !slice_empty(call_query(c, "page[size]")) ||
           !slice_empty(call_query(c, "page[after]")) ||
           !slice_empty(call_query(c, "page[before]"));
}

bool asks_newest_first(struct call *c, const char *member)
{
    struct slice sort = call_query(c, "sort");
    if (!is_by_cursor(c)) {
        return slice_equal(call_query(c, "sort_order"), SLICE("desc"));
    }
    return member != NULL && slice_starts_with(sort, SLICE("-")) &&
           (member[0] == '\0' || slice_equal(slice_sub(sort, 1, sort.len), slice_of(member)));
}

/* Reads a number of 1 to `max` from the query; absent leaves it alone. */
static bool read_number(struct call *c, const char *name, uint64_t max, uint64_t *number)
{
    struct slice text = call_query(c, name);
    uint64_t value = 0;
    if (slice_empty(text)) {
        return true;
    }
    if (err_failed(slice_to_u64(text, &value)) || value < 1 || value > max) {
        support_refuse(c, 400, "InvalidPaginationParameter", name);
        return false;
    }
    *number = value;
    return true;
}

/* A cursor is the id at the edge of a page, with a letter before it. */
static bool read_cursor(struct call *c, struct slice cursor, const int64_t *ids, size_t count,
                        size_t *ret_at)
{
    uint64_t id = 0;
    size_t at = 0;
    bool fine = cursor.len > 1 && cursor.ptr[0] == 'c' &&
                !err_failed(slice_to_u64(slice_sub(cursor, 1, cursor.len), &id));
    while (fine && at < count && ids[at] != (int64_t)id) {
        at++;
    }
    if (!fine || at == count) {
        support_refuse(c, 400, "InvalidPaginationParameter", "the cursor is not one of this list");
        return false;
    }
    *ret_at = at;
    return true;
}

static bool read_cursors(struct call *c, const int64_t *ids, struct desk_page *page)
{
    struct slice after = call_query(c, "page[after]");
    struct slice before = call_query(c, "page[before]");
    uint64_t size = DESK_PAGE_SIZE;
    size_t at = 0;
    if (!read_number(c, "page[size]", DESK_PAGE_SIZE, &size)) {
        return false;
    }
    page->by_cursor = true;
    if (!slice_empty(before)) {
        if (!read_cursor(c, before, ids, page->count, &at)) {
            return false;
        }
        page->to = at;
        page->from = at > size ? at - (size_t)size : 0;
    } else {
        if (!slice_empty(after) && !read_cursor(c, after, ids, page->count, &at)) {
            return false;
        }
        page->from = slice_empty(after) ? 0 : at + 1;
        page->to = page->count - page->from > size ? page->from + (size_t)size : page->count;
    }
    return true;
}

bool check_desk_page(struct call *c, const int64_t *ids, size_t count, struct desk_page *ret_page)
{
    struct desk_page page = {.count = count, .number = 1};
    uint64_t size = DESK_PAGE_SIZE;
    if (is_by_cursor(c)) {
        if (!read_cursors(c, ids, &page)) {
            return false;
        }
    } else {
        if (!read_number(c, "per_page", DESK_PAGE_SIZE, &size) ||
            !read_number(c, "page", 100000, &page.number)) {
            return false;
        }
        uint64_t from = (page.number - 1) * size;
        page.from = from < count ? (size_t)from : count;
        page.to = count - page.from > size ? page.from + (size_t)size : count;
    }
    page.has_before = page.from > 0;
    page.has_after = page.to < count;
    *ret_page = page;
    return true;
}

bool find_people(struct call *c,
                 bool (*is_wanted)(struct call *c, const struct person *person, const void *arg),
                 const void *arg, struct people *ret_people)
{
    const struct desk *desk = &c->store->desk;
    size_t count = 0;
    size_t room = table_count(desk->people);
    struct people people = {.found = ARENA_ARRAY(c->arena, const struct person *, room + 1),
                            .ids = ARENA_ARRAY(c->arena, int64_t, room + 1)};
    if (people.found == NULL || people.ids == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return false;
    }
    for (size_t i = 0; i < room; i++) {
        const struct person *person = table_at(desk->people, i, NULL);
        if (is_wanted(c, person, arg)) {
            people.ids[count] = person->id;
            people.found[count++] = person;
        }
    }
    if (!check_desk_page(c, people.ids, count, &people.page)) {
        return false;
    }
    *ret_people = people;
    return true;
}

/* The request's own address with other page parameters; the rest stays. */
static void write_link(struct call *c, const char *name, const char *parameter, uint64_t value,
                       const char *letter)
{
    CLEANUP(buf) struct buf link = {0};
    struct slice rest = c->request->query;
    buf_init(&link, 8192);
    err_t e = buf_printf(&link, "http://%.*s%.*s?", SLICE_ARG(c->request->host),
                         SLICE_ARG(c->request->path));
    while (!slice_empty(rest) && !err_failed(e)) {
        struct slice pair = {0};
        struct slice key = {0};
        struct slice ignored = {0};
        struct slice decoded = {0};
        (void)slice_split(rest, '&', &pair, &rest);
        (void)slice_split(pair, '=', &key, &ignored);
        e = text_percent_decode(c->arena, key, &decoded);
        if (!err_failed(e) && !slice_equal(decoded, SLICE("page[after]")) &&
            !slice_equal(decoded, SLICE("page[before]")) && !slice_equal(decoded, SLICE("page"))) {
            e = buf_printf(&link, "%.*s&", SLICE_ARG(pair));
        }
    }
    if (!err_failed(e)) {
        e = buf_printf(&link, "%s=%s%" PRIu64, parameter, letter, value);
    }
    if (call_ok(c, e)) {
        json_put_slice(&c->out, name, buf_slice(&link));
    }
}

static void write_cursor(struct call *c, const char *name, bool there, int64_t id)
{
    struct slice text = {0};
    json_key(&c->out, name);
    if (!there) {
        json_null(&c->out);
    } else if (call_ok(c, arena_printf(c->arena, &text, "c%" PRId64, id))) {
        json_slice(&c->out, text);
    }
}

static void write_cursors(struct call *c, const struct desk_page *page, const int64_t *ids)
{
    bool some = page->to > page->from;
    json_key(&c->out, "meta");
    json_object(&c->out);
    json_put_bool(&c->out, "has_more",
                  slice_empty(call_query(c, "page[before]")) ? page->has_after : page->has_before);
    write_cursor(c, "after_cursor", some, some ? ids[page->to - 1] : 0);
    write_cursor(c, "before_cursor", some, some ? ids[page->from] : 0);
    json_end(&c->out);
    json_key(&c->out, "links");
    json_object(&c->out);
    if (page->has_before && some) {
        write_link(c, "prev", "page%5Bbefore%5D", (uint64_t)ids[page->from], "c");
    } else {
        json_key(&c->out, "prev");
        json_null(&c->out);
    }
    if (page->has_after && some) {
        write_link(c, "next", "page%5Bafter%5D", (uint64_t)ids[page->to - 1], "c");
    } else {
        json_key(&c->out, "next");
        json_null(&c->out);
    }
    json_end(&c->out);
}

void write_desk_page(struct call *c, const struct desk_page *page, const int64_t *ids)
{
    if (page->by_cursor) {
        write_cursors(c, page, ids);
        return;
    }
    if (page->has_after) {
        write_link(c, "next_page", "page", page->number + 1, "");
    } else {
        json_key(&c->out, "next_page");
        json_null(&c->out);
    }
    if (page->number > 1) {
        write_link(c, "previous_page", "page", page->number - 1, "");
    } else {
        json_key(&c->out, "previous_page");
        json_null(&c->out);
    }
    json_put_int(&c->out, "count", (int64_t)page->count);
}
