/* request — a command as an HTTP request: the place it goes to and what must not be in the log
 * (host, login, signature).
 *
 * The body is the command's, byte for byte, on every try; an update of a ticket gets the stamp in
 * which it was read. */
#ifndef EGRESS_REQUEST_H
#define EGRESS_REQUEST_H

#include "base/arena.h"
#include "base/err.h"
#include "egress/call.h"
#include "egress/core/hosts.h"
#include "egress/login.h"
#include "event/command.h"
#include "event/config_log.h"
#include "port/peer.h"

struct target {
    const struct account *account;
    const struct store *store; /* that speaks; NULL = none, but never of a bot call */
};

/* Whom the command is for, in this configuration. Returns NULL, or why it cannot be carried out:
 * static text for the outcome's detail. */
const char *request_target(const struct config_set *config, const struct command *command,
                           struct target *ret_target);

struct request_context {
    struct arena *arena;
    struct login *login;
    enum call_step step;
    struct slice cursor;     /* CALL_LOOK: call_cursor() */
    uint32_t failures;       /* CALL_LOOK, CALL_COMMENTS: how often that was too much */
    wall_ms_t stamp;         /* CALL_SEND of a ticket update: when it was changed last */
    const struct call *call; /* with its files */
    span_ms_t deadline;      /* > 0 */
    wall_ms_t wall;
    uint64_t cookie;
};

/* Builds it; everything is in the arena, borrowed from the command or from `login`.
 * Errors  SYNTAX: address or path lead elsewhere; ARENA_FULL.
 *         CRYPTO, MISSING, RANGE with *ret_login_failed: the secrets are not to be had. */
MUST_USE err_t request_build(const struct request_context *context, const struct target *target,
                             const struct command *command, bool *ret_login_failed,
                             struct peer_request *ret_request);
/* Hands it to the peer, and decides whether its host may be at a private address.
 * Errors  SYNTAX: its host is none of the configuration's (core/hosts.h); those of peer_submit().
 */
MUST_USE err_t request_submit(struct peer *peer, const struct request_context *context,
                              const struct target *target, const struct command *command,
                              struct peer_request *request);
/* The same for a request that belongs to no command. Nothing else of egress calls peer_submit(). */
MUST_USE err_t request_submit_to(struct peer *peer, enum host_kind kind,
                                 const struct target *target, struct peer_request *request);

/* What shows a customer that an answer is being written (POST …/activity), without cookie and
 * deadline. Errors as request_build(), and those of zendesk_encode(). */
MUST_USE err_t request_typing(struct arena *arena, struct login *login,
                              const struct account *account, struct slice conversation_id,
                              struct peer_request *ret_request);

#endif
