#include "event/describe.h"

#include "event/describe_parts.h"

static void put_integration(struct json_write *w, const char *key, const struct integration *i)
{
    if (!i->present) {
        return;
    }
    json_key(w, key);
    json_object(w);
    json_put_slice_if(w, "id", i->id);
    json_put_slice_if(w, "name", i->name);
    json_put_slice_if(w, "integration_id", i->integration_id);
    json_put_slice_if(w, "type", i->type);
    json_end(w);
}

static void put_customer(struct json_write *w, const struct customer *customer)
{
    json_key(w, "customer");
    json_object(w);
    json_put_slice_if(w, "user_id", customer->user_id);
    json_put_slice_if(w, "external_id", customer->external_id);
    json_put_slice_if(w, "zendesk_id", customer->zendesk_id);
    json_put_slice_if(w, "name", customer->name);
    json_put_slice_if(w, "email", customer->email);
    json_put_slice_if(w, "locale", customer->locale);
    json_put_slice_if(w, "avatar_url", customer->avatar_url);
    json_put_slice_if(w, "phone", customer->phone);
    json_end(w);
}

static void put_files(struct json_write *w, const char *name, const struct attachment *items,
                      size_t count)
{
    if (count == 0) {
        return;
    }
    json_key(w, name);
    json_array(w);
    for (size_t i = 0; i < count; i++) {
        json_object(w);
        json_put_slice(w, "url", items[i].url);
        json_put_slice_if(w, "media_type", items[i].media_type);
        json_put_slice_if(w, "name", items[i].name);
        json_end(w);
    }
    json_end(w);
}

static void put_attachments(struct json_write *w, const struct attachment *items, size_t count)
{
    put_files(w, "attachments", items, count);
}

static void put_answer(struct json_write *w, const struct bot_answer *answer)
{
    json_key(w, "answer");
    json_object(w);
    json_key(w, "messages");
    json_array(w);
    for (size_t i = 0; i < answer->message_count; i++) {
        json_slice(w, answer->messages[i]);
    }
    json_end(w);
    put_attachments(w, answer->attachments, answer->attachment_count);
    if (answer->confidence >= 0) {
        json_key(w, "confidence");
        json_number(w, answer->confidence);
    }
    json_put_slice_if(w, "intent", answer->intent);
    json_put_slice_if(w, "sentiment", answer->sentiment);
    for (size_t i = 0; i < answer->action_count; i++) {
        if (i == 0) {
            json_key(w, "actions");
            json_array(w);
        }
        json_slice(w, answer->actions[i]);
        if (i + 1 == answer->action_count) {
            json_end(w);
        }
    }
    if (answer->resolved_given) {
        json_put_bool(w, "resolved", answer->resolved);
    }
    put_true(w, "handoff", answer->handoff);
    json_put_slice_if(w, "handoff_reason", answer->handoff_reason);
    json_put_slice_if(w, "handoff_summary", answer->handoff_summary);
    json_end(w);
}

static const char *author_name(enum author author)
{
    switch (author) {
    case AUTHOR_NONE: return "";
    case AUTHOR_CUSTOMER: return "customer";
    case AUTHOR_BUSINESS: return "business";
    }
    BUG("author out of range");
}

static const char *switchboard_name(enum switchboard_action action)
{
    switch (action) {
    case SWITCHBOARD_NONE: return "";
    case SWITCHBOARD_PASS: return "pass";
    case SWITCHBOARD_OFFER: return "offer";
    case SWITCHBOARD_ACCEPT: return "accept";
    case SWITCHBOARD_RELEASE: return "release";
    case SWITCHBOARD_PASS_FAILED: return "pass failed";
    case SWITCHBOARD_OFFER_FAILED: return "offer failed";
    case SWITCHBOARD_ACCEPT_FAILED: return "accept failed";
    }
    BUG("switchboard action out of range");
}

static void describe_conversations(struct json_write *w, const struct conversations_event *body)
{
    json_put_slice_if(w, "type_at_zendesk", body->type);
    json_put_slice_if(w, "conversation_id", body->conversation_id);
    json_put_slice_if(w, "brand_id", body->brand_id);
    json_put_slice_if(w, "widget_id", body->widget_id);
    json_put_slice_if(w, "source_type", body->source_type);
    put_integration(w, "active", &body->active);
    put_integration(w, "pending", &body->pending);
    put_customer(w, &body->customer);
    json_put_slice_if(w, "message_id", body->message_id);
    put_time(w, "received", body->received);
    json_put_slice_if(w, "author", slice_of(author_name(body->author)));
    json_put_slice_if(w, "author_subtype", body->author_subtype);
    json_put_slice_if(w, "author_name", body->author_name);
    json_put_slice_if(w, "content_type", body->content_type);
    json_put_slice_if(w, "text", body->text);
    json_put_slice_if(w, "payload", body->payload);
    put_attachments(w, body->attachments, body->attachment_count);
    json_put_slice_if(w, "activity", body->activity);
    json_put_slice_if(w, "effect", body->effect_id);
    put_true(w, "deleted", body->deleted);
    json_put_slice_if(w, "switchboard", slice_of(switchboard_name(body->switchboard)));
    json_put_slice_if(w, "reason", body->reason);
    json_put_slice_if(w, "discarded_user_id", body->discarded_user_id);
    json_put_slice_if(w, "surviving_conversation_id", body->surviving_conversation_id);
    json_put_slice_if(w, "discarded_conversation_id", body->discarded_conversation_id);
}

static void describe_ticket(struct json_write *w, const struct ticket_event *body)
{
    json_put_slice_if(w, "event", body->event);
    json_put_slice_if(w, "ticket_id", body->ticket_id);
    json_put_slice_if(w, "brand_id", body->brand_id);
    json_put_slice_if(w, "current_user_id", body->current_user_id);
    json_put_slice_if(w, "updated_at", body->updated_at);
    json_put_slice_if(w, "latest_comment_id", body->latest_comment_id);
    json_put_slice_if(w, "invocation_id", body->invocation_id);
}

static void describe_platform(struct json_write *w, const struct event *event)
{
    const struct platform_event *body = &event->body.platform;
    json_put_slice_if(w, "turn", body->turn);
    if (event->type == EVENT_BOT_REPLY || event->type == EVENT_ANSWERED) {
        put_answer(w, &body->answer);
    }
    json_put_slice_if(w, "message_id", body->message_id);
    json_put_slice_if(w, "text", body->text);
    json_put_slice_if(w, "name", body->name);
    if (event->type == EVENT_RATING) {
        json_key(w, "value");
        json_number(w, body->value);
    }
    json_put_slice_if(w, "reason", body->reason);
    json_put_slice_if(w, "summary", body->summary);
    put_body(w, "data", body->data);
    put_customer(w, &body->customer);
    put_attachments(w, body->attachments, body->attachment_count);
}

static void describe_outcome(struct json_write *w, const struct outcome *body)
{
    put_effect_id(w, "effect_id", body->effect_id);
    json_put_text(w, "effect", effect_name((enum effect_kind)body->effect));
    json_put_text(w, "result", outcome_result_name(body->result));
    json_put_int(w, "command_offset", body->command_offset);
    put_int_if(w, "incarnation", (int64_t)body->incarnation);
    put_int_if(w, "slot", body->slot);
    put_int_if(w, "episode", body->episode);
    put_int_if(w, "attempt", body->attempt);
    put_int_if(w, "epoch", body->epoch);
    put_int_if(w, "status", body->status);
    put_int_if(w, "tries", body->tries);
    json_put_slice_if(w, "detail", body->detail);
    json_put_slice_if(w, "remote_id", body->remote_id);
    put_time(w, "answered", body->answered);
    json_put_slice_if(w, "turn", body->turn);
    if (body->answer_given) {
        put_answer(w, &body->answer);
    }
    if (body->active_given) {
        json_put_bool(w, "somebody_active", body->active.present);
        put_integration(w, "active", &body->active);
    }
    put_body(w, "fetched", body->fetched);
}

static void describe_body(struct json_write *w, const struct event *event)
{
    if (event_is_conversations(event->type)) {
        describe_conversations(w, &event->body.conversations);
    } else if (event_is_platform(event->type)) {
        describe_platform(w, event);
    } else if (event->type == EVENT_TICKET) {
        describe_ticket(w, &event->body.ticket);
    } else if (event->type == EVENT_OUTCOME) {
        describe_outcome(w, &event->body.outcome);
    } else if (event->type == EVENT_HORIZON || event->type == EVENT_TAKEOVER) {
        json_put_int(w, "horizon", event->body.horizon.offset);
        json_put_int(w, "incarnation", (int64_t)event->body.horizon.incarnation);
        put_true(w, "closes", event->body.horizon.closes);
    } else if (event->type == EVENT_TIMER) {
        json_put_int(w, "timer", event->body.timer.kind);
        put_time(w, "due", event->body.timer.due);
        json_put_slice_if(w, "ref", event->body.timer.ref);
    } else if (event->type == EVENT_CONFIG) {
        json_put_int(w, "config_offset", event->body.config_offset);
    } else if (event->type == EVENT_OPERATOR) {
        json_put_int(w, "action", event->body.operator_call.action);
        json_put_slice_if(w, "reason", event->body.operator_call.reason);
        json_put_slice_if(w, "who", event->body.operator_call.who);
    } else if (event->type == EVENT_BACKFILL || event->type == EVENT_MISSED) {
        put_time(w, "since", event->body.missed.since);
        put_time(w, "until", event->body.missed.until);
        put_time(w, "updated", event->body.missed.updated);
        json_put_slice_if(w, "who", event->body.missed.who);
    } else if (event->type == EVENT_ABSORB) {
        json_put_slice_if(w, "into", event->body.absorb.into);
        json_put_slice_if(w, "from", event->body.absorb.from);
        json_put_int(w, "state_bytes", (int64_t)event->body.absorb.state.len);
    } else if (event->type == EVENT_TICKET_STATUS) {
        json_put_slice(w, "ticket", event->body.ticket_status.ticket_id);
        json_put_text(w, "status", ticket_state_name(event->body.ticket_status.state));
        put_time(w, "updated", event->body.ticket_status.updated);
    }
}

void describe_event(struct json_write *w, const struct event *event)
{
    json_object(w);
    json_put_text(w, "type", event_type_name(event->type));
    json_put_slice(w, "id", event->id);
    json_put_slice_if(w, "account", event->account);
    json_put_slice_if(w, "store", event->store);
    json_put_slice_if(w, "conversation", event->conversation);
    put_time(w, "occurred", event->occurred);
    put_time(w, "accepted", event->accepted);
    json_put_slice_if(w, "traceparent", event->traceparent);
    describe_body(w, event);
    put_body(w, "raw", event->raw);
    json_end(w);
}

static void put_pending(struct json_write *w, const struct conversation *state)
{
    json_key(w, "pending");
    json_array(w);
    for (size_t i = 0; i < state->pending_count; i++) {
        const struct pending_message *message = &state->pending[i];
        json_object(w);
        json_put_slice(w, "id", message->id);
        json_put_slice(w, "text", message->text);
        put_time(w, "received", message->received);
        put_attachments(w, message->attachments, message->attachment_count);
        json_put_slice_if(w, "type", message->type);
        json_put_slice_if(w, "payload", message->payload);
        json_end(w);
    }
    json_end(w);
}

static void put_history(struct json_write *w, const struct conversation *state)
{
    static const char *const speakers[] = {"?", "customer", "bot", "agent", "notice"};
    json_key(w, "history");
    json_array(w);
    for (size_t i = 0; i < state->history_count; i++) {
        json_object(w);
        json_put_slice(w, speakers[state->history[i].speaker], state->history[i].text);
        put_time(w, "at", state->history[i].at);
        json_end(w);
    }
    json_end(w);
}

static void put_outstanding(struct json_write *w, const struct conversation *state)
{
    json_key(w, "outstanding");
    json_array(w);
    for (size_t i = 0; i < state->outstanding_count; i++) {
        json_object(w);
        json_put_text(w, "effect", effect_name(state->outstanding[i].effect));
        put_effect_id(w, "effect_id", state->outstanding[i].effect_id);
        json_end(w);
    }
    json_end(w);
}

static void put_given_up(struct json_write *w, const struct conversation *state)
{
    if (state->given_up_count == 0) {
        return;
    }
    json_key(w, "given_up");
    json_array(w);
    for (size_t i = 0; i < state->given_up_count; i++) {
        json_object(w);
        json_put_text(w, "effect", effect_name(state->given_up[i].effect));
        put_effect_id(w, "effect_id", state->given_up[i].effect_id);
        json_put_int(w, "command_offset", state->given_up[i].command_offset);
        json_end(w);
    }
    json_end(w);
}

static void put_turn(struct json_write *w, const struct conversation *state)
{
    json_key(w, "turn");
    json_object(w);
    json_put_text(w, "state", turn_state_name(state->turn.state));
    json_put_slice_if(w, "id", state->turn.id);
    put_int_if(w, "epoch", state->turn.epoch);
    put_int_if(w, "covers", (int64_t)state->turn.covers);
    put_int_if(w, "words_open", state->turn.words_open);
    json_end(w);
    json_key(w, "timers");
    json_array(w);
    for (size_t i = 0; i < state->timer_count; i++) {
        json_object(w);
        json_put_int(w, "kind", state->timers[i].kind);
        put_time(w, "due", state->timers[i].due);
        json_put_slice_if(w, "ref", state->timers[i].ref);
        json_end(w);
    }
    json_end(w);
}

void describe_conversation(struct json_write *w, const struct conversation *state)
{
    json_object(w);
    json_put_slice(w, "conversation", state->key);
    json_put_text(w, "routing", routing_name(state->routing));
    json_put_slice_if(w, "store", state->store);
    json_put_slice_if(w, "widget_id", state->widget_id);
    json_put_slice_if(w, "brand_id", state->brand_id);
    json_put_slice_if(w, "source_type", state->source_type);
    put_customer(w, &state->customer);
    json_put_text(w, "phase", phase_name(state->phase));
    json_put_int(w, "epoch", state->epoch);
    json_put_int(w, "episode", state->episode);
    put_int_if(w, "attempt", state->attempt);
    put_true(w, "welcomed", state->welcomed);
    put_true(w, "speak_checked", state->speak_checked);
    put_time(w, "switchboard_at", state->switchboard_at);
    put_true(w, "evidence_asked", state->evidence_asked);
    put_int_if(w, "nobody_seen", state->nobody_seen);
    json_put_int(w, "seen", (int64_t)state->seen_count);
    put_time(w, "watermark", state->watermark);
    put_turn(w, state);
    put_pending(w, state);
    put_history(w, state);
    transcript_describe(w, &state->transcript);
    json_put_slice_if(w, "newest", state->newest);
    put_files(w, "files", state->files, state->file_count);
    put_int_if(w, "files_cut", state->files_cut);
    put_int_if(w, "files_there", (int64_t)state->files_there);
    put_outstanding(w, state);
    put_given_up(w, state);
    json_put_slice_if(w, "bots_summary", state->bots_summary);
    json_put_slice_if(w, "status_ticket", state->status_ticket);
    put_int_if(w, "ticket_state", state->ticket_state);
    put_time(w, "ticket_state_at", state->ticket_state_at);
    json_put_slice_if(w, "absorbed_into", state->absorbed_into);
    put_true(w, "absorb_told", state->absorb_told);
    put_time(w, "missed_since", state->missed_since);
    put_time(w, "missed_until", state->missed_until);
    if (wall_known(state->search.since)) {
        json_key(w, "search");
        json_object(w);
        put_time(w, "since", state->search.since);
        put_time(w, "from", state->search.from);
        put_int_if(w, "page", state->search.page);
        put_int_if(w, "round", state->search.round);
        put_int_if(w, "failures", state->search.failures);
        put_time(w, "again", state->search.again);
        put_time(w, "began", state->search.began);
        put_int_if(w, "page_size", state->search.size);
        json_end(w);
    }
    put_true(w, "waits_for_operator", state->halted);
    bool is_bridged = state->bridge != BRIDGE_NONE;
    json_put_slice_if(w, "bridge", slice_of(is_bridged ? bridge_name(state->bridge) : NULL));
    put_true(w, "bridge_failed", state->bridge_failed);
    put_int_if(w, "status_version", state->status_version);
    put_true(w, "ending", state->ending);
    put_int_if(w, "ticket_attempt", state->ticket_attempt);
    put_int_if(w, "turns_this_hour", state->turns_count);
    put_time(w, "created", state->created);
    put_time(w, "updated", state->updated);
    json_end(w);
}

void describe_dead(struct json_write *w, const struct dead *dead)
{
    json_object(w);
    json_put_slice(w, "stage", dead->stage);
    json_put_slice(w, "class", dead->class);
    json_put_slice(w, "reason", dead->reason);
    json_put_slice(w, "text", dead->text);
    json_put_slice_if(w, "topic", dead->topic);
    json_put_int(w, "partition", dead->partition);
    json_put_int(w, "offset", dead->offset);
    put_int_if(w, "tries", dead->tries);
    put_time(w, "at", dead->at);
    json_put_slice_if(w, "account", dead->account);
    json_put_slice_if(w, "conversation", dead->conversation);
    put_effect_id(w, "effect_id", dead->effect_id);
    json_put_slice_if(w, "key", dead->key);
    json_put_int(w, "bytes", (int64_t)dead->value.len);
    json_end(w);
}
