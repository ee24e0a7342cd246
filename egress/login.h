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
#include "port/clock.h"

struct login_ops {
    /* "Authorization: Basic …" for the account's Conversations API, or "Bearer …" with a token that
     * its key has signed; borrowed until the next call for this account, or forget().
     * MISSING: the account has no key. CRYPTO: sealed to another key than ours. SYNTAX: the key's
     * id is none that can be told. NO_MEMORY. */
    err_t (*conversations)(void *self, const struct account *account, struct slice *ret_header);
    /* The same for its Support API: "Bearer" with the access token that was kept, where the account
     * has an OAuth client; else "Basic" with its API token.
     * UNAVAILABLE: an access token is needed first. MISSING, CRYPTO, NO_MEMORY. */
    err_t (*support)(void *self, const struct account *account, struct slice *ret_header);
    /* Body of the request for an access token, borrowed until forget(). Errors as above. */
    err_t (*token_request)(void *self, const struct account *account, struct slice *ret_body);
    /* From now on this one is used. `access` is copied. NO_MEMORY. */
    err_t (*token_keep)(void *self, const struct account *account, struct slice access);
    /* The token is worth nothing any more. */
    void (*token_drop)(void *self, struct slice account_name);
    /* Key that turns for this store's bot are signed with; empty = they are not. CRYPTO; SYNTAX,
     * RANGE: not a secret as Standard Webhooks want it. NO_MEMORY. */
    err_t (*bot_key)(void *self, const struct store *store, struct slice *ret_key);
    /* "Authorization: Bearer …" with the key of its API, for a bot of kind BOT_OPENAI; empty = none
     * is configured. CRYPTO, NO_MEMORY. */
    err_t (*openai)(void *self, const struct store *store, struct slice *ret_header);
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
static inline MUST_USE err_t login_support(struct login *l, const struct account *account,
                                           struct slice *ret_header)
{
    return l->ops->support(l->self, account, ret_header);
}
static inline MUST_USE err_t login_token_request(struct login *l, const struct account *account,
                                                 struct slice *ret_body)
{
    return l->ops->token_request(l->self, account, ret_body);
}
static inline MUST_USE err_t login_token_keep(struct login *l, const struct account *account,
                                              struct slice access)
{
    return l->ops->token_keep(l->self, account, access);
}
static inline void login_token_drop(struct login *l, struct slice account_name)
{
    l->ops->token_drop(l->self, account_name);
}
static inline MUST_USE err_t login_bot_key(struct login *l, const struct store *store,
                                           struct slice *ret_key)
{
    return l->ops->bot_key(l->self, store, ret_key);
}
static inline MUST_USE err_t login_openai(struct login *l, const struct store *store,
                                          struct slice *ret_header)
{
    return l->ops->openai(l->self, store, ret_header);
}
static inline void login_forget(struct login *l)
{
    l->ops->forget(l->self);
}

struct seal_key;
struct login_keys;

/* key    borrowed; NULL = nothing can be opened (CRYPTO for all that is sealed)
 * clock  tells when a signed token has to be made anew
 * NO_MEMORY. */
MUST_USE err_t login_keys_new(const struct seal_key *key, struct clock clock,
                              struct login_keys **ret_keys);
void login_keys_free(struct login_keys *k); /* accepts NULL; wipes what was opened */
DEFINE_CLEANUP_PTR(login_keys, struct login_keys, login_keys_free)
struct login login_keys_port(struct login_keys *k);

#endif
