/* auth — is the caller who the path says? Decided on raw bytes, before anything is parsed.
 *
 *     head arrives   auth_head   X-API-Key or bearer against hashes     ─┐
 *     body complete  auth_body   Zendesk's signature, where one is set  ─┴▶ granted, refused,
 * unsure
 *
 * An account or store that does not exist costs the same work and gets the same answer as a wrong
 * secret. UNSURE is our own trouble, so 503: a refusal makes Zendesk drop the event for ever, and
 * is only given while the configuration is known to be the newest. Pure; any thread. */
#ifndef INGEST_CORE_AUTH_H
#define INGEST_CORE_AUTH_H

#include "base/instant.h"
#include "base/slice.h"
#include "event/config.h"
#include "event/config_log.h"
#include "ingest/core/route.h"

#include <stdbool.h>
#include <stddef.h>

enum auth_verdict {
    AUTH_GRANTED,
    AUTH_REFUSED,
    AUTH_UNTIMELY, /* refused, too: rightly signed, but at another time than ours */
    AUTH_UNSURE,
};

/* A signature counts while its timestamp is at most this far from our clock. */
enum { AUTH_TOLERANCE_MS = 5 * 60 * 1000 };

struct auth_head {
    enum endpoint endpoint;
    struct slice name;          /* account or store, from the path */
    struct slice api_key;       /* X-API-Key; empty = none */
    struct slice authorization; /* empty = none */
    bool fresh;                 /* the configuration is known to be the newest, and whole */
};
struct auth_caller {
    const struct account *account;
    const struct store *store; /* NULL on the Conversations endpoint */
};

/* set         NULL = no configuration yet
 * ret_caller  written when GRANTED; borrowed from the set */
enum auth_verdict auth_head(const struct config_set *set, const struct auth_head *head,
                            struct auth_caller *ret_caller);

/* The sealed signing secrets that count for a caller of the tickets' endpoint: those of its store,
 * and where that has none those of the account. None on other endpoints. */
struct auth_boxes {
    const struct sealed *box;
    size_t count;
};
struct auth_boxes auth_boxes(enum endpoint endpoint, const struct auth_caller *caller);

struct auth_body {
    bool signature_set;          /* there are signing secrets */
    const struct slice *secrets; /* those that could be opened: none = UNSURE */
    size_t secret_count;
    struct slice signature; /* X-Zendesk-Webhook-Signature; empty = none */
    struct slice timestamp; /* X-Zendesk-Webhook-Signature-Timestamp */
    struct slice body;
    wall_ms_t now;
    bool fresh;
    bool incomplete; /* one secret could not be opened: what matches none of the others is UNSURE */
};
/* The comparison takes the same time wherever the difference is. */
enum auth_verdict auth_body(const struct auth_body *body);

/* base64(HMAC-SHA256(secret, timestamp + body)), 44 characters and a NUL. */
enum { AUTH_SIGNATURE_BYTES = 45 };
void auth_sign(struct slice secret, struct slice timestamp, struct slice body,
               char signature[AUTH_SIGNATURE_BYTES]);

/* False for an empty one and for the secret that Zendesk publishes for tests. */
bool auth_signing_secret_usable(struct slice secret);

#endif
