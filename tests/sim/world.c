#include "tests/sim/world.h"

#include "base/check.h"
#include "tests/sim/deaf.h"
#include "tests/sim/desk.h"
#include "tests/sim/invariants.h"
#include "tests/sim/merge.h"
#include "tests/sim/site.h"
#include "tests/sim/sleep.h"
#include "tests/sim/widget.h"

#include <stdio.h>
#include <string.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
static const struct place places[] = {
    {.key = TEXT("acme/messaging/c1"),
     .account = TEXT("acme"),
     .store = TEXT("shoes"),
     .other_store = TEXT("hats"),
     .remote_id = TEXT("c1"),
     .widget_id = TEXT("w1")},
    {.key = TEXT("tools/messaging/c1"),
     .account = TEXT("tools"),
     .store = TEXT("drills"),
     .other_store = TEXT("saws"),
     .remote_id = TEXT("c1"),
     .widget_id = TEXT("w1")},
    {.key = TEXT("acme/ticket/35"),
     .account = TEXT("acme"),
     .store = TEXT("shoes"),
     .other_store = TEXT("hats"),
     .remote_id = TEXT("35"),
     .brand_id = TEXT("11"),
     .other_brand_id = TEXT("12")},
    {.key = TEXT("tools/ticket/35"),
     .account = TEXT("tools"),
     .store = TEXT("drills"),
     .other_store = TEXT("saws"),
     .remote_id = TEXT("35"),
     .brand_id = TEXT("11"),
     .other_brand_id = TEXT("12")},
    {.key = TEXT("acme/chat/v1"),
     .account = TEXT("acme"),
     .store = TEXT("shoes"),
     .other_store = TEXT("hats"),
     .remote_id = TEXT("c9")},
    {.key = TEXT("tools/chat/v1"),
     .account = TEXT("tools"),
     .store = TEXT("drills"),
     .other_store = TEXT("saws"),
     .remote_id = TEXT("c9")},
};
/* The other conversation of the customer of places[0] and places[1]. */
static const struct place twins[] = {
    {.key = TEXT("acme/messaging/c2"),
     .account = TEXT("acme"),
     .store = TEXT("shoes"),
     .other_store = TEXT("hats"),
     .remote_id = TEXT("c2"),
     .widget_id = TEXT("w1")},
    {.key = TEXT("tools/messaging/c2"),
     .account = TEXT("tools"),
     .store = TEXT("drills"),
     .other_store = TEXT("saws"),
     .remote_id = TEXT("c2"),
     .widget_id = TEXT("w1")},
};
#undef TEXT
enum {
    IDS_OF_TWIN = 1000 * 1000,
    OWN_EVENTS = 32, /* room for what conversations tell each other: that is never lost */
};

bool world_chance(struct world *w, uint64_t percent)
{
    return w->is_calm ? percent > 50 : rng_below(&w->rng, 100) < percent;
}

void world_fail(struct world *w, const char *what)
{
    if (w->broken == NULL) {
        w->broken = what;
    }
}

struct slice world_name(struct world *w, const char *prefix)
{
    struct slice text = {0};
    err_t err = arena_printf(&w->arena, &text, "%s%lld", prefix, (long long)w->ids++);
    CHECK(!err_failed(err));
    return text;
}

/* --- begin and end --- */

static void draw_for(struct world *w, uint64_t number)
{
    rng_seed(&w->rng, (w->seed + 1) * 0x9e3779b97f4a7c15 ^ number * 0xd1b54a32d192ed03);
}

uint64_t world_acts(uint64_t seed)
{
    return seed % 100 == 99 ? WORLD_ACTS_LONG : WORLD_ACTS;
}

static void begin(struct world *w, const struct place *place)
{
    struct table *ids = NULL;
    w->place = place;
    arena_init(&w->arena, (size_t)256 * 1024 * 1024);
    err_t err = table_new(100000, w->seed, &ids);
    CHECK(!err_failed(err));
    w->effect_ids = ids;
    w->state = ARENA_NEW(&w->arena, struct conversation);
    CHECK(w->state != NULL);
    err = step_new(w->place->key, w->state);
    CHECK(!err_failed(err));
    w->active = ACTIVE_OURS;
    w->is_ticket = w->state->surface == SURFACE_TICKET;
    w->is_chat = w->state->surface == SURFACE_CHAT;
    w->fetched_store = w->place->store;
}

static void blank(struct world *w, struct config_log *config, uint64_t seed, bool tells,
                  struct reach *reach)
{
    bool crashes = w->crashes;
    *w = (struct world){.config_log = config,
                        .tells = tells,
                        .seed = seed,
                        .is_calm = seed % 300 == 299,
                        .now = {1789376400000},
                        .crashes = crashes,
                        .version = 1,
                        .config = world_config(config, 1),
                        .reach = reach};
    draw_for(w, 0);
}

void world_init(struct world *w, struct config_log *config, uint64_t seed, bool tells,
                struct reach *reach)
{
    blank(w, config, seed, tells, reach);
    begin(w, &places[rng_below(&w->rng, sizeof places / sizeof places[0])]);
    if (w->is_ticket) {
        desk_open(w);
    }
}

bool world_pair(struct world *w, struct world *twin)
{
    size_t which = (size_t)(w->place - places);
    if (which >= sizeof twins / sizeof twins[0]) {
        return false;
    }
    blank(twin, w->config_log, ~w->seed, w->tells, w->reach);
    begin(twin, &twins[which]);
    twin->ids = IDS_OF_TWIN;
    twin->is_calm = w->is_calm;
    w->twin = twin;
    twin->twin = w;
    return true;
}

void world_deinit(struct world *w)
{
    table_free(w->effect_ids);
    arena_deinit(&w->arena);
}

/* --- events and deliveries --- */

struct event world_event(struct world *w, enum event_type type, enum event_source source,
                         const char *id_prefix)
{
    return (struct event){.type = type,
                          .source = source,
                          .id = world_name(w, id_prefix),
                          .account = w->place->account,
                          .conversation = w->place->key,
                          .occurred = w->now};
}

void world_deliver(struct world *w, struct event event)
{
    uint64_t copies = world_chance(w, 15) ? 2 : 1;
    w->reach->moments[REACH_DELIVERED_TWICE] += copies - 1;
    for (uint64_t i = 0; i < copies && w->delivery_count < WORLD_DELIVERIES_MAX - OWN_EVENTS; i++) {
        bool is_late = world_chance(w, 20);
        int64_t late = is_late ? (int64_t)rng_below(&w->rng, 20000) : 5;
        w->reach->moments[REACH_DELIVERED_LATE] += is_late ? 1 : 0;
        wall_ms_t at = wall_add(w->now, span_ms(late));
        if (deaf_lets(w, &at)) {
            w->deliveries[w->delivery_count++] = (struct delivery){event, at, 0};
        } else if (event.type == EVENT_SWITCHBOARD) {
            w->is_owner_unsure = true;
        }
    }
}

/* What comes from another conversation comes in the order in which it was told. */
static size_t first_of(const struct world *w, size_t index)
{
    for (size_t i = 0; i < w->delivery_count && w->deliveries[index].turn > 0; i++) {
        if (w->deliveries[i].turn > 0 && w->deliveries[i].turn < w->deliveries[index].turn) {
            index = i;
        }
    }
    return index;
}

static void arrives(struct world *w, size_t index)
{
    index = first_of(w, index);
    struct event event = w->deliveries[index].event;
    w->deliveries[index] = w->deliveries[--w->delivery_count];
    if (w->tells) {
        struct slice owner = w->is_ticket ? w->assignee_id : widget_active(w).name;
        printf("  %lld arrives: %s %.*s (%.*s)\n", (long long)(w->now.ms % 10000000),
               event_type_name(event.type), SLICE_ARG(event.id), SLICE_ARG(owner));
    }
    world_decide(w, &event);
}

static void next_delivery(struct world *w, bool whatever)
{
    for (size_t i = 0; i < w->delivery_count; i++) {
        if (whatever || !wall_before(w->now, w->deliveries[i].at)) {
            arrives(w, i);
            return;
        }
    }
}

/* --- what is said --- */

const char *world_words(struct world *w)
{
    enum { CALM = 4 };
    static const char *const words[] = {"hello",         "where is it",     "thanks",
                                        "anybody there", "talk to a human", "chef please"};
    return words[rng_below(&w->rng, w->is_calm ? CALM : sizeof words / sizeof words[0])];
}

struct spoken *world_speaks(struct world *w, struct slice id, const char *text)
{
    if (w->spoken_count == WORLD_SPOKEN_MAX) {
        return NULL;
    }
    struct spoken *spoken = &w->spoken[w->spoken_count++];
    *spoken = (struct spoken){.id = id,
                              .text = text,
                              .words = text != NULL ? slice_of(text) : SLICE("agent speaking"),
                              .at = w->now};
    return spoken;
}

static struct spoken *spoken_here(struct world *w, struct slice id)
{
    for (size_t i = 0; i < w->spoken_count; i++) {
        if (slice_equal(id, w->spoken[i].id)) {
            return &w->spoken[i];
        }
    }
    return NULL;
}

struct spoken *world_spoken_as(struct world *w, struct slice id)
{
    struct spoken *here = spoken_here(w, id);
    return here != NULL || w->twin == NULL ? here : spoken_here(w->twin, id);
}

const struct store *world_store(const struct world *w)
{
    return config_store(w->config, w->place->store);
}

/* --- the course of things --- */

static void customer(struct world *w)
{
    if (!w->is_gone || w->is_chat) { /* a chat goes on without Zendesk */
        (w->is_ticket ? desk_customer : w->is_chat ? site_customer : widget_customer)(w);
    }
}

static void agent(struct world *w)
{
    if (!w->is_gone) {
        (w->is_ticket ? desk_agent : w->is_chat ? site_agent : widget_agent)(w);
    }
}

static void act(struct world *w)
{
    w->now = wall_add(w->now, span_ms((int64_t)rng_below(&w->rng, 4000)));
    signals_act(w);
    if (!w->is_ticket && !w->is_chat && !w->is_gone) {
        deaf_act(w);
    }
    uint64_t what = rng_below(&w->rng, 10);
    if (what < 2) {
        customer(w);
    } else if (what < 3 && !w->is_calm) {
        agent(w);
    } else if (what < 7 && !w->is_deaf) {
        next_delivery(w, false);
    } else {
        lane_moves(w);
    }
}

void world_act(struct world *w, uint64_t number)
{
    draw_for(w, number + 1);
    struct world *who = w->twin != NULL && rng_below(&w->rng, 2) == 0 ? w->twin : w;
    if (who != w) {
        draw_for(who, number + 1);
        who->now = wall_later(w->now, who->now);
    }
    if (w->twin != NULL) {
        merge_act(w);
    }
    sleep_act(who);
    act(who);
    if (who != w) {
        w->now = who->now;
        w->broken = w->broken != NULL ? w->broken : who->broken;
    }
}

static bool is_under_way(const struct world *w)
{
    return w->delivery_count > 0 || w->lane_count > 0 || w->state->timer_count > 0;
}

static void stops(struct world *w)
{
    draw_for(w, UINT32_MAX);
    if (w->state->halted) {
        signals_operator(w, true);
    }
    deaf_end(w);
    lane_tells_better(w);
    if (w->is_ticket) {
        desk_changed(w); /* whatever was lost: one more webhook brings all that was missed */
    }
}

void world_go_on(struct world *w)
{
    w->now = wall_add(w->now, span_ms(100));
    next_delivery(w, true);
    lane_moves(w);
    signals_timer(w, w->delivery_count == 0 && w->lane_count == 0);
}

void world_settle(struct world *w)
{
    struct world *twin = w->twin;
    stops(w);
    if (twin != NULL) {
        stops(twin);
    }
    for (int i = 0; i < 4000 && (is_under_way(w) || (twin != NULL && is_under_way(twin))); i++) {
        world_go_on(w);
        if (twin != NULL) {
            world_go_on(twin);
        }
    }
    invariants_end(w);
    if (twin != NULL) {
        invariants_end(twin);
        w->broken = w->broken != NULL ? w->broken : twin->broken;
    }
}
