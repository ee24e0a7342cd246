/* Control port: what customers write by mail. */
#include "sandbox/control.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/tickets.h"

/* The customer of the path: who was here before, or a new end user. */
static struct person *need_customer(struct call *c)
{
    struct desk *desk = &c->store->desk;
    struct slice name = c->params[0];
    struct slice email = json_string(json_find(c->body, "email"));
    struct person *person = NULL;
    if (slice_empty(email) &&
        !call_ok(c, desk_mailbox(c->arena, name, SLICE("customer.example"), &email))) {
        return NULL;
    }
    person = desk_person_by_email(desk, email);
    if (person == NULL &&
        !call_ok(c, desk_add_person(desk, ROLE_END_USER, name, email, c->now, &person))) {
        return NULL;
    }
    return person;
}

static bool read_mail(struct call *c, struct comment_draft *words)
{
    struct slice text = json_string(json_find(c->body, "text"));
    if (slice_empty(slice_trim(text))) {
        call_refuse(c, 400, "bad_request", "\"text\" is required");
        return false;
    }
    words->given = true;
    words->has_public = true;
    words->is_public = true;
    words->automatic = json_bool(json_find(c->body, "auto"), false);
    return call_keep(c, text, &words->body);
}

static void answer_mail(struct call *c, const struct ticket *ticket, const struct person *person,
                        const struct ticket *source)
{
    struct json_write *w = &c->out;
    call_begin(c, 201);
    json_object(w);
    json_put_int(w, "ticket", ticket->id);
    json_put_int(w, "comment", ticket->comments[ticket->comment_count - 1]->id);
    json_put_int(w, "user", person->id);
    json_put_text(w, "status", status_name(ticket->status));
    if (source != NULL) {
        json_put_int(w, "followup_of", source->id);
    }
    json_end(w);
}

static void mail_ticket(struct call *c)
{
    struct ticket_draft draft = {.has_subject = true, .has_brand = true, .has_requester = true};
    if (!need_body(c)) {
        return;
    }
    draft.brand = need_brand(c);
    if (draft.brand == NULL || !read_mail(c, &draft.comment)) {
        return;
    }
    struct slice subject = json_string(json_find(c->body, "subject"));
    struct person *person = need_customer(c);
    if (person == NULL || !call_keep(c, subject, &draft.subject)) {
        return;
    }
    draft.requester = person;
    const struct ticket *ticket = tickets_create(c, &draft, person, VIA_MAIL);
    if (ticket != NULL) {
        answer_mail(c, ticket, person, NULL);
    }
}

/* A mail to a closed ticket makes one that follows it, with its subject, tags and fields. */
static void follow_up(struct call *c, struct ticket *source, struct person *person,
                      const struct comment_draft *words)
{
    struct ticket_draft draft = {.has_subject = true,
                                 .has_requester = true,
                                 .requester = person,
                                 .has_tags = true,
                                 .tags = source->tags,
                                 .fields = source->fields,
                                 .comment = *words,
                                 .followup_source = source};
    if (!call_ok(c, arena_printf(&c->store->arena, &draft.subject, "Re: %.*s",
                                 SLICE_ARG(source->subject)))) {
        return;
    }
    const struct ticket *ticket = tickets_create(c, &draft, person, VIA_MAIL);
    if (ticket != NULL) {
        answer_mail(c, ticket, person, source);
    }
}

static void mail_comment(struct call *c)
{
    struct ticket_draft draft = {0};
    struct ticket *ticket = need_ticket(c, c->params[1]);
    if (ticket == NULL || !need_body(c) || !read_mail(c, &draft.comment)) {
        return;
    }
    struct person *person = need_customer(c);
    if (person == NULL) {
        return;
    }
    if (ticket->status == STATUS_CLOSED) {
        follow_up(c, ticket, person, &draft.comment);
    } else if (tickets_update(c, ticket, &draft, person, VIA_MAIL, NULL)) {
        answer_mail(c, ticket, person, NULL);
    }
}

struct route_table control_mail_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/sandbox/customers/{}/tickets", NEED_NOTHING, mail_ticket},
        {"POST", "/sandbox/customers/{}/tickets/{}/comments", NEED_NOTHING, mail_comment},
    };
    return ROUTE_TABLE(routes);
}
