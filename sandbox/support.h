/* support — what the handlers of the Support API have in common: who calls, what is refused and in
 * which of its shapes, and the way from a request to its handler.
 *
 *     401 {"error":"Couldn't authenticate you"}        404 {"error":"RecordNotFound",…}
 *     422 {"error":"RecordInvalid","details":{…}}      403 {"error":{"title","message"}}
 *     429 text                                          409, 400 {"error":…,"description":…} */
#ifndef SANDBOX_SUPPORT_H
#define SANDBOX_SUPPORT_H

#include "sandbox/call.h"
#include "sandbox/router.h"

#include <stdbool.h>

/* True for a path of the Support API, or of its login. */
bool support_path(struct slice path);
/* Finds out who calls: from what the journal kept (`caller`), else from the request. False = the
 * request has credentials, and they are wrong. */
bool support_identify(struct call *c, struct slice caller);
/* The route of the request (`.json` behind its path is left out); NULL = none. */
const struct route *support_route(struct call *c);
/* False: refused, because nobody is logged in or the token's scope is too small. */
bool support_may_call(struct call *c, const struct route *route);

/* {"error":error,"description":description} */
void support_refuse(struct call *c, unsigned status, const char *error, const char *description);
void support_not_found(struct call *c);
/* 422: `field` of the record is at fault. */
void support_invalid(struct call *c, const char *field, const char *format, ...) PRINTF_LIKE(3, 4);

struct ticket *need_ticket(struct call *c, struct slice id);
/* Body member `name`, which must be an object. */
const struct json *need_wrapped(struct call *c, const char *name);
/* A text of the body, kept in the store; absent or null leaves it alone. */
bool check_kept(struct call *c, const struct json *object, const char *name, struct slice *value);
/* "http://HOST/api/v2/tickets/12.json" in scratch. */
struct slice support_url(struct call *c, const char *kind, struct slice id);

/* Which part of a list is shown: cursors where page[size|after|before] is given, else pages by
 * number, with count, next_page and previous_page. */
struct desk_page {
    size_t from, to; /* [from, to) */
    size_t count;
    bool by_cursor;
    bool has_before, has_after;
    uint64_t number; /* of the page, from 1 */
};
/* `ids` in the order of the list; size 100 unless asked for less. */
bool check_desk_page(struct call *c, const int64_t *ids, size_t count, struct desk_page *ret_page);
/* Writes meta and links, or next_page, previous_page and count, into the open object. */
void write_desk_page(struct call *c, const struct desk_page *page, const int64_t *ids);

/* Those of the desk's people who are wanted, of which a page is shown. */
struct people {
    const struct person **found;
    int64_t *ids;
    struct desk_page page;
};
/* False when it was refused. arg  handed to is_wanted() */
bool find_people(struct call *c,
                 bool (*is_wanted)(struct call *c, const struct person *person, const void *arg),
                 const void *arg, struct people *ret_people);
/* True when the list was asked for with the newest first: `sort_order=desc` with numbered pages,
 * `sort=-MEMBER` with cursors.
 *
 * member  by which this list can be sorted then; NULL = by none, "" = by any */
bool asks_newest_first(struct call *c, const char *member);

#endif
