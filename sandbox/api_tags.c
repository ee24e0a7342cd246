/* Tags of a ticket: PUT adds, POST replaces, DELETE removes. */
#include "sandbox/desk_limits.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/tags.h"
#include "sandbox/ticket_read.h"

static void answer_tags(struct call *c, unsigned status, const struct ticket *ticket)
{
    struct slice tags = ticket->tags;
    struct slice tag = {0};
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "tags");
    json_array(&c->out);
    while (tags_next(&tags, &tag)) {
        json_slice(&c->out, tag);
    }
    json_end(&c->out);
    json_end(&c->out);
}

static void show_tags(struct call *c)
{
    const struct ticket *ticket = need_ticket(c, c->params[0]);
    if (ticket != NULL) {
        answer_tags(c, 200, ticket);
    }
}

static err_t combine(struct call *c, const struct ticket *ticket, struct slice words,
                     struct slice *ret_tags)
{
    struct arena *arena = &c->store->arena;
    if (slice_equal(c->request->method, SLICE("PUT"))) {
        return tags_add(arena, ticket->tags, words, ret_tags);
    }
    return slice_equal(c->request->method, SLICE("POST"))
               ? tags_set(arena, words, ret_tags)
               : tags_remove(arena, ticket->tags, words, ret_tags);
}

static void change_tags(struct call *c)
{
    struct ticket_draft draft = {.has_tags = true};
    struct slice words = {0};
    struct ticket *ticket = need_ticket(c, c->params[0]);
    if (ticket == NULL || !desk_limits_update(c, ticket) || !need_body(c) ||
        !ticket_check_stamp(c, c->body, ticket)) {
        return;
    }
    err_t e = tags_read(c->arena, json_find(c->body, "tags"), &words);
    if (err_is(e, ERR_WRONG_TYPE)) {
        support_invalid(c, "tags", "Tags: must be a list of words");
        return;
    }
    if (!call_ok(c, e) || !call_ok(c, combine(c, ticket, words, &draft.tags)) ||
        !tickets_update(c, ticket, &draft, c->actor, VIA_API, NULL)) {
        return;
    }
    answer_tags(c, slice_equal(c->request->method, SLICE("POST")) ? 201 : 200, ticket);
}

struct route_table api_tags_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/tickets/{}/tags", NEED_LOGIN, show_tags},
        {"PUT", "/api/v2/tickets/{}/tags", NEED_LOGIN, change_tags},
        {"POST", "/api/v2/tickets/{}/tags", NEED_LOGIN, change_tags},
        {"DELETE", "/api/v2/tickets/{}/tags", NEED_LOGIN, change_tags},
    };
    return ROUTE_TABLE(routes);
}
