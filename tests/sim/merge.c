#include "tests/sim/merge.h"

#include "base/check.h"
#include "event/codec.h"

/* --- what happens --- */

/* Once only, as Kafka does it, but not at once. */
static void send(struct world *to, const struct event *event, wall_ms_t now)
{
    CHECK(to->delivery_count < WORLD_DELIVERIES_MAX);
    bool is_late = world_chance(to, 30);
    int64_t late = is_late ? (int64_t)rng_below(&to->rng, 20000) : 5;
    to->deliveries[to->delivery_count++] =
        (struct delivery){*event, wall_add(now, span_ms(late)), ++to->told};
}

static void send_all(struct world *w, const struct effects *effects)
{
    for (size_t i = 0; i < effects->event_count; i++) {
        const struct event *event = &effects->events[i];
        struct world *to = slice_equal(event->conversation, w->place->key) ? w : w->twin;
        if (to == NULL || !slice_equal(event->conversation, to->place->key)) {
            world_fail(w, "a conversation tells only the one that it goes into");
            return;
        }
        send(to, event, w->now);
    }
}

void merge_carry(struct world *w)
{
    send_all(w, &w->effects);
}

/* The webhook, of the user: it tells the conversation that ends, once. */
static void told(struct world *gone, const struct event *event, size_t expected)
{
    static struct effects effects;
    struct step_input input = {event, gone->now, gone->config, gone->incarnation, NULL};
    err_t err = step(&gone->arena, &input, gone->user, &effects);
    if (err_failed(err) || effects.command_count > 0 || effects.event_count != expected) {
        world_fail(gone, "a merge is told to the conversation that ends, once");
        return;
    }
    send_all(gone, &effects);
}

static void happens(struct world *gone)
{
    struct event event = world_event(gone, EVENT_USER_MERGED, EVENT_FROM_CONVERSATIONS, "e");
    gone->user = ARENA_NEW(&gone->arena, struct conversation);
    err_t err = ident_key(&gone->arena, gone->place->account, SURFACE_USER, SLICE("u2"),
                          &event.conversation);
    CHECK(!err_failed(err) && gone->user != NULL);
    err = step_new(event.conversation, gone->user);
    CHECK(!err_failed(err));
    event.body.conversations.discarded_user_id = SLICE("u2");
    event.body.conversations.discarded_conversation_id = gone->place->remote_id;
    event.body.conversations.surviving_conversation_id = gone->twin->place->remote_id;
    gone->is_gone = true;
    gone->reach->moments[REACH_MERGED]++;
    told(gone, &event, 1);
    if (world_chance(gone, 30)) {
        told(gone, &event, 0); /* the webhook comes twice */
    }
}

void merge_act(struct world *w)
{
    if (!w->is_gone && !w->twin->is_gone && world_chance(w, 3)) {
        happens(world_chance(w, 50) ? w : w->twin);
        w->broken = w->broken != NULL ? w->broken : w->twin->broken;
    }
}

/* --- what must hold --- */

static bool is_pending(const struct conversation *s, struct slice id)
{
    for (size_t i = 0; i < s->pending_count; i++) {
        if (slice_equal(s->pending[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* What waited there waits here, is a human's, or a note says why not. */
static void check_taken(struct world *w, struct slice bytes)
{
    const struct conversation *s = w->state;
    bool is_humans = phase_owner(s->phase) == OWNER_HUMAN;
    bool is_said = effects_has_note(&w->effects, NOTE_PENDING_FULL) ||
                   effects_has_note(&w->effects, NOTE_ESCALATED) ||
                   effects_has_note(&w->effects, NOTE_STORE_OFF) ||
                   effects_has_note(&w->effects, NOTE_TURN_CAP) ||
                   effects_has_note(&w->effects, NOTE_AFTER_END) ||
                   effects_has_note(&w->effects, NOTE_DUPLICATE);
    struct conversation *other = ARENA_NEW(&w->arena, struct conversation);
    CHECK(other != NULL);
    err_t err = codec_conversation_decode(&w->arena, bytes, NULL, other);
    CHECK(!err_failed(err));
    for (size_t i = 0; i < other->pending_count && !is_humans && !is_said; i++) {
        if (!is_pending(s, other->pending[i].id)) {
            world_fail(w, "a word that travels waits where it comes to, or a note says why not");
        }
    }
    w->reach->moments[REACH_WORDS_TRAVELLED] += other->pending_count;
    w->reach->moments[REACH_TAKEN_BY_HUMAN] += is_humans ? 1 : 0;
    w->reach->moments[REACH_TAKEN_WHILE_HALTED] += s->halted ? 1 : 0;
}

void merge_after(struct world *w, const struct event *event)
{
    bool is_over = w->state->absorbed_into.len > 0;
    for (size_t i = 0; i < w->effects.command_count && is_over; i++) {
        enum effect_kind effect = w->effects.commands[i].effect;
        if (effect != EFFECT_FENCE && effect != EFFECT_FETCH_ACTIVE &&
            effect != EFFECT_FETCH_MESSAGES) {
            world_fail(w, "one that goes into another asks nothing of anybody any more");
        }
    }
    if (event->type == EVENT_ABSORB && event->body.absorb.state.len > 0 &&
        !effects_has_note(&w->effects, NOTE_DUPLICATE)) {
        check_taken(w, event->body.absorb.state);
    }
    if (event->type == EVENT_ABSORB && event->body.absorb.into.len > 0) {
        w->reach->moments[REACH_ENDED_BUSY] += w->state->outstanding_count > 0 ? 1 : 0;
    }
}

void merge_end(struct world *w)
{
    const struct conversation *s = w->state;
    if (s->phase != PHASE_ENDED || !slice_equal(s->absorbed_into, w->twin->place->key) ||
        !s->absorb_told || s->pending_count > 0) {
        world_fail(w, "one that went into another has ended, and kept nothing back");
    }
}
