#include "sandbox/ticket_read.h"

#include "sandbox/support.h"
#include "sandbox/tags.h"
#include "sandbox/text.h"
#include "sandbox/uploads.h"

enum { NAME_UNITS_MAX = 255 };

static const char *const types[] = {"problem", "incident", "question", "task"};

static bool is_null(const struct json *value)
{
    return value != NULL && value->type == JSON_NULL;
}

static bool read_choice(struct call *c, const struct json *object, struct ticket_draft *d)
{
    const struct json *status = json_find(object, "status");
    const struct json *priority = json_find(object, "priority");
    const struct json *type = json_find(object, "type");
    if (status != NULL && !is_null(status)) {
        d->has_status = status_by_name(json_string(status), &d->status);
        if (!d->has_status) {
            support_invalid(c, "status", "Status: is not included in the list");
            return false;
        }
    }
    if (priority != NULL) {
        d->has_priority =
            is_null(priority) || priority_by_name(json_string(priority), &d->priority);
        if (!d->has_priority) {
            support_invalid(c, "priority", "Priority: is not included in the list");
            return false;
        }
    }
    if (type == NULL || is_null(type)) {
        d->has_type = type != NULL;
        return true;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (slice_equal(json_string(type), slice_of(types[i]))) {
            d->has_type = true;
            d->type = slice_of(types[i]);
        }
    }
    if (!d->has_type) {
        support_invalid(c, "type", "Type: is not included in the list");
    }
    return d->has_type;
}

/* `assignee_id` or `assignee_email`; null = nobody. */
static bool read_assignee(struct call *c, const struct json *object, struct ticket_draft *d)
{
    const struct desk *desk = &c->store->desk;
    const struct json *id = json_find(object, "assignee_id");
    const struct json *email = json_find(object, "assignee_email");
    if (id == NULL && email == NULL) {
        return true;
    }
    d->has_assignee = true;
    if (is_null(id) || (id != NULL && slice_empty(json_id(id)))) {
        return true;
    }
    d->assignee = id != NULL ? desk_person(desk, json_id(id))
                             : desk_person_by_email(desk, json_string(email));
    if (d->assignee == NULL || !tickets_can_own(d->assignee)) {
        support_invalid(c, "assignee", "Assignee: is not a user who can be assigned to it");
        return false;
    }
    return true;
}

static bool read_group_and_brand(struct call *c, const struct json *object, struct ticket_draft *d)
{
    const struct json *group = json_find(object, "group_id");
    const struct json *brand = json_find(object, "brand_id");
    d->has_group = group != NULL;
    if (group != NULL && !is_null(group)) {
        d->group = desk_group(json_id(group));
        if (d->group == NULL) {
            support_invalid(c, "group", "Group: is invalid");
            return false;
        }
    }
    if (brand != NULL && !is_null(brand)) {
        d->has_brand = true;
        d->brand = desk_brand(&c->store->desk, json_id(brand));
        if (d->brand == NULL) {
            support_invalid(c, "brand", "Brand: is invalid");
            return false;
        }
    }
    return true;
}

/* A person of the body by id; absent or null leaves *person alone. */
static bool read_person(struct call *c, const struct json *object, const char *name,
                        const struct person **person)
{
    const struct json *id = json_find(object, name);
    if (id == NULL || is_null(id)) {
        return true;
    }
    const struct person *found = desk_person(&c->store->desk, json_id(id));
    if (found == NULL) {
        support_invalid(c, name, "%s: is not a user", name);
        return false;
    }
    *person = found;
    return true;
}

/* {"name","email"}: an existing user by e-mail, or a new one. */
static bool read_requester(struct call *c, const struct json *object, struct ticket_draft *d)
{
    struct desk *desk = &c->store->desk;
    const struct json *requester = json_find(object, "requester");
    struct person *person = NULL;
    if (!read_person(c, object, "requester_id", &d->requester)) {
        return false;
    }
    if (requester == NULL || requester->type != JSON_OBJECT) {
        d->has_requester = d->requester != NULL;
        return true;
    }
    struct slice name = json_string(json_find(requester, "name"));
    struct slice email = json_string(json_find(requester, "email"));
    if (slice_empty(email) ? slice_empty(name) : slice_find(email, '@') == email.len) {
        support_invalid(c, "requester", "Requester: needs an email address that is valid");
        return false;
    }
    if (!slice_empty(email)) {
        person = desk_person_by_email(desk, email);
    }
    if (person == NULL && slice_empty(name)) {
        support_invalid(c, "requester", "Requester: Name: is too short (minimum one character)");
        return false;
    }
    if (person == NULL &&
        !call_ok(c, desk_add_person(desk, ROLE_END_USER, name, email, c->now, &person))) {
        return false;
    }
    d->has_requester = true;
    d->requester = person;
    return true;
}

static bool read_comment(struct call *c, const struct json *object, struct ticket_draft *d)
{
    const struct json *comment = json_find(object, "comment");
    const struct json *description = json_find(object, "description");
    struct comment_draft *words = &d->comment;
    if (comment == NULL || is_null(comment)) {
        words->given = description != NULL && description->type == JSON_STRING;
        return !words->given || call_keep(c, description->text, &words->body);
    }
    if (comment->type == JSON_STRING) {
        words->given = true;
        return call_keep(c, comment->text, &words->body);
    }
    const struct json *is_public = json_find(comment, "public");
    if (!check_kept(c, comment, "body", &words->body) ||
        !check_kept(c, comment, "html_body", &words->html) ||
        !read_person(c, comment, "author_id", &words->author) ||
        !uploads_read(c, json_find(comment, "uploads"), &words->files)) {
        return false;
    }
    if (!slice_empty(words->html)) {
        words->body = (struct slice){0}; /* HTML wins */
    }
    words->has_public = is_public != NULL && is_public->type == JSON_BOOL;
    words->is_public = json_bool(is_public, true);
    words->given = !slice_empty(slice_trim(words->body)) || !slice_empty(words->html);
    return true;
}

/* [{"id":…,"value":…}]; a field that is not of the account is left out in silence. */
static bool read_fields(struct call *c, const struct json *list, struct ticket_draft *d)
{
    JSON_EACH(item, list)
    {
        const struct json *value = json_find(item, "value");
        int64_t id = 0;
        if (err_failed(slice_to_i64(json_id(json_find(item, "id")), &id)) || value == NULL ||
            desk_field(id) == NULL) {
            continue;
        }
        struct field_value *field = ARENA_NEW(&c->store->arena, struct field_value);
        if (field == NULL) {
            return call_ok(c, ERR(ARENA_FULL));
        }
        field->field_id = id;
        field->next = d->fields;
        d->fields = field;
        if (!call_ok(c, text_render_json(&c->store->arena, value, &field->value_json))) {
            return false;
        }
    }
    return true;
}

static bool read_tags(struct call *c, const struct json *object, struct ticket_draft *d)
{
    const struct json *tags = json_find(object, "tags");
    struct slice words = {0};
    if (tags == NULL) {
        return true;
    }
    d->has_tags = true;
    err_t e = tags_read(c->arena, tags, &words);
    if (err_is(e, ERR_WRONG_TYPE)) {
        support_invalid(c, "tags", "Tags: must be a list of words");
        return false;
    }
    return call_ok(c, e) && call_ok(c, tags_set(&c->store->arena, words, &d->tags));
}

static bool read_source(struct call *c, const struct json *object, struct ticket_draft *d)
{
    const struct json *source = json_find(object, "via_followup_source_id");
    if (source == NULL || is_null(source)) {
        return true;
    }
    d->followup_source = desk_ticket(&c->store->desk, json_id(source));
    if (d->followup_source == NULL || d->followup_source->status != STATUS_CLOSED) {
        support_invalid(c, "base", "Follow-up source: must be a ticket that is closed");
        return false;
    }
    return true;
}

static bool read_names(struct call *c, const struct json *object, struct ticket_draft *d)
{
    if (!check_kept(c, object, "subject", &d->subject) ||
        !check_kept(c, object, "external_id", &d->external_id)) {
        return false;
    }
    if (text_units(d->external_id) > NAME_UNITS_MAX || slice_has_nul(d->external_id)) {
        support_invalid(c, "external_id", "External ID: is too long (maximum is %d characters)",
                        NAME_UNITS_MAX);
        return false;
    }
    return true;
}

bool ticket_read(struct call *c, const struct json *object, bool is_new, struct ticket_draft *d)
{
    const struct json *metadata = json_find(object, "metadata");
    *d = (struct ticket_draft){.has_subject = json_find(object, "subject") != NULL,
                               .has_external_id = json_find(object, "external_id") != NULL};
    if (metadata != NULL && metadata->type == JSON_OBJECT &&
        !call_ok(c, text_render_json(&c->store->arena, metadata, &d->custom_json))) {
        return false;
    }
    if (is_new &&
        (!read_source(c, object, d) || !read_person(c, object, "submitter_id", &d->submitter))) {
        return false;
    }
    if (d->followup_source != NULL) {
        d->submitter = NULL;
    }
    return read_names(c, object, d) && read_choice(c, object, d) && read_assignee(c, object, d) &&
           read_group_and_brand(c, object, d) && read_comment(c, object, d) &&
           read_tags(c, object, d) && read_fields(c, json_find(object, "custom_fields"), d) &&
           read_requester(c, object, d);
}

bool ticket_check_stamp(struct call *c, const struct json *object, const struct ticket *ticket)
{
    const struct json *safe = json_find(object, "safe_update");
    const struct json *stamp = json_find(object, "updated_stamp");
    wall_ms_t seen = {0};
    if (safe == NULL || is_null(safe) || stamp == NULL) {
        return true; /* but a `false` counts as true */
    }
    if (err_failed(instant_parse_iso8601(json_string(stamp), &seen)) ||
        seen.ms / 1000 != ticket->updated_at.ms / 1000) {
        support_refuse(c, 409, "UpdateConflict",
                       "Safe Update prevented the update due to outdated ticket data. Please fetch "
                       "the latest ticket data and try again.");
        return false;
    }
    return true;
}
