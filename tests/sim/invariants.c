#include "tests/sim/invariants.h"

#include "base/buf.h"
#include "base/check.h"
#include "event/codec.h"
#include "processor/core/words.h"
#include "tests/sim/deaf.h"
#include "tests/sim/merge.h"
#include "tests/sim/site.h"

struct before invariants_before(struct world *w)
{
    const struct conversation *s = w->state;
    struct before b = {.epoch = s->epoch,
                       .reasons = s->reasons,
                       .phase = s->phase,
                       .turn = s->turn.state,
                       .bridge = s->bridge,
                       .halted = s->halted,
                       .is_again = !wall_known(s->created) && w->numbers.epoch > 0,
                       .pending_count = s->pending_count};
    for (size_t i = 0; i < s->pending_count; i++) {
        b.pending[i] = s->pending[i].id;
        struct spoken *spoken = world_spoken_as(w, s->pending[i].id);
        if (spoken == NULL || !world_is_customers(spoken)) {
            world_fail(w, "only what a customer wrote waits for an answer");
        } else if (i < s->turn.covers) {
            b.carried[b.carried_count++] = spoken;
        }
    }
    return b;
}

/* --- commands --- */

static bool is_right_store(const struct world *w, struct slice store)
{
    return slice_equal(store, w->is_ticket ? w->fetched_store : w->place->store);
}

/* One id is one request. What is made once, and looked for by its id, may be asked for in newer
 * words. */
static void check_id(struct world *w, const struct command *c)
{
    void *old = NULL;
    struct slice *body = ARENA_NEW(&w->arena, struct slice);
    CHECK(body != NULL);
    *body = c->body;
    err_t err = table_put(w->effect_ids, effect_id_slice(&c->effect_id), body, &old);
    CHECK(!err_failed(err));
    bool is_made = c->effect == EFFECT_TICKET_CREATE || c->effect == EFFECT_USER_CREATE ||
                   c->effect == EFFECT_CONVERSATION_CREATE;
    if (old != NULL && !c->look_first) {
        world_fail(w, "an effect is commanded once");
    }
    if (old != NULL && !is_made && !slice_equal(*(const struct slice *)old, *body)) {
        world_fail(w, "an effect that is commanded again is the same request");
    }
    if (c->effect == EFFECT_TICKET_CREATE) {
        bool is_plain = c->slot == SLOT_CREATE_PLAIN; /* the one before was refused */
        if (!is_plain && old == NULL && c->episode == w->ticket_episode && !w->ticket_refused) {
            world_fail(w, "one ticket an episode");
        }
        w->ticket_episode = c->episode;
    }
}

static void check_command(struct world *w, const struct command *c)
{
    check_id(w, c);
    bool is_silent = c->effect == EFFECT_FENCE || c->effect == EFFECT_FETCH_MESSAGES ||
                     c->effect == EFFECT_FETCH_TICKET || c->effect == EFFECT_FETCH_ACTIVE;
    if (!is_silent && !is_right_store(w, c->store)) {
        world_fail(w, "never the wrong brand");
    }
    if (!slice_equal(c->account, w->place->account) ||
        !slice_equal(c->conversation, w->place->key)) {
        world_fail(w, "never the wrong account or conversation");
    }
    if (c->epoch > w->state->epoch) {
        world_fail(w, "no command of an epoch to come");
    }
    /* What was said before the owner changed in the same step is behind the fence. */
    bool is_bots = c->voice == VOICE_BOT || c->effect == EFFECT_BOT_TURN;
    if (is_bots && c->epoch == w->state->epoch && phase_owner(w->state->phase) == OWNER_HUMAN) {
        world_fail(w, "not a word from the bot while a human has the conversation");
    }
}

void invariants_applied(struct world *w, const struct command *command)
{
    if (command->voice == VOICE_BOT && command->epoch < w->state->epoch &&
        phase_owner(w->state->phase) == OWNER_HUMAN) {
        world_fail(w, "no word of an older epoch is said behind a change of owner");
    }
}

/* --- nothing is lost --- */

static bool has_any(const struct world *w, const enum note *notes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (effects_has_note(&w->effects, notes[i])) {
            return true;
        }
    }
    return false;
}

static bool is_pending(const struct conversation *s, struct slice id)
{
    for (size_t i = 0; i < s->pending_count; i++) {
        if (slice_equal(s->pending[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* A word that waited and does not any more was answered, is a human's, or a note says why. */
static void check_left(struct world *w, const struct before *b)
{
    static const enum note why[] = {
        NOTE_TURN_ANSWERED, NOTE_TURN_FAILED, NOTE_ESCALATED, NOTE_STORE_OFF, NOTE_TURN_CAP,
        NOTE_OWNER_CHANGED, NOTE_ENDED,       NOTE_EVICTED,   NOTE_AFTER_END, NOTE_ERASED};
    bool is_humans =
        phase_owner(b->phase) == OWNER_HUMAN || phase_owner(w->state->phase) == OWNER_HUMAN;
    bool is_sent = w->state->absorbed_into.len > 0 && w->effects.event_count > 0;
    bool is_said = is_sent || has_any(w, why, sizeof why / sizeof why[0]);
    for (size_t i = 0; i < b->pending_count && !is_humans && !is_said; i++) {
        if (!is_pending(w->state, b->pending[i])) {
            world_fail(w, "a word that waited is answered, a human's, or a note says why");
        }
    }
}

/* A word that comes in waits, is a human's, or a note says why not. */
static void check_arrived(struct world *w, const struct event *event, const struct before *b)
{
    static const enum note why[] = {NOTE_DUPLICATE,       NOTE_TOO_OLD,   NOTE_PENDING_FULL,
                                    NOTE_UNMAPPED_SILENT, NOTE_STORE_OFF, NOTE_TURN_CAP,
                                    NOTE_ESCALATED,       NOTE_AFTER_END};
    if (!words_are_customers(event)) {
        return;
    }
    bool is_humans = phase_owner(b->phase) == OWNER_HUMAN ||
                     phase_owner(w->state->phase) == OWNER_HUMAN ||
                     slice_equal(event->body.conversations.active.id, SLICE("sb-2"));
    bool is_sent = w->state->absorbed_into.len > 0 && w->effects.event_count > 0;
    if (!is_humans && !is_sent && !is_pending(w->state, event->body.conversations.message_id) &&
        !has_any(w, why, sizeof why / sizeof why[0])) {
        world_fail(w, "a word that comes in waits, is a human's, or a note says why not");
    }
}

/* --- the state --- */

static void check_state(struct world *w, const struct before *b)
{
    const struct conversation *s = w->state;
    bool owner_changed = phase_owner(s->phase) != phase_owner(b->phase);
    if (s->epoch < b->epoch || (s->epoch == b->epoch && owner_changed)) {
        world_fail(w, "each change of owner raises the epoch");
    }
    if (s->turn.state != TURN_NONE && phase_owner(s->phase) == OWNER_HUMAN) {
        world_fail(w, "no turn is outstanding while a human owns");
    }
    if (s->turn.covers > s->pending_count) {
        world_fail(w, "a turn covers what is pending");
    }
    if (s->turn.state == TURN_DEFERRED && !s->halted && s->timer_count == 0) {
        world_fail(w, "who waits for the bot has a timer");
    }
    /* A chat's words wait for the ticket that is made also where a human takes it meanwhile. */
    bool may_fail =
        s->handover != HANDOVER_DONE &&
        (s->phase == PHASE_HANDING_OFF || (w->is_chat && s->handover == HANDOVER_TICKETING));
    if (phase_owner(s->phase) == OWNER_HUMAN && s->pending_count > 0 && !s->halted &&
        !s->evidence_asked && !may_fail) {
        world_fail(w, "nothing waits for the bot while a human is known to own");
    }
}

/* While nobody is at work control passes to nobody; whom a person calls by hand is called. */
static void check_hours(struct world *w, const struct before *b)
{
    const struct conversation *s = w->state;
    bool is_by_hand = ((s->reasons | b->reasons) & REASON_BIT(REASON_MANUAL)) != 0;
    bool is_called = effects_has_note(&w->effects, NOTE_ESCALATED);
    if (world_is_open(w->version, s->updated)) {
        if (effects_has_note(&w->effects, NOTE_CLOSED)) {
            world_fail(w, "while the team is at work it is");
        }
        return;
    }
    bool is_told = world_store(w)->closed_then == CLOSED_MESSAGE;
    w->reach->moments[REACH_CLOSED_BY_HAND] += is_called && is_by_hand ? 1 : 0;
    w->reach->moments[REACH_CLOSED_TICKET] += is_called && !is_by_hand ? 1 : 0;
    w->reach->moments[REACH_CLOSED_TOLD] +=
        !is_called && effects_has_note(&w->effects, NOTE_CLOSED) ? 1 : 0;
    if (is_called && !is_by_hand && (is_told || s->way == WAY_LIVE)) {
        world_fail(w,
                   "while nobody is at work nobody is called live, nor where only a text is told");
    }
}

void invariants_packed(struct world *w)
{
    CLEANUP(buf) struct buf bytes = {0};
    CLEANUP(buf) struct buf again = {0};
    buf_init(&bytes, LIMIT_STATE_BYTES_MAX);
    buf_init(&again, LIMIT_STATE_BYTES_MAX);
    struct conversation *back = ARENA_NEW(&w->arena, struct conversation);
    CHECK(back != NULL);
    err_t err = codec_conversation_encode(w->state, &bytes);
    err =
        err_failed(err) ? err : codec_conversation_decode(&w->arena, buf_slice(&bytes), NULL, back);
    err = err_failed(err) ? err : codec_conversation_encode(back, &again);
    if (err_failed(err) || !slice_equal(buf_slice(&bytes), buf_slice(&again))) {
        world_fail(w, "a state is bounded, and the same when it was packed and unpacked");
    } else {
        w->state = back;
    }
}

/* Of what was refused there is nothing: another ticket may be asked for. */
static void note_refusal(struct world *w, const struct outcome *outcome)
{
    if (outcome->effect == EFFECT_TICKET_CREATE || outcome->slot == SLOT_TICKET_AGAIN) {
        w->ticket_refused = outcome->result == OUTCOME_REFUSED;
    }
}

void invariants_after(struct world *w, const struct event *event, const struct before *before)
{
    bool is_news = !effects_has_note(&w->effects, NOTE_DUPLICATE) &&
                   !effects_has_note(&w->effects, NOTE_OVERTAKEN);
    if (event->type == EVENT_OUTCOME && is_news) {
        note_refusal(w, &event->body.outcome);
    }
    for (size_t i = 0;
         i < before->carried_count && effects_has_note(&w->effects, NOTE_TURN_ANSWERED); i++) {
        before->carried[i]->answers++;
    }
    for (size_t i = 0; i < w->effects.command_count; i++) {
        check_command(w, &w->effects.commands[i]);
    }
    check_state(w, before);
    check_hours(w, before);
    if (w->is_chat) {
        site_after(w, event, before);
    } else {
        check_left(w, before);
        check_arrived(w, event, before);
    }
    merge_after(w, event);
}

/* --- the end --- */

/* When what Zendesk says of the owner has reached us, we say the same. */
static void check_owner(struct world *w)
{
    const struct conversation *s = w->state;
    bool is_humans =
        w->is_ticket ? slice_equal(w->assignee_id, SLICE("7")) : w->active == ACTIVE_AGENTS;
    bool is_known = !w->is_unheard && !w->fetch_failed && !w->was_halted && !w->is_owner_unsure &&
                    s->phase != PHASE_ENDED && s->routing == ROUTING_STORE;
    if (is_known && is_humans && phase_owner(s->phase) != OWNER_HUMAN) {
        world_fail(w, "in the end the owner is the human whom Zendesk names");
    }
}

void invariants_end(struct world *w)
{
    if (w->delivery_count > 0 || w->lane_count > 0) {
        world_fail(w, "what is under way comes to an end");
    }
    for (size_t i = 0; i < w->spoken_count; i++) {
        if (w->spoken[i].answers > 1) {
            world_fail(w, "a customer's message is answered once");
        }
    }
    if (w->is_gone && !w->is_chat) {
        merge_end(w);
        return;
    }
    bool is_ended = w->state->phase == PHASE_ENDED; /* nothing is read of it any more */
    if (!w->is_ticket && !w->is_chat && !is_ended && !deaf_all_known(w)) {
        world_fail(w, "what was said while nobody listened is found");
    }
    /* Where nobody is active, only a default responder may speak. */
    bool is_nobodys = !w->is_ticket && w->active == ACTIVE_NOBODY && w->version >= 5;
    bool may_wait = w->fetch_failed || is_ended || is_nobodys ||
                    (w->is_ticket && !slice_equal(w->state->assignee_id, SLICE("900")));
    if (w->state->pending_count > 0 && !may_wait) {
        world_fail(w, "no customer's word is left waiting");
    }
    check_owner(w);
}
