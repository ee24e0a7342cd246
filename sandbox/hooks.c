#include "sandbox/hooks.h"

#include "sandbox/render.h"
#include "sandbox/text.h"
#include "sandbox/world.h"

static const char *const names[] = {
    [HOOK_CONVERSATION_CREATE] = "conversation:create",
    [HOOK_CONVERSATION_JOIN] = "conversation:join",
    [HOOK_CONVERSATION_LEAVE] = "conversation:leave",
    [HOOK_CONVERSATION_MESSAGE] = "conversation:message",
    [HOOK_CONVERSATION_READ] = "conversation:read",
    [HOOK_CONVERSATION_TYPING] = "conversation:typing",
    [HOOK_CONVERSATION_REMOVE] = "conversation:remove",
    [HOOK_PASS] = "switchboard:passControl",
    [HOOK_PASS_FAILURE] = "switchboard:passControl:failure",
    [HOOK_OFFER] = "switchboard:offerControl",
    [HOOK_OFFER_FAILURE] = "switchboard:offerControl:failure",
    [HOOK_ACCEPT] = "switchboard:acceptControl",
    [HOOK_ACCEPT_FAILURE] = "switchboard:acceptControl:failure",
    [HOOK_RELEASE] = "switchboard:releaseControl",
    [HOOK_USER_UPDATE] = "user:update",
    [HOOK_USER_REMOVE] = "user:remove",
    [HOOK_USER_MERGE] = "user:merge",
};

/* Triggers that may be subscribed to although nothing here raises them. */
static const char *const silent_names[] = {
    "client:add",
    "client:remove",
    "client:update",
    "conversation:message:delivery:channel",
    "conversation:message:delivery:failure",
    "conversation:message:delivery:user",
    "conversation:postback",
    "conversation:referral",
    "passthrough:messaging",
};

bool hooks_knows_trigger(struct slice name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(name, slice_of(names[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof silent_names / sizeof silent_names[0]; i++) {
        if (slice_equal(name, slice_of(silent_names[i]))) {
            return true;
        }
    }
    return false;
}

struct switchboard_integration *hooks_line_of(const struct store *store,
                                              const struct integration *integration)
{
    for (size_t i = 0; i < table_count(store->lines); i++) {
        struct switchboard_integration *line = table_at(store->lines, i, NULL);
        if (!line->removed && line->integration == integration) {
            return line;
        }
    }
    return NULL;
}

static bool is_subscribed(const struct webhook *webhook, struct slice type)
{
    for (size_t i = 0; i < webhook->trigger_count; i++) {
        if (slice_equal(webhook->triggers[i], type)) {
            return true;
        }
    }
    return false;
}

static bool is_let_through(const struct store *store, const struct webhook *webhook,
                           const struct conversation *conversation)
{
    if (conversation == NULL || !store->switchboard.exists || !store->switchboard.enabled) {
        return true;
    }
    const struct switchboard_integration *line = hooks_line_of(store, webhook->integration);
    return line == NULL || conversation->active == line || conversation->pending == line ||
           line->deliver_standby_events;
}

static void put_error(struct json_write *w, const struct hook *hook)
{
    json_key(w, "error");
    json_object(w);
    json_put_text(w, "code", hook->error_code);
    json_put_text(w, "message", hook->error_message);
    json_end(w);
}

static void put_activity(struct json_write *w, const struct webhook *webhook,
                         const struct hook *hook, wall_ms_t now)
{
    json_key(w, "activity");
    json_object(w);
    json_put_slice(w, "type", hook->activity_type);
    json_key(w, "source");
    render_source(w, hook->source_type, hook->source_integration_id, hook->user,
                  webhook->include_full_source, now);
    json_key(w, "author");
    json_object(w);
    json_put_text(w, "type", hook->user == NULL ? "business" : "user");
    if (hook->user != NULL) {
        json_put_slice(w, "userId", hook->user->id);
        json_key(w, "user");
        render_user(w, hook->user, webhook->include_full_user);
    }
    json_end(w);
    json_end(w);
}

/* {"surviving":…,"discarded":…} of the users, and of the conversations where two became one. */
static void put_merge(struct json_write *w, const struct webhook *webhook, const struct hook *hook)
{
    json_key(w, "mergedUsers");
    json_object(w);
    json_key(w, "surviving");
    render_user(w, hook->user, webhook->include_full_user);
    json_key(w, "discarded");
    render_user(w, hook->discarded_user, webhook->include_full_user);
    json_end(w);
    if (hook->discarded != NULL) {
        json_key(w, "mergedConversations");
        json_object(w);
        json_key(w, "surviving");
        render_conversation_short(w, hook->surviving);
        json_key(w, "discarded");
        render_conversation_short(w, hook->discarded);
        json_end(w);
    }
}

static void put_payload(struct json_write *w, const struct webhook *webhook,
                        const struct hook *hook, wall_ms_t now)
{
    bool is_activity =
        hook->type == HOOK_CONVERSATION_READ || hook->type == HOOK_CONVERSATION_TYPING;
    if (hook->error_code != NULL) {
        put_error(w, hook);
    }
    if (hook->conversation != NULL) {
        json_key(w, "conversation");
        render_conversation_short(w, hook->conversation);
    }
    if (hook->creation_reason != NULL) {
        json_put_text(w, "creationReason", hook->creation_reason);
        json_key(w, "source");
        render_source(w, hook->source_type, hook->source_integration_id, hook->user,
                      webhook->include_full_source, now);
    }
    if (is_activity) {
        put_activity(w, webhook, hook, now);
    } else if (hook->type == HOOK_USER_MERGE) {
        put_merge(w, webhook, hook);
    } else if (hook->user != NULL) {
        json_key(w, "user");
        render_user(w, hook->user, webhook->include_full_user);
    }
    if (hook->message != NULL) {
        const struct message_view view = {.with_user = true,
                                          .full_user = webhook->include_full_user,
                                          .full_source = webhook->include_full_source};
        json_key(w, "message");
        render_message(w, hook->message, &view);
    }
    if (!slice_empty(hook->metadata_json)) {
        json_key(w, "metadata");
        json_raw(w, hook->metadata_json);
    }
    if (hook->reason != NULL) {
        json_put_text(w, "reason", hook->reason);
    }
}

static err_t render_event(struct buf *text, struct slice event_id, const struct webhook *webhook,
                          const struct hook *hook, wall_ms_t now)
{
    struct json_write w;
    json_write_init(&w, text);
    json_object(&w);
    json_put_slice(&w, "id", event_id);
    json_put_text(&w, "type", names[hook->type]);
    render_time(&w, "createdAt", now);
    json_key(&w, "payload");
    json_object(&w);
    put_payload(&w, webhook, hook, now);
    json_end(&w);
    json_end(&w);
    return json_write_done(&w);
}

/* Asks the faults, and makes the delivery (or takes the one of this cause, in batches). */
static err_t find_delivery(struct call *c, struct webhook *webhook, struct slice type,
                           struct slice conversation, struct delivery **ret_delivery)
{
    struct world *world = c->world;
    struct delivery *d = NULL;
    if (c->store->limits.webhook_batch) {
        d = outbox_last(&world->outbox, webhook, conversation, world->cause);
    }
    if (d == NULL) {
        const struct fault *fault = faults_take_webhook(&world->faults, webhook->target, type);
        bool held = fault != NULL && fault->kind == FAULT_REORDER_WEBHOOKS;
        TRY(outbox_add(&world->outbox, webhook, conversation, world->cause, c->now,
                       span_ms(held ? fault->ms : 0), &d));
        d->copies = fault != NULL && fault->kind == FAULT_DUPLICATE_WEBHOOK ? 1 : 0;
    }
    *ret_delivery = d;
    return err_ok();
}

static err_t raise_one(struct call *c, struct webhook *webhook, const struct hook *hook,
                       struct slice event_id)
{
    CLEANUP(buf) struct buf text = {0};
    struct delivery *d = NULL;
    struct slice type = slice_of(names[hook->type]);
    struct slice conversation =
        hook->conversation == NULL ? (struct slice){0} : hook->conversation->id;
    buf_init(&text, OUTBOX_BODY_BYTES_MAX);
    TRY(render_event(&text, event_id, webhook, hook, c->now));
    TRY(find_delivery(c, webhook, type, conversation, &d));
    return outbox_put_event(d, type, event_id, buf_slice(&text));
}

void hooks_raise(struct call *c, const struct hook *hook)
{
    for (size_t i = 0; i < table_count(c->store->webhooks); i++) {
        struct webhook *webhook = table_at(c->store->webhooks, i, NULL);
        struct slice event_id = {0};
        if (webhook->removed || !is_subscribed(webhook, slice_of(names[hook->type])) ||
            !is_let_through(c->store, webhook, hook->conversation)) {
            continue;
        }
        if (!call_ok(c, ids_next(&c->store->ids, c->arena, &event_id)) ||
            !call_ok(c, raise_one(c, webhook, hook, event_id))) {
            return;
        }
    }
}
