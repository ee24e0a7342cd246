/* Control port: tickets as people see them. */
#include "sandbox/render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/tags.h"

static void put_person(struct call *c, const char *key, const struct person *person)
{
    struct json_write *w = &c->out;
    json_key(w, key);
    if (person == NULL) {
        json_null(w);
        return;
    }
    json_object(w);
    json_put_int(w, "id", person->id);
    json_put_slice(w, "name", person->name);
    json_put_slice_if(w, "email", person->email);
    json_put_text(w, "role", role_name(person->role));
    json_end(w);
}

static const char *who(const struct comment *comment)
{
    if (comment->author == NULL) {
        return "system";
    }
    if (comment->author->is_bot) {
        return "bot";
    }
    return comment->author->role == ROLE_END_USER ? "customer" : "agent";
}

static void put_json(struct json_write *w, const char *key, struct slice json)
{
    json_key(w, key);
    json_raw(w, slice_empty(json) ? SLICE("{}") : json);
}

static void put_comments(struct call *c, const struct ticket *ticket)
{
    struct json_write *w = &c->out;
    json_key(w, "comments");
    json_array(w);
    for (size_t i = 0; i < ticket->comment_count; i++) {
        const struct comment *comment = ticket->comments[i];
        const struct audit *audit = desk_audit(ticket, comment->audit_id);
        json_object(w);
        json_put_int(w, "id", comment->id);
        render_time(w, "at", comment->created_at);
        json_put_text(w, "from", who(comment));
        json_put_slice(w, "name",
                       comment->author == NULL ? SLICE("system") : comment->author->name);
        json_put_slice(w, "text", comment->body);
        json_put_slice(w, "html", comment->html);
        json_put_bool(w, "public", comment->is_public);
        json_put_bool(w, "auto", comment->automatic);
        json_key(w, "files");
        json_array(w);
        for (size_t j = 0; j < comment->files.count; j++) {
            json_slice(w, comment->files.uploads[j]->name);
        }
        json_end(w);
        put_json(w, "metadata", audit == NULL ? (struct slice){0} : audit->custom_json);
        json_end(w);
    }
    json_end(w);
}

static void put_fields(struct call *c, const struct ticket *ticket)
{
    struct json_write *w = &c->out;
    json_key(w, "fields");
    json_object(w);
    for (const struct field_value *f = ticket->fields; f != NULL; f = f->next) {
        const struct ticket_field *field = desk_field(f->field_id);
        if (field != NULL) {
            put_json(w, field->title, f->value_json);
        }
    }
    json_end(w);
}

static void put_tags(struct call *c, const struct ticket *ticket)
{
    struct slice tags = ticket->tags;
    struct slice tag = {0};
    json_key(&c->out, "tags");
    json_array(&c->out);
    while (tags_next(&tags, &tag)) {
        json_slice(&c->out, tag);
    }
    json_end(&c->out);
}

/* Members that the list has, too. */
static void put_head(struct call *c, const struct ticket *ticket)
{
    struct json_write *w = &c->out;
    json_put_int(w, "id", ticket->id);
    json_put_slice(w, "subject", ticket->subject);
    json_put_text(w, "status", status_name(ticket->status));
    json_put_slice_if(w, "external_id", ticket->external_id);
    if (ticket->brand != NULL) {
        json_put_int(w, "brand", ticket->brand->id);
        json_put_slice(w, "brand_name", ticket->brand->name);
    }
    put_person(c, "requester", ticket->requester);
    put_person(c, "assignee", ticket->assignee);
    json_put_text(w, "via", via_channel(ticket->via));
    if (ticket->conversation != NULL) {
        json_put_slice(w, "conversation", ticket->conversation->id);
    }
    put_tags(c, ticket);
    render_time(w, "created_at", ticket->created_at);
    render_time(w, "updated_at", ticket->updated_at);
}

static void show_ticket(struct call *c)
{
    const struct ticket *ticket = need_ticket(c, c->params[0]);
    if (ticket == NULL) {
        return;
    }
    struct json_write *w = &c->out;
    call_begin(c, 200);
    json_object(w);
    put_head(c, ticket);
    json_put_bool(w, "public", ticket->is_public);
    json_key(w, "priority");
    if (priority_name(ticket->priority) == NULL) {
        json_null(w);
    } else {
        json_text(w, priority_name(ticket->priority));
    }
    json_key(w, "group");
    if (ticket->group == NULL) {
        json_null(w);
    } else {
        json_text(w, ticket->group->name);
    }
    put_fields(c, ticket);
    if (ticket->followup_source != NULL) {
        json_put_int(w, "followup_of", ticket->followup_source->id);
    }
    put_comments(c, ticket);
    json_put_int(w, "audits", (int64_t)ticket->audit_count);
    json_end(w);
}

/* ?conversation=ID narrows it down to the tickets of a messaging conversation. */
static void list_tickets(struct call *c)
{
    const struct desk *desk = &c->store->desk;
    struct slice conversation = call_query(c, "conversation");
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "tickets");
    json_array(&c->out);
    for (size_t i = 0; i < desk_ticket_count(desk); i++) {
        const struct ticket *ticket = desk_ticket_at(desk, i);
        if (!slice_empty(conversation) && (ticket->conversation == NULL ||
                                           !slice_equal(ticket->conversation->id, conversation))) {
            continue;
        }
        json_object(&c->out);
        put_head(c, ticket);
        json_end(&c->out);
    }
    json_end(&c->out);
    json_end(&c->out);
}

struct route_table control_tickets_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/sandbox/tickets", NEED_NOTHING, list_tickets},
        {"GET", "/sandbox/tickets/{}", NEED_NOTHING, show_ticket},
    };
    return ROUTE_TABLE(routes);
}
