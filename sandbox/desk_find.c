/* Look-ups of the desk, and the names of its values. */
#include "sandbox/desk.h"

#include <inttypes.h>
#include <stdio.h>

enum { EMAIL_BYTES_MAX = 320 };

struct person *desk_person(const struct desk *d, struct slice id)
{
    return table_get(d->people, id);
}

struct person *desk_person_by_id(const struct desk *d, int64_t id)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64, id);
    return table_get(d->people, slice_of(text));
}

struct person *desk_person_by_email(const struct desk *d, struct slice email)
{
    char text[EMAIL_BYTES_MAX];
    if (email.len > sizeof text) {
        return NULL;
    }
    for (size_t i = 0; i < email.len; i++) {
        char c = email.ptr[i];
        text[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return table_get(d->people_email, slice_from(text, email.len));
}

struct person *desk_person_by_external_id(const struct desk *d, struct slice external_id)
{
    return table_get(d->people_extern, external_id);
}

struct person *desk_staff(const struct desk *d, struct slice id_or_name)
{
    for (size_t i = 0; i < table_count(d->people); i++) {
        struct person *person = table_at(d->people, i, NULL);
        if (person->role != ROLE_END_USER && (slice_equal(person->id_text, id_or_name) ||
                                              slice_equal_nocase(person->name, id_or_name))) {
            return person;
        }
    }
    return NULL;
}

struct ticket *desk_ticket(const struct desk *d, struct slice id)
{
    return table_get(d->tickets, id);
}

struct ticket *desk_ticket_at(const struct desk *d, size_t index)
{
    return table_at(d->tickets, index, NULL);
}

size_t desk_ticket_count(const struct desk *d)
{
    return table_count(d->tickets);
}

struct trigger *desk_trigger(const struct desk *d, struct slice id)
{
    struct trigger *trigger = table_get(d->triggers, id);
    return trigger == NULL || trigger->removed ? NULL : trigger;
}

struct support_hook *desk_hook(const struct desk *d, struct slice id)
{
    struct support_hook *hook = table_get(d->hooks, id);
    return hook == NULL || hook->hook.removed ? NULL : hook;
}

const struct brand *desk_brand(const struct desk *d, struct slice id)
{
    for (size_t i = 0; i < d->brand_count; i++) {
        if (slice_equal(d->brands[i].id_text, id)) {
            return &d->brands[i];
        }
    }
    return NULL;
}

const struct group *desk_group(struct slice id)
{
    size_t count = 0;
    int64_t number = 0;
    const struct group *groups = desk_groups(&count);
    for (size_t i = 0; i < count && !err_failed(slice_to_i64(id, &number)); i++) {
        if (groups[i].id == number) {
            return &groups[i];
        }
    }
    return NULL;
}

const struct ticket_field *desk_field(int64_t id)
{
    size_t count = 0;
    const struct ticket_field *fields = desk_fields(&count);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].id == id) {
            return &fields[i];
        }
    }
    return NULL;
}

const struct audit *desk_audit(const struct ticket *ticket, int64_t id)
{
    for (size_t i = 0; i < ticket->audit_count; i++) {
        if (ticket->audits[i]->id == id) {
            return ticket->audits[i];
        }
    }
    return NULL;
}

static const char *const status_names[] = {
    [STATUS_NEW] = "new",   [STATUS_OPEN] = "open",     [STATUS_PENDING] = "pending",
    [STATUS_HOLD] = "hold", [STATUS_SOLVED] = "solved", [STATUS_CLOSED] = "closed",
};

const char *status_name(enum status status)
{
    return status_names[status];
}

bool status_by_name(struct slice name, enum status *ret_status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        if (slice_equal(name, slice_of(status_names[i]))) {
            *ret_status = (enum status)i;
            return true;
        }
    }
    return false;
}

static const char *const priority_names[] = {
    [PRIORITY_NONE] = NULL,   [PRIORITY_LOW] = "low",       [PRIORITY_NORMAL] = "normal",
    [PRIORITY_HIGH] = "high", [PRIORITY_URGENT] = "urgent",
};

const char *priority_name(enum priority priority)
{
    return priority_names[priority];
}

bool priority_by_name(struct slice name, enum priority *ret_priority)
{
    for (size_t i = PRIORITY_LOW; i < PRIORITY_COUNT; i++) {
        if (slice_equal(name, slice_of(priority_names[i]))) {
            *ret_priority = (enum priority)i;
            return true;
        }
    }
    return false;
}

static const char *const presence_names[] = {
    [PRESENCE_ONLINE] = "online",
    [PRESENCE_AWAY] = "away",
    [PRESENCE_TRANSFERS_ONLY] = "transfers_only",
    [PRESENCE_OFFLINE] = "offline",
};

const char *presence_name(enum presence presence)
{
    return presence_names[presence];
}

bool presence_named(struct slice name, enum presence *ret_presence)
{
    for (size_t i = 0; i < sizeof presence_names / sizeof presence_names[0]; i++) {
        if (slice_equal(name, slice_of(presence_names[i]))) {
            *ret_presence = (enum presence)i;
            return true;
        }
    }
    return false;
}

const char *role_name(enum role role)
{
    static const char *const names[] = {
        [ROLE_END_USER] = "end-user", [ROLE_AGENT] = "agent", [ROLE_ADMIN] = "admin"};
    return names[role];
}

const char *via_channel(enum via via)
{
    switch (via) {
    case VIA_MAIL: return "email";
    case VIA_API: return "api";
    case VIA_RULE: return "rule";
    case VIA_MESSAGING: return "native_messaging";
    case VIA_WEB: break;
    }
    return "web";
}
