/* One ticket: create, show, update. */
#include "sandbox/desk_limits.h"
#include "sandbox/desk_render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/text.h"
#include "sandbox/ticket_read.h"

enum { IDEMPOTENCY_WINDOW_MS = 2 * 3600 * 1000, IDEMPOTENCY_KEY_BYTES_MAX = 255 };

static void answer_ticket(struct call *c, unsigned status, const struct ticket *ticket,
                          const struct audit *audit, bool with_audit)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "ticket");
    render_ticket(c, ticket);
    if (with_audit) {
        const struct audit nothing = {.author = c->actor, .via = VIA_API, .created_at = c->now};
        json_key(&c->out, "audit");
        render_audit(c, ticket, audit != NULL ? audit : &nothing);
    }
    json_end(&c->out);
}

/* The kept answer to the same key, or false = go on and make a ticket. */
static bool answered_before(struct call *c, struct slice key, struct slice hash)
{
    const struct kept_answer *kept = table_get(c->store->desk.answers, key);
    if (kept == NULL || wall_since(c->now, kept->at).ms >= IDEMPOTENCY_WINDOW_MS) {
        answer_header(c->answer, "x-idempotency-lookup", "miss");
        return false;
    }
    if (!slice_equal(kept->body_sha256, hash)) {
        support_refuse(c, 400, "IdempotentRequestError",
                       "Request parameters don't match the given idempotency key");
        return true;
    }
    call_begin(c, kept->status);
    answer_header(c->answer, "x-idempotency-lookup", "hit");
    c->out.out = NULL; /* the body is written already */
    c->note.object_type = "ticket";
    c->note.object_id = kept->ticket_id; /* not applied: nothing was made */
    (void)call_ok(c, buf_append(&c->answer->body, kept->body));
    return true;
}

static void keep_answer(struct call *c, struct slice key, struct slice hash,
                        const struct ticket *ticket)
{
    struct kept_answer *kept = ARENA_NEW(&c->store->arena, struct kept_answer);
    if (kept == NULL) {
        (void)call_ok(c, ERR(ARENA_FULL));
        return;
    }
    *kept = (struct kept_answer){
        .at = c->now, .status = c->answer->status, .ticket_id = ticket->id_text};
    if (call_keep(c, hash, &kept->body_sha256) &&
        call_keep(c, buf_slice(&c->answer->body), &kept->body)) {
        (void)call_ok(c, table_put(c->store->desk.answers, key, kept, NULL));
    }
}

static void create_ticket(struct call *c)
{
    struct ticket_draft draft = {0};
    char hex[TEXT_SHA256_BYTES + 1];
    struct slice key = c->request->idempotency_key;
    text_sha256(c->request->body, hex);
    if (key.len > IDEMPOTENCY_KEY_BYTES_MAX) {
        support_refuse(c, 400, "IdempotentRequestError", "The idempotency key is too long");
        return;
    }
    if (!slice_empty(key) && answered_before(c, key, slice_of(hex))) {
        return;
    }
    const struct json *object = need_wrapped(c, "ticket");
    if (object == NULL || !ticket_read(c, object, true, &draft)) {
        return;
    }
    const struct ticket *ticket = tickets_create(c, &draft, c->actor, VIA_API);
    if (ticket == NULL) {
        return;
    }
    struct slice url = support_url(c, "tickets", ticket->id_text);
    answer_ticket(c, 201, ticket, ticket->audits[0], true);
    if (!slice_empty(url)) {
        answer_header(c->answer, "Location", url.ptr);
    }
    if (!slice_empty(key)) {
        keep_answer(c, key, slice_of(hex), ticket);
    }
}

static void show_ticket(struct call *c)
{
    const struct ticket *ticket = need_ticket(c, c->params[0]);
    if (ticket != NULL) {
        answer_ticket(c, 200, ticket, NULL, false);
    }
}

static void update_ticket(struct call *c)
{
    struct ticket_draft draft = {0};
    const struct audit *audit = NULL;
    struct ticket *ticket = need_ticket(c, c->params[0]);
    if (ticket == NULL || !desk_limits_update(c, ticket)) {
        return;
    }
    const struct json *object = need_wrapped(c, "ticket");
    if (object == NULL || !ticket_check_stamp(c, object, ticket) ||
        !ticket_read(c, object, false, &draft) ||
        !tickets_update(c, ticket, &draft, c->actor, VIA_API, &audit)) {
        return;
    }
    answer_ticket(c, 200, ticket, audit, true);
}

struct route_table api_tickets_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/api/v2/tickets", NEED_LOGIN, create_ticket},
        {"GET", "/api/v2/tickets/{}", NEED_LOGIN, show_ticket},
        {"PUT", "/api/v2/tickets/{}", NEED_LOGIN, update_ticket},
    };
    return ROUTE_TABLE(routes);
}
