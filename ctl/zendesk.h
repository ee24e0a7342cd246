/* zendesk — one account's Zendesk, as an operator's command looks at it: logged in once, then read
 * a list at a time. Nothing here changes anything; setup.h and disconnect.c do.
 *
 *     login.h ─▶ zendesk_open() ─▶ zendesk_triggers(), zendesk_lines(), …  each all pages long
 *
 * An account has Support, or Conversations, or both; what it does not have is NULL here. */
#ifndef CTL_ZENDESK_H
#define CTL_ZENDESK_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "ctl/rest.h"
#include "json/json_read.h"

#include <stdbool.h>
#include <stddef.h>

/* Texts end with a NUL; "" = not set. Borrowed as long as the struct zendesk lives. */
struct zendesk_login {
    const char *support_url; /* without a slash at its end; "" = no Support API */
    /* An OAuth client with client credentials; or, where client_id is "", mail address and token */
    const char *client_id;
    const char *client_secret;
    const char *email;
    const char *api_token;

    const char *conversations_url; /* as support_url; "" = no Conversations API */
    const char *app_id;
    const char *key_id;
    const char *key_secret;
};

struct zendesk {
    const struct zendesk_login *login;
    struct rest *support;       /* NULL = none */
    struct rest *conversations; /* NULL = none */
    struct arena *arena;        /* holds every answer */
    struct why *why;
    struct rest_failure failure; /* of the newest call that was refused; also of zendesk_open() */
    struct slice scope;          /* of the access token ("read write"); empty = not said */
};

/* Asks Support for an access token where the login is an OAuth client: the only call. *ret is set
 * also where it fails, without a connection. Errors of
 * this and all below: UNAVAILABLE (no answer), PERMISSION, TIMEOUT, CONFIG (refused, as
 * rest_call(); `why` has step, status, the error
 * text of Zendesk and its request id, and rest_failure() the same in parts), NO_MEMORY,
 * ARENA_FULL. */
MUST_USE err_t zendesk_open(const struct zendesk_login *login, struct arena *arena, struct why *why,
                            struct zendesk *ret);
void zendesk_close(struct zendesk *z); /* accepts a zeroed one */
DEFINE_CLEANUP(zendesk, struct zendesk, zendesk_close)

/* Whether the access token reads and writes, as far as Zendesk said. */
bool zendesk_may_write(const struct zendesk *z);

/* One call of Support ("/api/v2/…") or of Conversations ("/integrations": what follows the app).
 * `body` empty = none. As rest_call(). */
MUST_USE err_t zendesk_support(struct zendesk *z, const char *step, const char *method,
                               const char *path, struct slice body, struct rest_answer *ret);
MUST_USE err_t zendesk_conversations(struct zendesk *z, const char *step, const char *method,
                                     const char *tail, struct slice body, struct rest_answer *ret);

struct zendesk_list {
    const struct json **items; /* in Zendesk's order */
    size_t count;
};
/* The first item whose `member` (text or number) is `value`; NULL = none. */
const struct json *zendesk_find(const struct zendesk_list *list, const char *member,
                                struct slice value);

/* Support. `me` is who the login acts as: {"id","name","email","role","verified","active",…}; a
 * login that Zendesk takes for nobody has id null there. An absent user is NULL, no error. */
MUST_USE err_t zendesk_me(struct zendesk *z, const struct json **ret_user);
MUST_USE err_t zendesk_user(struct zendesk *z, struct slice id, const struct json **ret_user);
MUST_USE err_t zendesk_brands(struct zendesk *z, struct zendesk_list *ret);
MUST_USE err_t zendesk_webhooks(struct zendesk *z, struct zendesk_list *ret);
MUST_USE err_t zendesk_triggers(struct zendesk *z, struct zendesk_list *ret);
MUST_USE err_t zendesk_ticket_fields(struct zendesk *z, struct zendesk_list *ret);
MUST_USE err_t zendesk_groups(struct zendesk *z, struct zendesk_list *ret);
MUST_USE err_t zendesk_signing_secret(struct zendesk *z, struct slice webhook,
                                      struct slice *ret_secret);

/* Conversations. The app with its `settings`. */
MUST_USE err_t zendesk_app(struct zendesk *z, const struct json **ret_app);
/* types  "web", "custom", or "" = all but Zendesk's own
 * An account has one switchboard, or none: NULL. Its lines are switchboardIntegrations. */
MUST_USE err_t zendesk_integrations(struct zendesk *z, const char *types, struct zendesk_list *ret);
MUST_USE err_t zendesk_integration_webhooks(struct zendesk *z, struct slice integration,
                                            struct zendesk_list *ret);
MUST_USE err_t zendesk_switchboard(struct zendesk *z, const struct json **ret_switchboard);
MUST_USE err_t zendesk_lines(struct zendesk *z, struct slice switchboard, struct zendesk_list *ret);

#endif
