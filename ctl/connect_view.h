/* connect_view — what of a configuration file belongs to one account: what its Zendesk must have,
 * and where what Zendesk gives in return has its place.
 *
 *     file ─▶ connect_view_make() ─▶ requests of setup.h, setup_tickets.h
 *     their results ─▶ connect_view_take() ─▶ connect_view_file() ─▶ plan_make()  */
#ifndef CTL_CONNECT_VIEW_H
#define CTL_CONNECT_VIEW_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/config_file.h"
#include "ctl/setup.h"
#include "ctl/setup_tickets.h"

#include <stdbool.h>

struct connect_options {
    const char *account;
    const char *url;  /* where Zendesk reaches ingest, without a slash at its end */
    const char *name; /* of this Tieline, as Zendesk shows it: "Tieline" */
    bool no_messaging;
    bool no_tickets;
};

struct connect_view {
    struct draft_account account; /* copies: they take what Zendesk gives */
    struct draft_store *stores;   /* of the account */
    size_t store_count;

    bool messaging; /* there is something to do for it */
    bool tickets;
    struct setup_request setup;
    struct setup_tickets_request setup_tickets;
    struct setup_tickets_given *given; /* of setup_tickets.stores */
    size_t *ticket_stores;             /* which of `stores` each of them is */
};

/* arena   holds what is made; the drafts' texts stay the file's. CONFIG, with `why`: no such
 * account in the file, or nothing that could be connected, or no bot user, or a store without a
 *         token. ARENA_FULL. */
MUST_USE err_t connect_view_make(const struct config_file *file,
                                 const struct connect_options *options, struct arena *arena,
                                 struct why *why, struct connect_view *ret);

/* Puts what Zendesk gave into the drafts, except where the file says the same. CONFIG, with `why`:
 * the file says something else. */
MUST_USE err_t connect_view_take(struct connect_view *view, const struct setup_result *result,
                                 struct why *why);

/* The account and its stores, as plan_make() takes them; borrows from the view, never to be
 * released. */
struct config_file connect_view_file(struct connect_view *view);

#endif
