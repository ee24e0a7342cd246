#include "sandbox/tickets.h"

#include "sandbox/support.h"
#include "sandbox/ticket_events.h"
#include "sandbox/ticket_words.h"
#include "sandbox/triggers.h"
#include "sandbox/uploads.h"
#include "sandbox/workspace.h"

bool tickets_can_own(const struct person *person)
{
    return person->role != ROLE_END_USER && !person->light && !person->suspended;
}

void tickets_set_status(struct save *s, enum status status)
{
    struct ticket *t = s->ticket;
    if (t->status != status) {
        enum status old = t->status;
        t->status = status;
        ticket_event_change(s, "status", slice_of(status_name(status)), slice_of(status_name(old)));
    }
}

void tickets_set_priority(struct save *s, enum priority priority)
{
    struct ticket *t = s->ticket;
    if (t->priority != priority) {
        enum priority old = t->priority;
        t->priority = priority;
        ticket_event_change(s, "priority", slice_of(priority_name(priority)),
                            slice_of(priority_name(old)));
    }
}

void tickets_set_group(struct save *s, const struct group *group)
{
    struct ticket *t = s->ticket;
    if (t->group != group) {
        const struct group *old = t->group;
        t->group = group;
        ticket_event_change(s, "group_id", ticket_event_id(s, group == NULL ? 0 : group->id),
                            ticket_event_id(s, old == NULL ? 0 : old->id));
    }
}

void tickets_set_assignee(struct save *s, const struct person *assignee)
{
    struct ticket *t = s->ticket;
    const struct person *old = t->assignee;
    size_t count = 0;
    if (old == assignee) {
        return;
    }
    t->assignee = assignee;
    ticket_event_change(s, "assignee_id", assignee == NULL ? (struct slice){0} : assignee->id_text,
                        old == NULL ? (struct slice){0} : old->id_text);
    if (assignee != NULL && t->group == NULL) {
        tickets_set_group(s, desk_groups(&count));
    }
    if (assignee != NULL && t->status == STATUS_NEW) {
        tickets_set_status(s, STATUS_OPEN);
    }
}

void tickets_set_tags(struct save *s, struct slice tags)
{
    struct ticket *t = s->ticket;
    if (!slice_equal(t->tags, tags)) {
        struct slice old = t->tags;
        t->tags = tags;
        ticket_event_tags(s, tags, old);
    }
}

static void set_text(struct save *s, const char *name, struct slice *member, struct slice value)
{
    if (!slice_equal(*member, value)) {
        struct slice old = *member;
        *member = value;
        ticket_event_change(s, name, value, old);
    }
}

static void set_field(struct save *s, const struct field_value *given)
{
    struct field_value **at = &s->ticket->fields;
    while (*at != NULL && (*at)->field_id != given->field_id) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        *at = ARENA_NEW(&s->c->store->arena, struct field_value);
        if (*at == NULL) {
            (void)call_ok(s->c, ERR(ARENA_FULL));
            return;
        }
        (*at)->field_id = given->field_id;
        (*at)->value_json = SLICE("null");
    }
    if (!slice_equal((*at)->value_json, given->value_json)) {
        struct slice old = (*at)->value_json;
        (*at)->value_json = given->value_json;
        ticket_event_field(s, given->field_id, given->value_json, old);
    }
}

static void set_fields(struct save *s, const struct ticket_draft *d)
{
    struct ticket *t = s->ticket;
    if (d->has_subject) {
        set_text(s, "subject", &t->subject, d->subject);
    }
    if (d->has_external_id) {
        t->external_id = d->external_id;
    }
    if (d->has_type) {
        set_text(s, "type", &t->type, d->type);
    }
    if (d->has_brand && t->brand != d->brand) {
        struct slice old = t->brand == NULL ? (struct slice){0} : t->brand->id_text;
        t->brand = d->brand;
        ticket_event_change(s, "brand_id", d->brand->id_text, old);
    }
    if (d->has_requester && t->requester != d->requester) {
        struct slice old = t->requester == NULL ? (struct slice){0} : t->requester->id_text;
        t->requester = d->requester;
        ticket_event_change(s, "requester_id", d->requester->id_text, old);
    }
    if (d->has_priority) {
        tickets_set_priority(s, d->priority);
    }
    if (d->has_tags) {
        tickets_set_tags(s, d->tags);
    }
    for (const struct field_value *f = d->fields; f != NULL; f = f->next) {
        set_field(s, f);
    }
    if (d->has_group) {
        tickets_set_group(s, d->group);
    }
}

/* Status and assignee depend on each other, on who writes, and on what. */
static void set_owner(struct save *s, const struct ticket_draft *d)
{
    struct ticket *t = s->ticket;
    bool by_staff = s->actor != NULL && s->actor->role != ROLE_END_USER;
    if (d->has_status) {
        tickets_set_status(s, d->status);
    } else if (!s->is_new && !by_staff && s->comment != NULL &&
               (t->status == STATUS_PENDING || t->status == STATUS_HOLD ||
                t->status == STATUS_SOLVED)) {
        tickets_set_status(s, STATUS_OPEN); /* the customer wrote again */
    }
    if (d->has_assignee) {
        tickets_set_assignee(s, d->assignee);
    }
    if (t->status == STATUS_SOLVED && t->assignee == NULL && by_staff &&
        tickets_can_own(s->actor)) {
        tickets_set_assignee(s, s->actor); /* who solves it owns it */
    }
}

static bool begin(struct save *s, struct call *c, struct ticket *ticket, const struct person *actor,
                  enum via via)
{
    *s = (struct save){.c = c, .ticket = ticket, .actor = actor, .via = via};
    buf_init(&s->events, 16 * 1024 * 1024);
    return call_ok(c, desk_add_audit(&c->store->desk, ticket, c->now, &s->audit));
}

static bool finish(struct save *s, const struct ticket_draft *d)
{
    struct call *c = s->c;
    struct ticket *t = s->ticket;
    if (s->events.len == 0) {
        t->audit_count--; /* nothing changed */
        return true;
    }
    t->updated_at = c->now;
    triggers_run(s);
    s->audit->author = s->actor;
    s->audit->via = s->via;
    s->audit->custom_json = d->custom_json;
    (void)call_ok(c, arena_copy(&c->store->arena, buf_slice(&s->events), &s->audit->events_json));
    c->note.conversation = t->id_text;
    c->note.external_id = t->external_id;
    if (s->comment != NULL && !s->is_new) {
        call_touched(c, "comment", s->comment->id_text);
    } else {
        call_touched(c, "ticket", t->id_text);
    }
    if (t->status == STATUS_CLOSED && s->before.status != STATUS_CLOSED) {
        workspace_closed(c, t);
    }
    return c->error.code == ERR_OK;
}

static bool add_words(struct save *s, const struct comment_draft *draft)
{
    struct comment *comment = NULL;
    struct ticket *t = s->ticket;
    if (!call_ok(s->c, desk_add_comment(&s->c->store->desk, t, s->c->now, &comment))) {
        return false;
    }
    comment->author = draft->author != NULL ? draft->author : s->actor;
    comment->is_public = draft->has_public ? draft->is_public : s->is_new || t->is_public;
    if (s->actor != NULL && s->actor->light) {
        comment->is_public = false;
    }
    comment->automatic = draft->automatic;
    comment->via = s->via;
    comment->audit_id = s->audit->id;
    comment->files = draft->files;
    uploads_use(&draft->files);
    if (!ticket_words(s, draft, comment)) {
        return false;
    }
    t->is_public = s->is_new ? comment->is_public : t->is_public || comment->is_public;
    s->comment = comment;
    ticket_event_comment(s, comment);
    return true;
}

static void start_ticket(struct save *s, const struct ticket_draft *d)
{
    struct ticket *t = s->ticket;
    struct ticket *source = d->followup_source;
    t->external_id = d->external_id;
    t->brand = source != NULL && source->brand != NULL ? source->brand : s->c->store->brands;
    t->requester = source != NULL ? source->requester : s->actor;
    t->subject = source != NULL ? source->subject : t->subject;
    t->followup_source = source;
    t->conversation = d->conversation;
    t->via = s->via;
    if (source != NULL) {
        source->followup = t;
    }
    if (d->has_requester) {
        t->requester = d->requester;
    }
    t->submitter = d->submitter != NULL ? d->submitter : s->actor;
}

struct ticket *tickets_create(struct call *c, const struct ticket_draft *draft,
                              const struct person *actor, enum via via)
{
    struct ticket *ticket = NULL;
    struct save s;
    if (draft->has_requester && draft->requester->suspended) {
        support_invalid(c, "requester", "Requester: %.*s is suspended.",
                        SLICE_ARG(draft->requester->name));
        return NULL;
    }
    if (!draft->comment.given) {
        support_invalid(c, "base", "Description: cannot be blank.");
        return NULL;
    }
    if (!call_ok(c, desk_add_ticket(&c->store->desk, c->now, &ticket)) ||
        !begin(&s, c, ticket, actor, via)) {
        return NULL;
    }
    s.is_new = true;
    start_ticket(&s, draft);
    struct comment_draft words = draft->comment;
    words.author = words.author != NULL ? words.author : ticket->submitter;
    bool done = add_words(&s, &words);
    if (done) {
        ticket->description = ticket->comments[0]->body;
        set_fields(&s, draft);
        set_owner(&s, draft);
        if (ticket->status == STATUS_NEW) {
            ticket_event_change(&s, "status", SLICE("new"), (struct slice){0});
        }
        done = finish(&s, draft);
    }
    buf_deinit(&s.events);
    return done ? ticket : NULL;
}

static bool may_update(struct call *c, const struct ticket *ticket,
                       const struct ticket_draft *draft)
{
    if (ticket->status == STATUS_CLOSED) {
        support_invalid(c, "status", "Status: closed prevents ticket update");
        return false;
    }
    if (draft->has_status && draft->status == STATUS_NEW && ticket->status != STATUS_NEW) {
        support_invalid(c, "status", "Status: cannot be set back to new");
        return false;
    }
    if (draft->comment.given && ticket->comment_count >= TICKET_COMMENTS_MAX) {
        support_invalid(c, "base", "Ticket: has the most comments that it may have (%d)",
                        TICKET_COMMENTS_MAX);
        return false;
    }
    return true;
}

bool tickets_update(struct call *c, struct ticket *ticket, const struct ticket_draft *draft,
                    const struct person *actor, enum via via, const struct audit **ret_audit)
{
    struct save s;
    if (!may_update(c, ticket, draft)) {
        return false;
    }
    struct ticket before = *ticket;
    if (!begin(&s, c, ticket, actor, via)) {
        return false;
    }
    s.before = before;
    bool done = !draft->comment.given || add_words(&s, &draft->comment);
    if (done) {
        set_fields(&s, draft);
        set_owner(&s, draft);
        done = finish(&s, draft);
    }
    if (ret_audit != NULL) {
        *ret_audit = s.events.len == 0 ? NULL : s.audit;
    }
    buf_deinit(&s.events);
    return done;
}
