/* passControl, offerControl, acceptControl, releaseControl. */
#include "json/json_read.h"
#include "sandbox/hooks.h"
#include "sandbox/router.h"
#include "sandbox/switching.h"
#include "sandbox/workspace.h"

struct order {
    struct conversation *conversation;
    struct slice metadata;
};

static bool read_order(struct call *c, struct order *order)
{
    order->conversation = need_conversation(c, c->params[1]);
    if (order->conversation == NULL) {
        return false;
    }
    if (!c->store->switchboard.exists || !c->store->switchboard.enabled) {
        call_refuse(c, 400, "bad_request", "Switchboard is not enabled");
        return false;
    }
    return c->body == NULL || check_metadata(c, c->body, &order->metadata);
}

/* A call that failed for its target tells the webhooks too. */
static void refuse_loudly(struct call *c, const struct order *order, enum hook_type type,
                          unsigned status, const char *code, const char *message)
{
    hooks_raise(c, &(struct hook){.type = type,
                                  .conversation = order->conversation,
                                  .metadata_json = order->metadata,
                                  .error_code = code,
                                  .error_message = message});
    call_refuse(c, status, code, "%s", message);
}

/* `next`: after the caller's own line, or (app scope) after the one that is active. */
static struct switchboard_integration *next_line(const struct call *c, const struct order *order)
{
    const struct switchboard_integration *from = call_integration_scope(c)
                                                     ? hooks_line_of(c->store, c->key->integration)
                                                     : order->conversation->active;
    if (from == NULL) {
        from = switching_responder(c->store, order->conversation->widget);
    }
    return from == NULL || from->next_in_line == NULL || from->next_in_line->removed
               ? NULL
               : from->next_in_line;
}

static struct switchboard_integration *need_target(struct call *c, const struct order *order,
                                                   enum hook_type failure)
{
    bool ambiguous = false;
    struct slice name = json_string(json_find(c->body, "switchboardIntegration"));
    if (slice_empty(name)) {
        call_refuse(c, 400, "bad_request", "\"switchboardIntegration\" is required");
        return NULL;
    }
    struct switchboard_integration *line = slice_equal(name, SLICE("next"))
                                               ? next_line(c, order)
                                               : switching_find(c->store, name, &ambiguous);
    if (ambiguous) {
        refuse_loudly(c, order, failure, 400, "bad_request",
                      "More than one switchboard integration has this type");
    } else if (line == NULL) {
        refuse_loudly(c, order, failure, 404, "switchboard_integration_not_found",
                      "Switchboard integration not found");
    }
    return line;
}

static void pass_control(struct call *c)
{
    struct order order = {0};
    if (!need_body(c) || !read_order(c, &order)) {
        return;
    }
    struct switchboard_integration *line = need_target(c, &order, HOOK_PASS_FAILURE);
    if (line == NULL) {
        return;
    }
    if (workspace_is(line) && order.conversation->message_live == 0) {
        refuse_loudly(c, &order, HOOK_PASS_FAILURE, 400, "bad_request",
                      "Conversation has no messages");
        return;
    }
    switching_pass(c, order.conversation, line, order.metadata);
    call_touched(c, "switchboard_integration", line->id);
    call_empty(c);
}

static void offer_control(struct call *c)
{
    struct order order = {0};
    if (!need_body(c) || !read_order(c, &order)) {
        return;
    }
    struct switchboard_integration *line = need_target(c, &order, HOOK_OFFER_FAILURE);
    if (line == NULL) {
        return;
    }
    if (line == order.conversation->active) {
        refuse_loudly(c, &order, HOOK_OFFER_FAILURE, 400, "bad_request",
                      "Switchboard integration is already active");
        return;
    }
    order.conversation->pending = line;
    hooks_raise(c, &(struct hook){.type = HOOK_OFFER,
                                  .conversation = order.conversation,
                                  .metadata_json = order.metadata});
    call_touched(c, "switchboard_integration", line->id);
    call_empty(c);
}

static void accept_control(struct call *c)
{
    struct order order = {0};
    if (!read_order(c, &order)) {
        return;
    }
    struct switchboard_integration *line = order.conversation->pending;
    bool is_ours =
        !call_integration_scope(c) || (line != NULL && line->integration == c->key->integration);
    if (line == NULL || !is_ours) {
        refuse_loudly(c, &order, HOOK_ACCEPT_FAILURE, is_ours ? 400 : 403,
                      is_ours ? "bad_request" : "forbidden",
                      "Switchboard integration is not pending");
        return;
    }
    store_set_active(order.conversation, line, c->now);
    hooks_raise(c, &(struct hook){.type = HOOK_ACCEPT,
                                  .conversation = order.conversation,
                                  .metadata_json = order.metadata});
    if (workspace_is(line)) {
        workspace_begin(c, order.conversation, order.metadata);
    }
    call_touched(c, "switchboard_integration", line->id);
    call_empty(c);
}

static void release_control(struct call *c)
{
    struct order order = {0};
    if (!read_order(c, &order)) {
        return;
    }
    const struct switchboard_integration *active = order.conversation->active;
    if (call_integration_scope(c) &&
        (active == NULL || active->integration != c->key->integration)) {
        call_refuse(c, 403, "forbidden", "Integration is not active on the conversation");
        return;
    }
    if (active == NULL) { /* nothing to take away: no event */
        call_empty(c);
        return;
    }
    call_touched(c, "switchboard_integration", active->id);
    switching_release(c, order.conversation, order.metadata, NULL);
    call_empty(c);
}

struct route_table api_switching_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/v2/apps/{}/conversations/{}/passControl", NEED_INTEGRATION, pass_control},
        {"POST", "/v2/apps/{}/conversations/{}/offerControl", NEED_INTEGRATION, offer_control},
        {"POST", "/v2/apps/{}/conversations/{}/acceptControl", NEED_INTEGRATION, accept_control},
        {"POST", "/v2/apps/{}/conversations/{}/releaseControl", NEED_INTEGRATION, release_control},
    };
    return ROUTE_TABLE(routes);
}
