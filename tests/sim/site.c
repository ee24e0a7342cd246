#include "tests/sim/site.h"

#include "base/check.h"
#include "tests/sim/widget.h"

/* --- people --- */

static struct event of_platform(struct world *w, enum event_type type)
{
    struct event event = world_event(w, type, EVENT_FROM_PLATFORM, "p");
    event.store = w->place->store;
    event.body.platform.answer.confidence = -1;
    return event;
}

void site_customer(struct world *w)
{
    struct slice id = world_name(w, "m");
    struct slice text = {0};
    err_t err = arena_printf(&w->arena, &text, "%s %.*s", world_words(w), SLICE_ARG(id));
    CHECK(!err_failed(err));
    const struct spoken *spoken = world_speaks(w, id, text.ptr);
    if (spoken == NULL) {
        return;
    }
    struct event event = of_platform(w, EVENT_PLATFORM_MESSAGE);
    event.body.platform.message_id = id;
    event.body.platform.text = spoken->words;
    event.body.platform.customer.external_id = SLICE("v-7");
    world_deliver(w, event);
    if (!world_store(w)->chat_turns && world_chance(w, 60)) {
        event = of_platform(w, EVENT_ANSWERED);
        event.body.platform.answer = world_answer(w);
        world_deliver(w, event);
    }
}

void site_agent(struct world *w)
{
    if (w->state->bridge != BRIDGE_OPEN) {
        return; /* nobody there knows of it */
    }
    if (world_chance(w, 4)) {
        struct event event =
            world_event(w, EVENT_CONVERSATION_REMOVED, EVENT_FROM_CONVERSATIONS, "e");
        event.body.conversations.conversation_id = w->place->remote_id;
        w->is_gone = true;
        w->active = ACTIVE_OURS;
        w->reach->moments[REACH_REMOVED]++;
        world_deliver(w, event);
        return;
    }
    widget_agent(w);
}

enum outcome_result site_made(struct world *w, const struct command *c, struct outcome *o)
{
    if (world_chance(w, 12)) {
        return world_chance(w, 50) ? OUTCOME_REFUSED : OUTCOME_GAVE_UP;
    }
    w->reach->moments[REACH_FOUND_AGAIN] += c->look_first ? 1 : 0;
    if (c->effect == EFFECT_USER_CREATE) {
        o->remote_id = SLICE("u7");
        return OUTCOME_APPLIED;
    }
    o->remote_id = w->place->remote_id;
    w->is_gone = false;
    return OUTCOME_APPLIED;
}

/* --- what must hold --- */

/* The words stand there, and not as the beginning of others: they end with a number. */
static bool holds(struct slice body, struct slice words)
{
    for (size_t at = 0; at + words.len <= body.len; at++) {
        if (slice_equal(slice_sub(body, at, at + words.len), words)) {
            char next = at + words.len < body.len ? body.ptr[at + words.len] : '"';
            if (next < '0' || next > '9') {
                return true;
            }
        }
    }
    return false;
}

/* What a command takes to the humans: each word once, and in the order in which they came in. */
static void check_forward(struct world *w, const struct command *c)
{
    size_t newest = w->forwarded;
    size_t found = 0;
    for (size_t i = 0; i < w->spoken_count; i++) {
        struct spoken *spoken = &w->spoken[i];
        if (spoken->text == NULL || !holds(c->body, spoken->words)) {
            continue;
        }
        found++;
        if (++spoken->forwards > 1) {
            world_fail(w, "a word of a chat goes to the humans once");
        }
        if (spoken->arrived <= w->forwarded) {
            world_fail(w, "the words of a chat go to the humans in their order");
        }
        newest = spoken->arrived > newest ? spoken->arrived : newest;
    }
    w->forwarded = newest;
    w->reach->moments[c->effect == EFFECT_MESSAGE ? REACH_FORWARDED : REACH_ADDED] += found;
    if (found == 0) {
        world_fail(w, "what goes to the humans as the customer's are words of the customer's");
    }
}

static void check_command(struct world *w, const struct command *c, const struct before *before)
{
    bool is_humans =
        phase_owner(before->phase) == OWNER_HUMAN || phase_owner(w->state->phase) == OWNER_HUMAN;
    w->was_called = w->was_called || is_humans;
    if (c->api != API_BOT && c->effect != EFFECT_FENCE && !w->was_called) {
        world_fail(w, "Zendesk hears nothing of a chat before a human is called");
    }
    if (c->slot == SLOT_FORWARD) {
        if (!is_humans) {
            world_fail(w, "no word of a chat goes to a human whom nobody called");
        }
        check_forward(w, c);
    }
    if (c->slot == SLOT_STATUS) {
        if (c->index <= w->status_version) {
            world_fail(w, "a status has a version that rises");
        }
        w->status_version = c->index;
    }
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

static bool has_any(const struct world *w, const enum note *notes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (effects_has_note(&w->effects, notes[i])) {
            return true;
        }
    }
    return false;
}

/* A word that is not waiting any more went to the bot or to the humans, the platform has dealt with
 * it by itself, or a note says why not. */
static void check_word(struct world *w, const struct event *event, struct slice id)
{
    static const enum note why[] = {
        NOTE_TURN_ANSWERED, NOTE_TURN_FAILED, NOTE_ESCALATED, NOTE_STORE_OFF,    NOTE_TURN_CAP,
        NOTE_EVICTED,       NOTE_DUPLICATE,   NOTE_TOO_OLD,   NOTE_PENDING_FULL, NOTE_ERASED};
    const struct spoken *spoken = world_spoken_as(w, id);
    bool is_platforms = !world_store(w)->chat_turns && phase_owner(w->state->phase) != OWNER_HUMAN;
    bool is_over = event->type == EVENT_END || w->state->phase == PHASE_ENDED;
    if (!is_pending(w->state, id) && (spoken == NULL || spoken->forwards == 0) && !is_platforms &&
        !is_over && !has_any(w, why, sizeof why / sizeof why[0])) {
        world_fail(w,
                   "a word of a chat is answered, a human's, its platform's, or a note says why");
    }
}

void site_after(struct world *w, const struct event *event, const struct before *before)
{
    struct spoken *spoken = event->type == EVENT_PLATFORM_MESSAGE
                                ? world_spoken_as(w, event->body.platform.message_id)
                                : NULL;
    if (spoken != NULL && spoken->arrived == 0) {
        spoken->arrived = ++w->arrivals;
    }
    for (size_t i = 0; i < w->effects.command_count; i++) {
        check_command(w, &w->effects.commands[i], before);
    }
    for (size_t i = 0; i < before->pending_count; i++) {
        check_word(w, event, before->pending[i]);
    }
    if (spoken != NULL) {
        check_word(w, event, spoken->id);
    }
}
