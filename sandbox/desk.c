#include "sandbox/desk.h"

#include <inttypes.h>
#include <string.h>

/* Ids have 14 digits, as those of our days. */
#define FIRST_ID INT64_C(21700000000000)

enum { DESK_RECORDS_MAX = 2 * 1000 * 1000, DESK_LIST_FIRST = 8 };

static const struct group groups[] = {
    {INT64_C(21600000000101), "Support"},
    {INT64_C(21600000000102), "Escalations"},
};

static const struct ticket_field fields[] = {
    {INT64_C(21600000000201), "subject", "Subject", false},
    {INT64_C(21600000000202), "description", "Description", false},
    {INT64_C(21600000000203), "status", "Status", false},
    {INT64_C(21600000000204), "priority", "Priority", false},
    {INT64_C(21600000000205), "group", "Group", false},
    {INT64_C(21600000000206), "assignee", "Assignee", false},
    {INT64_C(21600000000301), "text", "Order number", true},
    {INT64_C(21600000000302), "text", "Bot conversation", true},
    {INT64_C(21600000000303), "textarea", "Bot summary", true},
};

err_t desk_mailbox(struct arena *arena, struct slice name, struct slice domain,
                   struct slice *ret_email)
{
    char *box = arena_alloc(arena, name.len + 1);
    if (box == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        box[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == ' ' || c == '@' ? '.' : c;
    }
    return arena_printf(arena, ret_email, "%.*s@%.*s", (int)name.len, box, SLICE_ARG(domain));
}

static err_t add_staff(struct desk *d, int64_t id, struct slice name, struct slice email)
{
    struct person *person = ARENA_NEW(d->arena, struct person);
    if (person == NULL) {
        return ERR(ARENA_FULL);
    }
    person->id = id;
    person->role = ROLE_AGENT;
    person->name = name;
    TRY(arena_printf(d->arena, &person->id_text, "%" PRId64, id));
    TRY(table_put(d->people, person->id_text, person, NULL));
    return desk_name_person(d, person, email, (struct slice){0});
}

static err_t add_agent(struct desk *d, const struct agent *agent, struct slice domain)
{
    struct slice email = {0};
    TRY(desk_mailbox(d->arena, agent->name, domain, &email));
    return add_staff(d, agent->id, agent->name, email);
}

err_t desk_init(struct desk *d, struct arena *arena, const struct desk_start *start)
{
    struct slice box = {0};
    struct slice domain = {0};
    *d = (struct desk){.arena = arena,
                       .ids = FIRST_ID,
                       .brands = start->brands,
                       .brand_count = start->brand_count};
    struct table **const tables[] = {&d->people,   &d->people_email, &d->people_extern, &d->tickets,
                                     &d->triggers, &d->hooks,        &d->answers};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        TRY(table_new(DESK_RECORDS_MAX, start->seed, tables[i]));
    }
    TRY(add_staff(d, start->bot_user_id, SLICE("Acme Bot"), start->bot_email));
    d->bot = desk_person_by_id(d, start->bot_user_id);
    d->bot->is_bot = true;
    d->bot->presence = PRESENCE_OFFLINE; /* no agent who could take a conversation */
    (void)slice_split(start->bot_email, '@', &box, &domain);
    for (size_t i = 0; i < start->agent_count; i++) {
        TRY(add_agent(d, &start->agents[i], domain));
    }
    return err_ok();
}

void desk_deinit(struct desk *d)
{
    struct table *const tables[] = {d->people,   d->people_email, d->people_extern, d->tickets,
                                    d->triggers, d->hooks,        d->answers};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        table_free(tables[i]);
    }
    *d = (struct desk){0};
}

err_t desk_next_id(struct desk *d, int64_t *ret_id, struct slice *ret_text)
{
    int64_t id = d->ids + 1;
    TRY(arena_printf(d->arena, ret_text, "%" PRId64, id));
    d->ids = id;
    *ret_id = id;
    return err_ok();
}

static err_t lower(struct arena *arena, struct slice text, struct slice *ret)
{
    char *out = arena_alloc(arena, text.len + 1);
    if (out == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    *ret = slice_from(out, text.len);
    return err_ok();
}

err_t desk_name_person(struct desk *d, struct person *person, struct slice email,
                       struct slice external_id)
{
    if (!slice_empty(email)) {
        TRY(lower(d->arena, email, &person->email));
        TRY(table_put(d->people_email, person->email, person, NULL));
    }
    if (!slice_empty(external_id)) {
        TRY(arena_copy(d->arena, external_id, &person->external_id));
        TRY(table_put(d->people_extern, person->external_id, person, NULL));
    }
    return err_ok();
}

err_t desk_add_person(struct desk *d, enum role role, struct slice name, struct slice email,
                      wall_ms_t now, struct person **ret_person)
{
    struct person *person = ARENA_NEW(d->arena, struct person);
    if (person == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(desk_next_id(d, &person->id, &person->id_text));
    TRY(arena_copy(d->arena, name, &person->name));
    person->role = role;
    person->created_at = now;
    person->updated_at = now;
    TRY(table_put(d->people, person->id_text, person, NULL));
    TRY(desk_name_person(d, person, email, (struct slice){0}));
    *ret_person = person;
    return err_ok();
}

err_t desk_add_ticket(struct desk *d, wall_ms_t now, struct ticket **ret_ticket)
{
    struct ticket *ticket = ARENA_NEW(d->arena, struct ticket);
    if (ticket == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(desk_next_id(d, &ticket->id, &ticket->id_text));
    ticket->created_at = now;
    ticket->updated_at = now;
    TRY(table_put(d->tickets, ticket->id_text, ticket, NULL));
    *ret_ticket = ticket;
    return err_ok();
}

/* A list of pointers of twice the room, with what was in the old one. */
static err_t grow(struct desk *d, const void *list, size_t count, size_t *room, void **ret_list)
{
    size_t wanted = *room == 0 ? DESK_LIST_FIRST : *room * 2;
    void *grown = arena_array(d->arena, wanted, sizeof(void *));
    if (grown == NULL) {
        return ERR(ARENA_FULL);
    }
    if (count > 0) {
        memcpy(grown, list, count * sizeof(void *));
    }
    *room = wanted;
    *ret_list = grown;
    return err_ok();
}

err_t desk_add_comment(struct desk *d, struct ticket *ticket, wall_ms_t now,
                       struct comment **ret_comment)
{
    if (ticket->comment_count == ticket->comment_room) {
        void *grown = NULL;
        TRY(grow(d, ticket->comments, ticket->comment_count, &ticket->comment_room, &grown));
        ticket->comments = grown;
    }
    struct comment *comment = ARENA_NEW(d->arena, struct comment);
    if (comment == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(desk_next_id(d, &comment->id, &comment->id_text));
    comment->created_at = now;
    ticket->comments[ticket->comment_count++] = comment;
    *ret_comment = comment;
    return err_ok();
}

err_t desk_add_audit(struct desk *d, struct ticket *ticket, wall_ms_t now, struct audit **ret_audit)
{
    struct slice text = {0};
    if (ticket->audit_count == ticket->audit_room) {
        void *grown = NULL;
        TRY(grow(d, ticket->audits, ticket->audit_count, &ticket->audit_room, &grown));
        ticket->audits = grown;
    }
    struct audit *audit = ARENA_NEW(d->arena, struct audit);
    if (audit == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(desk_next_id(d, &audit->id, &text));
    audit->created_at = now;
    ticket->audits[ticket->audit_count++] = audit;
    *ret_audit = audit;
    return err_ok();
}

err_t desk_add_trigger(struct desk *d, wall_ms_t now, struct trigger **ret_trigger)
{
    struct trigger *trigger = ARENA_NEW(d->arena, struct trigger);
    if (trigger == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(desk_next_id(d, &trigger->id, &trigger->id_text));
    trigger->created_at = now;
    trigger->updated_at = now;
    TRY(table_put(d->triggers, trigger->id_text, trigger, NULL));
    *ret_trigger = trigger;
    return err_ok();
}

err_t desk_add_hook(struct desk *d, struct slice id, struct slice secret, wall_ms_t now,
                    struct support_hook **ret_hook)
{
    struct support_hook *hook = ARENA_NEW(d->arena, struct support_hook);
    if (hook == NULL) {
        return ERR(ARENA_FULL);
    }
    hook->hook.id = id;
    hook->hook.secret = secret;
    hook->hook.support = hook;
    hook->created_at = now;
    hook->updated_at = now;
    TRY(table_put(d->hooks, id, hook, NULL));
    *ret_hook = hook;
    return err_ok();
}

const struct group *desk_groups(size_t *ret_count)
{
    *ret_count = sizeof groups / sizeof groups[0];
    return groups;
}

const struct ticket_field *desk_fields(size_t *ret_count)
{
    *ret_count = sizeof fields / sizeof fields[0];
    return fields;
}
