/* zendesk_double — Zendesk and a bot in memory, as strict as they are about what happens once.
 *
 *   messages   no guard at all; listed by their metadata, some time after they were posted
 *   tickets    made once per Idempotency-Key while it lives; listed late, too
 *   updates    refused (409) when their stamp is not the ticket's; stamps are whole seconds
 *   control    passed to who is named, again and again
 *   bot        answers a turn; the same webhook-id gets the same answer
 *
 * A request is served when it arrives; how it travels is the caller's. It knows nothing of Tieline
 * but where an effect's id stands. */
#ifndef TESTS_SUPPORT_ZENDESK_DOUBLE_H
#define TESTS_SUPPORT_ZENDESK_DOUBLE_H

#include "base/instant.h"
#include "base/rng.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ZENDESK_TICKETS_MAX = 48,
    ZENDESK_MARKS_MAX = 96,
    ZENDESK_CONVERSATIONS_MAX = 8,
    ZENDESK_BODY_BYTES = 32 * 1024,
};

/* What was written: a message, or an update of a ticket. */
struct zendesk_mark {
    int64_t place; /* number of the conversation, or id of the ticket */
    char effect[33];
    wall_ms_t at;
    wall_ms_t shown_from;
};

struct zendesk_ticket {
    int64_t id;
    char external_id[64];
    char key[64]; /* Idempotency-Key that made it */
    uint64_t body_hash;
    wall_ms_t made;
    wall_ms_t shown_from;
    wall_ms_t updated; /* whole seconds */
    bool is_humans;    /* assigned to an agent who is not the bot */
};

struct zendesk_double {
    struct rng rng;
    span_ms_t message_lag, audit_lag, ticket_lag; /* at most, until what is written is listed */
    struct zendesk_mark messages[ZENDESK_MARKS_MAX], audits[ZENDESK_MARKS_MAX];
    size_t message_count, audit_count;
    struct zendesk_ticket tickets[ZENDESK_TICKETS_MAX];
    size_t ticket_count;
    int64_t next_ticket;
    bool humans[ZENDESK_CONVERSATIONS_MAX]; /* agents are active there */
    char body[ZENDESK_BODY_BYTES];
};

struct zendesk_request {
    struct slice method, url, body;
    struct slice key; /* Idempotency-Key; empty = none */
};

struct zendesk_reply {
    uint32_t status;
    const char *body;     /* valid until the next request */
    bool is_applied;      /* something was made or changed just now */
    bool is_human_ticket; /* … on a ticket that an agent had */
};

void zendesk_double_init(struct zendesk_double *z, uint64_t seed);
/* A ticket that is there from the beginning, the bot's. */
void zendesk_double_ticket(struct zendesk_double *z, int64_t id, wall_ms_t now);
struct zendesk_reply zendesk_double_serve(struct zendesk_double *z, wall_ms_t now,
                                          const struct zendesk_request *request);
/* An agent changes the ticket, and takes it (or gives it back to the bot). */
void zendesk_double_agent(struct zendesk_double *z, int64_t ticket, bool takes, wall_ms_t now);

/* The effect's id in a request's body, 32 hex digits; empty = none. */
struct slice zendesk_double_effect(struct slice body);

#endif
