#include "sandbox/desk_render.h"

#include "sandbox/support.h"
#include "sandbox/tags.h"
#include "sandbox/uploads.h"

#define FIRST_CUSTOM_STATUS_ID INT64_C(21600000000401)
#define TICKET_FORM_ID INT64_C(21600000000501)

static const int64_t custom_role_id = 360000000001;

static void put_null(struct json_write *w, const char *key)
{
    json_key(w, key);
    json_null(w);
}

static void put_or_null(struct json_write *w, const char *key, struct slice text)
{
    json_key(w, key);
    if (slice_empty(text)) {
        json_null(w);
    } else {
        json_slice(w, text);
    }
}

static void put_id(struct json_write *w, const char *key, bool there, int64_t id)
{
    json_key(w, key);
    if (there) {
        json_int(w, id);
    } else {
        json_null(w);
    }
}

static void put_person_id(struct json_write *w, const char *key, const struct person *person)
{
    put_id(w, key, person != NULL, person == NULL ? 0 : person->id);
}

static void put_empty_list(struct json_write *w, const char *key)
{
    json_key(w, key);
    json_array(w);
    json_end(w);
}

void render_seconds(struct json_write *w, const char *key, wall_ms_t time)
{
    char text[INSTANT_TEXT_BYTES];
    if (!wall_known(time)) {
        put_null(w, key);
        return;
    }
    instant_format_iso8601(time, text);
    text[19] = 'Z';
    text[20] = '\0';
    json_put_text(w, key, text);
}

static void put_address(struct json_write *w, const char *key, const struct person *person)
{
    json_key(w, key);
    json_object(w);
    if (person != NULL) {
        put_or_null(w, "address", person->email);
        json_put_slice(w, "name", person->name);
    }
    json_end(w);
}

static void put_via(struct json_write *w, enum via via, const struct person *from,
                    const struct ticket *source)
{
    json_key(w, "via");
    json_object(w);
    json_put_text(w, "channel", via_channel(via));
    json_key(w, "source");
    json_object(w);
    if (source != NULL) {
        json_key(w, "from");
        json_object(w);
        json_put_int(w, "ticket_id", source->id);
        json_put_slice(w, "subject", source->subject);
        json_end(w);
    } else {
        put_address(w, "from", via == VIA_MAIL ? from : NULL);
    }
    put_address(w, "to", NULL);
    json_key(w, "rel");
    if (source != NULL) {
        json_text(w, "follow_up");
    } else {
        json_null(w);
    }
    json_end(w);
    json_end(w);
}

static void put_tags(struct json_write *w, struct slice tags)
{
    struct slice tag = {0};
    json_key(w, "tags");
    json_array(w);
    while (tags_next(&tags, &tag)) {
        json_slice(w, tag);
    }
    json_end(w);
}

static void put_fields(struct json_write *w, const char *key, const struct ticket *ticket)
{
    size_t count = 0;
    const struct ticket_field *fields = desk_fields(&count);
    json_key(w, key);
    json_array(w);
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].custom) {
            continue;
        }
        const struct field_value *value = ticket->fields;
        while (value != NULL && value->field_id != fields[i].id) {
            value = value->next;
        }
        json_object(w);
        json_put_int(w, "id", fields[i].id);
        json_key(w, "value");
        json_raw(w, value == NULL ? SLICE("null") : value->value_json);
        json_end(w);
    }
    json_end(w);
}

static void put_people(struct json_write *w, const struct ticket *t)
{
    static const char *const lists[] = {"collaborator_ids", "follower_ids", "email_cc_ids",
                                        "sharing_agreement_ids"};
    put_person_id(w, "requester_id", t->requester);
    put_person_id(w, "submitter_id", t->submitter);
    put_person_id(w, "assignee_id", t->assignee);
    put_null(w, "organization_id");
    put_id(w, "group_id", t->group != NULL, t->group == NULL ? 0 : t->group->id);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        put_empty_list(w, lists[i]);
    }
}

void render_ticket(struct call *c, const struct ticket *t)
{
    struct json_write *w = &c->out;
    static const char *const nulls[] = {"recipient", "forum_topic_id", "problem_id", "due_at",
                                        "satisfaction_rating"};
    json_object(w);
    json_put_slice(w, "url", support_url(c, "tickets", t->id_text));
    json_put_int(w, "id", t->id);
    put_or_null(w, "external_id", t->external_id);
    put_via(w, t->via, t->requester, t->followup_source);
    render_seconds(w, "created_at", t->created_at);
    render_seconds(w, "updated_at", t->updated_at);
    json_put_int(w, "generated_timestamp", t->updated_at.ms / 1000);
    put_or_null(w, "type", t->type);
    json_put_slice(w, "subject", t->subject);
    json_put_slice(w, "raw_subject", t->subject);
    json_put_slice(w, "description", t->description);
    put_or_null(w, "priority", slice_of(priority_name(t->priority)));
    json_put_text(w, "status", status_name(t->status));
    json_put_int(w, "custom_status_id", FIRST_CUSTOM_STATUS_ID + (int64_t)t->status);
    json_put_int(w, "ticket_form_id", TICKET_FORM_ID);
    put_people(w, t);
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        put_null(w, nulls[i]);
    }
    json_put_bool(w, "has_incidents", false);
    json_put_bool(w, "is_public", t->is_public);
    put_tags(w, t->tags);
    put_fields(w, "custom_fields", t);
    put_fields(w, "fields", t);
    json_key(w, "followup_ids");
    json_array(w);
    if (t->followup != NULL) {
        json_int(w, t->followup->id);
    }
    json_end(w);
    put_id(w, "brand_id", t->brand != NULL, t->brand == NULL ? 0 : t->brand->id);
    json_put_bool(w, "allow_channelback", false);
    json_put_bool(w, "allow_attachments", true);
    json_put_bool(w, "from_messaging_channel", t->via == VIA_MESSAGING);
    json_end(w);
}

void render_comment_members(struct json_write *w, const struct comment *comment)
{
    json_put_int(w, "id", comment->id);
    json_put_text(w, "type", "Comment");
    put_id(w, "author_id", true, comment->author == NULL ? -1 : comment->author->id);
    json_put_slice(w, "body", comment->body);
    json_put_slice(w, "html_body", comment->html);
    json_put_slice(w, "plain_body", comment->body);
    json_put_bool(w, "public", comment->is_public);
    json_key(w, "attachments");
    json_array(w);
    for (size_t i = 0; i < comment->files.count; i++) {
        render_upload(w, comment->files.uploads[i]);
    }
    json_end(w);
    json_put_int(w, "audit_id", comment->audit_id);
}

void render_comment(struct call *c, const struct comment *comment)
{
    struct json_write *w = &c->out;
    json_object(w);
    render_comment_members(w, comment);
    put_via(w, comment->via, comment->author, NULL);
    render_seconds(w, "created_at", comment->created_at);
    json_key(w, "metadata");
    json_object(w);
    json_key(w, "system");
    json_object(w);
    if (comment->automatic) {
        json_put_text(w, "auto_submitted", "auto-replied");
    }
    json_end(w);
    json_key(w, "custom");
    json_object(w);
    json_end(w);
    put_empty_list(w, "flags");
    json_key(w, "flags_options");
    json_object(w);
    json_end(w);
    json_end(w);
    json_end(w);
}

void render_audit(struct call *c, const struct ticket *ticket, const struct audit *audit)
{
    struct json_write *w = &c->out;
    json_object(w);
    json_put_int(w, "id", audit->id);
    json_put_int(w, "ticket_id", ticket->id);
    render_seconds(w, "created_at", audit->created_at);
    json_put_int(w, "author_id", audit->author == NULL ? -1 : audit->author->id);
    json_key(w, "metadata");
    json_object(w);
    json_key(w, "system");
    json_object(w);
    json_put_text(w, "ip_address", "127.0.0.1");
    json_put_text(w, "location", "");
    put_null(w, "latitude");
    put_null(w, "longitude");
    json_end(w);
    json_key(w, "custom");
    json_raw(w, slice_empty(audit->custom_json) ? SLICE("{}") : audit->custom_json);
    json_end(w);
    json_key(w, "events");
    json_array(w);
    if (!slice_empty(audit->events_json)) {
        json_raw(w, audit->events_json);
    }
    json_end(w);
    put_via(w, audit->via, audit->author, NULL);
    json_end(w);
}

void render_person(struct call *c, const struct person *person)
{
    struct json_write *w = &c->out;
    json_object(w);
    json_put_int(w, "id", person->id);
    json_put_slice(w, "url", support_url(c, "users", person->id_text));
    json_put_slice(w, "name", person->name);
    put_or_null(w, "email", person->email);
    put_or_null(w, "phone", person->phone);
    put_or_null(w, "external_id", person->external_id);
    render_seconds(w, "created_at", person->created_at);
    render_seconds(w, "updated_at", person->updated_at);
    json_put_text(w, "role", role_name(person->role));
    put_id(w, "role_type", person->role != ROLE_END_USER, person->light ? 1 : 0);
    /* What lets the login have webhooks and triggers, though it is an agent. */
    put_id(w, "custom_role_id", person->is_bot && c->store->account.administrator, custom_role_id);
    put_null(w, "organization_id");
    json_put_bool(w, "active", true);
    json_put_bool(w, "suspended", person->suspended);
    json_put_bool(w, "verified", !person->unverified);
    json_put_bool(w, "only_private_comments", person->light);
    put_null(w, "ticket_restriction");
    json_put_text(w, "locale", "en-US");
    put_empty_list(w, "tags");
    json_end(w);
}

void render_trigger(struct call *c, const struct trigger *trigger)
{
    struct json_write *w = &c->out;
    json_object(w);
    json_put_slice(w, "url", support_url(c, "triggers", trigger->id_text));
    json_put_int(w, "id", trigger->id);
    json_put_slice(w, "title", trigger->title);
    json_put_slice(w, "raw_title", trigger->title);
    put_or_null(w, "description", trigger->description);
    json_put_bool(w, "active", trigger->active);
    json_put_int(w, "position", trigger->position);
    put_or_null(w, "category_id", trigger->category_id);
    json_put_bool(w, "default", false);
    json_key(w, "conditions");
    json_raw(w, trigger->conditions_json);
    json_key(w, "actions");
    json_raw(w, trigger->actions_json);
    render_seconds(w, "created_at", trigger->created_at);
    render_seconds(w, "updated_at", trigger->updated_at);
    json_end(w);
}

static void put_login(struct json_write *w, const struct support_hook *hook)
{
    static const char *const names[] = {
        [LOGIN_BEARER] = "bearer_token", [LOGIN_BASIC] = "basic_auth", [LOGIN_API_KEY] = "api_key"};
    if (hook->login == LOGIN_NONE) {
        return;
    }
    json_key(w, "authentication");
    json_object(w);
    json_put_text(w, "type", names[hook->login]);
    if (hook->login != LOGIN_BEARER) { /* secrets are never shown */
        json_key(w, "data");
        json_object(w);
        json_put_slice(w, hook->login == LOGIN_BASIC ? "username" : "name", hook->login_name);
        json_end(w);
    }
    json_put_text(w, "add_position", "header");
    json_end(w);
}

void render_support_hook(struct call *c, const struct support_hook *hook)
{
    struct json_write *w = &c->out;
    json_object(w);
    json_put_slice(w, "id", hook->hook.id);
    json_put_slice(w, "name", hook->name);
    json_put_slice_if(w, "description", hook->description);
    json_put_text(w, "status", hook->active ? "active" : "inactive");
    json_key(w, "subscriptions");
    json_array(w);
    json_slice(w, hook->subscription);
    json_end(w);
    json_put_slice(w, "endpoint", hook->hook.target);
    json_put_slice(w, "http_method", hook->method);
    json_put_text(w, "request_format", "json");
    put_login(w, hook);
    if (!slice_empty(hook->headers_json)) {
        json_key(w, "custom_headers");
        json_raw(w, hook->headers_json);
    }
    render_seconds(w, "created_at", hook->created_at);
    json_put_slice(w, "created_by", c->store->desk.bot->id_text);
    render_seconds(w, "updated_at", hook->updated_at);
    json_put_slice(w, "updated_by", c->store->desk.bot->id_text);
    json_end(w);
}
