/* http_exchange — one request on one libcurl handle, and what came of it. Private to http.c. */
#ifndef EGRESS_HTTP_EXCHANGE_H
#define EGRESS_HTTP_EXCHANGE_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "port/peer.h"

#include <curl/curl.h>

#include <stdbool.h>

enum { EXCHANGE_HEADER_BYTES = 128 };

struct exchange {
    struct exchange *next, *prev;
    CURL *easy;
    CURLM *pool; /* it is added to; borrowed */
    struct curl_slist *headers;
    struct buf body; /* of the request */
    size_t body_read;
    struct buf received;
    mono_ms_t began;
    bool is_set_up; /* the handle: what all requests have in common */
    bool is_get;    /* what the handle was last used for */
    bool is_plain;  /* http, not https */
    bool private_allowed;
    bool was_refused;  /* an address was */
    bool is_too_large; /* the answer was */
    char request_id[EXCHANGE_HEADER_BYTES];
    char rate_remaining[EXCHANGE_HEADER_BYTES];
    char content_type[EXCHANGE_HEADER_BYTES];
    char rate_limit[EXCHANGE_HEADER_BYTES];
    char rate_reset[EXCHANGE_HEADER_BYTES];
    char rate_endpoint[EXCHANGE_HEADER_BYTES];
    wall_ms_t date;
    struct peer_answer answer;
};

MUST_USE err_t exchange_new(struct exchange **ret_exchange); /* NO_MEMORY */
void exchange_free(struct exchange *x);                      /* accepts NULL; in no multi handle */
DEFINE_CLEANUP_PTR(exchange, struct exchange, exchange_free)

/* Everything of `request` is copied. SYNTAX: URL or headers that cannot be sent. NO_MEMORY. */
MUST_USE err_t exchange_prepare(struct exchange *x, const struct peer_request *request,
                                const char *agent, mono_ms_t now);
/* Fills x->answer, which borrows from x. */
void exchange_finish(struct exchange *x, CURLcode result, mono_ms_t now);
/* Forgets the request and its secrets; the handle may be used again, as long as its answers came.
 */
void exchange_reset(struct exchange *x);

#endif
