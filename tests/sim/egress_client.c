#include "base/check.h"
#include "tests/sim/egress_packet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- joining */

static void join_arrives(struct agenda_item *item);
static void beat(struct agenda_item *item);
static void join(struct sim_copy *c, int64_t later);

/* While it waits for its partitions, the group may have begun once more: then it is told so. */
static void join_awaited(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim_copy *c = p->copy;
    struct sim_client *k = &c->client;
    if (packet_is_away(p, false)) {
        return;
    }
    if (!k->is_joining || k->joins != p->commit) {
        free(p);
    } else if (!k->join_is_out && k->id != 0 && group_double_forgot(&c->sim->group, k->id)) {
        free(p);
        join(c, packet_travels(c));
    } else {
        packet_put(p, join_awaited, SIM_BEAT_MS);
    }
}

static void join(struct sim_copy *c, int64_t later)
{
    c->client.is_joining = true;
    c->client.join_is_out = true;
    c->client.joins++;
    sim_tell(c->sim, c, "asks to join");
    struct packet *request = packet_new(c);
    request->commit = c->client.joins;
    packet_put(request, join_arrives, later + packet_travels(c));
    struct packet *p = packet_new(c);
    p->commit = c->client.joins;
    packet_put(p, join_awaited, later + SIM_BEAT_MS);
}

static void op_push(struct sim_copy *c, enum client_op what, uint32_t partitions)
{
    struct sim_client *k = &c->client;
    CHECK(k->op_count < sizeof k->ops / sizeof k->ops[0]);
    k->ops[k->op_count].what = what;
    k->ops[k->op_count++].partitions = partitions;
    copy_wake(c);
}

/* It learns that it is no member any more. */
static void expelled(struct sim_copy *c, const char *why)
{
    struct sim_client *k = &c->client;
    if (k->generation < 0 || k->is_joining) {
        return;
    }
    sim_tell(c->sim, c, "learns that it is expelled: %s", why);
    k->generation = -1;
    k->id = 0;
    k->is_lost = true;
    if (!k->is_revoking) {
        op_push(c, OP_LOST, 0);
    }
    k->is_revoking = true;
}

static void assigned(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim_copy *c = p->copy;
    if (packet_is_away(p, false)) {
        return;
    }
    struct sim_client *k = &c->client;
    if (k->joins != p->commit) {
        free(p); /* of a join that was not waited for */
        return;
    }
    k->generation = p->generation;
    k->id = p->id;
    k->is_joining = false;
    k->session_until = sim_in(c->sim, SIM_SESSION_MS);
    sim_tell(c->sim, c, "is member %" PRIu64 " of generation %d, partitions %x", k->id,
             (int)k->generation, p->partitions);
    op_push(c, OP_ASSIGN, p->partitions);
    if (!k->is_beating) {
        k->is_beating = true;
        packet_put(packet_new(c), beat, SIM_BEAT_MS);
    }
    free(p);
}

static void assignment_send(struct sim_copy *c, uint64_t join_number)
{
    struct packet *p = packet_new(c);
    p->commit = join_number;
    p->generation = c->sim->group.generation;
    p->partitions = group_double_assigned(&c->sim->group, c->client.id);
    packet_put(p, assigned, packet_travels(c));
}

static void join_arrives(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim_copy *c = p->copy;
    struct sim *s = c->sim;
    uint64_t id = 0;
    bool is_kept = false;
    enum group_answer answer =
        group_double_join(&s->group, sim_now(s), p->id, p->instance, &id, &is_kept);
    bool is_heard = c->is_up && c->life == p->life && c->client.serial == p->serial &&
                    c->client.is_joining && c->client.joins == p->commit;
    uint64_t number = p->commit;
    free(p);
    c->client.join_is_out = c->client.join_is_out && !is_heard;
    if (is_heard && answer == GROUP_OK) {
        c->client.id = id;
        if (is_kept) {
            assignment_send(c, number);
        }
    } else if (is_heard) {
        sim_tell(s, c, "may not join: %s", group_answer_name(answer));
        c->client.id = 0;
        join(c, 50);
    }
    client_group_moved(s);
}

static void sync_arrives(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim *s = p->copy->sim;
    int32_t generation = p->generation;
    free(p);
    if (!group_double_sync(&s->group, sim_now(s), generation)) {
        return;
    }
    for (size_t i = 0; i < s->group.count; i++) {
        for (int k = 0; k < s->plan.copies; k++) {
            if (s->copies[k].is_up && s->copies[k].client.id == s->group.members[i].id) {
                assignment_send(&s->copies[k], s->copies[k].client.joins);
            }
        }
    }
}

static void sync_leaves(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    if (!packet_is_away(p, false)) {
        packet_put(p, sync_arrives, packet_travels(p->copy));
    }
}

void client_group_moved(struct sim *s)
{
    if (s->group.state != GROUP_COMPLETING || s->formed == s->group.generation) {
        return;
    }
    s->formed = s->group.generation;
    sim_tell(s, NULL, "generation %d of %zu members", (int)s->formed, s->group.count);
    for (int k = 0; k < s->plan.copies; k++) {
        struct sim_copy *c = &s->copies[k];
        if (c->is_up && c->client.id == s->group.members[0].id) {
            struct packet *p = packet_new(c);
            p->generation = s->formed;
            packet_put(p, sync_leaves, packet_travels(c));
            return;
        }
    }
}

/* ---- heartbeats */

static void beat_answered(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim_copy *c = p->copy;
    if (packet_is_away(p, false)) {
        return;
    }
    struct sim_client *k = &c->client;
    if (k->generation != p->generation || k->is_joining) {
        free(p);
        return;
    }
    if (p->answer == GROUP_OK || p->answer == GROUP_REBALANCING) {
        k->session_until = sim_in(c->sim, SIM_SESSION_MS);
    } else {
        expelled(c, group_answer_name(p->answer));
    }
    if (p->answer == GROUP_REBALANCING && !k->is_revoking) {
        k->is_revoking = true;
        op_push(c, OP_REVOKE, 0);
    }
    free(p);
}

static void beat_arrives(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim *s = p->copy->sim;
    p->answer = group_double_beat(&s->group, sim_now(s), p->id, p->instance, p->generation);
    packet_put(p, beat_answered, packet_travels(p->copy));
}

static void beat(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim_copy *c = p->copy;
    if (packet_is_away(p, false)) {
        return;
    }
    struct sim_client *k = &c->client;
    if (k->generation >= 0 && !k->is_joining) {
        if (mono_before(k->session_until, sim_now(c->sim))) {
            expelled(c, "no answer for a session");
        } else {
            packet_put(packet_new(c), beat_arrives, packet_travels(c));
        }
    }
    packet_put(p, beat, SIM_BEAT_MS);
}

/* ---- opened, closed */

void client_open(struct sim_copy *c)
{
    struct sim_client *k = &c->client;
    *k = (struct sim_client){.serial = ++c->sim->numbers,
                             .generation = -1,
                             .as_generation = -1,
                             .polled = sim_now(c->sim)};
    join(c, 1 + (int64_t)sim_below(c->sim, 20));
}

static void leave_arrives(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim *s = p->copy->sim;
    group_double_leave(&s->group, p->id);
    group_double_tick(&s->group, sim_now(s));
    free(p);
    client_group_moved(s);
}

void client_close(struct sim_copy *c)
{
    if (c->client.id != 0 && !c->sim->plan.is_static && !sim_chance(c->sim, 20)) {
        packet_put(packet_new(c), leave_arrives, packet_travels(c));
    }
    c->client.serial = 0;
}

/* ---- the loop's half */

static void offsets_answered(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim_copy *c = p->copy;
    if (packet_is_away(p, false)) {
        return;
    }
    struct sim_client *k = &c->client;
    if (k->has_assignment && k->as_generation == p->generation && !k->offsets_known) {
        k->offsets_known = true;
        k->offset_count = p->count;
        for (size_t i = 0; i < p->count; i++) {
            memcpy(k->texts[i], p->texts[i], sizeof p->texts[i]);
            k->offsets[i] = (struct bus_offset){p->offsets[i].partition, p->offsets[i].offset,
                                                slice_of(k->texts[i])};
        }
        copy_wake(c);
    }
    free(p);
}

static void offsets_read(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    const struct log_double *log = p->copy->sim->log;
    for (int32_t i = 0; i < log->partitions; i++) {
        if ((p->partitions >> i & 1) == 0) {
            continue;
        }
        size_t len = strlen(log->committed[i].metadata);
        CHECK(len < sizeof p->texts[0]);
        memcpy(p->texts[p->count], log->committed[i].metadata, len + 1);
        p->offsets[p->count++] =
            (struct bus_offset){.partition = i, .offset = log->committed[i].offset};
    }
    packet_put(p, offsets_answered, packet_travels(p->copy));
}

static void forget(struct sim_copy *c)
{
    struct sim_client *k = &c->client;
    k->has_assignment = false;
    k->announced = false;
    k->offsets_known = false;
    k->partitions = 0;
    k->as_generation = -1;
    memset(k->positions, 0, sizeof k->positions);
}

static void tell_revoked(struct sim_copy *c, bool lost)
{
    struct sim_client *k = &c->client;
    int32_t numbers[SIM_PARTITIONS_MAX];
    size_t count = 0;
    for (int32_t i = 0; i < c->sim->plan.partitions; i++) {
        if ((k->partitions >> i & 1) != 0) {
            numbers[count++] = i;
        }
    }
    if (k->has_assignment && k->announced && count > 0) {
        faults_at(c, MOMENT_REVOKED);
        sim_tell(c->sim, c, "revoked%s", lost ? ", lost" : "");
        c->running = 0;
        c->handler.on_revoke(c->handler.loop, numbers, count, lost);
    }
}

static void assign(struct sim_copy *c, uint32_t partitions)
{
    struct sim_client *k = &c->client;
    forget(c);
    k->has_assignment = true;
    k->partitions = partitions;
    k->as_id = k->id;
    k->as_generation = k->generation;
    if (partitions != 0) {
        struct packet *p = packet_new(c);
        p->generation = k->as_generation;
        p->partitions = partitions;
        packet_put(p, offsets_read, packet_travels(c));
    }
}

static void announce(struct sim_copy *c)
{
    struct sim_client *k = &c->client;
    if (!k->has_assignment || k->announced || !k->offsets_known) {
        return;
    }
    k->announced = true;
    faults_at(c, MOMENT_ASSIGNED);
    for (size_t i = 0; i < k->offset_count; i++) {
        sim_tell(c->sim, c, "assigned %d at %" PRId64 " %s", (int)k->offsets[i].partition,
                 k->offsets[i].offset, k->texts[i]);
    }
    if (!c->is_dead) {
        c->handler.on_assign(c->handler.loop, k->offsets, k->offset_count);
    }
}

void client_serve(struct sim_copy *c)
{
    struct sim_client *k = &c->client;
    if (k->wants_rejoin) {
        sim_tell(c->sim, c, "joins anew");
        tell_revoked(c, true);
        client_close(c);
        client_open(c);
        return;
    }
    k->polled = sim_now(c->sim);
    announce(c);
    while (k->op_count > 0 && !c->is_dead) {
        enum client_op what = k->ops[0].what;
        uint32_t partitions = k->ops[0].partitions;
        k->op_count--;
        memmove(&k->ops[0], &k->ops[1], k->op_count * sizeof k->ops[0]);
        if (what == OP_ASSIGN) {
            assign(c, partitions);
            continue;
        }
        tell_revoked(c, what == OP_LOST || k->is_lost);
        forget(c);
        k->is_lost = false;
        k->is_revoking = false;
        join(c, 0);
    }
}
