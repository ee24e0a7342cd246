#include "ctl/timeline.h"

#include "base/check.h"
#include "ctl/text.h"
#include "event/codec.h"
#include "event/describe.h"
#include "event/reason.h"
#include "json/json_read.h"
#include "rt/nearest.h"

enum { SHOWN_BYTES_MAX = 300, ARENA_BYTES = 8 * 1024 * 1024 };

err_t timeline_text(struct buf *out, struct slice text)
{
    struct slice shown = slice_cut_utf8(slice_trim(text), SHOWN_BYTES_MAX);
    TRY(text_tame(out, shown));
    return shown.len < slice_trim(text).len ? buf_append_text(out, " …") : err_ok();
}

static err_t put_kind(struct buf *out, const char *kind)
{
    return buf_printf(out, "%-10s ", kind);
}

static err_t put_between(struct buf *out, const char *before, struct slice text, const char *after)
{
    TRY(buf_append_text(out, before));
    TRY(timeline_text(out, text));
    return buf_append_text(out, after);
}

static err_t put_line(struct buf *out, const char *kind, const char *before, struct slice text)
{
    TRY(put_kind(out, kind));
    TRY(buf_append_text(out, before));
    return timeline_text(out, text);
}

/* ---- what comes in */

static const char *speaker_of(const struct conversations_event *body)
{
    if (body->author == AUTHOR_CUSTOMER) {
        return "customer";
    }
    if (body->activity.len > 0) {
        return "system";
    }
    return slice_equal(body->author_subtype, SLICE("agent")) ? "agent" : "business";
}

static err_t message(struct buf *out, const struct conversations_event *body, bool *ret_tells)
{
    *ret_tells = body->effect_id.len == 0;
    if (!*ret_tells) {
        return err_ok();
    }
    struct slice text = body->text.len > 0 ? body->text : body->activity;
    TRY(put_line(out, speaker_of(body), body->deleted ? "(deleted) " : "", text));
    if (body->attachment_count > 0) {
        return buf_printf(out, " [%zu file%s]", body->attachment_count,
                          body->attachment_count == 1 ? "" : "s");
    }
    return text.len == 0 ? put_between(out, "[", body->content_type, "]") : err_ok();
}

static const char *switch_name(enum switchboard_action action)
{
    switch (action) {
    case SWITCHBOARD_NONE: return "something";
    case SWITCHBOARD_PASS: return "control passed to ";
    case SWITCHBOARD_OFFER: return "control offered to ";
    case SWITCHBOARD_ACCEPT: return "control accepted by ";
    case SWITCHBOARD_RELEASE: return "control released; active: ";
    case SWITCHBOARD_PASS_FAILED: return "passing control failed; active: ";
    case SWITCHBOARD_OFFER_FAILED: return "offering control failed; active: ";
    case SWITCHBOARD_ACCEPT_FAILED: return "accepting control failed; active: ";
    }
    return "something";
}

static err_t conversations(struct buf *out, const struct event *event, bool *ret_tells)
{
    const struct conversations_event *body = &event->body.conversations;
    struct slice who = body->active.present ? body->active.name : SLICE("nobody");
    switch ((int)event->type) {
    case EVENT_CONVERSATION_CREATED:
        return put_line(out, "new", "conversation by ", body->source_type);
    case EVENT_MESSAGE: return message(out, body, ret_tells);
    case EVENT_POSTBACK: return put_line(out, "customer", "pressed ", body->text);
    case EVENT_SWITCHBOARD:
        TRY(put_line(out, "owner", switch_name(body->switchboard), who));
        return body->reason.len > 0 ? put_between(out, " (", body->reason, ")") : err_ok();
    default: return put_line(out, "zendesk", "", body->type);
    }
}

static err_t platform(struct buf *out, const struct event *event)
{
    const struct platform_event *body = &event->body.platform;
    switch ((int)event->type) {
    case EVENT_BOT_REPLY: return put_line(out, "answer", "the bot's later reply to ", body->turn);
    case EVENT_PLATFORM_MESSAGE: return put_line(out, "customer", "", body->text);
    case EVENT_RATING:
        TRY(put_line(out, "rating", "", body->name));
        return buf_printf(out, " %g", body->value);
    case EVENT_ACTION: return put_line(out, "action", "of the bot: ", body->name);
    case EVENT_HANDOFF:
        return put_line(out, "handoff", "the platform calls a human: ", body->reason);
    case EVENT_CUSTOMER_DATA: return put_line(out, "data", "about the customer", SLICE(""));
    case EVENT_ANSWERED: return put_line(out, "answer", "the bot, in its own widget", SLICE(""));
    case EVENT_END: return put_line(out, "end", "of the conversation: ", body->reason);
    case EVENT_HANDBACK: return put_line(out, "handback", "by the platform: ", body->reason);
    default: return put_line(out, "platform", "", slice_of(event_type_name(event->type)));
    }
}

static err_t answer(struct buf *out, const struct outcome *outcome)
{
    const struct bot_answer *said = &outcome->answer;
    TRY(put_kind(out, "answer"));
    TRY(buf_printf(out, "the bot: %zu message%s", said->message_count,
                   said->message_count == 1 ? "" : "s"));
    if (said->confidence >= 0) {
        TRY(buf_printf(out, ", sure %.2f", said->confidence));
    }
    if (said->resolved_given) {
        TRY(buf_append_text(out, said->resolved ? ", resolved" : ", not resolved"));
    }
    if (said->handoff) {
        TRY(buf_append_text(out, ", wants a human: "));
        TRY(timeline_text(out, said->handoff_reason));
    }
    return err_ok();
}

static err_t outcome(struct buf *out, const struct outcome *o, bool *ret_tells)
{
    if (o->effect == EFFECT_FENCE) {
        *ret_tells = false;
        return err_ok();
    }
    if (o->answer_given && o->result == OUTCOME_APPLIED) {
        return answer(out, o);
    }
    bool is_done = o->result == OUTCOME_APPLIED || o->result == OUTCOME_DEFERRED;
    TRY(put_kind(out, is_done ? "done" : "NOT DONE"));
    TRY(buf_append_text(out, effect_name((enum effect_kind)o->effect)));
    if (o->result != OUTCOME_APPLIED) {
        TRY(buf_printf(out, ", %s", outcome_result_name(o->result)));
    }
    if (o->status > 0) {
        TRY(buf_printf(out, ", %u", (unsigned)o->status));
    }
    if (o->tries > 0) {
        TRY(buf_printf(out, ", %u tr%s", (unsigned)o->tries, o->tries == 1 ? "y" : "ies"));
    }
    if (o->active_given) {
        struct slice who = o->active.present ? o->active.name : SLICE("nobody");
        TRY(put_between(out, ": ", who, " has it"));
    }
    if (o->detail.len > 0) {
        TRY(buf_append_text(out, ": "));
        TRY(timeline_text(out, o->detail));
    }
    return err_ok();
}

static err_t operators(struct buf *out, const struct operator_call *call)
{
    const char *what = call->action == OPERATOR_ESCALATE   ? "calls a human: "
                       : call->action == OPERATOR_HANDBACK ? "gives it back: "
                       : call->action == OPERATOR_ERASE    ? "erases it: "
                                                           : "erases it, whatever is under way: ";
    TRY(put_line(out, "operator", what, call->reason));
    return call->who.len > 0 ? put_between(out, " (", call->who, ")") : err_ok();
}

err_t timeline_event(struct buf *out, const struct event *event, bool *ret_tells)
{
    *ret_tells = true;
    if (event_is_conversations(event->type)) {
        return conversations(out, event, ret_tells);
    }
    if (event_is_platform(event->type)) {
        return platform(out, event);
    }
    switch ((int)event->type) {
    case EVENT_TICKET: return put_line(out, "ticket", "", event->body.ticket.event);
    case EVENT_OUTCOME: return outcome(out, &event->body.outcome, ret_tells);
    case EVENT_TIMER: return put_line(out, "timer", "fired: ", event->body.timer.ref);
    case EVENT_OPERATOR: return operators(out, &event->body.operator_call);
    case EVENT_CONFIG:
    case EVENT_HORIZON:
    case EVENT_TAKEOVER:
    case EVENT_ALIVE: *ret_tells = false; return err_ok();
    default: return put_line(out, "event", "", slice_of(event_type_name(event->type)));
    }
}

/* ---- what is decided */

/* The words in a request's body, wherever this API has them; empty when it has none. */
static struct slice words_of(struct arena *arena, const struct command *command)
{
    static const char *const places[] = {"content.markdownText", "content.text",
                                         "ticket.comment.html_body", "ticket.comment.body"};
    const struct json *root = NULL;
    if (err_failed(json_parse(arena, command->body, NULL, NULL, &root))) {
        return (struct slice){0};
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct slice text = json_string(json_find(root, places[i]));
        if (text.len > 0) {
            return text;
        }
    }
    return (struct slice){0};
}

static const char *voice_of(enum voice voice)
{
    switch (voice) {
    case VOICE_NONE: return "for agents: ";
    case VOICE_BOT: return "bot: ";
    case VOICE_NOTICE: return "notice: ";
    case VOICE_CUSTOMER: return "customer, to the agent: ";
    }
    return "";
}

err_t timeline_command(struct buf *out, const struct command *command, bool *ret_tells)
{
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    *ret_tells = true;
    switch ((int)command->effect) {
    case EFFECT_FENCE:
        TRY(put_kind(out, "owner"));
        return buf_printf(out, "changed: epoch %u", (unsigned)command->epoch);
    case EFFECT_BOT_TURN: return put_line(out, "ask", "the bot is asked", SLICE(""));
    case EFFECT_MESSAGE:
        return put_line(out, "say", voice_of(command->voice), words_of(&arena, command));
    case EFFECT_TICKET_UPDATE: {
        struct slice words = words_of(&arena, command);
        return words.len > 0 ? put_line(out, "say", voice_of(command->voice), words)
                             : put_line(out, "call", "ticket_update", SLICE(""));
    }
    default: return put_line(out, "call", effect_name(command->effect), SLICE(""));
    }
}

/* ---- how it stands */

const char *timeline_owner(enum phase phase)
{
    static const char *const owners[] = {"the bot", "a human", "nobody"};
    return owners[phase_owner(phase)];
}

err_t timeline_change(struct buf *out, struct timeline_stand *before,
                      const struct conversation *now)
{
    uint32_t known = before->is_known && before->episode == now->episode ? before->reasons : 0;
    bool is_same = before->is_known && before->phase == now->phase;
    for (unsigned reason = 1; reason < 32; reason++) {
        if ((now->reasons & ~known & REASON_BIT(reason)) != 0) {
            TRY(put_line(out, "rule",
                         "calls a human: ", slice_of(reason_words((enum reason)reason))));
            TRY(buf_append_char(out, '\n'));
        }
    }
    *before = (struct timeline_stand){true, now->phase, now->epoch, now->episode, now->reasons};
    if (is_same) {
        return err_ok();
    }
    TRY(put_kind(out, "owner"));
    return buf_printf(out, "%s (%s), epoch %u\n", timeline_owner(now->phase),
                      phase_name(now->phase), (unsigned)now->epoch);
}

/* ---- records */

static bool passes(struct slice wanted, struct slice found)
{
    return wanted.len == 0 || slice_equal(wanted, found);
}

static bool is_of_type(const struct timeline_filter *f, const char *type)
{
    bool is_one = f->type_count == 0;
    for (size_t i = 0; i < f->type_count && !is_one; i++) {
        is_one = slice_equal(slice_of(f->types[i]), slice_of(type));
    }
    return is_one;
}

static bool is_wanted(const struct timeline_filter *f, struct slice account, struct slice store,
                      struct slice conversation, const char *type)
{
    return f == NULL || (passes(f->account, account) && passes(f->store, store) &&
                         passes(f->conversation, conversation) && is_of_type(f, type));
}

/* Zendesk knows no stores: its events name a widget, or a ticket's brand. */
static struct slice store_of(const struct timeline_filter *f, const struct event *event)
{
    struct slice widget = {NULL, 0};
    struct slice brand = {NULL, 0};
    const struct store *store = NULL;
    if (f == NULL || f->store.len == 0 || f->set == NULL || event->store.len > 0) {
        return event->store;
    }
    if (event_is_conversations(event->type)) {
        widget = event->body.conversations.widget_id;
        brand = event->body.conversations.brand_id;
    } else if (event->type == EVENT_TICKET) {
        brand = event->body.ticket.brand_id;
    }
    if (widget.len > 0) {
        store = config_store_by_widget(f->set, event->account, widget);
    } else if (brand.len > 0) {
        store = config_store_by_brand(f->set, event->account, brand);
    }
    return store == NULL ? event->store : store->name;
}

static void begin_json(struct json_write *w, struct buf *out, const struct bus_record *record,
                       const char *name)
{
    char time[INSTANT_TEXT_BYTES];
    instant_format_iso8601(record->time, time);
    json_write_init(w, out);
    json_object(w);
    json_put_text(w, "topic", topic_name(record->topic));
    json_put_int(w, "partition", record->partition);
    json_put_int(w, "offset", record->offset);
    json_put_text(w, "time", time);
    json_key(w, name);
}

static err_t event_record(struct arena *arena, struct buf *out, const struct bus_record *record,
                          bool is_json, const struct timeline_filter *filter, bool *ret_tells)
{
    struct event event = {0};
    struct json_write w;
    TRY(codec_event_decode(arena, record->value, NULL, &event));
    *ret_tells = is_wanted(filter, event.account, store_of(filter, &event), event.conversation,
                           event_type_name(event.type));
    if (!*ret_tells || !is_json) {
        return *ret_tells ? timeline_event(out, &event, ret_tells) : err_ok();
    }
    begin_json(&w, out, record, "event");
    describe_event(&w, &event);
    json_end(&w);
    return json_write_done(&w);
}

static err_t command_record(struct arena *arena, struct buf *out, const struct bus_record *record,
                            bool is_json, const struct timeline_filter *filter, bool *ret_tells)
{
    struct command command = {0};
    struct json_write w;
    TRY(codec_command_decode(arena, record->value, NULL, &command));
    *ret_tells = is_wanted(filter, command.account, command.store, command.conversation,
                           effect_name(command.effect));
    if (!*ret_tells || !is_json) {
        return *ret_tells ? timeline_command(out, &command, ret_tells) : err_ok();
    }
    begin_json(&w, out, record, "command");
    describe_command(&w, &command);
    json_end(&w);
    return json_write_done(&w);
}

const char *timeline_unknown_type(const char *type)
{
    enum { TYPES_MAX = 128 };
    const char *names[TYPES_MAX];
    size_t count = 0;
#define X(name, number, text) names[count++] = text;
    EVENT_TYPE_TABLE(X)
#undef X
#define X(name, number, text) names[count++] = text;
    EFFECT_TABLE(X)
#undef X
    CHECK(count <= TYPES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(slice_of(names[i]), slice_of(type))) {
            return NULL;
        }
    }
    const char *nearest = nearest_name(slice_of(type), names, count);
    return nearest == NULL ? "" : nearest;
}

err_t timeline_record(struct arena *arena, struct buf *out, const struct bus_record *record,
                      bool is_json, const struct timeline_filter *filter, bool *ret_tells)
{
    *ret_tells = false;
    return record->topic == TOPIC_EVENTS
               ? event_record(arena, out, record, is_json, filter, ret_tells)
               : command_record(arena, out, record, is_json, filter, ret_tells);
}
