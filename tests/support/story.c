#include "tests/support/story.h"

#include "event/codec.h"
#include "ingest/core/conversations.h"
#include "ingest/core/platform.h"
#include "processor/core/halt.h"
#include "tests/support/story_transcript.h"

enum { STORY_ARENA_BYTES_MAX = 512 * 1024 * 1024 };
static const char id_key[IDENT_KEY_BYTES] = "an id key of thirty-two bytes !!";

void story_init(struct story *s)
{
    *s = (struct story){0};
    arena_init(&s->arena, STORY_ARENA_BYTES_MAX);
    err_t err = config_log_new(&s->log);
    err = err_failed(err) ? err : config_log_at(s->log, INT64_MAX, &s->config);
    CHECK(!err_failed(err));
}

void story_deinit(struct story *s)
{
    config_log_free(s->log);
    arena_deinit(&s->arena);
}

static err_t publish(struct story *s, const struct config_record *record, const char *kind,
                     struct slice name, struct why *why)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    TRY(codec_config_encode(record, &bytes));
    struct slice key = {0};
    TRY(arena_printf(&s->arena, &key, "%s/%.*s", kind, SLICE_ARG(name)));
    if (s->on_config != NULL) {
        s->on_config(s->on_config_arg, key, buf_slice(&bytes));
    }
    return config_log_add(s->log, s->config_offset++, key, buf_slice(&bytes), why);
}

static struct slice text(const struct json *value, const char *name)
{
    return json_string(json_find(value, name));
}

/* {"asked": {"by", "priority", "tags", "text"}, …} */
static err_t read_outcomes(struct story *s, const struct json *value,
                           const struct rule_outcome **ret_outcomes, size_t *ret_count)
{
    size_t count = value != NULL ? value->count : 0;
    struct rule_outcome *outcomes = ARENA_ARRAY(&s->arena, struct rule_outcome, count);
    if (outcomes == NULL) {
        return ERR(ARENA_FULL);
    }
    *ret_outcomes = outcomes;
    *ret_count = count;
    JSON_EACH(item, value)
    {
        *outcomes++ = (struct rule_outcome){reason_named(item->key), way_named(text(item, "by")),
                                            priority_named(text(item, "priority")),
                                            text(item, "tags"), text(item, "text")};
    }
    return err_ok();
}

/* {"texts": [{"slot": 3, "language", "text"}, …]} */
static err_t read_texts(struct story *s, const struct json *value, struct store *store)
{
    size_t count = value != NULL ? value->count : 0;
    struct store_text *texts = ARENA_ARRAY(&s->arena, struct store_text, count);
    if (texts == NULL) {
        return ERR(ARENA_FULL);
    }
    store->texts = texts;
    store->text_count = count;
    JSON_EACH(item, value)
    {
        *texts++ = (struct store_text){(enum slot)json_i64(json_find(item, "slot"), 0),
                                       text(item, "language"), text(item, "text"),
                                       (uint32_t)json_i64(json_find(item, "reason"), 0)};
    }
    return err_ok();
}

/* {"after_release", "nobody": {"after_s", "then", "text"}, "silent": {…}, "agents": {…}, …} */
static void read_waits(const struct json *item, struct store *store)
{
    const struct json *nobody = json_find(item, "nobody");
    const struct json *silent = json_find(item, "silent");
    struct slice then = text(nobody, "then");
    bool ends = slice_equal(text(item, "after_release"), SLICE("end"));
    store->after_release = ends ? AFTER_RELEASE_END : AFTER_RELEASE_RESUME;
    store->nobody_after = span_s(json_i64(json_find(nobody, "after_s"), 0));
    store->nobody_then = slice_equal(then, SLICE("ticket")) ? NOBODY_TICKET
                         : slice_equal(then, SLICE("bot"))  ? NOBODY_BOT
                                                            : NOBODY_WAIT;
    store->nobody_text = text(nobody, "text");
    store->silent_after = span_s(json_i64(json_find(silent, "after_s"), 0));
    store->silent_then =
        slice_equal(text(silent, "then"), SLICE("end")) ? SILENT_END : SILENT_RELEASE;
    store->silent_text = text(silent, "text");
    story_hours(json_find(item, "closed"), store);
    const struct json *agents = json_find(item, "agents");
    bool is_told = slice_equal(text(agents, "then"), SLICE("message"));
    store->agents_asked = agents != NULL;
    store->away_then = is_told ? CLOSED_MESSAGE : CLOSED_TICKET;
    store->away_text = text(agents, "text");
    store->bot_notices = json_bool(json_find(item, "notices"), false);
    store->bot_typing = json_bool(json_find(item, "typing"), false);
    store->end_solves = json_bool(json_find(item, "end_solves"), false);
}

/* {"36001": "rating", …} */
static err_t read_fields(struct story *s, const struct json *value, struct store *store)
{
    size_t count = value != NULL ? value->count : 0;
    struct field_mapping *fields = ARENA_ARRAY(&s->arena, struct field_mapping, count);
    if (fields == NULL) {
        return ERR(ARENA_FULL);
    }
    store->fields = fields;
    store->field_count = count;
    JSON_EACH(item, value)
    {
        *fields++ = (struct field_mapping){item->key, json_string(item)};
    }
    return err_ok();
}

/* What a human gets, by the names of the configuration file. */
static err_t read_ticket_keys(struct story *s, const struct json *item, struct store *store)
{
    TRY(read_outcomes(s, json_find(item, "outcomes"), &store->outcomes, &store->outcome_count));
    TRY(read_fields(s, json_find(item, "fields"), store));
    store->handoff_preferences = json_bool(json_find(item, "preferences"), false);
    store->summary_place = story_summary(item);
    store->transcript_place = story_transcript(item);
    store->handoff_priority = priority_named(text(item, "priority"));
    store->handoff_group_id = text(item, "group");
    store->handoff_assignee_id = text(item, "assignee");
    store->handoff_form_id = text(item, "form");
    store->handoff_open = slice_equal(text(item, "status"), SLICE("open"));
    store->handoff_bot_tag = json_bool(json_find(item, "bot_tag"), false);
    store->conversation_url = text(item, "conversation_url");
    store->placeholder_domain = text(item, "placeholder_domain");
    return err_ok();
}

static err_t play_config(struct story *s, const struct json *config, struct why *why)
{
    JSON_EACH(item, json_find(config, "accounts"))
    {
        struct config_record record = {.kind = CONFIG_ACCOUNT};
        record.body.account = (struct account){
            .name = text(item, "name"),
            .enabled = json_bool(json_find(item, "enabled"), true),
            .id_key = slice_from(id_key, sizeof id_key),
            .subdomain = text(item, "name"),
            .app_id = SLICE("app"),
            .key_id = SLICE("key"),
            .bot_user_id = text(item, "bot_user"),
            .integration_id = text(item, "integration"),
            .switchboard_integration = text(item, "switchboard_integration"),
            .agent_target =
                json_find(item, "agent") != NULL ? text(item, "agent") : SLICE("zd-agentWorkspace"),
        };
        TRY(publish(s, &record, "account", record.body.account.name, why));
    }
    JSON_EACH(item, json_find(config, "stores"))
    {
        struct slice *action = ARENA_NEW(&s->arena, struct slice);
        if (action == NULL) {
            return ERR(ARENA_FULL);
        }
        *action = text(item, "action");
        struct config_record record = {.kind = CONFIG_STORE};
        record.body.store = (struct store){
            .name = text(item, "name"),
            .account = text(item, "account"),
            .enabled = json_bool(json_find(item, "enabled"), true),
            .brand_id = text(item, "brand"),
            .widget_id = text(item, "widget"),
            .default_responder = json_bool(json_find(item, "default_responder"), true),
            .bot_kind = text(item, "model").len > 0 ? BOT_OPENAI : BOT_HTTP,
            .bot_model = text(item, "model"),
            .bot_system = text(item, "system"),
            .bot_max_tokens = (uint32_t)json_i64(json_find(item, "max_tokens"), 0),
            .bot_context_tokens = (uint32_t)json_i64(json_find(item, "context_tokens"), 4000),
            .bot_url = SLICE("http://127.0.0.1:1/bot"),
            .bot_timeout = span_s(20),
            .author_name = text(item, "author"),
            .author_avatar_url = text(item, "avatar"),
            .welcome = text(item, "welcome"),
            .handoff_live = json_bool(json_find(item, "live"), true),
            .reasons_off = (uint32_t)json_i64(json_find(item, "reasons_off"), 0),
            .reasons_on = (uint32_t)json_i64(json_find(item, "reasons_on"), 0),
            .actions = action,
            .action_count = action->len > 0 ? 1 : 0,
            .low_rating = json_double(json_find(item, "low_rating"), 0),
            .low_confidence = json_double(json_find(item, "low_confidence"), 0),
            .handoff_notice = text(item, "notice"),
            .handoff_failed = text(item, "failed"),
            .session_ended = text(item, "ended"),
            .handoff_tags = text(item, "tags"),
            .chat = json_find(item, "chat") != NULL,
            .chat_turns = json_bool(json_find(item, "chat.turns"), false),
        };
        read_waits(item, &record.body.store);
        TRY(read_texts(s, json_find(item, "texts"), &record.body.store));
        TRY(read_ticket_keys(s, item, &record.body.store));
        TRY(publish(s, &record, "store", record.body.store.name, why));
    }
    return config_log_at(s->log, INT64_MAX, &s->config);
}

static err_t read_webhook(struct story *s, const struct json *item, struct why *why,
                          struct event *event)
{
    const struct account *account = config_account(s->config, SLICE("acme"));
    if (account == NULL) {
        why_set(why, "a story needs the account \"acme\" before its first webhook");
        return ERR(MISSING);
    }
    return conversations_read(&s->arena, account, item, why, event);
}

static err_t read_integration(const struct json *value, struct integration *active)
{
    *active = (struct integration){
        .present = value != NULL && value->type == JSON_OBJECT,
        .id = text(value, "id"),
        .name = text(value, "name"),
        .integration_id = text(value, "integrationId"),
        .type = text(value, "integrationType"),
    };
    return err_ok();
}

static enum outcome_result result_named(struct slice name)
{
#define X(result, number, label)                                                                   \
    if (slice_equal(name, SLICE(label))) {                                                         \
        return OUTCOME_##result;                                                                   \
    }
    OUTCOME_TABLE(X)
#undef X
    return OUTCOME_NONE;
}

/* Takes the oldest waiting command of this kind off the list. */
static err_t take_command(struct story *s, struct slice kind, struct command *ret_command)
{
    for (size_t i = 0; i < s->waiting_count; i++) {
        if (slice_equal(kind, slice_of(effect_name(s->waiting[i].effect)))) {
            *ret_command = s->waiting[i];
            s->waiting_count--;
            memmove(&s->waiting[i], &s->waiting[i + 1],
                    (s->waiting_count - i) * sizeof s->waiting[0]);
            return err_ok();
        }
    }
    return ERR(NOT_FOUND);
}

static err_t read_outcome(struct story *s, const struct json *value, struct why *why,
                          struct event *event)
{
    struct command command = {0};
    err_t err = take_command(s, text(value, "of"), &command);
    if (err_failed(err)) {
        why_set(why, "no command \"%.*s\" waits for an outcome", SLICE_ARG(text(value, "of")));
        return err;
    }
    if (json_bool(json_find(value, "again"), false)) {
        s->waiting[s->waiting_count++] = command; /* into the place that it left */
    }
    *event = (struct event){.type = EVENT_OUTCOME,
                            .source = EVENT_FROM_EGRESS,
                            .account = command.account,
                            .conversation = command.conversation};
    TRY(arena_printf(&s->arena, &event->id, "outcome/0/%lld", (long long)s->offset));
    struct outcome *outcome = &event->body.outcome;
    *outcome = (struct outcome){
        .effect_id = command.effect_id,
        .command_offset = s->offset++,
        .incarnation = (uint64_t)json_i64(json_find(value, "incarnation"), (int64_t)s->incarnation),
        .effect = command.effect,
        .slot = command.slot,
        .episode = command.episode,
        .attempt = command.attempt,
        .epoch = command.epoch,
        .result = result_named(text(value, "result")),
        .turn = command.turn,
        .remote_id = text(value, "remote_id"),
        .status = (uint32_t)json_i64(json_find(value, "status"), 0),
    };
    const struct json *fetched = json_find(value, "fetched");
    if (fetched != NULL) {
        outcome->fetched = slice_sub(s->line, fetched->offset, fetched->end);
    }
    if (json_find(value, "date") != NULL) {
        TRY(instant_parse_iso8601(text(value, "date"), &outcome->answered));
    }
    if (json_find(value, "answer") != NULL) {
        outcome->answer_given = true;
        TRY(bot_answer_read(&s->arena, json_find(value, "answer"), why, &outcome->answer));
    }
    outcome->active_given = json_find(value, "active") != NULL;
    return read_integration(json_find(value, "active"), &outcome->active);
}

static err_t read_reply(struct story *s, const struct json *value, struct why *why,
                        struct event *event)
{
    struct slice turn = text(value, "turn");
    *event = (struct event){.type = EVENT_BOT_REPLY,
                            .source = EVENT_FROM_PLATFORM,
                            .account = s->state->account,
                            .store = text(value, "store"),
                            .conversation = s->state->key};
    bool is_current = slice_equal(turn, SLICE("current"));
    event->body.platform.turn = is_current ? s->turn : turn;
    TRY(arena_printf(&s->arena, &event->id, "reply/%.*s/%lld", SLICE_ARG(turn),
                     (long long)s->state->updated.ms));
    return bot_answer_read(&s->arena, json_find(value, "answer"), why,
                           &event->body.platform.answer);
}

/* As its platform would post it to a store: "shoes" if no other is named. */
static err_t read_platform(struct story *s, const struct json *root, struct why *why,
                           struct event *event)
{
    struct slice name = text(root, "store");
    struct platform_call call = {
        .store = config_store(s->config, name.len > 0 ? name : SLICE("shoes")), .body = s->line};
    call.account = call.store == NULL ? NULL : config_account(s->config, call.store->account);
    if (call.account == NULL) {
        why_set(why, "a story needs the store that posts");
        return ERR(MISSING);
    }
    return platform_read(&s->arena, &call, json_find(root, "platform"), why, event);
}

static err_t read_ticket(struct story *s, const struct json *value, struct event *event)
{
    *event = (struct event){
        .type = EVENT_TICKET, .source = EVENT_FROM_SUPPORT, .account = SLICE("acme")};
    TRY(arena_printf(&s->arena, &event->conversation, "acme/ticket/%.*s",
                     SLICE_ARG(text(value, "id"))));
    TRY(arena_printf(&s->arena, &event->id, "ticket/%lld", (long long)s->events++));
    event->body.ticket.event = text(value, "event");
    event->body.ticket.ticket_id = text(value, "id");
    story_tell_of_ticket(s, value, event);
    return err_ok();
}

static err_t read_operator(struct story *s, struct slice action, struct event *event)
{
    *event = (struct event){.type = EVENT_OPERATOR,
                            .source = EVENT_FROM_OPERATOR,
                            .account = s->state->account,
                            .conversation = s->state->key};
    TRY(arena_printf(&s->arena, &event->id, "operator/%lld", (long long)s->events++));
    event->body.operator_call.action = story_action(action);
    return err_ok();
}

static wall_ms_t time_of(const struct json *value, const char *name)
{
    wall_ms_t time = {0};
    return err_failed(instant_parse_iso8601(text(value, name), &time)) ? (wall_ms_t){0} : time;
}

static err_t read_missed(struct story *s, const struct json *root, struct event *event)
{
    const struct json *value = json_find(root, "missed");
    struct slice of = text(root, "of");
    *event = (struct event){.type = EVENT_MISSED,
                            .source = EVENT_FROM_PROCESSOR,
                            .account = SLICE("acme"),
                            .conversation = of.len > 0 ? of : s->state->key};
    event->body.missed = (struct missed){.since = time_of(value, "since"),
                                         .until = time_of(value, "until"),
                                         .updated = time_of(value, "updated")};
    return arena_printf(&s->arena, &event->id, "missed/%lld", (long long)s->events++);
}

static err_t read_ticket_status(struct story *s, const struct json *value, struct event *event)
{
    bool is_solved = slice_equal(text(value, "status"), SLICE("solved"));
    bool is_open = slice_equal(text(value, "status"), SLICE("open"));
    *event = (struct event){.type = EVENT_TICKET_STATUS,
                            .source = EVENT_FROM_PROCESSOR,
                            .account = SLICE("acme"),
                            .conversation = s->state->key};
    event->body.ticket_status = (struct ticket_status){text(value, "id"),
                                                       is_open     ? TICKET_STATE_OPEN
                                                       : is_solved ? TICKET_STATE_SOLVED
                                                                   : TICKET_STATE_CLOSED,
                                                       time_of(value, "updated")};
    return arena_printf(&s->arena, &event->id, "ticket/%lld", (long long)s->events++);
}

static err_t read_timer(struct story *s, struct slice name, struct event *event)
{
    static const char *const kinds[] = {"", "turn", "inactivity", "nobody_took_it", "search"};
    const struct timer *found = NULL;
    for (size_t i = 0; s->state != NULL && i < s->state->timer_count; i++) {
        bool is_named = slice_equal(name, slice_of(kinds[s->state->timers[i].kind]));
        found = is_named ? &s->state->timers[i] : found;
    }
    if (found != NULL) {
        s->timer = *found;
    } else if (s->timer.kind == TIMER_NONE || !slice_equal(name, SLICE("late"))) {
        return ERR(NOT_FOUND);
    }
    struct timer timer = s->timer;
    *event = (struct event){.type = EVENT_TIMER,
                            .source = EVENT_FROM_PROCESSOR,
                            .id = SLICE("timer"),
                            .account = s->state->account,
                            .conversation = s->state->key,
                            .occurred = timer.due};
    event->body.timer = (struct timer_fired){timer.kind, timer.due, s->state->epoch, timer.ref};
    return err_ok();
}

static err_t decide(struct story *s, const struct event *event, wall_ms_t at)
{
    if (s->state == NULL) {
        s->state = ARENA_NEW(&s->arena, struct conversation);
        if (s->state == NULL) {
            return ERR(ARENA_FULL);
        }
        TRY(step_new(event->conversation, s->state));
    }
    struct step_input input = {event, at, s->config, s->incarnation, story_chunks(s)};
    struct conversation *stored = ARENA_NEW(&s->arena, struct conversation);
    if (stored == NULL) {
        return ERR(ARENA_FULL);
    }
    *stored = *s->state;
    TRY(step(&s->arena, &input, s->state, &s->effects));
    if (!s->effects.changed) { /* as the processor does it: it is not stored */
        *s->state = *stored;
    }
    s->turn = s->state->turn.id.len > 0 ? s->state->turn.id : s->turn;
    for (size_t i = 0; i < s->effects.command_count && s->waiting_count < STORY_WAITING_MAX; i++) {
        s->waiting[s->waiting_count++] = s->effects.commands[i];
    }
    return story_keep_chunks(s);
}

err_t story_play(struct story *s, struct slice line, struct why *why, struct event *ret_event)
{
    const struct json *root = NULL;
    wall_ms_t at = {0};
    struct event event = {0};
    TRY(arena_copy(&s->arena, line, &s->line));
    TRY(json_parse(&s->arena, s->line, NULL, why, &root));
    if (json_find(root, "config") != NULL) {
        *ret_event = event;
        return play_config(s, json_find(root, "config"), why);
    }
    if (json_find(root, "takeover") != NULL) {
        s->incarnation = (uint64_t)json_i64(json_find(root, "takeover"), 0);
        *ret_event = event;
        return err_ok();
    }
    TRY(instant_parse_iso8601(text(root, "at"), &at));
    if (json_find(root, "halt") != NULL && s->state != NULL) {
        halt_begin(s->state, at);
        *ret_event = event;
        return err_ok();
    }
    if (json_find(root, "webhook") != NULL) {
        TRY(read_webhook(s, json_find(root, "webhook"), why, &event));
    } else if (json_find(root, "outcome") != NULL) {
        TRY(read_outcome(s, json_find(root, "outcome"), why, &event));
    } else if (json_find(root, "ticket") != NULL) {
        TRY(read_ticket(s, json_find(root, "ticket"), &event));
    } else if (json_find(root, "operator") != NULL) {
        TRY(read_operator(s, text(root, "operator"), &event));
    } else if (json_find(root, "reply") != NULL) {
        TRY(read_reply(s, json_find(root, "reply"), why, &event));
    } else if (json_find(root, "platform") != NULL) {
        TRY(read_platform(s, root, why, &event));
    } else if (json_find(root, "missed") != NULL) {
        TRY(read_missed(s, root, &event));
    } else if (json_find(root, "ticket_status") != NULL) {
        TRY(read_ticket_status(s, json_find(root, "ticket_status"), &event));
    } else {
        TRY(read_timer(s, text(root, "timer"), &event));
    }
    *ret_event = event;
    return decide(s, &event, at);
}
