/* desk_rig — the rig with a ticket at a double of Zendesk behind it. */
#ifndef TESTS_UNIT_EGRESS_DESK_RIG_H
#define TESTS_UNIT_EGRESS_DESK_RIG_H

#include "tests/unit/egress/rig.h"

/* A ticket at Zendesk, and what its API answers. */
struct desk {
    const char *assignee; /* JSON; NULL = the bot's */
    const char *active;   /* conversations: id of the one who is active; NULL = nobody */
    const char *updated;  /* the ticket was; NULL = long ago */
    span_ms_t slow;       /* how long reading the ticket takes */
    const char *stamp;    /* the audit that is there; NULL = another's */
    size_t puts, posts, gets, audits, lists, tokens, comments, checks;
    size_t lost;         /* how many of the writes are not answered */
    size_t conflicts;    /* how many are answered 409 */
    const char *late;    /* what the audits show from the first 409 on */
    size_t unauthorized; /* how many calls are answered 401 */
    size_t large;        /* how many comment lists are too long */
    uint32_t status;     /* of writes, if not good */
    span_ms_t wait;      /* Retry-After with it */
    const char *remaining;
    uint32_t token_status;
    size_t unseen; /* how many readings of the ticket are answered 404 */
    bool listed;   /* the created ticket shows */
    const char *external_id;
    const char *keyed; /* the answer to a taken key */
};

/* Rig and loop; `d` is what they find. */
void desk_begin(struct rig *r, struct desk *d, bool uses_oauth);
/* A command about ticket 17 in acme's conversation c1. */
struct command desk_command(struct rig *r, enum effect_kind effect, enum http_method method,
                            enum voice voice);
/* The outcome of a command in c1; fails the test when there is none. */
const struct outcome *desk_outcome(struct rig *r, int64_t offset);
bool desk_has_outcome(struct rig *r, int64_t offset);
/* The newest request with this method; fails the test when there is none. */
const struct peer_seen *desk_last(struct rig *r, const char *method);

#endif
