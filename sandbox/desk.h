/* desk — everything that exists in the Support half, and how it is found.
 *
 * A part of the store: same arena, same lock. Nothing here knows HTTP or the rules of the API. */
#ifndef SANDBOX_DESK_H
#define SANDBOX_DESK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/table.h"
#include "sandbox/desk_model.h"
#include "sandbox/scenario.h"

struct desk {
    struct arena *arena; /* the store's */
    int64_t ids;         /* the last one given out */
    const struct brand *brands;
    size_t brand_count;
    struct person *bot;

    struct table *people;        /* id → struct person */
    struct table *people_email;  /* e-mail in lower case → struct person */
    struct table *people_extern; /* external id → struct person */
    struct table *tickets;       /* id → struct ticket */
    struct table *triggers;      /* id → struct trigger */
    struct table *hooks;         /* id → struct support_hook */
    struct table *answers;       /* Idempotency-Key → struct kept_answer */
    struct upload *uploads;      /* newest first */

    wall_ms_t update_window; /* of the whole account: 100 updates a minute */
    int64_t update_count;
};

/* A new account's desk: the bot's user, the agents. The slices of `agents` are kept elsewhere.
 * ERR_NO_MEMORY, ERR_ARENA_FULL, ERR_TABLE_FULL. */
struct desk_start {
    int64_t bot_user_id;
    struct slice bot_email;
    const struct agent *agents;
    size_t agent_count;
    const struct brand *brands;
    size_t brand_count;
    uint64_t seed;
};
MUST_USE err_t desk_init(struct desk *d, struct arena *arena, const struct desk_start *start);
void desk_deinit(struct desk *d); /* accepts a zeroed one */

/* Look-ups; NULL when there is none. Texts are decimal numbers. */
struct person *desk_person(const struct desk *d, struct slice id);
struct person *desk_person_by_id(const struct desk *d, int64_t id);
struct person *desk_person_by_email(const struct desk *d, struct slice email);
struct person *desk_person_by_external_id(const struct desk *d, struct slice external_id);
/* An agent, or the bot, by name (any case) or id. */
struct person *desk_staff(const struct desk *d, struct slice id_or_name);
struct ticket *desk_ticket(const struct desk *d, struct slice id);
struct ticket *desk_ticket_at(const struct desk *d, size_t index); /* oldest first */
size_t desk_ticket_count(const struct desk *d);
struct trigger *desk_trigger(const struct desk *d, struct slice id);
struct support_hook *desk_hook(const struct desk *d, struct slice id);
const struct brand *desk_brand(const struct desk *d, struct slice id);
const struct group *desk_group(struct slice id);
const struct group *desk_groups(size_t *ret_count);
const struct ticket_field *desk_field(int64_t id);
const struct ticket_field *desk_fields(size_t *ret_count);
const struct audit *desk_audit(const struct ticket *ticket, int64_t id);

/* New records with a fresh id. All: ERR_ARENA_FULL, ERR_TABLE_FULL, ERR_NO_MEMORY. */
MUST_USE err_t desk_next_id(struct desk *d, int64_t *ret_id, struct slice *ret_text);
MUST_USE err_t desk_add_person(struct desk *d, enum role role, struct slice name,
                               struct slice email, wall_ms_t now, struct person **ret_person);
/* Both must be free; empty = none. */
MUST_USE err_t desk_name_person(struct desk *d, struct person *person, struct slice email,
                                struct slice external_id);
MUST_USE err_t desk_add_ticket(struct desk *d, wall_ms_t now, struct ticket **ret_ticket);
MUST_USE err_t desk_add_comment(struct desk *d, struct ticket *ticket, wall_ms_t now,
                                struct comment **ret_comment);
MUST_USE err_t desk_add_audit(struct desk *d, struct ticket *ticket, wall_ms_t now,
                              struct audit **ret_audit);
MUST_USE err_t desk_add_trigger(struct desk *d, wall_ms_t now, struct trigger **ret_trigger);
/* `id` and `secret` are kept already. */
MUST_USE err_t desk_add_hook(struct desk *d, struct slice id, struct slice secret, wall_ms_t now,
                             struct support_hook **ret_hook);

/* The address that a person of this name has here: "jane.doe@domain". ERR_ARENA_FULL. */
MUST_USE err_t desk_mailbox(struct arena *arena, struct slice name, struct slice domain,
                            struct slice *ret_email);

/* Names as the API writes them. */
const char *status_name(enum status status);
bool status_by_name(struct slice name, enum status *ret_status);
const char *priority_name(enum priority priority); /* NULL = none */
bool priority_by_name(struct slice name, enum priority *ret_priority);
const char *role_name(enum role role);
const char *presence_name(enum presence presence); /* "online" */
bool presence_named(struct slice name, enum presence *ret_presence);
const char *via_channel(enum via via);

#endif
