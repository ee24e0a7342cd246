#include "tests/unit/event/same.h"

#include "tests/unit/event/same_macros.h"

static const char *slice_differs(const struct slice *a, const struct slice *b)
{
    return slice_equal(*a, *b) ? NULL : "an element";
}

static const char *customer_differs(const struct customer *a, const struct customer *b)
{
    TEXT(user_id);
    TEXT(external_id);
    TEXT(zendesk_id);
    TEXT(name);
    TEXT(email);
    TEXT(locale);
    TEXT(avatar_url);
    TEXT(phone);
    return NULL;
}

static const char *integration_differs(const struct integration *a, const struct integration *b)
{
    TEXT(id);
    TEXT(name);
    TEXT(integration_id);
    TEXT(type);
    PLAIN(present);
    return NULL;
}

static const char *attachment_differs(const struct attachment *a, const struct attachment *b)
{
    TEXT(url);
    TEXT(media_type);
    TEXT(name);
    return NULL;
}

static const char *answer_differs(const struct bot_answer *a, const struct bot_answer *b)
{
    TEXT(intent);
    TEXT(sentiment);
    TEXT(handoff_reason);
    TEXT(handoff_summary);
    PLAIN(resolved_given);
    PLAIN(handoff_way);
    PLAIN(handoff_priority);
    TEXT(handoff_tags);
    PLAIN(resolved);
    PLAIN(handoff);
    LIST(slice_differs, messages, message_count);
    LIST(attachment_differs, attachments, attachment_count);
    LIST(slice_differs, actions, action_count);
    return a->confidence < b->confidence || a->confidence > b->confidence ? "confidence" : NULL;
}

static const char *conversations_differ(const struct conversations_event *a,
                                        const struct conversations_event *b)
{
    TEXT(type);
    TEXT(conversation_id);
    TEXT(brand_id);
    TEXT(widget_id);
    TEXT(source_type);
    TEXT(message_id);
    TEXT(author_subtype);
    TEXT(author_name);
    TEXT(content_type);
    TEXT(text);
    TEXT(payload);
    TEXT(activity);
    TEXT(effect_id);
    TEXT(reason);
    TEXT(discarded_user_id);
    TEXT(surviving_conversation_id);
    TEXT(discarded_conversation_id);
    PLAIN(received.ms);
    PLAIN(author);
    PLAIN(deleted);
    PLAIN(switchboard);
    INNER(integration_differs, active);
    INNER(integration_differs, pending);
    INNER(customer_differs, customer);
    LIST(attachment_differs, attachments, attachment_count);
    return NULL;
}

static const char *ticket_differs(const struct ticket_event *a, const struct ticket_event *b)
{
    TEXT(event);
    TEXT(ticket_id);
    TEXT(brand_id);
    TEXT(current_user_id);
    TEXT(updated_at);
    TEXT(latest_comment_id);
    TEXT(invocation_id);
    return NULL;
}

static const char *platform_differs(const struct platform_event *a, const struct platform_event *b)
{
    TEXT(turn);
    TEXT(message_id);
    TEXT(text);
    TEXT(name);
    TEXT(reason);
    TEXT(summary);
    TEXT(data);
    PLAIN(handoff_way);
    PLAIN(handoff_priority);
    TEXT(handoff_tags);
    INNER(answer_differs, answer);
    INNER(customer_differs, customer);
    LIST(attachment_differs, attachments, attachment_count);
    return a->value < b->value || a->value > b->value ? "value" : NULL;
}

static const char *outcome_differs(const struct outcome *a, const struct outcome *b)
{
    TEXT(detail);
    TEXT(remote_id);
    TEXT(turn);
    TEXT(fetched);
    PLAIN(command_offset);
    PLAIN(incarnation);
    PLAIN(effect);
    PLAIN(slot);
    PLAIN(episode);
    PLAIN(attempt);
    PLAIN(epoch);
    PLAIN(result);
    PLAIN(status);
    PLAIN(tries);
    PLAIN(answered.ms);
    PLAIN(answer_given);
    PLAIN(active_given);
    ID(effect_id);
    INNER(answer_differs, answer);
    INNER(integration_differs, active);
    return NULL;
}

static const char *body_differs(const struct event *a, const struct event *b)
{
    if (event_is_conversations(a->type)) {
        INNER(conversations_differ, body.conversations);
    } else if (event_is_platform(a->type)) {
        INNER(platform_differs, body.platform);
    } else if (a->type == EVENT_TICKET) {
        INNER(ticket_differs, body.ticket);
    } else if (a->type == EVENT_OUTCOME) {
        INNER(outcome_differs, body.outcome);
    } else if (a->type == EVENT_HORIZON || a->type == EVENT_TAKEOVER) {
        PLAIN(body.horizon.offset);
        PLAIN(body.horizon.incarnation);
        PLAIN(body.horizon.closes);
    } else if (a->type == EVENT_TIMER) {
        PLAIN(body.timer.kind);
        PLAIN(body.timer.due.ms);
        PLAIN(body.timer.epoch);
        TEXT(body.timer.ref);
    } else if (a->type == EVENT_CONFIG) {
        PLAIN(body.config_offset);
    } else if (a->type == EVENT_OPERATOR) {
        PLAIN(body.operator_call.action);
        TEXT(body.operator_call.reason);
        TEXT(body.operator_call.who);
    } else if (a->type == EVENT_BACKFILL || a->type == EVENT_MISSED) {
        PLAIN(body.missed.since.ms);
        PLAIN(body.missed.until.ms);
        PLAIN(body.missed.updated.ms);
        TEXT(body.missed.who);
    } else if (a->type == EVENT_TICKET_STATUS) {
        TEXT(body.ticket_status.ticket_id);
        PLAIN(body.ticket_status.state);
        PLAIN(body.ticket_status.updated.ms);
    } else if (a->type == EVENT_ABSORB) {
        TEXT(body.absorb.into);
        TEXT(body.absorb.from);
        TEXT(body.absorb.state);
    }
    return NULL;
}

const char *event_differs(const struct event *a, const struct event *b)
{
    PLAIN(type);
    PLAIN(source);
    TEXT(id);
    TEXT(account);
    TEXT(store);
    TEXT(conversation);
    PLAIN(occurred.ms);
    PLAIN(accepted.ms);
    TEXT(traceparent);
    TEXT(raw);
    return body_differs(a, b);
}

static const char *file_differs(const struct carried_file *a, const struct carried_file *b)
{
    TEXT(url);
    TEXT(media_type);
    TEXT(name);
    PLAIN(zendesks);
    return NULL;
}

const char *command_differs(const struct command *a, const struct command *b)
{
    TEXT(account);
    TEXT(store);
    TEXT(conversation);
    TEXT(remote_id);
    TEXT(turn);
    TEXT(traceparent);
    TEXT(path);
    TEXT(body);
    PLAIN(openai);
    PLAIN(typing);
    LIST(file_differs, files, file_count);
    TEXT(fallback);
    PLAIN(effect);
    PLAIN(slot);
    PLAIN(index);
    PLAIN(voice);
    PLAIN(episode);
    PLAIN(attempt);
    PLAIN(epoch);
    PLAIN(look_first);
    PLAIN(check_owner);
    PLAIN(created.ms);
    PLAIN(deadline.ms);
    PLAIN(api);
    PLAIN(method);
    ID(effect_id);
    return NULL;
}

static const char *seen_differs(const struct seen_id *a, const struct seen_id *b)
{
    PLAIN(digest);
    PLAIN(at.ms);
    return NULL;
}

static const char *said_differs(const uint64_t *a, const uint64_t *b)
{
    return *a == *b ? NULL : "said";
}

static const char *pending_differs(const struct pending_message *a, const struct pending_message *b)
{
    TEXT(id);
    TEXT(text);
    PLAIN(received.ms);
    LIST(attachment_differs, attachments, attachment_count);
    TEXT(type);
    TEXT(payload);
    return NULL;
}

static const char *turn_differs(const struct turn *a, const struct turn *b)
{
    TEXT(id);
    PLAIN(state);
    PLAIN(epoch);
    PLAIN(covers);
    PLAIN(words_open);
    ID(effect_id);
    return NULL;
}

static const char *history_differs(const struct history_entry *a, const struct history_entry *b)
{
    TEXT(text);
    PLAIN(speaker);
    PLAIN(at.ms);
    return NULL;
}

static const char *timer_differs(const struct timer *a, const struct timer *b)
{
    TEXT(ref);
    PLAIN(kind);
    PLAIN(due.ms);
    return NULL;
}

static const char *outstanding_differs(const struct outstanding *a, const struct outstanding *b)
{
    PLAIN(effect);
    PLAIN(slot);
    ID(effect_id);
    return NULL;
}

static const char *given_up_differs(const struct given_up *a, const struct given_up *b)
{
    PLAIN(effect);
    PLAIN(slot);
    PLAIN(command_offset);
    ID(effect_id);
    return NULL;
}

static const char *sent_files_differ(const struct conversation *a, const struct conversation *b)
{
    LIST(attachment_differs, files, file_count);
    TEXT(newest);
    PLAIN(files_cut);
    PLAIN(files_there);
    return NULL;
}

const char *conversation_differs(const struct conversation *a, const struct conversation *b)
{
    TEXT(key);
    TEXT(account);
    TEXT(store);
    TEXT(remote_id);
    TEXT(widget_id);
    TEXT(brand_id);
    TEXT(source_type);
    PLAIN(surface);
    PLAIN(routing);
    PLAIN(phase);
    PLAIN(epoch);
    PLAIN(episode);
    PLAIN(attempt);
    PLAIN(welcomed);
    PLAIN(speak_checked);
    PLAIN(switchboard_at.ms);
    PLAIN(evidence_asked);
    PLAIN(nobody_seen);
    TEXT(bots_summary);
    PLAIN(told);
    PLAIN(way);
    PLAIN(priority);
    TEXT(tags);
    TEXT(absorbed_into);
    PLAIN(absorb_told);
    TEXT(status_ticket);
    PLAIN(ticket_state);
    PLAIN(ticket_state_at.ms);
    LIST(datum_differs, data, data_count);
    PLAIN(rated);
    PLAIN(missed_since.ms);
    PLAIN(missed_until.ms);
    PLAIN(search.since.ms);
    PLAIN(search.from.ms);
    PLAIN(search.page);
    PLAIN(search.round);
    PLAIN(search.failures);
    PLAIN(search.asked);
    PLAIN(search.again.ms);
    PLAIN(search.began.ms);
    PLAIN(search.size);
    PLAIN(watermark.ms);
    PLAIN(turns_since.ms);
    PLAIN(turns_count);
    PLAIN(created.ms);
    PLAIN(updated.ms);
    INNER(customer_differs, customer);
    INNER(turn_differs, turn);
    LIST(seen_differs, seen, seen_count);
    LIST(said_differs, said, said_count);
    LIST(pending_differs, pending, pending_count);
    LIST(history_differs, history, history_count);
    INNER(transcript_differs, transcript);
    LIST(timer_differs, timers, timer_count);
    LIST(outstanding_differs, outstanding, outstanding_count);
    LIST(given_up_differs, given_up, given_up_count);
    PLAIN(halted);
    PLAIN(status_version);
    PLAIN(bridge);
    PLAIN(bridge_failed);
    PLAIN(life);
    PLAIN(ending);
    PLAIN(ticket_attempt);
    PLAIN(pass_unsure);
    PLAIN(ticket_plain);
    return sent_files_differ(a, b);
}

const char *dead_differs(const struct dead *a, const struct dead *b)
{
    TEXT(stage);
    TEXT(class);
    TEXT(reason);
    TEXT(text);
    TEXT(topic);
    TEXT(account);
    TEXT(conversation);
    TEXT(key);
    TEXT(value);
    PLAIN(partition);
    PLAIN(offset);
    PLAIN(tries);
    PLAIN(at.ms);
    ID(effect_id);
    return NULL;
}
