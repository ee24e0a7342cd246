/* tickets — the rules by which a ticket comes to be and changes, whoever saves it.
 *
 *     draft ─▶ checks ─▶ comment, fields, side effects ─▶ triggers ─▶ audit
 *                         (events of the audit on the way)
 *
 * One save makes one audit; what triggers change stands in it as well. A save that changes nothing
 * leaves no trace. */
#ifndef SANDBOX_TICKETS_H
#define SANDBOX_TICKETS_H

#include "sandbox/call.h"

#include <stdbool.h>

enum { TICKET_COMMENTS_MAX = 5000, TICKET_COMMENT_BYTES_MAX = 64 * 1024 };

struct comment_draft {
    bool given;
    struct slice body; /* Markdown when an agent writes, else plain; empty = html was given */
    struct slice html;
    bool has_public, is_public;
    const struct person *author; /* NULL = who saves */
    struct upload_list files;
    bool automatic;
};

/* What a save wants; members without has_* count when they are set. Texts live in the store. */
struct ticket_draft {
    bool has_subject, has_external_id, has_type, has_status, has_priority, has_assignee, has_group,
        has_brand, has_requester, has_tags;
    struct slice subject, external_id, type;
    enum status status;
    enum priority priority;
    const struct person *assignee; /* NULL with has_assignee: nobody */
    const struct group *group;
    const struct brand *brand;
    const struct person *requester, *submitter;
    struct slice tags; /* replace those that are there */
    struct field_value *fields;
    struct comment_draft comment;
    struct slice custom_json;       /* ticket.metadata */
    struct ticket *followup_source; /* new ones: a closed ticket */
    struct conversation *conversation;
};

/* One save under way. */
struct save {
    struct call *c;
    struct ticket *ticket;
    const struct person *actor; /* "current user"; NULL = the system */
    enum via via;               /* of this save: current_via_id */
    bool is_new;
    struct audit *audit;
    const struct comment *comment; /* NULL = none */
    struct buf events;
    const struct trigger *rule; /* changes come from it; NULL = from the save itself */
    struct ticket before;       /* as the save found it; a new one: empty */
};

/* Both: NULL or false when refused or in trouble; the ledger is told what was made. *ret_audit (may
 * be NULL) gets the audit of the save; NULL when it changed nothing. */
struct ticket *tickets_create(struct call *c, const struct ticket_draft *draft,
                              const struct person *actor, enum via via);
bool tickets_update(struct call *c, struct ticket *ticket, const struct ticket_draft *draft,
                    const struct person *actor, enum via via, const struct audit **ret_audit);

/* Single changes of a save, with their event; nothing happens when the value is there already.
 * Assigning takes over the group of the agent, and opens a new ticket. For triggers, too. */
void tickets_set_status(struct save *s, enum status status);
void tickets_set_priority(struct save *s, enum priority priority);
void tickets_set_assignee(struct save *s, const struct person *assignee);
void tickets_set_group(struct save *s, const struct group *group);
void tickets_set_tags(struct save *s, struct slice tags);
/* True for who may be an assignee. */
bool tickets_can_own(const struct person *person);

#endif
