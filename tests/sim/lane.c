/* lane — egress of one conversation: commands one after the other, their answers lost, late or
 * twice. What speaks is judged by egress' own core (fence, owner). */
#include "base/check.h"
#include "egress/core/owner.h"
#include "json/json_read.h"
#include "tests/sim/deaf.h"
#include "tests/sim/desk.h"
#include "tests/sim/invariants.h"
#include "tests/sim/site.h"
#include "tests/sim/widget.h"

#include <stdio.h>
#include <string.h>

/* --- the bot --- */

struct bot_answer world_answer(struct world *w)
{
    static const struct slice words[] = {{"a word", 6}, {"another", 7}};
    static const struct slice actions[] = {{"refund", 6}};
    static const struct slice moods[] = {{"", 0}, {"neutral", 7}, {"angry", 5}};
    struct bot_answer answer = {.messages = words,
                                .message_count = (size_t)rng_below(&w->rng, 3),
                                .confidence = world_chance(w, 60) ? -1 : 0.9,
                                .handoff = world_chance(w, 12)};
    answer.confidence = world_chance(w, 10) ? 0.2 : answer.confidence;
    answer.actions = actions;
    answer.action_count = world_chance(w, 8) ? 1 : 0;
    answer.sentiment = moods[world_chance(w, 10) ? rng_below(&w->rng, 3) : 0];
    answer.resolved_given = world_chance(w, 10);
    answer.resolved = world_chance(w, 50);
    return answer;
}

/* Its reply comes by the front door, or never; sometimes from another store's bot. */
static enum outcome_result deferred(struct world *w, const struct command *c)
{
    struct event event = world_event(w, EVENT_BOT_REPLY, EVENT_FROM_PLATFORM, "r");
    event.store = world_chance(w, 90) ? w->state->store : w->place->other_store;
    event.body.platform.turn = c->turn;
    event.body.platform.answer = world_answer(w);
    w->reach->moments[REACH_BOT_DEFERRED]++;
    if (world_chance(w, 70)) {
        world_deliver(w, event);
    }
    return OUTCOME_DEFERRED;
}

static enum outcome_result bot_turn(struct world *w, const struct command *c, struct outcome *o)
{
    if (world_chance(w, 12)) {
        return world_chance(w, 50) ? OUTCOME_FAILED : OUTCOME_TIMED_OUT;
    }
    if (world_chance(w, 15)) {
        return deferred(w, c);
    }
    o->answer_given = true;
    o->answer = world_answer(w);
    return OUTCOME_APPLIED;
}

/* --- Zendesk --- */

/* Whether the one who has the conversation lets it be said: egress' check before the call. */
static bool is_let(struct world *w, const struct command *c)
{
    const struct account *account = config_account(w->config, w->place->account);
    bool is_wanted = owner_check_wanted(c, false, w->now);
    if (w->is_ticket && owner_unassigns(&w->arena, c)) {
        return owner_ticket_lets(account, w->assignee_id, false);
    }
    if (!is_wanted) {
        return true;
    }
    struct integration active = widget_active(w);
    bool lets = w->is_ticket ? owner_ticket_lets(account, w->assignee_id, c->voice == VOICE_BOT)
                             : owner_conversation_lets(account, &active, c->voice);
    w->reach->moments[REACH_CHECKED_SILENT] += lets ? 0 : 1;
    return lets;
}

static enum outcome_result fetched(struct world *w, const struct command *c, struct outcome *o)
{
    if (c->effect == EFFECT_FETCH_ACTIVE) {
        o->active_given = true;
        o->active = widget_active(w);
        w->fetch_failed = world_chance(w, 5);
        return w->fetch_failed ? OUTCOME_GAVE_UP : OUTCOME_APPLIED;
    }
    if (world_chance(w, 5)) {
        w->is_unheard = true;
        w->fetch_failed = w->is_ticket;
        return OUTCOME_GAVE_UP;
    }
    o->fetched = w->is_ticket ? desk_fetched(w) : deaf_fetched(w);
    w->fetch_failed = w->is_ticket ? false : w->fetch_failed;
    return OUTCOME_APPLIED;
}

static enum outcome_result updated(struct world *w, const struct command *c)
{
    if (strcmp(w->status, "closed") == 0 || world_chance(w, 2)) {
        return OUTCOME_REFUSED;
    }
    invariants_applied(w, c);
    desk_update(w, c->body);
    return OUTCOME_APPLIED;
}

static enum outcome_result passed(struct world *w, const struct command *c)
{
    if (world_chance(w, 15)) {
        w->is_owner_unsure = w->is_owner_unsure || c->slot == SLOT_RELEASE;
        return OUTCOME_REFUSED;
    }
    widget_switch(w, c->slot == SLOT_PASS ? ACTIVE_AGENTS : ACTIVE_OURS, SWITCHBOARD_PASS);
    return OUTCOME_APPLIED;
}

static enum outcome_result performed(struct world *w, const struct command *c, struct outcome *o)
{
    if (fence_stops(&w->fence, c->voice, c->epoch)) {
        w->reach->moments[REACH_FENCED]++;
        return OUTCOME_SUPERSEDED;
    }
    if (!is_let(w, c)) {
        return OUTCOME_SUPERSEDED;
    }
    if (w->is_gone && c->api == API_CONVERSATIONS) {
        w->reach->moments[REACH_ASKED_OF_GONE]++;
        return OUTCOME_REFUSED; /* 404 */
    }
    switch (c->effect) {
    case EFFECT_BOT_TURN: return bot_turn(w, c, o);
    case EFFECT_FETCH_ACTIVE:
    case EFFECT_FETCH_MESSAGES:
    case EFFECT_FETCH_TICKET: return fetched(w, c, o);
    case EFFECT_PASS_CONTROL: return passed(w, c);
    case EFFECT_TICKET_CREATE:
        o->remote_id = SLICE("4711");
        o->status = world_chance(w, 50) ? 422 : 400;
        return world_chance(w, 20) ? OUTCOME_REFUSED : OUTCOME_APPLIED;
    case EFFECT_TICKET_UPDATE:
        if (c->slot == SLOT_TICKET_AGAIN || w->is_chat) {
            /* of a ticket that was made: closed meanwhile, or not */
            o->remote_id = SLICE("4711");
            return world_chance(w, 20) ? OUTCOME_REFUSED : OUTCOME_APPLIED;
        }
        return updated(w, c);
    case EFFECT_MESSAGE:
        if (world_chance(w, 3)) {
            return OUTCOME_REFUSED;
        }
        invariants_applied(w, c);
        return OUTCOME_APPLIED;
    case EFFECT_USER_CREATE:
    case EFFECT_CONVERSATION_CREATE: return site_made(w, c, o);
    case EFFECT_NONE:
    case EFFECT_FENCE:
    case EFFECT_RELEASE_CONTROL:
    case EFFECT_SEARCH_TICKETS:
    case EFFECT_FETCH_AGENTS:
    case EFFECT_TICKET_TAGS:
    case EFFECT_USER_UPSERT:
    case EFFECT_BOT_NOTICE: return OUTCOME_APPLIED;
    default: return OUTCOME_APPLIED;
    }
}

/* --- outcomes --- */

/* Egress was taken over while the command was out: who had it before gives up, too late. */
static void succeeded(struct world *w, const struct event *event)
{
    struct event late = *event;
    w->reach->moments[REACH_SUCCEEDED]++;
    late.id = world_name(w, "outcome/");
    late.body.outcome.incarnation = w->incarnation++;
    late.body.outcome.result = OUTCOME_GAVE_UP;
    late.body.outcome.answer_given = false;
    size_t before = w->state->outstanding_count;
    world_decide(w, &late);
    if (w->effects.command_count > 0 || w->state->outstanding_count != before) {
        world_fail(w, "an owner that was succeeded decides nothing");
    }
}

static bool is_awaited(const struct conversation *s, struct effect_id id)
{
    for (size_t i = 0; i < s->outstanding_count; i++) {
        if (effect_id_equal(s->outstanding[i].effect_id, id)) {
            return true;
        }
    }
    return false;
}

/* From when on a ticket is another store's: what was fetched is about to be decided on. */
static void take_brand(struct world *w, const struct outcome *o)
{
    const struct json *root = NULL;
    bool is_told = o->effect == EFFECT_FETCH_TICKET && o->result == OUTCOME_APPLIED;
    if (is_told && !w->state->halted && is_awaited(w->state, o->effect_id) &&
        !err_failed(json_parse(&w->arena, o->fetched, NULL, NULL, &root))) {
        struct slice brand_id = json_id(json_find(root, "ticket.brand_id"));
        bool is_home = slice_equal(brand_id, w->place->brand_id);
        w->fetched_store = is_home ? w->place->store : w->place->other_store;
    }
}

static void finished(struct world *w, struct event *event)
{
    struct outcome *o = &event->body.outcome;
    w->is_half_done = false;
    w->lane_count--;
    w->lane_taken++;
    memmove(&w->lane[0], &w->lane[1], w->lane_count * sizeof w->lane[0]);
    if (world_chance(w, 5)) {
        succeeded(w, event);
    }
    o->incarnation = w->incarnation;
    if (w->tells) {
        printf("  %lld lane: %s slot %d %s\n", (long long)(w->now.ms % 10000000),
               effect_name((enum effect_kind)o->effect), (int)o->slot,
               outcome_result_name(o->result));
    }
    if (o->effect < REACH_EFFECTS) {
        w->reach->outcomes[o->effect][o->result]++;
    }
    take_brand(w, o);
    world_decide(w, event);
    if (world_chance(w, 5)) {
        w->reach->moments[REACH_OUTCOME_TWICE]++;
        world_decide(w, event);
    }
}

/* A call for control that was applied is told as given up, and later as what it was: the operator
 * has had it sent again. */
static bool is_misjudged(struct world *w, const struct command *c)
{
    bool can_be = c->effect == EFFECT_PASS_CONTROL || c->effect == EFFECT_TICKET_CREATE;
    return can_be && w->given_up.type == EVENT_NONE && world_chance(w, 5);
}

void lane_tells_better(struct world *w)
{
    if (w->given_up.type == EVENT_NONE) {
        return;
    }
    struct event event = w->given_up;
    w->given_up.type = EVENT_NONE;
    event.id = world_name(w, "outcome/");
    event.body.outcome.result = OUTCOME_APPLIED;
    event.body.outcome.incarnation = w->incarnation;
    w->reach->moments[REACH_BETTER]++;
    world_decide(w, &event);
}

static struct event outcome_of(struct world *w, const struct command *c)
{
    struct event event = world_event(w, EVENT_OUTCOME, EVENT_FROM_EGRESS, "outcome/");
    event.occurred = (wall_ms_t){0};
    event.body.outcome = (struct outcome){.effect_id = c->effect_id,
                                          .effect = c->effect,
                                          .slot = c->slot,
                                          .command_offset = w->lane_taken,
                                          .episode = c->episode,
                                          .attempt = c->attempt,
                                          .epoch = c->epoch,
                                          .turn = c->turn,
                                          .answered = {w->now.ms / 1000 * 1000}};
    return event;
}

/* What is lost between two steps of egress, each of them a crash point. */
static bool is_cut_off(struct world *w)
{
    if (world_chance(w, 4)) {
        w->reach->moments[REACH_CRASH_BEFORE_CALL]++;
        return true; /* the next owner begins with the same command */
    }
    if (w->is_ticket && w->lane[0].effect == EFFECT_TICKET_UPDATE && world_chance(w, 5)) {
        w->reach->moments[REACH_CONFLICT]++;
        return true; /* tried again with a newer stamp */
    }
    return false;
}

void lane_moves(struct world *w)
{
    if (w->lane_count == 0) {
        return;
    }
    if (w->is_half_done) { /* in doubt: looked for, and found */
        w->reach->moments[REACH_ANSWER_LOST]++;
        struct event truth = w->truth;
        finished(w, &truth);
        return;
    }
    if (is_cut_off(w)) {
        return;
    }
    struct command c = w->lane[0];
    struct event event = outcome_of(w, &c);
    event.body.outcome.result = performed(w, &c, &event.body.outcome);
    if (event.body.outcome.result == OUTCOME_APPLIED && world_chance(w, 5)) {
        w->reach->moments[REACH_CRASH_AFTER_CALL]++;
        w->is_half_done = true;
        w->truth = event;
        return;
    }
    if (event.body.outcome.result == OUTCOME_APPLIED && is_misjudged(w, &c)) {
        w->given_up = event;
        event.body.outcome.result = OUTCOME_GAVE_UP;
    }
    finished(w, &event);
}
