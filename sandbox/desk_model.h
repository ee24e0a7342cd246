/* desk_model — the records of the Support half.
 *
 *     brand ── ticket ──▶ comment ── author (person)
 *                │  └───▶ audit     what one save changed, and who saved
 *                └─ conversation    of a ticket that Agent Workspace made
 *     trigger ── notification_webhook ──▶ support_hook
 *
 * They live in the store's arena until the program ends, as the others do (sandbox/model.h). Ids
 * are integers there; where text is needed, it is kept beside them. */
#ifndef SANDBOX_DESK_MODEL_H
#define SANDBOX_DESK_MODEL_H

#include "sandbox/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of an agent, for messaging. */
enum presence { PRESENCE_ONLINE, PRESENCE_AWAY, PRESENCE_TRANSFERS_ONLY, PRESENCE_OFFLINE };

enum role { ROLE_END_USER, ROLE_AGENT, ROLE_ADMIN };

struct person {
    int64_t id;
    struct slice id_text;
    struct slice name, email, external_id, phone;
    enum role role;
    bool light; /* a light agent: private comments only, never an assignee */
    bool suspended;
    bool unverified; /* the mail address was never confirmed */
    bool is_bot;
    enum presence presence; /* of an agent */
    wall_ms_t created_at, updated_at;
};

/* How something came about; the numbers are Zendesk's. */
enum via { VIA_WEB = 0, VIA_MAIL = 4, VIA_API = 5, VIA_RULE = 8, VIA_MESSAGING = 75 };

/* In the order that `less_than` and `greater_than` of a trigger use. */
enum status {
    STATUS_NEW,
    STATUS_OPEN,
    STATUS_PENDING,
    STATUS_HOLD,
    STATUS_SOLVED,
    STATUS_CLOSED,
    STATUS_COUNT
};
enum priority {
    PRIORITY_NONE,
    PRIORITY_LOW,
    PRIORITY_NORMAL,
    PRIORITY_HIGH,
    PRIORITY_URGENT,
    PRIORITY_COUNT
};

struct group {
    int64_t id;
    const char *name;
};

struct ticket_field {
    int64_t id;
    const char *type, *title;
    bool custom;
};

/* A file, whose bytes nobody asks for again. */
struct upload {
    int64_t id;
    struct slice id_text, token, name, type, url;
    size_t size;
    wall_ms_t expires; /* unless a comment names it before */
    bool is_used;
    struct upload *next; /* older */
};
enum { UPLOADS_MAX = 20 };
struct upload_list {
    struct upload *uploads[UPLOADS_MAX];
    size_t count;
};

struct comment {
    int64_t id;
    struct slice id_text;
    const struct person *author;
    bool is_public;
    bool automatic; /* the mail said so (RFC 3834) */
    struct slice body, html;
    struct upload_list files;
    int64_t audit_id;
    enum via via;
    wall_ms_t created_at;
    struct slice custom_json; /* metadata of its save */
};

struct audit {
    int64_t id;
    const struct person *author; /* NULL = the system */
    enum via via;
    struct slice custom_json; /* ticket.metadata of the request */
    struct slice events_json; /* joined by commas */
    wall_ms_t created_at;
};

struct field_value {
    int64_t field_id;
    struct slice value_json;
    struct field_value *next;
};

/* Updates of one user in one window: 30 in 10 minutes. */
struct update_window {
    const struct person *person;
    wall_ms_t start;
    int64_t count;
    struct update_window *next;
};

struct ticket {
    int64_t id;
    struct slice id_text;
    struct slice external_id, subject, description;
    struct slice type; /* problem, incident, question, task; empty = none */
    enum status status;
    enum priority priority;
    const struct brand *brand;
    const struct person *requester, *submitter;
    const struct person *assignee; /* NULL = nobody */
    const struct group *group;     /* NULL = none */
    struct slice tags;             /* sorted, joined by blanks */
    struct field_value *fields;
    bool is_public;
    enum via via;
    struct conversation *conversation; /* messaging: the session's conversation */
    struct ticket *followup_source;
    struct ticket *followup; /* the newest one that follows this */
    wall_ms_t created_at, updated_at;
    struct comment **comments; /* oldest first */
    size_t comment_count, comment_room;
    struct audit **audits; /* oldest first */
    size_t audit_count, audit_room;
    struct update_window *windows;
};

enum hook_login { LOGIN_NONE, LOGIN_BEARER, LOGIN_BASIC, LOGIN_API_KEY };

/* A webhook of Support. `hook` is what the outbox and the courier know. */
struct support_hook {
    struct webhook hook; /* id, target, secret, removed */
    struct slice name, description, method;
    struct slice subscription; /* conditional_ticket_events, or zen:event-type:… */
    bool active;
    enum hook_login login;
    struct slice login_name;   /* username of basic_auth, header of api_key */
    struct slice login_secret; /* token, password, value */
    struct slice headers_json; /* custom_headers; empty = none */
    wall_ms_t created_at, updated_at;
};

/* What triggers can ask about, and how the API names it. */
#define TRIGGER_FIELD_TABLE(X)                                                                     \
    X(UPDATE_TYPE, "update_type")                                                                  \
    X(ASSIGNEE, "assignee_id")                                                                     \
    X(GROUP, "group_id")                                                                           \
    X(REQUESTER, "requester_id")                                                                   \
    X(ROLE, "role")                                                                                \
    X(COMMENT, "comment_is_public")                                                                \
    X(BRAND, "brand_id")                                                                           \
    X(TAGS, "current_tags")                                                                        \
    X(STATUS, "status")                                                                            \
    X(PRIORITY, "priority")                                                                        \
    X(TYPE, "type")                                                                                \
    X(CURRENT_VIA, "current_via_id")                                                               \
    X(VIA, "via_id")

enum trigger_field {
#define X(field, name) TRIGGER_FIELD_##field,
    TRIGGER_FIELD_TABLE(X)
#undef X
        TRIGGER_FIELD_COUNT
};

#define TRIGGER_OPERATOR_TABLE(X)                                                                  \
    X(IS, "is")                                                                                    \
    X(IS_NOT, "is_not")                                                                            \
    X(LESS, "less_than")                                                                           \
    X(GREATER, "greater_than")                                                                     \
    X(CHANGED, "changed")                                                                          \
    X(NOT_CHANGED, "not_changed")                                                                  \
    X(TO, "value")                                                                                 \
    X(FROM, "value_previous")                                                                      \
    X(NOT_TO, "not_value")                                                                         \
    X(NOT_FROM, "not_value_previous")                                                              \
    X(INCLUDES, "includes")                                                                        \
    X(NOT_INCLUDES, "not_includes")

enum trigger_operator {
#define X(op, name) TRIGGER_OPERATOR_##op,
    TRIGGER_OPERATOR_TABLE(X)
#undef X
        TRIGGER_OPERATOR_COUNT
};

struct trigger_condition {
    enum trigger_field field;
    enum trigger_operator op;
    struct slice value;
};

#define TRIGGER_ACTION_TABLE(X)                                                                    \
    X(STATUS, "status")                                                                            \
    X(PRIORITY, "priority")                                                                        \
    X(ASSIGNEE, "assignee_id")                                                                     \
    X(GROUP, "group_id")                                                                           \
    X(ADD_TAGS, "current_tags")                                                                    \
    X(REMOVE_TAGS, "remove_tags")                                                                  \
    X(SET_TAGS, "set_tags")                                                                        \
    X(WEBHOOK, "notification_webhook")                                                             \
    X(MAIL_USER, "notification_user")                                                              \
    X(MAIL_GROUP, "notification_group")

enum trigger_action_kind {
#define X(kind, name) TRIGGER_ACTION_##kind,
    TRIGGER_ACTION_TABLE(X)
#undef X
        TRIGGER_ACTION_COUNT
};

struct trigger_action {
    enum trigger_action_kind kind;
    struct slice value;
    struct support_hook *hook; /* notification_webhook */
    struct slice body;         /* its text with placeholders */
};

struct trigger {
    int64_t id;
    struct slice id_text;
    struct slice title, description, category_id;
    bool active;
    bool removed;
    int64_t position;
    const struct trigger_condition *all, *any;
    size_t all_count, any_count;
    const struct trigger_action *actions;
    size_t action_count;
    struct slice conditions_json, actions_json; /* as they came in */
    wall_ms_t created_at, updated_at;
};

/* The first answer to a request with an Idempotency-Key. */
struct kept_answer {
    struct slice body_sha256;
    wall_ms_t at;
    unsigned status;
    struct slice body;
    struct slice ticket_id;
};

#endif
