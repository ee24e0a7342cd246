/* Lists of tickets: all of them, by external id, by ids. */
#include "sandbox/desk_render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/tags.h"

struct chosen {
    const struct ticket **tickets;
    int64_t *ids;
    size_t count;
};

static bool start(struct call *c, struct chosen *chosen)
{
    size_t room = desk_ticket_count(&c->store->desk) + 1;
    chosen->tickets = ARENA_ARRAY(c->arena, const struct ticket *, room);
    chosen->ids = ARENA_ARRAY(c->arena, int64_t, room);
    return (chosen->tickets != NULL && chosen->ids != NULL) || call_ok(c, ERR(ARENA_FULL));
}

static void put(struct chosen *chosen, const struct ticket *ticket)
{
    chosen->tickets[chosen->count] = ticket;
    chosen->ids[chosen->count++] = ticket->id;
}

static void answer(struct call *c, const struct chosen *chosen)
{
    struct desk_page page = {0};
    if (!check_desk_page(c, chosen->ids, chosen->count, &page)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "tickets");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        render_ticket(c, chosen->tickets[i]);
    }
    json_end(&c->out);
    write_desk_page(c, &page, chosen->ids);
    json_end(&c->out);
}

static void list_tickets(struct call *c)
{
    struct chosen chosen = {0};
    struct slice external_id = call_query(c, "external_id");
    bool newest_first = asks_newest_first(c, "");
    size_t count = desk_ticket_count(&c->store->desk);
    if (!start(c, &chosen)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct ticket *ticket =
            desk_ticket_at(&c->store->desk, newest_first ? count - 1 - i : i);
        if (call_sees(c, ticket->created_at) &&
            (slice_empty(external_id) || slice_equal(ticket->external_id, external_id))) {
            put(&chosen, ticket);
        }
    }
    c->note.external_id = external_id;
    answer(c, &chosen);
}

static void show_many(struct call *c)
{
    struct chosen chosen = {0};
    struct slice ids = call_query(c, "ids");
    struct slice id = {0};
    if (!start(c, &chosen)) {
        return;
    }
    while (tags_next(&ids, &id)) {
        const struct ticket *ticket = desk_ticket(&c->store->desk, id);
        if (ticket != NULL && call_sees(c, ticket->created_at) &&
            chosen.count < desk_ticket_count(&c->store->desk)) {
            put(&chosen, ticket);
        }
    }
    answer(c, &chosen);
}

struct route_table api_ticket_lists_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/tickets", NEED_LOGIN, list_tickets},
        {"GET", "/api/v2/tickets/show_many", NEED_LOGIN, show_many},
    };
    return ROUTE_TABLE(routes);
}
