/* login — how calls prove who we are: secrets are unsealed here and nowhere else.
 *
 * The loop sees the first half, a table of functions. The second half is the real one: it opens
 * sealed secrets with egress' private key, once for each, and keeps them in locked memory until the
 * configuration changes. One thread. */
#ifndef EGRESS_LOGIN_H
#define EGRESS_LOGIN_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/config.h"

struct login_ops {
    /* "Authorization: Basic …" for the account's Conversations API, borrowed until forget().
     * MISSING: the account has no key. CRYPTO: sealed to another key than ours. NO_MEMORY. */
    err_t (*conversations)(void *self, const struct account *account, struct slice *ret_header);
    /* Key that turns for this store's bot are signed with; empty = they are not. CRYPTO; SYNTAX,
     * RANGE: not a secret as Standard Webhooks want it. NO_MEMORY. */
    err_t (*bot_key)(void *self, const struct store *store, struct slice *ret_key);
    /* The configuration changed: everything is opened anew when it is next needed. */
    void (*forget)(void *self);
};

struct login {
    const struct login_ops *ops;
    void *self;
};

static inline MUST_USE err_t login_conversations(struct login *l, const struct account *account,
                                                 struct slice *ret_header)
{
    return l->ops->conversations(l->self, account, ret_header);
}
static inline MUST_USE err_t login_bot_key(struct login *l, const struct store *store,
                                           struct slice *ret_key)
{
    return l->ops->bot_key(l->self, store, ret_key);
}
static inline void login_forget(struct login *l)
{
    l->ops->forget(l->self);
}

struct seal_key;
struct login_keys;

/* key  borrowed; NULL = nothing can be opened (CRYPTO for all that is sealed). NO_MEMORY. */
MUST_USE err_t login_keys_new(const struct seal_key *key, struct login_keys **ret_keys);
void login_keys_free(struct login_keys *k); /* accepts NULL; wipes what was opened */
DEFINE_CLEANUP_PTR(login_keys, struct login_keys, login_keys_free)
struct login login_keys_port(struct login_keys *k);

#endif
