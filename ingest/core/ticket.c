#include "ingest/core/ticket.h"

#include "base/limits.h"
#include "ingest/core/fingerprint.h"
#include "ingest/core/member.h"

static struct ticket_event read_trigger(const struct json *root)
{
    return (struct ticket_event){
        .event = member_label(json_find(root, "event")),
        .ticket_id = member_id(json_find(root, "ticket_id")),
        .brand_id = member_id(json_find(root, "brand_id")),
        .current_user_id = member_id(json_find(root, "current_user_id")),
        .updated_at = member_label(json_find(root, "updated_at")),
        .latest_comment_id = member_id(json_find(root, "latest_comment_id")),
    };
}

static const struct slice ticket_subject = {"zen:ticket:", 11};

/* Other things have their ids in the same place. */
static err_t check_subject(struct slice subject, struct why *why)
{
    if (slice_empty(subject) || slice_starts_with(subject, ticket_subject)) {
        return err_ok();
    }
    why_set(why, "it is about %.*s, not about a ticket", SLICE_ARG(slice_cut_utf8(subject, 64)));
    return ERR(RANGE);
}

static struct ticket_event read_subscribed(const struct json *root, struct slice subject)
{
    return (struct ticket_event){
        .event = member_label(json_find(root, "type")),
        .ticket_id = member_or(member_id(json_find(root, "detail.id")),
                               slice_sub(subject, ticket_subject.len, subject.len)),
        .brand_id = member_id(json_find(root, "detail.brand_id")),
        .current_user_id = member_id(json_find(root, "detail.actor_id")),
        .updated_at = member_label(json_find(root, "detail.updated_at")),
        .latest_comment_id = member_id(json_find(root, "event.comment.id")),
    };
}

static err_t read_id(struct arena *arena, const struct ticket_call *call, struct slice zendesk_id,
                     const struct ticket_event *body, struct slice *ret_id)
{
    bool named = body->invocation_id.len > 0 || zendesk_id.len > 0;
    const struct slice parts[] = {
        body->invocation_id,
        zendesk_id,
        named ? (struct slice){0} : call->nonce,
        body->event,
        body->ticket_id,
        body->updated_at,
        body->latest_comment_id,
    };
    return fingerprint(arena, parts, sizeof parts / sizeof parts[0], ret_id);
}

err_t ticket_read(struct arena *arena, const struct ticket_call *call, const struct json *root,
                  struct why *why, struct event *ret_event)
{
    if (root->type != JSON_OBJECT) {
        why_set(why, "the body must be an object, not %s", json_type_name(root->type));
        return ERR(WRONG_TYPE);
    }
    struct slice type = json_string(json_find(root, "type"));
    bool subscribed = slice_starts_with(type, SLICE("zen:event-type:"));
    struct slice subject = subscribed ? member_id(json_find(root, "subject")) : (struct slice){0};
    TRY(check_subject(subject, why));
    struct ticket_event body = subscribed ? read_subscribed(root, subject) : read_trigger(root);
    if (body.ticket_id.len == 0) {
        why_set(why, "`%s` is missing or empty", subscribed ? "detail.id" : "ticket_id");
        return ERR(MISSING);
    }
    if (call->invocation_id.len <= LIMIT_ID_BYTES_MAX) {
        body.invocation_id = call->invocation_id;
    }
    struct event event = {
        .type = EVENT_TICKET,
        .source = EVENT_FROM_SUPPORT,
        .account = call->account->name,
        .store = call->store->name,
    };
    struct slice zendesk_id = subscribed ? member_id(json_find(root, "id")) : (struct slice){0};
    TRY(read_id(arena, call, zendesk_id, &body, &event.id));
    event.occurred = member_time(json_find(root, subscribed ? "time" : "updated_at"));
    TRY(ident_key(arena, call->account->name, SURFACE_TICKET, body.ticket_id, &event.conversation));
    event.body.ticket = body;
    *ret_event = event;
    return err_ok();
}
