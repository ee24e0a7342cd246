#include "sandbox/workspace.h"

#include "json/json_read.h"
#include "sandbox/messages.h"
#include "sandbox/switching.h"
#include "sandbox/tags.h"
#include "sandbox/text.h"
#include "sandbox/tickets.h"

enum { HISTORY_MESSAGES = 10, TRANSCRIPT_BYTES_MAX = 256 * 1024 };

bool workspace_is(const struct switchboard_integration *line)
{
    return line != NULL && slice_equal(line->integration->type, SLICE("zd:agentWorkspace"));
}

/* A member of the flat metadata, by its whole name with dots. */
static struct slice data(const struct json *metadata, const char *name)
{
    return json_id(json_member(metadata, slice_of(name)));
}

static bool requester_of(struct call *c, const struct conversation *conversation,
                         const struct json *metadata, const struct person **ret_requester)
{
    struct desk *desk = &c->store->desk;
    struct user *user = store_customer(conversation);
    struct slice name = data(metadata, "dataCapture.systemField.requester.name");
    struct slice email = data(metadata, "dataCapture.systemField.requester.email");
    struct person *person = NULL;
    if (user != NULL && !slice_empty(user->zendesk_id)) {
        person = desk_person(desk, user->zendesk_id);
    }
    if (user != NULL && slice_empty(email)) {
        email = user->email;
    }
    if (person == NULL && !slice_empty(email)) {
        person = desk_person_by_email(desk, email);
    }
    if (user != NULL && slice_empty(name) && !messages_name_of(c, user, &name)) {
        return false;
    }
    if (slice_empty(name)) {
        name = SLICE("Web User");
    }
    if (person == NULL &&
        !call_ok(c, desk_add_person(desk, ROLE_END_USER, name, email, c->now, &person))) {
        return false;
    }
    if (user != NULL) {
        user->zendesk_id = person->id_text;
    }
    *ret_requester = person;
    return true;
}

/* "(09:12:05) Jane Doe: hello", from first_message_id on or the last ten. */
static err_t write_transcript(const struct conversation *conversation, struct slice first_id,
                              struct buf *out)
{
    size_t from = conversation->message_count > HISTORY_MESSAGES
                      ? conversation->message_count - HISTORY_MESSAGES
                      : 0;
    for (size_t i = 0; i < conversation->message_count && !slice_empty(first_id); i++) {
        if (slice_equal(conversation->messages[i]->id, first_id)) {
            from = i;
        }
    }
    for (size_t i = from; i < conversation->message_count; i++) {
        const struct message *message = conversation->messages[i];
        char time[INSTANT_TEXT_BYTES];
        if (message->removed) {
            continue;
        }
        instant_format_iso8601(message->received, time);
        TRY(buf_printf(out, "(%.8s) %.*s: %.*s\n", time + 11, SLICE_ARG(message->display_name),
                       SLICE_ARG(slice_cut_utf8(message->text, 4096))));
    }
    return err_ok();
}

/* dataCapture.ticketField.{id} */
static bool read_fields(struct call *c, const struct json *metadata, struct ticket_draft *draft)
{
    struct slice prefix = SLICE("dataCapture.ticketField.");
    JSON_EACH(member, metadata)
    {
        int64_t id = 0;
        if (!slice_starts_with(member->key, prefix) ||
            err_failed(slice_to_i64(slice_sub(member->key, prefix.len, member->key.len), &id)) ||
            desk_field(id) == NULL) {
            continue;
        }
        struct field_value *value = ARENA_NEW(&c->store->arena, struct field_value);
        if (value == NULL) {
            return call_ok(c, ERR(ARENA_FULL));
        }
        value->field_id = id;
        value->next = draft->fields;
        draft->fields = value;
        if (!call_ok(c, text_render_json(&c->store->arena, member, &value->value_json))) {
            return false;
        }
    }
    return true;
}

static bool read_metadata(struct call *c, const struct json *metadata, struct ticket_draft *draft)
{
    draft->has_tags = true;
    draft->has_priority =
        priority_by_name(data(metadata, "dataCapture.systemField.priority"), &draft->priority);
    return call_ok(c, tags_set(&c->store->arena, data(metadata, "dataCapture.systemField.tags"),
                               &draft->tags)) &&
           read_fields(c, metadata, draft);
}

static bool open_session(struct call *c, struct conversation *conversation,
                         const struct json *metadata)
{
    CLEANUP(buf) struct buf transcript = {0};
    struct ticket_draft draft = {.has_subject = true,
                                 .has_requester = true,
                                 .has_brand = conversation->brand != NULL,
                                 .brand = conversation->brand,
                                 .conversation = conversation,
                                 .comment = {.given = true}};
    buf_init(&transcript, TRANSCRIPT_BYTES_MAX);
    if (!requester_of(c, conversation, metadata, &draft.requester) ||
        !read_metadata(c, metadata, &draft) ||
        !call_ok(c, arena_printf(&c->store->arena, &draft.subject, "Conversation with %.*s",
                                 SLICE_ARG(draft.requester->name))) ||
        !call_ok(c,
                 write_transcript(conversation, data(metadata, "first_message_id"), &transcript)) ||
        !call_keep(c, buf_slice(&transcript), &draft.comment.body)) {
        return false;
    }
    conversation->ticket = tickets_create(c, &draft, draft.requester, VIA_MESSAGING);
    return conversation->ticket != NULL;
}

void workspace_begin(struct call *c, struct conversation *conversation, struct slice metadata_json)
{
    const struct json *metadata = NULL;
    struct ticket *open = conversation->ticket;
    if (open != NULL && open->status != STATUS_CLOSED) {
        return; /* the session goes on: what the call says about its ticket comes too late */
    }
    if (!slice_empty(metadata_json) &&
        !call_ok(c, json_parse(c->arena, metadata_json, NULL, NULL, &metadata))) {
        return;
    }
    struct ledger_entry note = c->note; /* the line stays that of the call */
    bool done = open_session(c, conversation, metadata);
    c->note = note;
    if (!done && c->error.code == ERR_OK) {
        conversation->ticket = NULL; /* refused, as of a suspended customer */
    }
}

void workspace_message(struct call *c, struct conversation *conversation)
{
    struct ticket *ticket = conversation->ticket;
    if (!workspace_is(conversation->active)) {
        return;
    }
    if (ticket == NULL || ticket->status == STATUS_CLOSED) { /* they are first in line */
        workspace_begin(c, conversation, (struct slice){0});
        return;
    }
    if (ticket->status != STATUS_PENDING && ticket->status != STATUS_HOLD &&
        ticket->status != STATUS_SOLVED) {
        return;
    }
    const struct ticket_draft draft = {.has_status = true, .status = STATUS_OPEN};
    struct ledger_entry note = c->note;
    (void)tickets_update(c, ticket, &draft, ticket->requester, VIA_MESSAGING, NULL);
    c->note = note;
}

void workspace_end(struct call *c, struct conversation *conversation, const char *reason)
{
    conversation->ticket = NULL;
    switching_release(c, conversation, reason == NULL ? (struct slice){0} : SLICE("{}"), reason);
}

/* What the workspace writes by itself. */
static bool say_closed(struct call *c, struct conversation *conversation)
{
    const struct message_draft draft = {
        .author = AUTHOR_BUSINESS,
        .subtype = SLICE("activity"),
        .display_name = SLICE("Support"),
        .source_type = SLICE("zd:agentWorkspace"),
        .activity_type = SLICE("ticket:closed"),
        .text = SLICE("This conversation has ended."),
        .content_json = SLICE("{\"type\":\"text\",\"text\":\"This conversation has ended.\"}")};
    return messages_add(c, conversation, &draft) != NULL;
}

void workspace_closed(struct call *c, struct ticket *ticket)
{
    struct conversation *conversation = ticket->conversation;
    if (conversation == NULL || conversation->removed || conversation->ticket != ticket) {
        return;
    }
    if (!workspace_is(conversation->active)) { /* it was handed back before */
        conversation->ticket = NULL;
        return;
    }
    struct ledger_entry note = c->note;
    (void)say_closed(c, conversation);
    workspace_end(c, conversation, "ticketClosed");
    c->note = note;
}
