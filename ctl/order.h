/* order — what a person tells Tieline about one conversation, as an event: call a human, give it
 * back to the bot, or erase it. Pure. */
#ifndef CTL_ORDER_H
#define CTL_ORDER_H

#include "base/arena.h"
#include "base/err.h"
#include "event/config_log.h"
#include "event/event.h"

enum { ORDER_NONCE_BYTES = 16 };

struct order {
    enum operator_action action;
    struct slice conversation;              /* as typed */
    struct slice reason;                    /* empty = none */
    struct slice who;                       /* empty = nobody knows */
    unsigned char nonce[ORDER_NONCE_BYTES]; /* random: two orders are never one */
    wall_ms_t now;
};

/* set     the published configuration: the account must stand in it, but not to erase: what is held
 *         of an account that was taken out goes too, and so does what is held under a customer's
 * key arena   holds the event's id; the rest borrows from `order` Errors  SYNTAX (no key of a
 * conversation: `why` has the form), NOT_FOUND (no such account: `why` has the nearest),
 * ARENA_FULL. */
MUST_USE err_t order_event(struct arena *arena, const struct order *order,
                           const struct config_set *set, struct why *why, struct event *ret_event);

/* What was missed in an account, to be fetched by hand. */
struct backfill_order {
    struct slice account; /* as typed */
    wall_ms_t since;
    struct slice who; /* empty = nobody knows */
    unsigned char nonce[ORDER_NONCE_BYTES];
    wall_ms_t now;
};

/* The event of it, for each partition; as order_event(). SYNTAX: not the name of an account. */
MUST_USE err_t order_backfill(struct arena *arena, const struct backfill_order *order,
                              const struct config_set *set, struct why *why,
                              struct event *ret_event);

#endif
