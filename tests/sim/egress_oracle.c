#include "base/check.h"
#include "event/codec.h"
#include "event/horizon_text.h"
#include "tests/sim/egress_sim.h"

#include <inttypes.h>
#include <string.h>

/* ---- what is known of commands and events */

static bool is_read(enum effect_kind kind)
{
    return kind == EFFECT_FETCH_ACTIVE || kind == EFFECT_FETCH_TICKET || kind == EFFECT_FENCE;
}

/* Whatever Zendesk does twice when it is asked twice. */
static bool is_once(enum effect_kind kind)
{
    return kind == EFFECT_MESSAGE || kind == EFFECT_TICKET_UPDATE || kind == EFFECT_TICKET_CREATE;
}

void oracle_written(struct sim *s, const struct command *command, int lane, int32_t partition,
                    int64_t offset)
{
    CHECK(s->command_count < SIM_COMMANDS_MAX);
    uint32_t number = command->index;
    s->commands[s->command_count++] = (struct sim_command){
        .partition = partition,
        .offset = offset,
        .lane = lane,
        .effect = number,
        .kind = command->effect,
        .voice = command->voice,
        .epoch = command->epoch,
    };
    s->effects[number].kind = command->effect;
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, id);
    sim_tell(s, NULL, "written: commands %d/%" PRId64 " c%d %s %s voice %d epoch %u%s",
             (int)partition, offset, lane, effect_name(command->effect), id, (int)command->voice,
             command->epoch, command->look_first ? " again" : "");
}

static struct sim_command *command_at(struct sim *s, int32_t partition, int64_t offset)
{
    for (size_t i = 0; i < s->command_count; i++) {
        if (s->commands[i].partition == partition && s->commands[i].offset == offset) {
            return &s->commands[i];
        }
    }
    return NULL;
}

/* The writing that an effect belongs to now: the first without an outcome, else the last. */
static struct sim_command *command_of(struct sim *s, uint32_t effect)
{
    struct sim_command *found = NULL;
    for (size_t i = 0; i < s->command_count; i++) {
        if (s->commands[i].effect == effect) {
            found = &s->commands[i];
            if (!found->has_outcome) {
                break;
            }
        }
    }
    return found;
}

static uint32_t effect_of(const struct sim *s, struct slice body)
{
    struct slice id = zendesk_double_effect(body);
    struct effect_id effect = {{0}};
    err_t e = effect_id_parse(id, &effect);
    CHECK(!err_failed(e));
    uint32_t number = 0;
    for (size_t i = 0; i < 4; i++) {
        number = number << 8 | effect.bytes[i];
    }
    CHECK(number >= 1 && number <= s->command_count);
    return number;
}

static void outcome_seen(struct sim *s, int32_t partition, const struct outcome *outcome)
{
    struct sim_command *c = command_at(s, partition, outcome->command_offset);
    if (c == NULL) {
        sim_break(s, "an outcome names a command that was never written: %d/%" PRId64,
                  (int)partition, outcome->command_offset);
        return;
    }
    bool counts = outcome->incarnation >= s->counting[partition];
    sim_tell(s, NULL, "    outcome of %d/%" PRId64 " by incarnation %" PRIu64 ": %s%s%s",
             (int)partition, c->offset, outcome->incarnation, outcome_result_name(outcome->result),
             counts ? "" : ", too late", c->has_outcome ? ", not the first" : "");
    s->counts->late_outcomes += counts ? 0 : 1;
    if (counts && !c->has_outcome) {
        c->has_outcome = true;
        c->result = outcome->result;
        c->ended = sim_now(s);
        s->counts->outcomes[outcome->result]++;
    }
}

void oracle_event(struct sim *s, int32_t partition, struct slice value)
{
    static struct event event;
    struct arena_mark mark = arena_mark(&s->arena);
    struct why why = {{0}};
    err_t e = codec_event_decode(&s->arena, value, &why, &event);
    CHECK(!err_failed(e) && s->event_count[partition] < SIM_EVENTS_MAX);
    struct sim_event *seen = &s->events[partition][s->event_count[partition]++];
    *seen = (struct sim_event){.type = event.type};
    if (event.type == EVENT_OUTCOME) {
        seen->incarnation = event.body.outcome.incarnation;
        seen->offset = event.body.outcome.command_offset;
        outcome_seen(s, partition, &event.body.outcome);
    } else if (event.type == EVENT_HORIZON || event.type == EVENT_TAKEOVER) {
        seen->incarnation = event.body.horizon.incarnation;
        seen->offset = event.body.horizon.offset;
        sim_tell(s, NULL, "    incarnation %" PRIu64 ", %" PRId64, seen->incarnation, seen->offset);
        if (seen->incarnation > s->counting[partition]) {
            s->counting[partition] = seen->incarnation;
        }
    }
    arena_release(&s->arena, mark);
}

void oracle_read(struct sim_copy *c, const struct bus_record *record)
{
    const struct sim_command *command = command_at(c->sim, record->partition, record->offset);
    CHECK(command != NULL);
    if (command->kind == EFFECT_FENCE && command->epoch > c->fence_epochs[command->lane]) {
        c->fence_epochs[command->lane] = command->epoch;
    }
}

/* ---- the horizon, as whoever took over now would find it */

static int64_t horizon_seen(struct sim *s, int32_t partition)
{
    struct horizon_text text = {0};
    err_t e = horizon_text_parse(slice_of(s->log->committed[partition].metadata), &text);
    CHECK(!err_failed(e));
    int64_t highest = text.horizon;
    for (size_t i = (size_t)text.events; i < s->event_count[partition]; i++) {
        const struct sim_event *seen = &s->events[partition][i];
        bool is_last = seen->type == EVENT_HORIZON;
        for (size_t k = i + 1; k < s->event_count[partition] && is_last; k++) {
            const struct sim_event *later = &s->events[partition][k];
            is_last = later->type != EVENT_HORIZON || later->incarnation != seen->incarnation;
        }
        if (is_last && seen->offset > highest) {
            highest = seen->offset;
        }
    }
    return highest;
}

/* ---- sends */

static uint64_t hash_part(uint64_t hash, struct slice part)
{
    for (size_t i = 0; i < part.len; i++) {
        hash = (hash ^ (unsigned char)part.ptr[i]) * UINT64_C(1099511628211);
    }
    return (hash ^ 0xFF) * UINT64_C(1099511628211);
}

/* The whole request but for a ticket's stamp, which is read anew for each try. */
static uint64_t bytes_of(const struct zendesk_request *request)
{
    const struct slice stamp = SLICE("\"updated_stamp\":\"");
    const struct slice tail = SLICE("\"safe_update\":true,");
    struct slice before = request->body;
    struct slice after = {0};
    for (size_t i = 0; i + stamp.len < request->body.len; i++) {
        struct slice rest = slice_sub(request->body, i, request->body.len);
        if (slice_starts_with(rest, stamp)) {
            before = slice_sub(request->body, 0, i);
        } else if (slice_starts_with(rest, tail)) {
            after = slice_sub(rest, tail.len, rest.len);
        }
    }
    struct slice whole = before;
    uint64_t hash = hash_part(UINT64_C(14695981039346656037), request->method);
    hash = hash_part(hash_part(hash, request->url), request->key);
    for (size_t i = 0; i < whole.len; i++) {
        hash = (hash ^ (unsigned char)whole.ptr[i]) * UINT64_C(1099511628211);
    }
    return hash_part(hash, after);
}

void oracle_sends(struct sim_copy *c, const struct zendesk_request *request)
{
    struct sim *s = c->sim;
    uint32_t number = effect_of(s, request->body);
    struct sim_effect *effect = &s->effects[number];
    const struct sim_command *command = command_of(s, number);
    uint64_t bytes = bytes_of(request);
    s->counts->strangers += group_double_knows(&s->group, c->client.id) ? 0 : 1;
    if (effect->is_known && effect->bytes != bytes) {
        sim_break(s, "effect %u is sent with other bytes than before", number);
    }
    effect->is_known = true;
    effect->bytes = bytes;
    if (command->voice == VOICE_BOT && command->epoch < c->fence_epochs[command->lane]) {
        sim_break(s,
                  "copy %c sends bot words of epoch %u (effect %u) after it read the fence of "
                  "epoch %u",
                  'A' + c->number, command->epoch, number, c->fence_epochs[command->lane]);
    }
    int64_t horizon = horizon_seen(s, command->partition);
    if (command->offset >= horizon && !s->only_effects) {
        sim_break(s, "copy %c sends %d/%" PRId64 " beyond the horizon, which is %" PRId64,
                  'A' + c->number, (int)command->partition, command->offset, horizon);
    }
}

/* ---- effects */

/* Zendesk may finish this long after settling: then it happens once, but not in order. */
static bool is_beyond_promise(const struct sim *s, enum effect_kind kind)
{
    return s->plan.late_tickets && (kind == EFFECT_TICKET_UPDATE || kind == EFFECT_TICKET_CREATE);
}

static void order_check(struct sim *s, const struct sim_command *command)
{
    for (size_t i = 0; i < s->command_count; i++) {
        const struct sim_command *other = &s->commands[i];
        if (other->lane == command->lane && other->offset > command->offset &&
            other->effect != command->effect && s->effects[other->effect].applied > 0) {
            sim_break(s, "out of order: %s %d/%" PRId64 " is applied after %s %d/%" PRId64,
                      effect_name(command->kind), (int)command->partition, command->offset,
                      effect_name(other->kind), (int)other->partition, other->offset);
        }
    }
}

void oracle_applied(struct sim *s, const struct zendesk_request *request,
                    const struct zendesk_reply *reply)
{
    uint32_t number = effect_of(s, request->body);
    struct sim_effect *effect = &s->effects[number];
    const struct sim_command *command = command_of(s, number);
    effect->applied++;
    if (effect->applied > 1 && is_once(effect->kind)) {
        sim_break(s, "applied twice: %s %u (commands %d/%" PRId64 ")", effect_name(effect->kind),
                  number, (int)command->partition, command->offset);
    }
    /* A notice, and a turn whose time is over, hold up nothing: they may come late. And control is
     * passed when it is where it should be. */
    bool is_excused =
        command->has_outcome && (command->voice == VOICE_NOTICE || !is_once(command->kind) ||
                                 is_beyond_promise(s, command->kind));
    if (effect->applied == 1 && !is_excused) {
        order_check(s, command);
    }
    bool was_applied = command->result == OUTCOME_APPLIED || command->result == OUTCOME_DEFERRED;
    if (is_once(effect->kind) && command->has_outcome && !was_applied && !is_excused) {
        sim_break(s, "%s %u (commands %d/%" PRId64 ") is applied after it has ended as %s",
                  effect_name(effect->kind), number, (int)command->partition, command->offset,
                  outcome_result_name(command->result));
    }
    if (reply->is_human_ticket && command->voice == VOICE_BOT) {
        sim_break(s, "the bot speaks on an agent's ticket: effect %u", number);
    }
}

/* ---- offsets, and the end */

void oracle_committed(struct sim *s, const struct bus_offset *offset)
{
    struct horizon_text text = {0};
    err_t e = horizon_text_parse(offset->metadata, &text);
    CHECK(!err_failed(e));
    int64_t end = (int64_t)log_double_count(s->log, TOPIC_COMMANDS, offset->partition);
    if (text.horizon > end && !s->only_effects) {
        sim_break(s, "the horizon of partition %d is %" PRId64 ", and its commands end at %" PRId64,
                  (int)offset->partition, text.horizon, end);
    }
    if (offset->offset > s->passed[offset->partition]) {
        s->passed[offset->partition] = offset->offset;
    }
    for (size_t i = 0; i < s->command_count; i++) {
        const struct sim_command *c = &s->commands[i];
        if (c->partition == offset->partition && c->offset < offset->offset && !c->has_outcome &&
            !s->only_effects) {
            sim_break(s, "the offset of partition %d passes %" PRId64 ", which has no outcome",
                      (int)c->partition, c->offset);
        }
    }
}

bool oracle_is_settled(const struct sim *s, uint32_t effect)
{
    for (size_t i = 0; i < s->command_count; i++) {
        const struct sim_command *c = &s->commands[i];
        if (c->effect == effect &&
            (!c->has_outcome || mono_since(sim_now(s), c->ended).ms <= SIM_LAG_MS)) {
            return false;
        }
    }
    return true;
}

bool oracle_is_done(const struct sim *s)
{
    for (size_t i = 0; i < s->command_count; i++) {
        if (!s->commands[i].has_outcome) {
            return false;
        }
    }
    for (int32_t i = 0; i < s->plan.partitions; i++) {
        /* An old commit that comes late may have put it back since. */
        if (s->passed[i] != (int64_t)log_double_count(s->log, TOPIC_COMMANDS, i)) {
            return false;
        }
    }
    return true;
}

void oracle_end(struct sim *s)
{
    bool is_applied[SIM_COMMANDS_MAX + 1] = {false};
    bool may_be[SIM_COMMANDS_MAX + 1] = {false};
    for (size_t i = 0; i < s->command_count; i++) {
        const struct sim_command *c = &s->commands[i];
        if (!c->has_outcome) {
            sim_break(s, "wedged: %s %d/%" PRId64 " (effect %u) has no outcome",
                      effect_name(c->kind), (int)c->partition, c->offset, c->effect);
        }
        is_applied[c->effect] |= c->result == OUTCOME_APPLIED || c->result == OUTCOME_DEFERRED;
        may_be[c->effect] |= c->result == OUTCOME_UNDECIDED || is_beyond_promise(s, c->kind) ||
                             (c->voice == VOICE_NOTICE && c->result == OUTCOME_GAVE_UP);
    }
    if (!oracle_is_done(s)) {
        sim_break(s, "wedged: everything has an outcome, but offsets are not committed");
    }
    for (uint32_t i = 1; i <= s->command_count; i++) {
        enum effect_kind kind = s->effects[i].kind;
        unsigned applied = s->effects[i].applied;
        /* A call for control is done when the conversation is where it should be. */
        bool leaves_trace = kind != EFFECT_NONE && !is_read(kind) && kind != EFFECT_PASS_CONTROL;
        if (leaves_trace && is_applied[i] && applied == 0) {
            sim_break(s, "skipped: %s %u is said to be applied, and is not", effect_name(kind), i);
        }
        if (is_once(kind) && !is_applied[i] && !may_be[i] && applied > 0) {
            sim_break(s, "%s %u is said not to be applied, and is", effect_name(kind), i);
        }
    }
}
