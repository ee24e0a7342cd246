#include "ctl/order.h"

#include "ctl/text.h"
#include "rt/nearest.h"

#include <sodium.h>

enum { SHOWN_BYTES_MAX = 100, NAMES_MAX = 256, NAME_BYTES = LIMIT_NAME_BYTES_MAX + 1 };

static err_t wrong_form(struct slice key, const char *what, struct why *why)
{
    why_set(
        why,
        "\"%.*s\" %s; expected ACCOUNT/messaging/ID, ACCOUNT/ticket/ID or ACCOUNT/chat/ID, as in "
        "acme/ticket/35436",
        SLICE_ARG(slice_cut_utf8(key, SHOWN_BYTES_MAX)), what);
    return ERR(SYNTAX);
}

static err_t check_account(const struct config_set *set, struct slice name, struct why *why)
{
    if (config_account(set, name) != NULL) {
        return err_ok();
    }
    char texts[NAMES_MAX][NAME_BYTES];
    const char *names[NAMES_MAX] = {NULL};
    size_t count = config_account_count(set) < NAMES_MAX ? config_account_count(set) : NAMES_MAX;
    for (size_t i = 0; i < count; i++) {
        text_set(texts[i], NAME_BYTES, "%.*s", SLICE_ARG(config_account_at(set, i)->name));
        names[i] = texts[i];
    }
    const char *nearest = nearest_name(name, names, count);
    why_set(why, "no account \"%.*s\" is published%s%s%s", SLICE_ARG(name),
            nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
            nearest == NULL ? "" : "\"?");
    return ERR(NOT_FOUND);
}

static err_t event_id(struct arena *arena, const char *kind,
                      const unsigned char random[ORDER_NONCE_BYTES], struct slice *ret_id)
{
    char nonce[2 * ORDER_NONCE_BYTES + 1];
    sodium_bin2hex(nonce, sizeof nonce, random, ORDER_NONCE_BYTES);
    return arena_printf(arena, ret_id, "%s/%s", kind, nonce);
}

err_t order_event(struct arena *arena, const struct order *order, const struct config_set *set,
                  struct why *why, struct event *ret_event)
{
    struct slice account;
    struct slice remote;
    enum surface surface = SURFACE_NONE;
    if (order->conversation.len > LIMIT_KEY_BYTES_MAX ||
        err_failed(ident_key_parse(order->conversation, &account, &surface, &remote))) {
        return wrong_form(order->conversation, "is not the key of a conversation", why);
    }
    bool erases = order->action == OPERATOR_ERASE || order->action == OPERATOR_ERASE_FORCED;
    if ((surface == SURFACE_USER && !erases) || surface == SURFACE_ACCOUNT) {
        return wrong_form(order->conversation,
                          surface == SURFACE_USER ? "is a customer, not a conversation"
                                                  : "is an account's search, not a conversation",
                          why);
    }
    if (!erases) {
        TRY(check_account(set, account, why));
    }
    struct event event = {
        .type = EVENT_OPERATOR,
        .source = EVENT_FROM_OPERATOR,
        .account = account,
        .conversation = order->conversation,
        .occurred = order->now,
        .accepted = order->now,
        .body.operator_call = {order->action, order->reason, order->who},
    };
    TRY(event_id(arena, "operator", order->nonce, &event.id));
    *ret_event = event;
    return err_ok();
}

err_t order_backfill(struct arena *arena, const struct backfill_order *order,
                     const struct config_set *set, struct why *why, struct event *ret_event)
{
    if (!ident_is_name(order->account)) {
        why_set(why, "\"%.*s\" is not the name of an account; expected one like acme",
                SLICE_ARG(slice_cut_utf8(order->account, SHOWN_BYTES_MAX)));
        return ERR(SYNTAX);
    }
    TRY(check_account(set, order->account, why));
    struct event event = {
        .type = EVENT_BACKFILL,
        .source = EVENT_FROM_OPERATOR,
        .account = order->account,
        .occurred = order->now,
        .accepted = order->now,
        .body.missed = {.since = order->since, .who = order->who},
    };
    TRY(event_id(arena, "backfill", order->nonce, &event.id));
    *ret_event = event;
    return err_ok();
}
