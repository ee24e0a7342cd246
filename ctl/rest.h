/* rest — JSON over HTTP, one call at a time: how the operator's tool speaks to Zendesk. */
#ifndef CTL_REST_H
#define CTL_REST_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json_read.h"

struct rest;

enum rest_login_kind {
    REST_NOBODY, /* no login */
    REST_KEY,    /* key id and secret of a Conversations API key */
    REST_TOKEN,  /* "MAIL/token" and an API token of Support */
    REST_OAUTH,  /* an access token, in `secret` alone */
};
struct rest_login {
    enum rest_login_kind kind;
    const char *user;
    const char *secret;
};

/* base   "http://127.0.0.1:4000" or "https://acme.zendesk.com/sc", without a slash at its end;
 *        borrowed
 * login  may go away after this. NO_MEMORY. */
MUST_USE err_t rest_new(const char *base, const struct rest_login *login, struct rest **ret_rest);
void rest_free(struct rest *r);
DEFINE_CLEANUP_PTR(rest, struct rest, rest_free)

/* Sent with each later call, as in "X-API-Key: …". NO_MEMORY. */
MUST_USE err_t rest_header(struct rest *r, const char *line);

struct rest_answer {
    long status;
    const struct json *body; /* NULL = empty, or not JSON */
};

/* step    what this call is for, as a person would say it ("list the integrations")
 * body    JSON; empty = none
 * arena   holds the answer
 * A 429 with a Retry-After of at most 90 s is waited for, three times, and said on stderr.
 * Errors  UNAVAILABLE: no answer within 20 s, *ret_answer has status 0. An answer that is not 2xx,
 *         and it stands in *ret_answer: PERMISSION (401, 403), TIMEOUT (408, 429, 5xx: it may be
 *         otherwise later), CONFIG (all else). Each with `why`: the step, the status, the error
 *         text of the other side, its request id. */
MUST_USE err_t rest_call(struct rest *r, const char *step, const char *method, const char *path,
                         struct slice body, struct arena *arena, struct why *why,
                         struct rest_answer *ret_answer);

/* The body of the newest answer as it came; borrowed until the next call. */
struct slice rest_text(const struct rest *r);

/* Of the call before, when it was answered and refused; else status 0. Borrowed until the next
 * call. */
enum { REST_STEP_BYTES = 192, REST_TEXT_BYTES = 256, REST_ID_BYTES = 128 };
struct rest_failure {
    long status;
    char step[REST_STEP_BYTES];
    char text[REST_TEXT_BYTES];     /* the other side's own words; "" = it said nothing */
    char request_id[REST_ID_BYTES]; /* to quote to its support; "" = none */
};
const struct rest_failure *rest_failure(const struct rest *r);

/* Whether somebody listens there, and speaks TLS where the base says https; nothing is asked.
 * UNAVAILABLE with `why`. */
MUST_USE err_t rest_reach(struct rest *r, const char *step, struct why *why);

/* What lies at an address, without its bytes; redirections are followed.
 * ret_type  its media type, "" = not said; valid until the next call
 * Errors    as rest_reach(). */
MUST_USE err_t rest_peek(struct rest *r, const char *step, const char *path, struct why *why,
                         long *ret_status, const char **ret_type);

#endif
