/* call — one request on its way through a handler: what it asks, who asks, what is answered.
 *
 * A handler reads from the call, changes the store, raises webhooks and writes the answer. A
 * function named need_* or check_* that returns false or NULL has refused already: the handler
 * just returns. Trouble of our own (a full store) goes to call_ok(), and is answered 503.
 * Thread: whoever holds the world's lock. */
#ifndef SANDBOX_CALL_H
#define SANDBOX_CALL_H

#include "base/arena.h"
#include "base/err.h"
#include "json/json_read.h"
#include "json/json_write.h"
#include "sandbox/http.h"
#include "sandbox/ledger.h"
#include "sandbox/store.h"

#include <stdbool.h>

enum { CALL_PARAMS_MAX = 6, CALL_METADATA_BYTES_MAX = 4096, CALL_TEXT_UNITS_MAX = 4096 };

struct world;

struct call {
    struct world *world;
    struct store *store;
    struct arena *arena; /* scratch of this call */
    const struct request *request;
    const struct api_key *key; /* Conversations: whose; NULL on the control port */
    bool is_support;           /* the Support API, which tells errors in its own way */
    struct person *actor;      /* Support: who calls; NULL = nobody whom we know */
    struct slice scope;        /* of the actor's token; empty = may do all */
    struct slice caller;       /* what the journal keeps of who calls; empty = unknown */
    struct slice params[CALL_PARAMS_MAX];
    size_t param_count;
    const struct json *body; /* NULL = none */
    wall_ms_t now;
    span_ms_t read_lag; /* reads do not see what is younger than this */

    struct answer *answer;
    struct json_write out;
    struct ledger_entry note; /* what the ledger will say */
    err_t error;              /* our own trouble */
};

/* Starts a JSON answer; the handler writes into c->out. */
void call_begin(struct call *c, unsigned status);
/* The answer `{}` with 200. */
void call_empty(struct call *c);
/* Answers {"errors":[{"code","title"}]}; on the Support API {"error":{"title","message"}}. */
void call_refuse(struct call *c, unsigned status, const char *code, const char *title, ...)
    PRINTF_LIKE(4, 5);
/* False, and remembered, when `e` is a failure. */
bool call_ok(struct call *c, err_t e);
/* What the call made or changed, for the ledger. */
void call_touched(struct call *c, const char *object_type, struct slice object_id);
/* The call may see what was made at `made`, when it reads with lag. */
bool call_sees(const struct call *c, wall_ms_t made);

/* Query parameter, decoded; empty when absent. */
struct slice call_query(struct call *c, const char *name);
/* True when the request has an int_ key, which belongs to `*ret` (may be NULL). */
bool call_integration_scope(const struct call *c);

/* Copies into the store's arena. */
bool call_keep(struct call *c, struct slice text, struct slice *ret);

/* The body must be a JSON object. */
bool need_body(struct call *c);
struct user *need_user(struct call *c, struct slice id_or_external_id, struct slice brand_id);
struct conversation *need_conversation(struct call *c, struct slice id);
struct integration *need_integration(struct call *c, struct slice id);
/* Body member `name`: absent or null leaves *value alone; else it must be a string of at most
 * `units_max` UTF-16 units and is kept in the store. */
bool check_text(struct call *c, const struct json *object, const char *name, size_t units_max,
                struct slice *value);
bool check_bool(struct call *c, const struct json *object, const char *name, bool *value);
/* Flat object of strings, numbers and booleans, at most 4 KB; absent leaves *json alone, null
 * empties it. */
bool check_metadata(struct call *c, const struct json *object, struct slice *json);

/* Which part of a list to show. */
struct page {
    size_t from, to; /* [from, to) */
    bool has_before, has_after;
    bool backwards;
};
/* Reads page[after|before|size] against `ids`. fixed_size > 0: pages of that size, newest first. */
bool check_page(struct call *c, const struct slice *ids, size_t count, size_t fixed_size,
                struct page *ret_page);
/* Writes "meta" and "links" into the open answer object. */
void write_page(struct call *c, const struct page *page, const struct slice *ids);

#endif
