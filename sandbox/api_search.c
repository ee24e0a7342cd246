/* GET /api/v2/search: tickets, by the few words of its language that programs use.
 *
 *     type:ticket external_id:X status<solved tags:x updated>2026-09-14T09:00:00Z  */
#include "sandbox/desk_render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/tags.h"
#include "sandbox/text.h"

enum { TERMS_MAX = 16, RESULTS_MAX = 1000 };

struct term {
    struct slice name;
    char relation; /* ':', '<', '>', and 'l', 'g' with `=` */
    struct slice value;
};

static bool split_term(struct slice word, struct term *term)
{
    size_t at = 0;
    while (at < word.len && word.ptr[at] != ':' && word.ptr[at] != '<' && word.ptr[at] != '>') {
        at++;
    }
    if (at == word.len) {
        return false;
    }
    term->name = slice_sub(word, 0, at);
    term->relation = word.ptr[at];
    at++;
    if (at < word.len && word.ptr[at] == '=') {
        term->relation = term->relation == '<' ? 'l' : 'g';
        at++;
    }
    term->value = slice_sub(word, at, word.len);
    if (term->value.len >= 2 && term->value.ptr[0] == '"') {
        term->value = slice_sub(term->value, 1, term->value.len - 1);
    }
    return true;
}

static bool compares(int64_t left, char relation, int64_t right)
{
    switch (relation) {
    case '<': return left < right;
    case '>': return left > right;
    case 'l': return left <= right;
    case 'g': return left >= right;
    default: return left == right;
    }
}

static bool time_fits(wall_ms_t time, const struct term *term)
{
    wall_ms_t wanted = {0};
    char text[INSTANT_TEXT_BYTES];
    struct slice value = term->value;
    if (value.len == 10) { /* a day */
        for (size_t i = 0; i < 10; i++) {
            text[i] = value.ptr[i];
        }
        static const char midnight[] = "T00:00:00Z";
        memcpy(text + 10, midnight, sizeof midnight);
        value = slice_of(text);
    }
    return !err_failed(instant_parse_iso8601(value, &wanted)) &&
           compares(time.ms / 1000, term->relation, wanted.ms / 1000);
}

static bool person_fits(const struct person *person, struct slice value)
{
    if (slice_equal(value, SLICE("none"))) {
        return person == NULL;
    }
    return person != NULL &&
           (slice_equal(person->id_text, value) || slice_equal_nocase(person->email, value) ||
            slice_equal_nocase(person->name, value));
}

static bool term_fits(const struct ticket *t, const struct term *term)
{
    enum status status = STATUS_NEW;
    if (slice_equal(term->name, SLICE("type"))) {
        return slice_equal(term->value, SLICE("ticket"));
    }
    if (slice_equal(term->name, SLICE("external_id"))) {
        return slice_equal(t->external_id, term->value);
    }
    if (slice_equal(term->name, SLICE("status"))) {
        return status_by_name(term->value, &status) &&
               compares((int64_t)t->status, term->relation, (int64_t)status);
    }
    if (slice_equal(term->name, SLICE("tags"))) {
        return tags_has(t->tags, term->value);
    }
    if (slice_equal(term->name, SLICE("updated"))) {
        return time_fits(t->updated_at, term);
    }
    if (slice_equal(term->name, SLICE("created"))) {
        return time_fits(t->created_at, term);
    }
    if (slice_equal(term->name, SLICE("assignee"))) {
        return person_fits(t->assignee, term->value);
    }
    if (slice_equal(term->name, SLICE("requester"))) {
        return person_fits(t->requester, term->value);
    }
    return slice_equal(term->name, SLICE("brand")) && t->brand != NULL &&
           (slice_equal(t->brand->id_text, term->value) ||
            slice_equal_nocase(t->brand->name, term->value));
}

static bool fits(const struct ticket *t, const struct term *terms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!term_fits(t, &terms[i])) {
            return false;
        }
    }
    return true;
}

/* Newest update first, which is what `sort_by=updated_at` gives, or oldest with `sort_order=asc`;
 * else by creation. */
static void sort(const struct ticket **found, int64_t *ids, size_t count, bool by_update, bool asc)
{
    for (size_t i = 1; i < count && by_update; i++) {
        const struct ticket *ticket = found[i];
        size_t at = i;
        while (at > 0 && (asc ? found[at - 1]->updated_at.ms > ticket->updated_at.ms
                              : found[at - 1]->updated_at.ms < ticket->updated_at.ms)) {
            found[at] = found[at - 1];
            at--;
        }
        found[at] = ticket;
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = found[i]->id;
    }
}

/* False = refused. */
static bool read_terms(struct call *c, struct term terms[TERMS_MAX], size_t *ret_count)
{
    struct slice query = call_query(c, "query");
    size_t count = 0;
    while (!slice_empty(query)) {
        struct slice word = {0};
        (void)slice_split(query, ' ', &word, &query);
        if (slice_empty(word)) {
            continue;
        }
        if (count == TERMS_MAX || !split_term(word, &terms[count])) {
            support_refuse(c, 422, "invalid", "Invalid search: only terms like `status:open`");
            return false;
        }
        count++;
    }
    if (count == 0) {
        support_refuse(c, 422, "invalid", "Invalid search: query is required");
        return false;
    }
    *ret_count = count;
    return true;
}

static void search(struct call *c)
{
    struct term terms[TERMS_MAX];
    struct desk_page page = {0};
    size_t term_count = 0;
    size_t count = 0;
    size_t room = desk_ticket_count(&c->store->desk);
    const struct ticket **found = ARENA_ARRAY(c->arena, const struct ticket *, room + 1);
    int64_t *ids = ARENA_ARRAY(c->arena, int64_t, room + 1);
    if (found == NULL || ids == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    if (!read_terms(c, terms, &term_count)) {
        return;
    }
    for (size_t i = 0; i < room; i++) {
        const struct ticket *ticket = desk_ticket_at(&c->store->desk, i);
        if (call_sees(c, ticket->created_at) && fits(ticket, terms, term_count)) {
            found[count++] = ticket;
        }
    }
    sort(found, ids, count, slice_equal(call_query(c, "sort_by"), SLICE("updated_at")),
         slice_equal(call_query(c, "sort_order"), SLICE("asc")));
    if (!check_desk_page(c, ids, count, &page)) {
        return;
    }
    if (page.from >= RESULTS_MAX) {
        support_refuse(c, 422, "invalid",
                       "Invalid search: requested response size was greater "
                       "than Search Response Limits");
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "results");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        render_ticket(c, found[i]);
    }
    json_end(&c->out);
    json_key(&c->out, "facets");
    json_null(&c->out);
    write_desk_page(c, &page, ids);
    json_end(&c->out);
}

struct route_table api_search_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/search", NEED_LOGIN, search},
    };
    return ROUTE_TABLE(routes);
}
