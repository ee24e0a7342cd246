/* store — everything that exists in the sandbox's account, in memory.
 *
 * One arena holds it all, with a cap: when the cap is reached the sandbox says that it is full
 * instead of growing on. Nothing here knows HTTP, rules of the API or webhooks.
 * Thread: whoever holds the world's lock. */
#ifndef SANDBOX_STORE_H
#define SANDBOX_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/table.h"
#include "sandbox/desk.h"
#include "sandbox/ids.h"
#include "sandbox/model.h"
#include "sandbox/scenario.h"

/* What an administrator of the real account can have switched, or lost (control_account.c). */
struct account_state {
    bool messaging;     /* of the plan: without it the Conversations API knows no app */
    bool support_api;   /* of the plan */
    bool token_access;  /* logins with an API token are let in */
    bool administrator; /* the login may see webhooks and triggers */
    bool key_revoked;   /* of the app */
    bool oauth_revoked; /* the client is gone */
    bool private_files; /* what is behind a mediaUrl wants a login */
    bool read_only;     /* the client's tokens get no more than the scope `read` */
};

struct store {
    struct account_state account;
    struct arena arena;
    struct ids ids;
    struct limits_of_sandbox limits;

    struct slice app_id, subdomain, email, api_token;
    struct slice oauth_client_id, oauth_client_secret;
    int64_t bot_user_id;
    struct brand *brands;
    size_t brand_count;
    struct agent *agents;
    size_t agent_count;
    struct api_key *app_key;

    struct table *users;          /* id → struct user */
    struct table *users_external; /* "brand/external id" → struct user */
    struct table *customers;      /* "widget id/name" → struct user */
    struct table *conversations;  /* id → struct conversation */
    struct table *integrations;   /* id → struct integration */
    struct table *webhooks;       /* id → struct webhook */
    struct table *keys;           /* key id → struct api_key */
    struct table *lines;          /* id → struct switchboard_integration */
    struct table *attachments;    /* path → struct attachment */
    struct switchboard switchboard;
    struct desk desk; /* the Support half */
};

/* The account as a new one is: brands with a widget each, agents, an app key, and (unless the
 * scenario says no) an enabled switchboard that gives control to zd-agentWorkspace.
 * ERR_ARENA_FULL, ERR_NO_MEMORY, ERR_TABLE_FULL. */
MUST_USE err_t store_init(struct store *s, uint64_t seed, const struct scenario *scenario);
void store_deinit(struct store *s); /* accepts a zeroed one */

/* Look-ups; NULL when there is none or it was removed. */
struct user *store_user(const struct store *s, struct slice id);
struct user *store_user_external(const struct store *s, struct slice brand_id,
                                 struct slice external_id);
struct conversation *store_conversation(const struct store *s, struct slice id);
struct integration *store_integration(const struct store *s, struct slice id);
struct webhook *store_webhook(const struct store *s, struct slice id);
struct api_key *store_key(const struct store *s, struct slice id);
struct switchboard_integration *store_line(const struct store *s, struct slice id);
const struct brand *store_brand(const struct store *s, struct slice id_or_name_or_widget);
const struct agent *store_agent(const struct store *s, struct slice id_or_name);
struct attachment *store_attachment(const struct store *s, struct slice path);

/* New records with a fresh id, known to the store. All: ERR_ARENA_FULL, ERR_TABLE_FULL. */
MUST_USE err_t store_add_user(struct store *s, wall_ms_t now, struct user **ret_user);
/* Makes the user findable by brand and external id; the caller knows that both are free. */
MUST_USE err_t store_name_user(struct store *s, struct user *user, struct slice brand_id,
                               struct slice external_id);
/* The customer `name` of a widget, as the control port knows people; NULL = none yet. */
struct user *store_find_customer(const struct store *s, const struct integration *widget,
                                 struct slice name);
MUST_USE err_t store_add_customer(struct store *s, const struct integration *widget,
                                  struct slice name, wall_ms_t now, struct user **ret_user);
/* The customer `name` of a widget is this user from now on. */
MUST_USE err_t store_rename_customer(struct store *s, const struct integration *widget,
                                     struct slice name, struct user *user);
void store_remove_user(struct store *s, struct user *user);
MUST_USE err_t store_add_conversation(struct store *s, wall_ms_t now,
                                      struct conversation **ret_conversation);
MUST_USE err_t store_add_participant(struct store *s, struct conversation *conversation,
                                     struct user *user, struct participant **ret_participant);
MUST_USE err_t store_add_message(struct store *s, struct conversation *conversation, wall_ms_t now,
                                 struct message **ret_message);
MUST_USE err_t store_add_integration(struct store *s, enum integration_kind kind, struct slice type,
                                     struct slice display_name, struct integration **ret);
MUST_USE err_t store_add_webhook(struct store *s, struct integration *integration,
                                 struct webhook **ret_webhook);
/* `prefix` is "app_" or "int_"; `integration` NULL = app scope. */
MUST_USE err_t store_add_key(struct store *s, struct integration *integration, const char *prefix,
                             struct slice display_name, struct api_key **ret_key);
MUST_USE err_t store_add_line(struct store *s, struct integration *integration, struct slice name,
                              struct switchboard_integration **ret_line);
MUST_USE err_t store_add_attachment(struct store *s, struct slice path, struct attachment **ret);

/* The first participant that has not left: the customer of a personal conversation. */
struct user *store_customer(const struct conversation *conversation);
struct participant *store_participant(const struct conversation *conversation,
                                      const struct user *user);
/* Gives control; remembers who had it, for reads that lag. */
void store_set_active(struct conversation *conversation, struct switchboard_integration *line,
                      wall_ms_t now);

#endif
