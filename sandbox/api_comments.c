/* What was said on a ticket, and what each save changed. */
#include "sandbox/desk_render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/tags.h"

/* Each author once, in the order in which they come. */
static void write_users(struct call *c, const struct comment *const *comments, size_t count)
{
    json_key(&c->out, "users");
    json_array(&c->out);
    for (size_t i = 0; i < count; i++) {
        bool seen = comments[i]->author == NULL;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = comments[j]->author == comments[i]->author;
        }
        if (!seen) {
            render_person(c, comments[i]->author);
        }
    }
    json_end(&c->out);
}

static void list_comments(struct call *c)
{
    struct desk_page page = {0};
    const struct ticket *ticket = need_ticket(c, c->params[0]);
    if (ticket == NULL) {
        return;
    }
    bool newest_first = asks_newest_first(c, "created_at");
    const struct comment **shown =
        ARENA_ARRAY(c->arena, const struct comment *, ticket->comment_count + 1);
    int64_t *ids = ARENA_ARRAY(c->arena, int64_t, ticket->comment_count + 1);
    size_t count = 0;
    if (shown == NULL || ids == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    for (size_t i = 0; i < ticket->comment_count; i++) {
        const struct comment *comment =
            ticket->comments[newest_first ? ticket->comment_count - 1 - i : i];
        if (call_sees(c, comment->created_at)) {
            ids[count] = comment->id;
            shown[count++] = comment;
        }
    }
    if (!check_desk_page(c, ids, count, &page)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "comments");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        render_comment(c, shown[i]);
    }
    json_end(&c->out);
    if (tags_has(call_query(c, "include"), SLICE("users"))) {
        write_users(c, shown + page.from, page.to - page.from);
    }
    write_desk_page(c, &page, ids);
    json_end(&c->out);
}

static void list_audits(struct call *c)
{
    struct desk_page page = {0};
    const struct ticket *ticket = need_ticket(c, c->params[0]);
    if (ticket == NULL) {
        return;
    }
    bool newest_first = asks_newest_first(c, NULL);
    const struct audit **shown =
        ARENA_ARRAY(c->arena, const struct audit *, ticket->audit_count + 1);
    int64_t *ids = ARENA_ARRAY(c->arena, int64_t, ticket->audit_count + 1);
    size_t count = 0;
    if (shown == NULL || ids == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    for (size_t i = 0; i < ticket->audit_count; i++) {
        const struct audit *audit = ticket->audits[newest_first ? ticket->audit_count - 1 - i : i];
        if (call_sees(c, audit->created_at)) {
            ids[count] = audit->id;
            shown[count++] = audit;
        }
    }
    if (!check_desk_page(c, ids, count, &page)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "audits");
    json_array(&c->out);
    for (size_t i = page.from; i < page.to; i++) {
        render_audit(c, ticket, shown[i]);
    }
    json_end(&c->out);
    write_desk_page(c, &page, ids);
    json_end(&c->out);
}

static void show_audit(struct call *c)
{
    int64_t id = 0;
    const struct ticket *ticket = need_ticket(c, c->params[0]);
    if (ticket == NULL) {
        return;
    }
    const struct audit *audit =
        err_failed(slice_to_i64(c->params[1], &id)) ? NULL : desk_audit(ticket, id);
    if (audit == NULL || !call_sees(c, audit->created_at)) {
        support_not_found(c);
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "audit");
    render_audit(c, ticket, audit);
    json_end(&c->out);
}

struct route_table api_comments_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/tickets/{}/comments", NEED_LOGIN, list_comments},
        {"GET", "/api/v2/tickets/{}/audits", NEED_LOGIN, list_audits},
        {"GET", "/api/v2/tickets/{}/audits/{}", NEED_LOGIN, show_audit},
    };
    return ROUTE_TABLE(routes);
}
