#include "processor/core/missed.h"

#include "json/json_read.h"
#include "processor/core/bridge.h"
#include "processor/core/dedupe.h"
#include "processor/core/lifecycle.h"
#include "processor/core/render.h"
#include "processor/core/route.h"
#include "processor/core/tickets.h"
#include "processor/core/turns.h"
#include "processor/core/words.h"

bool missed_concerns(const struct conversation *state)
{
    bool is_messaging = state->surface == SURFACE_MESSAGING;
    if (state->surface == SURFACE_CHAT) { /* of Zendesk's side only what humans say matters */
        return state->bridge == BRIDGE_OPEN && phase_owner(state->phase) == OWNER_HUMAN;
    }
    bool is_concerned =
        (is_messaging || state->surface == SURFACE_TICKET) &&
        (state->routing == ROUTING_STORE || (is_messaging && state->routing == ROUTING_WAITING));
    return is_concerned && state->phase != PHASE_ENDED;
}

static err_t fetch_messages(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->fetch_asked) {
        state->fetch_again = true;
        return err_ok();
    }
    state->fetch_asked = true;
    return render_fetch_messages(ctx);
}

/* Whether what it tells is known already, or nobody's. */
static bool is_idle(const struct context *ctx, const struct missed *missed)
{
    const struct conversation *state = ctx->state;
    bool is_found = wall_known(missed->updated) && state->surface == SURFACE_TICKET;
    if (ctx->account == NULL || !ctx->account->enabled || state->phase == PHASE_ENDED) {
        return true;
    }
    return is_found ? !wall_before(state->switchboard_at, missed->updated)
                    : !wall_before(state->missed_until, missed->until) || !missed_concerns(state);
}

err_t missed_event(struct context *ctx)
{
    struct conversation *state = ctx->state;
    const struct missed *missed = &ctx->event->body.missed;
    if (is_idle(ctx, missed)) {
        effects_note(ctx->effects, NOTE_IGNORED);
        ctx->effects->changed = false;
        return err_ok();
    }
    effects_note(ctx->effects, NOTE_MISSED);
    state->missed_until = wall_later(state->missed_until, missed->until);
    if (!wall_known(state->missed_since) || wall_before(missed->since, state->missed_since)) {
        state->missed_since = missed->since;
    }
    if (state->halted) {
        return err_ok();
    }
    if (state->surface == SURFACE_TICKET) {
        return tickets_changed(ctx);
    }
    if (ctx->store != NULL) {
        TRY(lifecycle_ask(ctx)); /* first: whose it is decides what becomes of the words */
    }
    return fetch_messages(ctx);
}

err_t missed_resume(struct context *ctx)
{
    const struct conversation *state = ctx->state;
    bool is_chat = state->surface == SURFACE_CHAT;
    if (!wall_known(state->missed_since) || (is_chat && state->bridge != BRIDGE_OPEN)) {
        return err_ok();
    }
    return state->surface == SURFACE_TICKET ? tickets_changed(ctx) : fetch_messages(ctx);
}

/* --- what was fetched --- */

struct found {
    const struct json *item;
    wall_ms_t at;
};

/* The messages in the order in which Zendesk received them, whatever that of the list. */
static err_t sort(struct context *ctx, const struct json *list, struct found **ret_found,
                  size_t *ret_count)
{
    size_t room = list != NULL && list->type == JSON_ARRAY ? list->count : 0;
    struct found *found = ARENA_ARRAY(ctx->arena, struct found, room);
    if (found == NULL) {
        return ERR(ARENA_FULL);
    }
    size_t count = 0;
    for (const struct json *item = room > 0 ? list->first : NULL; item != NULL; item = item->next) {
        wall_ms_t at = {0};
        if (err_failed(instant_parse_iso8601(json_string(json_find(item, "received")), &at))) {
            continue; /* without a time nobody knows whether it is old */
        }
        size_t place = count++;
        while (place > 0 && wall_before(at, found[place - 1].at)) {
            found[place] = found[place - 1];
            place--;
        }
        found[place] = (struct found){item, at};
    }
    *ret_found = found;
    *ret_count = count;
    return err_ok();
}

static enum author author_of(const struct json *item)
{
    struct slice author = json_string(json_find(item, "author"));
    if (slice_equal(author, SLICE("user"))) {
        return AUTHOR_CUSTOMER;
    }
    return slice_equal(author, SLICE("business")) ? AUTHOR_BUSINESS : AUTHOR_NONE;
}

static err_t take_attachment(struct context *ctx, const struct json *item,
                             struct conversations_event *body)
{
    struct slice url = json_string(json_find(item, "url"));
    if (url.len == 0) {
        return err_ok();
    }
    struct attachment *attachment = ARENA_NEW(ctx->arena, struct attachment);
    if (attachment == NULL) {
        return ERR(ARENA_FULL);
    }
    *attachment = (struct attachment){url, json_string(json_find(item, "media_type")),
                                      json_string(json_find(item, "name"))};
    body->attachments = attachment;
    body->attachment_count = 1;
    return err_ok();
}

/* The message as the webhook would have told it, but for who was active then. */
static err_t event_of(struct context *ctx, const struct found *found, struct event *ret_event)
{
    const struct json *item = found->item;
    struct event event = {
        .type = EVENT_MESSAGE,
        .source = EVENT_FROM_CONVERSATIONS,
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .occurred = found->at,
        .traceparent = ctx->event->traceparent,
    };
    struct conversations_event *body = &event.body.conversations;
    body->message_id = json_id(json_find(item, "id"));
    body->received = found->at;
    body->author = author_of(item);
    body->source_type = json_string(json_find(item, "source_type"));
    body->text = json_string(json_find(item, "text"));
    body->payload = json_string(json_find(item, "payload"));
    body->content_type = json_string(json_find(item, "type"));
    body->activity = json_string(json_find(item, "activity"));
    body->effect_id = json_string(json_find(item, "effect"));
    body->deleted = json_bool(json_find(item, "deleted"), false);
    if (body->author == AUTHOR_CUSTOMER) {
        body->widget_id = json_id(json_find(item, "widget_id"));
        body->customer.user_id = json_id(json_find(item, "user_id"));
    }
    TRY(take_attachment(ctx, item, body));
    TRY(arena_printf(ctx->arena, &event.id, "missed/%.*s", SLICE_ARG(body->message_id)));
    *ret_event = event;
    return err_ok();
}

/* Takes in one message that was not seen before. */
static err_t take_message(struct context *ctx, const struct event *event, wall_ms_t answered)
{
    struct context one = *ctx;
    one.event = event;
    if (ctx->state->surface == SURFACE_CHAT) {
        return bridge_heard(&one);
    }
    words_take_facts(&one);
    route(&one);
    ctx->store = one.store;
    if (!words_are_customers(event)) {
        return words_take_others(&one);
    }
    if (ctx->state->routing == ROUTING_SILENT) {
        return err_ok();
    }
    const struct conversations_event *body = &event->body.conversations;
    bool is_humans = ctx->state->phase == PHASE_HUMAN; /* handing off: as a webhook's words */
    if (is_humans || wall_before(body->received, answered)) {
        return words_take_history(&one);
    }
    TRY(turns_take_message(&one));
    return turns_customer_wrote(&one, body->text);
}

static err_t take_messages(struct context *ctx, const struct json *list, wall_ms_t since)
{
    struct found *found = NULL;
    size_t count = 0;
    wall_ms_t answered = {0}; /* when somebody else said something for the last time */
    TRY(sort(ctx, list, &found, &count));
    struct event *events = ARENA_ARRAY(ctx->arena, struct event, count);
    if (events == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(event_of(ctx, &found[i], &events[i]));
        if (words_are_others(&events[i])) {
            answered = found[i].at;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct slice id = events[i].body.conversations.message_id;
        bool is_echo = events[i].body.conversations.effect_id.len > 0;
        if (id.len > 0 && !is_echo && !wall_before(found[i].at, since) &&
            dedupe_id(ctx->state, id, found[i].at) == DEDUPE_FRESH) {
            TRY(take_message(ctx, &events[i], answered));
        }
    }
    return err_ok();
}

err_t missed_fetched(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    wall_ms_t since = state->missed_since;
    bool again = state->fetch_again;
    bool was_known = state->routing == ROUTING_STORE;
    const struct json *root = NULL;
    state->fetch_asked = false;
    state->fetch_again = false;
    if (outcome->result == OUTCOME_APPLIED && state->phase != PHASE_ENDED &&
        !err_failed(json_parse(ctx->arena, outcome->fetched, NULL, NULL, &root))) {
        TRY(take_messages(ctx, json_find(root, "messages"), since));
    } else {
        effects_note(ctx->effects, NOTE_FETCH_FAILED);
    }
    if (again) {
        return fetch_messages(ctx);
    }
    state->missed_since = (wall_ms_t){0};
    if (!was_known && state->routing == ROUTING_STORE) {
        return lifecycle_ask(ctx); /* who has it could not be asked for before it was a store's */
    }
    return err_ok();
}
