#include "base/check.h"
#include "event/codec.h"
#include "tests/sim/egress_sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANE_COMMANDS_MAX = 6, TICKET_FIRST = 17, WRITTEN_WITHIN_MS = 12000 };

/* What the processor still has to write for one conversation. */
struct pen {
    struct agenda_item item;
    struct sim *sim;
    int lane;
    unsigned left;
    uint32_t epoch;
    bool again; /* the last one is written a second time, some time after its end */
    struct command last;
};

static const struct {
    unsigned weight;
    enum effect_kind effect;
    enum voice voice;
} kinds[] = {
    {26, EFFECT_MESSAGE, VOICE_BOT},        {8, EFFECT_MESSAGE, VOICE_NOTICE},
    {10, EFFECT_MESSAGE, VOICE_CUSTOMER},   {14, EFFECT_TICKET_UPDATE, VOICE_BOT},
    {10, EFFECT_TICKET_UPDATE, VOICE_NONE}, {10, EFFECT_TICKET_CREATE, VOICE_NONE},
    {5, EFFECT_PASS_CONTROL, VOICE_NONE},   {6, EFFECT_BOT_TURN, VOICE_NONE},
    {3, EFFECT_FETCH_ACTIVE, VOICE_NONE},   {3, EFFECT_FETCH_TICKET, VOICE_NONE},
    {8, EFFECT_FENCE, VOICE_NONE},
};

static void pen_drop(struct agenda_item *item)
{
    free(item);
}

static size_t kind_chosen(struct sim *s)
{
    unsigned total = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        total += kinds[i].weight;
    }
    unsigned at = (unsigned)sim_below(s, total);
    size_t i = 0;
    while (at >= kinds[i].weight) {
        at -= kinds[i++].weight;
    }
    return i;
}

/* A path or body: '#' is the number of its conversation or ticket, '@' the effect's id. */
static struct slice filled(struct sim *s, const char *form, int number, const char *stamp)
{
    char whole[512];
    char digits[16];
    size_t len = 0;
    (void)snprintf(digits, sizeof digits, "%d", number);
    for (const char *c = form; *c != '\0'; c++) {
        const char *part = *c == '#' ? digits : stamp;
        size_t size = *c == '#' || *c == '@' ? strlen(part) : 1;
        CHECK(len + size < sizeof whole);
        memcpy(whole + len, *c == '#' || *c == '@' ? part : c, size);
        len += size;
    }
    struct slice out = {0};
    err_t e = arena_copy(&s->arena, slice_from(whole, len), &out);
    CHECK(!err_failed(e));
    return out;
}

static const struct {
    enum effect_kind effect;
    enum api api;
    enum http_method method;
    const char *path, *body;
} forms[] = {
    {EFFECT_MESSAGE, API_CONVERSATIONS, METHOD_POST, "/conversations/c#/messages",
     "{\"author\":{\"type\":\"business\"},\"metadata\":{\"tieline.effect\":\"@\"}}"},
    {EFFECT_PASS_CONTROL, API_CONVERSATIONS, METHOD_POST, "/conversations/c#/passControl",
     "{\"switchboardIntegration\":\"zd-agentWorkspace\",\"metadata\":{\"tieline.effect\":\"@\"}}"},
    {EFFECT_FETCH_ACTIVE, API_CONVERSATIONS, METHOD_GET, "/conversations/c#", ""},
    {EFFECT_TICKET_UPDATE, API_SUPPORT, METHOD_PUT, "/api/v2/tickets/#",
     "{\"ticket\":{\"comment\":{\"body\":\"hi\"},\"metadata\":{\"tieline.effect\":\"@\"}}}"},
    {EFFECT_FETCH_TICKET, API_SUPPORT, METHOD_GET, "/api/v2/tickets/#", ""},
    {EFFECT_TICKET_CREATE, API_SUPPORT, METHOD_POST, "/api/v2/tickets",
     "{\"ticket\":{\"external_id\":\"tieline-@\",\"metadata\":{\"tieline.effect\":\"@\"}}}"},
    {EFFECT_BOT_TURN, API_BOT, METHOD_POST, "", "{\"type\":\"turn\",\"tieline.effect\":\"@\"}"},
    {EFFECT_FENCE, API_NONE, METHOD_NONE, "", ""},
};

/* Where it goes, and its exact bytes. */
static void request_fill(struct sim *s, struct command *c, int lane)
{
    char stamp[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(c->effect_id, stamp);
    size_t i = 0;
    while (forms[i].effect != c->effect) {
        i++;
    }
    int number = forms[i].api == API_SUPPORT ? TICKET_FIRST + lane : lane;
    c->api = forms[i].api;
    c->method = forms[i].method;
    c->path = filled(s, forms[i].path, number, stamp);
    c->body = filled(s, forms[i].body, number, stamp);
}

static struct command command_make(struct pen *pen)
{
    struct sim *s = pen->sim;
    size_t kind = kind_chosen(s);
    char key[32];
    (void)snprintf(key, sizeof key, "acme/messaging/c%d", pen->lane);
    struct command c = {
        .effect = kinds[kind].effect,
        .slot = SLOT_WORD,
        .voice = kinds[kind].voice,
        .account = SLICE("acme"),
        .store = SLICE("shoes"),
        .episode = 1,
    };
    if (c.effect == EFFECT_FENCE) {
        pen->epoch++;
    }
    c.epoch = pen->epoch;
    uint32_t number = (uint32_t)s->command_count + 1;
    for (size_t i = 0; i < 4; i++) {
        c.effect_id.bytes[i] = (unsigned char)(number >> (24 - 8 * i));
    }
    c.effect_id.bytes[15] = 0xEE;
    c.index = number;
    char remote[16];
    bool is_ticket = c.effect == EFFECT_TICKET_UPDATE || c.effect == EFFECT_FETCH_TICKET;
    (void)snprintf(remote, sizeof remote, is_ticket ? "%d" : "c%d",
                   is_ticket ? TICKET_FIRST + pen->lane : pen->lane);
    err_t e = arena_copy(&s->arena, slice_of(key), &c.conversation);
    e = err_failed(e) ? e : arena_copy(&s->arena, slice_of(remote), &c.remote_id);
    CHECK(!err_failed(e));
    request_fill(s, &c, pen->lane);
    return c;
}

static void write_one(struct pen *pen, struct command *c)
{
    struct sim *s = pen->sim;
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    c->created = s->clock.wall;
    err_t e = codec_command_encode(c, &out);
    CHECK(!err_failed(e));
    const struct bus_message message = {.topic = TOPIC_COMMANDS,
                                        .partition = pen->lane % s->plan.partitions,
                                        .key = c->conversation,
                                        .value = buf_slice(&out)};
    int64_t offset = log_double_append(s->log, &message);
    oracle_written(s, c, pen->lane, message.partition, offset);
    for (int i = 0; i < s->plan.copies; i++) {
        if (s->copies[i].is_up) {
            copy_wake(&s->copies[i]);
        }
    }
}

static void pen_writes(struct agenda_item *item)
{
    struct pen *pen = (struct pen *)item;
    struct sim *s = pen->sim;
    if (pen->again && !oracle_is_settled(s, pen->last.index)) {
        agenda_put(&s->agenda, item, sim_in(s, SIM_LAG_MS + SIM_LATE_MS));
        return;
    }
    if (pen->again) {
        pen->again = false;
        pen->last.look_first = true;
        write_one(pen, &pen->last);
    } else if (pen->left > 0) {
        pen->left--;
        pen->last = command_make(pen);
        write_one(pen, &pen->last);
        /* A notice ends without being sure: nobody tells it again so soon. */
        pen->again = pen->last.voice != VOICE_NOTICE && pen->last.effect != EFFECT_FENCE &&
                     pen->last.effect != EFFECT_BOT_TURN && sim_chance(s, 8);
    }
    if (pen->left == 0 && !pen->again) {
        free(pen);
        return;
    }
    bool is_steady = s->plan.believes;
    int64_t later = !is_steady && sim_below(s, 2) == 0
                        ? 0
                        : (int64_t)sim_below(s, is_steady ? 4000 : WRITTEN_WITHIN_MS);
    agenda_put(&s->agenda, item, sim_in(s, later));
}

/* ---- people */

struct person {
    struct agenda_item item;
    struct sim *sim;
};

static void person_acts(struct agenda_item *item)
{
    struct sim *s = ((struct person *)item)->sim;
    if (s->is_calm) {
        free(item);
        return;
    }
    int64_t ticket = TICKET_FIRST + (int64_t)sim_below(s, SIM_LANES_MAX);
    bool takes = sim_below(s, 3) == 0;
    zendesk_double_agent(&s->zendesk, ticket, takes,
                         wall_add(s->clock.wall, span_ms((int64_t)(s->seed % 7) * 1000 - 3000)));
    s->zendesk.humans[sim_below(s, ZENDESK_CONVERSATIONS_MAX)] = false;
    sim_tell(s, NULL, "an agent %s ticket %" PRId64, takes ? "takes" : "changes", ticket);
    agenda_put(&s->agenda, item, sim_in(s, 1 + (int64_t)sim_below(s, 100000 / s->plan.agents)));
}

void story_begin(struct sim *s)
{
    zendesk_double_init(&s->zendesk, s->seed + 1);
    if (s->plan.lags) {
        s->zendesk.message_lag = span_ms(SIM_LAG_MS);
        s->zendesk.audit_lag = span_ms(s->plan.late_tickets ? 0 : SIM_LAG_MS);
        s->zendesk.ticket_lag = span_s(60);
    }
    unsigned lanes = 1 + (unsigned)sim_below(s, SIM_LANES_MAX);
    for (int i = 0; i < SIM_LANES_MAX; i++) {
        zendesk_double_ticket(&s->zendesk, TICKET_FIRST + i,
                              wall_add(s->clock.wall, span_s(-3600)));
    }
    for (unsigned i = 0; i < lanes; i++) {
        struct pen *pen = calloc(1, sizeof *pen);
        CHECK(pen != NULL);
        pen->item = (struct agenda_item){.act = pen_writes, .drop = pen_drop};
        pen->sim = s;
        pen->lane = (int)i;
        pen->left = 1 + (unsigned)sim_below(s, LANE_COMMANDS_MAX);
        agenda_put(&s->agenda, &pen->item, sim_in(s, (int64_t)sim_below(s, WRITTEN_WITHIN_MS)));
    }
    if (s->plan.agents > 0) {
        struct person *person = calloc(1, sizeof *person);
        CHECK(person != NULL);
        person->item = (struct agenda_item){.act = person_acts, .drop = pen_drop};
        person->sim = s;
        agenda_put(&s->agenda, &person->item, sim_in(s, 1));
    }
}

bool story_is_told(const struct sim *s)
{
    for (size_t i = 0; i < s->agenda.count; i++) {
        if (s->agenda.items[i]->act == pen_writes) {
            return false;
        }
    }
    return true;
}
