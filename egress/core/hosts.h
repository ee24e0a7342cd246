/* hosts — which hosts egress may speak to: those of the configuration, each for its own kind of
 * request, and no other.
 *
 *   Support, its tokens   https://{subdomain}.zendesk.com, or the account's support.url
 *   Conversations         the same, or the account's conversations.url
 *   bot                   the store's bot.url, where the store is the account's
 *   file of Zendesk's     any of the account's Zendesk
 *   file of a bot's       the store's bot.url
 *
 * The origin decides: scheme, host and port as they stand there. It is asked right before a request
 * is handed over, whatever made its address: what a customer, a model or Zendesk writes may become
 * part of a path, and can never become a host. Where names lead is judged when it is connected to
 * (egress/address.h). Pure. Source: docs/LIMITS.md. */
#ifndef EGRESS_CORE_HOSTS_H
#define EGRESS_CORE_HOSTS_H

#include "base/slice.h"
#include "event/config.h"

#include <stdbool.h>

enum host_kind {
    HOST_SUPPORT,
    HOST_CONVERSATIONS,
    HOST_BOT,
    HOST_FILE_OF_ZENDESK,
    HOST_FILE_OF_BOT,
    HOST_KIND_COUNT
};

/* True when a request of this kind may go to `url`.
 *
 * account, store       of the command; NULL = none, whose hosts are none
 * ret_private_allowed  written when true: its host may be at a private or loopback address. Of
 *                      Zendesk's only where plain HTTP is configured, which goes to loopback alone;
 *                      of a bot's where its store says so. */
bool hosts_allow(enum host_kind kind, const struct account *account, const struct store *store,
                 struct slice url, bool *ret_private_allowed);

#endif
