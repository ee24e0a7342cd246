/* journals — random histories of one conversation of messaging or one ticket, each with what the
 * core made of it, one a line:
 *
 *     SURFACE:LIVE:OFF:ON:TOLD INPUT … | DECISION … | OWNER REASONS
 *
 *     sim_journals [--histories N]
 *
 * For tests/sim/oracle.py, which decides the same from the inputs alone and shares no code with the
 * core. Everything of Zendesk answers at once but what an input stands for.
 *
 *     Mid Hid        a customer's words; H: they ask for a human. A known id: told again
 *     A[hcusax]      the bot answers: asks for a human, unsure, unresolved, frustrated, an action
 *     F T            the bot failed, was too slow
 *     Rn X P E       a rating, an action, the platform's and an operator's call
 *     G L            agents take it, and let it go
 *     p0 p1 k0 k1    control passed or not, the ticket made (of a ticket: given to the team) or not
 *     C c o W        of a ticket: an agent's comment, a private one, an automatic mail, a webhook
 *                    of nothing
 *     U              of a ticket: nobody is assigned any more
 *
 *     turn:ids       the bot is asked about these;  call:reasons   a human is called
 *     told:reason    a text instead */
#include "base/buf.h"
#include "base/check.h"
#include "base/rng.h"
#include "event/codec.h"
#include "tests/sim/desk.h"
#include "tests/sim/widget.h"

#include <stdio.h>
#include <string.h>

enum { HISTORIES = 100000, INPUTS = 24, TAIL_MAX = 64 };

static struct world world; /* its arena, state and names; nothing of its people */
static struct command open_turn, open_call;
static char decisions[4096];

static void say(const char *text)
{
    size_t len = strlen(decisions);
    CHECK(len + strlen(text) + 1 < sizeof decisions);
    memcpy(decisions + len, text, strlen(text) + 1);
}

static void say_turn(const struct conversation *s)
{
    char text[TAIL_MAX];
    say(" turn:");
    for (size_t i = 0; i < s->turn.covers; i++) {
        (void)snprintf(text, sizeof text, "%s%.*s", i == 0 ? "" : ",", SLICE_ARG(s->pending[i].id));
        say(text);
    }
}

static void decide(struct world *w, const struct event *event);

/* What is not an input of its own is done at once. */
static void at_once(struct world *w, const struct command *c)
{
    struct event event = world_event(w, EVENT_OUTCOME, EVENT_FROM_EGRESS, "o");
    event.body.outcome = (struct outcome){.effect_id = c->effect_id,
                                          .command_offset = w->lane_taken++,
                                          .effect = c->effect,
                                          .slot = c->slot,
                                          .episode = c->episode,
                                          .attempt = c->attempt,
                                          .epoch = c->epoch,
                                          .turn = c->turn,
                                          .result = OUTCOME_APPLIED};
    if (c->effect == EFFECT_FETCH_TICKET) {
        event.body.outcome.fetched = desk_fetched(w);
    }
    decide(w, &event);
}

/* It calls a human, and whether that comes to something is an input. */
static bool is_call(const struct command *c)
{
    return c->effect == EFFECT_PASS_CONTROL || c->effect == EFFECT_TICKET_CREATE ||
           c->slot == SLOT_TICKET_AGAIN || c->slot == SLOT_TICKET_UPDATE;
}

static void decide(struct world *w, const struct event *event)
{
    struct effects *effects = ARENA_NEW(&w->arena, struct effects);
    struct step_input input = {event, w->now, w->config, 0, NULL};
    char text[TAIL_MAX];
    CHECK(effects != NULL);
    err_t err = step(&w->arena, &input, w->state, effects);
    CHECK(!err_failed(err));
    for (size_t i = 0; i < effects->command_count; i++) {
        if (effects->commands[i].slot == SLOT_NOTICE_RULE) {
            (void)snprintf(text, sizeof text, " told:%u", effects->commands[i].index);
            say(text);
        }
    }
    if (effects_has_note(effects, NOTE_ESCALATED)) {
        (void)snprintf(text, sizeof text, " call:%x", w->state->reasons);
        say(text);
    }
    if (effects_has_note(effects, NOTE_TURN_STARTED)) {
        say_turn(w->state);
    }
    for (size_t i = 0; i < effects->command_count; i++) {
        const struct command *c = &effects->commands[i];
        if (c->effect == EFFECT_BOT_TURN) {
            open_turn = *c;
        } else if (is_call(c)) {
            open_call = *c;
        } else if (c->effect != EFFECT_FENCE) {
            at_once(w, c);
        }
    }
}

/* --- inputs --- */

static void customer(struct world *w, bool asks)
{
    bool is_again = world_chance(w, 10) && w->ids > 0;
    struct slice id = {0};
    int64_t number = is_again ? (int64_t)rng_below(&w->rng, (uint64_t)w->spoken_count + 1)
                              : (int64_t)++w->spoken_count;
    err_t err = arena_printf(&w->arena, &id, "%lld", (long long)number);
    CHECK(!err_failed(err));
    if (number == 0) {
        return;
    }
    struct event event = world_event(w, EVENT_MESSAGE, EVENT_FROM_CONVERSATIONS, "e");
    struct conversations_event *body = &event.body.conversations;
    body->conversation_id = w->place->remote_id;
    body->active = widget_active(w);
    body->message_id = id;
    body->received = w->now;
    body->author = AUTHOR_CUSTOMER;
    body->widget_id = SLICE("w1");
    err = arena_printf(&w->arena, &body->text, asks ? "talk to a human %lld" : "words %lld",
                       (long long)number);
    CHECK(!err_failed(err));
    printf(" %c%lld", asks ? 'H' : 'M', (long long)number);
    decide(w, &event);
}

static void outcome(struct world *w, const struct command *c, enum outcome_result result,
                    const struct bot_answer *answer)
{
    struct event event = world_event(w, EVENT_OUTCOME, EVENT_FROM_EGRESS, "o");
    event.body.outcome = (struct outcome){.effect_id = c->effect_id,
                                          .command_offset = w->lane_taken++,
                                          .effect = c->effect,
                                          .slot = c->slot,
                                          .episode = c->episode,
                                          .attempt = c->attempt,
                                          .epoch = c->epoch,
                                          .turn = c->turn,
                                          .remote_id = SLICE("4711"),
                                          .result = result,
                                          .answer_given = answer != NULL};
    if (answer != NULL) {
        event.body.outcome.answer = *answer;
    }
    decide(w, &event);
}

static void bot(struct world *w)
{
    static const struct slice words[] = {{"a word", 6}};
    static const struct slice actions[] = {{"refund", 6}};
    struct command turn = open_turn;
    open_turn.effect = EFFECT_NONE;
    if (world_chance(w, 15)) {
        bool failed = world_chance(w, 50);
        printf(" %c", failed ? 'F' : 'T');
        outcome(w, &turn, failed ? OUTCOME_FAILED : OUTCOME_TIMED_OUT, NULL);
        return;
    }
    struct bot_answer answer = {.messages = words,
                                .message_count = (size_t)rng_below(&w->rng, 2),
                                .confidence = world_chance(w, 15) ? 0.2 : -1,
                                .handoff = world_chance(w, 15),
                                .resolved_given = world_chance(w, 15),
                                .sentiment = world_chance(w, 10) ? SLICE("angry") : SLICE(""),
                                .actions = actions,
                                .action_count = world_chance(w, 10) ? 1 : 0};
    printf(" A%s%s%s%s%s", answer.handoff ? "h" : "", answer.confidence >= 0 ? "c" : "",
           answer.resolved_given ? "u" : "", answer.sentiment.len > 0 ? "s" : "",
           answer.action_count > 0 ? "a" : "");
    outcome(w, &turn, OUTCOME_APPLIED, &answer);
}

/* --- a ticket --- */

static void ticket_changes(struct world *w)
{
    struct event event = world_event(w, EVENT_TICKET, EVENT_FROM_SUPPORT, "t");
    event.store = w->place->store;
    event.body.ticket.ticket_id = w->place->remote_id;
    w->updated = w->now;
    decide(w, &event);
}

static void comments(struct world *w, const char *author, const char *role, struct slice words)
{
    struct slice id = {0};
    err_t err = arena_printf(&w->arena, &id, "%zu", w->spoken_count + 1);
    CHECK(!err_failed(err));
    struct spoken *spoken = world_speaks(w, id, NULL);
    CHECK(spoken != NULL);
    spoken->author = author;
    spoken->role = role;
    spoken->words = words;
}

static void customer_comments(struct world *w, bool asks)
{
    struct slice words = {0};
    err_t err = arena_printf(&w->arena, &words, asks ? "talk to a human %zu" : "words %zu",
                             w->spoken_count + 1);
    CHECK(!err_failed(err));
    comments(w, "50", "end-user", words);
    bool is_automatic = !asks && w->spoken_count > 1 && world_chance(w, 10);
    w->spoken[w->spoken_count - 1].is_automatic = is_automatic;
    printf(is_automatic ? " o" : " %c%zu", asks ? 'H' : 'M', w->spoken_count);
    ticket_changes(w);
}

static void agent_comments(struct world *w)
{
    bool is_private = world_chance(w, 50);
    comments(w, "7", "agent", SLICE("I look into it"));
    w->spoken[w->spoken_count - 1].is_private = is_private;
    printf(is_private ? " c" : " C");
    ticket_changes(w);
}

static void assigns(struct world *w)
{
    static const struct slice whom[] = {{"7", 1}, {"900", 3}, {"", 0}};
    size_t which = (size_t)rng_below(&w->rng, 3);
    if (slice_equal(w->assignee_id, whom[which])) {
        printf(" W");
    } else {
        printf(" %c", "GLU"[which]);
        w->assignee_id = whom[which];
    }
    ticket_changes(w);
}

/* What a history of the world begins with is none of this one's. */
static void open_ticket(struct world *w)
{
    w->spoken_count = 0;
    w->assignee_id = SLICE("900");
    w->status = "open";
}

static void switches(struct world *w, enum active active, enum switchboard_action action)
{
    w->active = active;
    struct event event = world_event(w, EVENT_SWITCHBOARD, EVENT_FROM_CONVERSATIONS, "e");
    event.body.conversations.conversation_id = w->place->remote_id;
    event.body.conversations.active = widget_active(w);
    event.body.conversations.switchboard = action;
    decide(w, &event);
}

static void called(struct world *w)
{
    struct command call = open_call;
    bool is_pass = call.effect == EFFECT_PASS_CONTROL;
    bool is_good = world_chance(w, 70) || call.slot == SLOT_TICKET_AGAIN;
    open_call.effect = EFFECT_NONE;
    printf(" %c%d", is_pass ? 'p' : 'k', is_good ? 1 : 0);
    outcome(w, &call, is_good ? OUTCOME_APPLIED : OUTCOME_REFUSED, NULL);
    if (is_pass && is_good) {
        switches(w, ACTIVE_AGENTS, SWITCHBOARD_PASS);
    }
    if (w->is_ticket && is_good) {
        w->assignee_id = SLICE("");
        ticket_changes(w);
    }
}

static void signal_comes(struct world *w)
{
    static const enum event_type types[] = {EVENT_RATING, EVENT_ACTION, EVENT_HANDOFF,
                                            EVENT_OPERATOR};
    size_t which = (size_t)rng_below(&w->rng, 4);
    int rating = (int)rng_below(&w->rng, 6);
    struct event event = world_event(w, types[which], EVENT_FROM_PLATFORM, "p");
    event.store = w->place->store;
    if (types[which] == EVENT_OPERATOR) {
        event.body.operator_call.action = OPERATOR_ESCALATE;
    } else {
        event.body.platform.name = which == 1 ? SLICE("refund") : SLICE("stars");
        event.body.platform.value = rating;
    }
    if (which == 0) {
        printf(" R%d", rating);
    } else {
        printf(" %c", "RXPE"[which]);
    }
    decide(w, &event);
}

static void input_of_ticket(struct world *w)
{
    bool is_nobodys = w->assignee_id.len == 0 && phase_owner(w->state->phase) != OWNER_HUMAN;
    if (world_chance(w, 20)) {
        agent_comments(w);
    } else if (open_call.effect == EFFECT_NONE && world_chance(w, 30)) {
        assigns(w);
    } else { /* who asks for a human on a ticket that is nobody's asks nobody */
        customer_comments(w, !is_nobodys && world_chance(w, 15));
    }
}

static void input(struct world *w)
{
    uint64_t what = rng_below(&w->rng, 10);
    bool is_first = !wall_known(w->state->created);
    w->now = wall_add(w->now, span_ms(3000));
    if (w->is_ticket && is_first) {
        customer_comments(w, world_chance(w, 15));
    } else if (w->is_ticket && (what < 5 || what == 9)) {
        input_of_ticket(w);
    } else if (what < 4 || is_first) {
        customer(w, world_chance(w, 15));
    } else if (what < 7 && open_turn.effect != EFFECT_NONE) {
        bot(w);
    } else if (what < 8 && open_call.effect != EFFECT_NONE) {
        called(w);
    } else if (what < 9) {
        signal_comes(w);
    } else if (open_call.effect == EFFECT_NONE && w->active == ACTIVE_OURS) {
        printf(" G");
        switches(w, ACTIVE_AGENTS, SWITCHBOARD_PASS);
    } else if (open_call.effect == EFFECT_NONE) {
        printf(" L");
        switches(w, ACTIVE_OURS, SWITCHBOARD_RELEASE);
    }
}

/* --- configurations and histories --- */

enum { STORES = 64 };
static struct {
    uint32_t off, on, told;
    bool is_live;
} drawn[STORES];

static void publish(struct config_log *log, int64_t offset, const struct config_record *record,
                    const char *key)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    err_t err = codec_config_encode(record, &bytes);
    err =
        err_failed(err) ? err : config_log_add(log, offset, slice_of(key), buf_slice(&bytes), NULL);
    CHECK(!err_failed(err));
}

/* A version of the configuration for each way in which rules may be set. */
static struct config_log *configure(struct config_log *people)
{
    struct config_log *log = NULL;
    static struct rule_outcome outcomes[32];
    struct rng rng;
    rng_seed(&rng, 1);
    err_t err = config_log_new(&log);
    CHECK(!err_failed(err));
    struct config_record account = {.kind = CONFIG_ACCOUNT};
    account.body.account = *config_account(world_config(people, 1), SLICE("acme"));
    publish(log, 0, &account, "account/acme");
    for (int i = 0; i < STORES; i++) {
        struct config_record record = {.kind = CONFIG_STORE};
        struct store *store = &record.body.store;
        *store = *config_store(world_config(people, 2), SLICE("shoes"));
        drawn[i].off = (uint32_t)rng_below(&rng, 16) << 1;
        drawn[i].on = (uint32_t)rng_below(&rng, 32) << REASON_LOW_CONFIDENCE;
        drawn[i].told = (uint32_t)(rng_below(&rng, 2048) & rng_below(&rng, 2048)) & ~1U;
        drawn[i].is_live = rng_below(&rng, 2) == 0;
        store->handoff_live = drawn[i].is_live;
        store->reasons_off = drawn[i].off;
        store->reasons_on = drawn[i].on;
        store->outcome_count = 0;
        for (uint32_t reason = 1; reason <= REASON_UNRESOLVED; reason++) {
            if ((drawn[i].told & REASON_BIT(reason)) != 0) {
                outcomes[store->outcome_count++] = (struct rule_outcome){
                    .reason = reason, .way = WAY_MESSAGE, .text = SLICE("Told")};
            }
        }
        store->outcomes = outcomes;
        publish(log, i + 1, &record, "store/shoes");
    }
    return log;
}

/* The first world that is of this conversation. */
static uint64_t world_of(struct config_log *people, const char *key)
{
    static struct reach unused;
    for (uint64_t seed = 0;; seed++) {
        world_init(&world, people, seed, false, &unused);
        bool is_it = slice_equal(world.place->key, slice_of(key));
        world_deinit(&world);
        if (is_it) {
            return seed;
        }
    }
}

static void history(struct config_log *log, struct config_log *people, uint64_t place,
                    uint64_t seed)
{
    static struct reach unused;
    size_t which = seed % STORES;
    world_init(&world, people, place, false, &unused);
    rng_seed(&world.rng, seed + 1);
    if (world.is_ticket) {
        open_ticket(&world);
    }
    err_t err = config_log_at(log, (int64_t)which + 1, &world.config);
    CHECK(!err_failed(err));
    decisions[0] = '\0';
    open_turn.effect = EFFECT_NONE;
    open_call.effect = EFFECT_NONE;
    printf("%s:%d:%x:%x:%x", world.is_ticket ? "ticket" : "widget", drawn[which].is_live ? 1 : 0,
           drawn[which].off, drawn[which].on, drawn[which].told);
    for (int i = 0; i < INPUTS; i++) {
        input(&world);
    }
    static const char *const owners[] = {"bot", "human", "nobody"};
    printf(" |%s | %s %x\n", decisions, owners[phase_owner(world.state->phase)],
           world.state->reasons);
    world_deinit(&world);
}

int main(int argc, char **argv)
{
    uint64_t count = HISTORIES;
    if (argc == 3 && strcmp(argv[1], "--histories") == 0 &&
        err_failed(slice_to_u64(slice_of(argv[2]), &count))) {
        return 64;
    }
    struct config_log *people = world_configure();
    struct config_log *log = configure(people);
    uint64_t places[] = {world_of(people, "acme/messaging/c1"), world_of(people, "acme/ticket/35")};
    for (uint64_t seed = 0; seed < count; seed++) {
        history(log, people, places[seed / STORES % 2], seed);
    }
    config_log_free(log);
    config_log_free(people);
    return 0;
}
