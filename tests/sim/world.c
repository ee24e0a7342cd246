#include "tests/sim/world.h"

#include "base/buf.h"
#include "base/check.h"
#include "event/codec.h"
#include "processor/core/halt.h"
#include "tests/sim/deaf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int mark; /* what the table of effect ids points at */

static const char *const active_names[] = {"ours", "agents", "nobody"};

static bool chance(struct world *w, uint64_t percent)
{
    return rng_below(&w->rng, 100) < percent;
}

static void fail(struct world *w, const char *what)
{
    if (w->broken == NULL) {
        w->broken = what;
    }
}

static struct slice name(struct world *w, const char *prefix)
{
    struct slice text = {0};
    err_t err = arena_printf(&w->arena, &text, "%s%lld", prefix, (long long)w->ids++);
    CHECK(!err_failed(err));
    return text;
}

void world_init(struct world *w, const struct config_set *config, uint64_t seed, bool tells)
{
    struct table *ids = NULL;
    *w = (struct world){.config = config, .tells = tells, .now = {1789376400000}};
    rng_seed(&w->rng, seed);
    arena_init(&w->arena, (size_t)256 * 1024 * 1024);
    err_t err = table_new(100000, seed, &ids);
    CHECK(!err_failed(err));
    w->effect_ids = ids;
    w->state = ARENA_NEW(&w->arena, struct conversation);
    CHECK(w->state != NULL);
    err = step_new(SLICE("acme/messaging/c1"), w->state);
    CHECK(!err_failed(err));
    w->active = ACTIVE_OURS;
    w->active_since = w->now;
}

void world_deinit(struct world *w)
{
    table_free(w->effect_ids);
    arena_deinit(&w->arena);
}

/* --- what Zendesk says of itself --- */

static struct integration active_as_told(const struct world *w)
{
    switch (w->active) {
    case ACTIVE_OURS:
        return (struct integration){.present = true,
                                    .id = SLICE("sb-1"),
                                    .name = SLICE("tieline"),
                                    .integration_id = SLICE("int")};
    case ACTIVE_AGENTS:
        return (struct integration){.present = true,
                                    .id = SLICE("sb-2"),
                                    .name = SLICE("zd-agentWorkspace"),
                                    .integration_id = SLICE("int-zd")};
    case ACTIVE_NOBODY: return (struct integration){0};
    }
    BUG("active out of range");
}

/* A delivery that may be late, and may come twice. */
static void deliver(struct world *w, struct event event)
{
    uint64_t copies = chance(w, 15) ? 2 : 1;
    for (uint64_t i = 0; i < copies && w->delivery_count < WORLD_DELIVERIES_MAX; i++) {
        int64_t late = chance(w, 20) ? (int64_t)rng_below(&w->rng, 20000) : 5;
        wall_ms_t at = wall_add(w->now, span_ms(late));
        if (deaf_lets(w, &at)) {
            w->deliveries[w->delivery_count++] = (struct delivery){event, at};
        }
    }
}

static struct event conversations_event(struct world *w, enum event_type type)
{
    struct event event = {.type = type,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = name(w, "e"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/c1"),
                          .occurred = w->now};
    event.body.conversations.conversation_id = SLICE("c1");
    event.body.conversations.active = active_as_told(w);
    return event;
}

static void customer_writes(struct world *w)
{
    static const char *const words[] = {"hello", "where is it", "talk to a human", "thanks"};
    if (w->said_count == WORLD_MESSAGES_MAX) {
        return;
    }
    if (w->active == ACTIVE_NOBODY && chance(w, 70)) {
        w->active = ACTIVE_OURS; /* the default responder gets the next message */
        w->active_since = w->now;
    }
    struct said *said = &w->said[w->said_count];
    (void)snprintf(said->id, sizeof said->id, "m%zu", w->said_count++);
    struct event event = conversations_event(w, EVENT_MESSAGE);
    struct conversations_event *body = &event.body.conversations;
    body->widget_id = SLICE("w1");
    body->message_id = slice_of(said->id);
    body->received = w->now;
    body->author = AUTHOR_CUSTOMER;
    const char *text = words[rng_below(&w->rng, 4)];
    body->text = slice_of(text);
    deaf_heard(w, body->message_id, text);
    deliver(w, event);
}

static void switch_to(struct world *w, enum active active, enum switchboard_action action)
{
    w->active = active;
    w->active_since = w->now;
    struct event event = conversations_event(w, EVENT_SWITCHBOARD);
    event.body.conversations.switchboard = action;
    deliver(w, event);
}

static void agent_acts(struct world *w)
{
    if (w->active == ACTIVE_AGENTS) {
        if (chance(w, 40)) {
            switch_to(w, ACTIVE_NOBODY, SWITCHBOARD_RELEASE);
        } else {
            struct event event = conversations_event(w, EVENT_MESSAGE);
            event.body.conversations.author = AUTHOR_BUSINESS;
            event.body.conversations.author_subtype = SLICE("agent");
            event.body.conversations.message_id = name(w, "a");
            event.body.conversations.received = w->now;
            event.body.conversations.text = SLICE("agent speaking");
            deaf_heard(w, event.body.conversations.message_id, NULL);
            deliver(w, event);
        }
    } else if (chance(w, 20)) {
        switch_to(w, ACTIVE_AGENTS, SWITCHBOARD_PASS); /* takes it without being asked */
    }
}

/* --- what must hold --- */

static void check_command(struct world *w, const struct command *c)
{
    void *old = NULL;
    err_t err = table_put(w->effect_ids, effect_id_slice(&c->effect_id), &mark, &old);
    CHECK(!err_failed(err));
    if (old != NULL && !c->look_first) {
        fail(w, "an effect is commanded once");
    }
    bool is_ours = c->effect == EFFECT_FENCE || c->effect == EFFECT_FETCH_MESSAGES;
    if (!is_ours && !slice_equal(c->store, SLICE("shoes"))) {
        fail(w, "never the wrong brand");
    }
    if (c->epoch > w->state->epoch) {
        fail(w, "no command of an epoch to come");
    }
    /* What was said before the owner changed in the same step is behind the fence. */
    bool is_bots = c->voice == VOICE_BOT || c->effect == EFFECT_BOT_TURN;
    if (is_bots && c->epoch == w->state->epoch && phase_owner(w->state->phase) == OWNER_HUMAN) {
        fail(w, "not a word from the bot while a human has the conversation");
    }
    if (c->effect == EFFECT_TICKET_CREATE) {
        if (old == NULL && c->episode == w->ticket_episode) {
            fail(w, "one ticket an episode");
        }
        w->ticket_episode = c->episode;
    }
}

static struct said *said_as(struct world *w, struct slice id)
{
    for (size_t i = 0; i < w->said_count; i++) {
        if (slice_equal(id, slice_of(w->said[i].id))) {
            return &w->said[i];
        }
    }
    return NULL;
}

/* Which of the customer's messages the outstanding turn carries. */
static size_t covered(struct world *w, struct said *ret_said[LIMIT_TURN_MESSAGES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < w->state->turn.covers; i++) {
        struct said *said = said_as(w, w->state->pending[i].id);
        if (said == NULL) {
            fail(w, "only what a customer wrote is asked about");
        } else {
            ret_said[count++] = said;
        }
    }
    return count;
}

static void check_state(struct world *w, uint32_t epoch_before, enum owner owner_before)
{
    const struct conversation *s = w->state;
    bool owner_changed = phase_owner(s->phase) != owner_before;
    if (s->epoch < epoch_before || (s->epoch == epoch_before && owner_changed)) {
        fail(w, "each change of owner raises the epoch");
    }
    if (s->turn.state != TURN_NONE && phase_owner(s->phase) == OWNER_HUMAN) {
        fail(w, "no turn is outstanding while a human owns");
    }
    if (s->turn.covers > s->pending_count) {
        fail(w, "a turn covers what is pending");
    }
    bool may_fail = s->phase == PHASE_HANDING_OFF && s->handover != HANDOVER_DONE;
    if (phase_owner(s->phase) == OWNER_HUMAN && s->pending_count > 0 && !s->halted &&
        !s->evidence_asked && !may_fail) {
        fail(w, "nothing waits for the bot while a human is known to own");
    }
}

/* --- the core --- */

static void through_codec(struct world *w)
{
    if (w->twist != TWIST_CODEC) {
        return;
    }
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_STATE_BYTES_MAX);
    struct conversation *back = ARENA_NEW(&w->arena, struct conversation);
    CHECK(back != NULL);
    err_t err = codec_conversation_encode(w->state, &bytes);
    err =
        err_failed(err) ? err : codec_conversation_decode(&w->arena, buf_slice(&bytes), NULL, back);
    CHECK(!err_failed(err));
    w->state = back;
}

static void decide_once(struct world *w, const struct event *event)
{
    uint32_t epoch = w->state->epoch;
    enum owner owner = phase_owner(w->state->phase);
    enum phase phase = w->state->phase;
    through_codec(w);
    struct said *carried[LIMIT_TURN_MESSAGES_MAX];
    size_t carried_count = covered(w, carried);
    struct step_input input = {event, w->now, w->config, w->incarnation};
    err_t err = step(&w->arena, &input, w->state, &w->effects);
    if (err_failed(err)) {
        fail(w, "every event can be decided");
        return;
    }
    for (size_t i = 0; i < carried_count && effects_has_note(&w->effects, NOTE_TURN_ANSWERED);
         i++) {
        carried[i]->answers++;
    }
    w->reached[w->state->phase] += w->state->phase != phase ? 1 : 0;
    for (size_t i = 0; i < w->effects.command_count; i++) {
        const struct command *c = &w->effects.commands[i];
        if (w->tells) {
            printf("      > %s slot %d epoch %u\n", effect_name(c->effect), (int)c->slot, c->epoch);
        }
        check_command(w, c);
        w->trace = (w->trace ^ ident_digest(effect_id_slice(&c->effect_id))) * 0x100000001b3;
        if (c->effect == EFFECT_FENCE && c->epoch > w->fence_epoch) {
            w->fence_epoch = c->epoch;
        } else if (c->effect != EFFECT_FENCE && w->lane_count < WORLD_LANE_MAX) {
            w->lane[w->lane_count++] = *c;
        }
    }
    check_state(w, epoch, owner);
    if (w->tells) {
        printf("      = phase %d epoch %u episode %u pending %zu turn %d\n", (int)w->state->phase,
               w->state->epoch, w->state->episode, w->state->pending_count,
               (int)w->state->turn.state);
    }
}

void world_decide(struct world *w, const struct event *event)
{
    decide_once(w, event);
    if (w->twist == TWIST_TWICE && w->broken == NULL) {
        decide_once(w, event);
    }
}

static void arrives(struct world *w, size_t index)
{
    struct event event = w->deliveries[index].event;
    w->deliveries[index] = w->deliveries[--w->delivery_count];
    if (w->tells) {
        printf("  %lld arrives: %s %.*s (%s)\n", (long long)(w->now.ms % 10000000),
               event_type_name(event.type), SLICE_ARG(event.id), active_names[w->active]);
    }
    world_decide(w, &event);
}

/* --- the lane: one command, at Zendesk or the bot --- */

static enum outcome_result performed(struct world *w, const struct command *c, struct outcome *o)
{
    static const struct slice words[] = {{"a word", 6}, {"another", 7}};
    bool is_superseded = c->voice == VOICE_BOT && c->epoch < w->fence_epoch;
    if (is_superseded) {
        return OUTCOME_SUPERSEDED;
    }
    switch (c->effect) {
    case EFFECT_BOT_TURN:
        if (chance(w, 10)) {
            return chance(w, 50) ? OUTCOME_FAILED : OUTCOME_TIMED_OUT;
        }
        o->answer_given = true;
        o->answer = (struct bot_answer){.messages = words,
                                        .message_count = (size_t)rng_below(&w->rng, 3),
                                        .confidence = -1,
                                        .handoff = chance(w, 15)};
        return OUTCOME_APPLIED;
    case EFFECT_FETCH_ACTIVE:
        o->active_given = true;
        o->active = active_as_told(w);
        w->fetch_failed = chance(w, 5);
        return w->fetch_failed ? OUTCOME_GAVE_UP : OUTCOME_APPLIED;
    case EFFECT_PASS_CONTROL:
        if (chance(w, 15)) {
            return OUTCOME_REFUSED;
        }
        switch_to(w, c->slot == SLOT_PASS ? ACTIVE_AGENTS : ACTIVE_OURS, SWITCHBOARD_PASS);
        return OUTCOME_APPLIED;
    case EFFECT_TICKET_CREATE: return chance(w, 20) ? OUTCOME_REFUSED : OUTCOME_APPLIED;
    case EFFECT_MESSAGE: return chance(w, 3) ? OUTCOME_REFUSED : OUTCOME_APPLIED;
    case EFFECT_NONE:
    case EFFECT_FENCE:
    case EFFECT_RELEASE_CONTROL:
    case EFFECT_FETCH_MESSAGES:
        if (chance(w, 5)) {
            w->is_unheard = true;
            return OUTCOME_GAVE_UP;
        }
        o->fetched = deaf_fetched(w);
        return OUTCOME_APPLIED;
    case EFFECT_FETCH_TICKET:
    case EFFECT_SEARCH_TICKETS:
    case EFFECT_TICKET_UPDATE:
    case EFFECT_USER_CREATE:
    case EFFECT_CONVERSATION_CREATE:
    case EFFECT_BOT_NOTICE: return OUTCOME_APPLIED;
    }
    BUG("effect out of range");
}

/* Egress was taken over while the command was out: who had it before gives up, too late. */
static void overtaken_tells(struct world *w, const struct event *event)
{
    struct event late = *event;
    late.id = name(w, "outcome/");
    late.body.outcome.incarnation = w->incarnation++;
    late.body.outcome.result = OUTCOME_GAVE_UP;
    late.body.outcome.answer_given = false;
    size_t before = w->state->outstanding_count;
    world_decide(w, &late);
    if (w->effects.command_count > 0 || w->state->outstanding_count != before) {
        fail(w, "an owner that was succeeded decides nothing");
    }
}

static void lane_moves(struct world *w)
{
    if (w->lane_count == 0) {
        return;
    }
    struct command c = w->lane[0];
    w->lane_count--;
    memmove(&w->lane[0], &w->lane[1], w->lane_count * sizeof w->lane[0]);
    struct event event = {.type = EVENT_OUTCOME,
                          .source = EVENT_FROM_EGRESS,
                          .id = name(w, "outcome/"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/c1")};
    struct outcome *o = &event.body.outcome;
    *o = (struct outcome){.effect_id = c.effect_id,
                          .effect = c.effect,
                          .slot = c.slot,
                          .command_offset = w->lane_taken++,
                          .episode = c.episode,
                          .attempt = c.attempt,
                          .epoch = c.epoch,
                          .turn = c.turn,
                          .answered = {w->now.ms / 1000 * 1000}};
    o->result = performed(w, &c, o);
    if (chance(w, 5)) {
        overtaken_tells(w, &event);
    }
    o->incarnation = w->incarnation;
    if (w->tells) {
        printf("  %lld lane: %s slot %d %s\n", (long long)(w->now.ms % 10000000),
               effect_name(c.effect), (int)c.slot, outcome_result_name(o->result));
    }
    world_decide(w, &event);
    if (chance(w, 5)) {
        world_decide(w, &event); /* told twice */
    }
}

/* --- the operator, and an event that crashed the program --- */

static void operator_acts(struct world *w, bool gives_back)
{
    struct event event = {.type = EVENT_OPERATOR,
                          .source = EVENT_FROM_OPERATOR,
                          .id = name(w, "operator/"),
                          .account = SLICE("acme"),
                          .conversation = SLICE("acme/messaging/c1"),
                          .occurred = w->now};
    event.body.operator_call.action = gives_back ? OPERATOR_HANDBACK : OPERATOR_ESCALATE;
    world_decide(w, &event);
    if (w->state->halted) {
        fail(w, "an order lets a halted conversation go on");
    }
}

static void trouble(struct world *w)
{
    if (w->state->halted) {
        if (chance(w, 10)) {
            operator_acts(w, chance(w, 50));
        }
    } else if (wall_known(w->state->created) && chance(w, 1)) {
        halt_begin(w->state, w->now);
        w->reached[WORLD_REACHED_HALT]++;
    }
}

/* --- the course of things --- */

static void next_delivery(struct world *w, bool whatever)
{
    for (size_t i = 0; i < w->delivery_count; i++) {
        if (whatever || !wall_before(w->now, w->deliveries[i].at)) {
            arrives(w, i);
            return;
        }
    }
}

void world_act(struct world *w)
{
    w->now = wall_add(w->now, span_ms((int64_t)rng_below(&w->rng, 4000)));
    trouble(w);
    deaf_act(w);
    uint64_t what = rng_below(&w->rng, 10);
    if (what < 2) {
        customer_writes(w);
    } else if (what < 3) {
        agent_acts(w);
    } else if (what < 7 && !w->is_deaf) {
        next_delivery(w, false);
    } else {
        lane_moves(w);
    }
}

void world_settle(struct world *w)
{
    if (w->state->halted) {
        operator_acts(w, true);
    }
    deaf_end(w);
    for (int i = 0; i < 2000 && (w->delivery_count > 0 || w->lane_count > 0); i++) {
        w->now = wall_add(w->now, span_ms(100));
        next_delivery(w, true);
        lane_moves(w);
    }
    if (w->delivery_count > 0 || w->lane_count > 0) {
        fail(w, "what is under way comes to an end");
    }
    for (size_t i = 0; i < w->said_count; i++) {
        if (w->said[i].answers > 1) {
            fail(w, "a customer's message is answered once");
        }
    }
    if (!deaf_all_known(w)) {
        fail(w, "what was said while nobody listened is found");
    }
    if (w->state->pending_count > 0 && !w->fetch_failed) {
        fail(w, "no customer's word is left waiting");
    }
}
