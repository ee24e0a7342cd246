/* egress_commit — offset commits of a copy: who asks, as whom, and what becomes of it. */
#include "base/check.h"
#include "tests/sim/egress_packet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

err_t client_check(const struct sim_copy *c)
{
    const struct sim_client *k = &c->client;
    bool is_stale = mono_since(sim_now(c->sim), k->polled).ms > SIM_SESSION_MS / 2;
    bool is_same = k->generation >= 0 && k->generation == k->as_generation && k->id == k->as_id;
    return is_stale || k->wants_rejoin || k->is_lost || !is_same ? ERR(FENCED) : err_ok();
}

static void commit_answered(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    if (packet_is_away(p, false)) {
        return;
    }
    struct sim_client *k = &p->copy->client;
    if (k->commit == p->commit && !k->commit_answered) {
        k->commit_answered = true;
        k->commit_answer = p->answer;
        copy_wake(p->copy);
    }
    free(p);
}

static void commit_counted(struct sim *s, const struct packet *p, const int64_t *before)
{
    s->counts->hollow_commits += p->generation < 0 ? 1 : 0;
    for (size_t i = 0; i < p->count; i++) {
        s->counts->backward_commits += p->offsets[i].offset < before[i] ? 1 : 0;
        sim_tell(s, p->copy, "  stored%s: partition %d at %" PRId64 " %s",
                 p->is_twin          ? " a second time"
                 : p->generation < 0 ? " without a member"
                                     : "",
                 (int)p->offsets[i].partition, p->offsets[i].offset, p->texts[i]);
        oracle_committed(s, &p->offsets[i]);
    }
}

static void commit_arrives(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim_copy *c = p->copy;
    struct sim *s = c->sim;
    int64_t before[SIM_PARTITIONS_MAX] = {0};
    for (size_t i = 0; i < p->count; i++) {
        p->offsets[i].metadata = slice_of(p->texts[i]);
        before[i] = s->log->committed[p->offsets[i].partition].offset;
    }
    p->answer = group_double_commit(&s->group, sim_now(s), p->id, p->instance, p->generation,
                                    p->offsets, p->count);
    s->counts->hollow_tries += p->generation < 0 ? 1 : 0;
    if (p->answer == GROUP_OK) {
        commit_counted(s, p, before);
    } else {
        sim_tell(s, c, "  commit refused: %s", group_answer_name(p->answer));
    }
    bool is_its_own = c->is_up && c->life == p->life && !p->is_twin;
    if (p->answer == GROUP_OK && is_its_own) {
        c->committed = true;
        faults_at(c, MOMENT_COMMIT_STORED);
    }
    if (p->is_twin || sim_chance(s, 2)) {
        free(p); /* nobody waits for it, or its answer is lost */
    } else {
        packet_put(p, commit_answered, packet_travels(c));
    }
}

/* librdkafka makes the request: as whom it is now. */
static void commit_built(struct agenda_item *item)
{
    struct packet *p = (struct packet *)item;
    struct sim_copy *c = p->copy;
    struct sim *s = c->sim;
    if (packet_is_away(p, false)) {
        return;
    }
    p->id = c->client.id;
    p->generation = c->client.generation;
    if (sim_chance(s, s->plan.twin_commits)) {
        struct packet *twin = packet_new(c);
        *twin = *p;
        twin->is_twin = true;
        packet_put(twin, commit_arrives, (int64_t)sim_below(s, sim_below(s, 2) == 0 ? 200 : 25000));
    }
    int64_t late = sim_chance(s, 5) ? (int64_t)sim_below(s, 2 * SIM_COMMIT_MS) : 0;
    if (sim_chance(s, 2)) {
        free(p);
    } else {
        packet_put(p, commit_arrives, late + packet_travels(c));
    }
}

err_t client_commit(struct sim_copy *c, const struct bus_offset *offsets, size_t count)
{
    struct sim_client *k = &c->client;
    if (k->commit != 0) {
        return ERR(STATE);
    }
    TRY(client_check(c));
    CHECK(count > 0 && count <= SIM_PARTITIONS_MAX);
    k->commit = ++c->sim->numbers;
    k->commit_answered = false;
    k->commit_as_id = k->as_id;
    k->commit_as_generation = k->as_generation;
    k->commit_count = count;
    struct packet *p = packet_new(c);
    p->commit = k->commit;
    p->count = count;
    for (size_t i = 0; i < count; i++) {
        CHECK(offsets[i].metadata.len < sizeof p->texts[i]);
        memcpy(p->texts[i], offsets[i].metadata.ptr, offsets[i].metadata.len);
        memcpy(k->commit_texts[i], p->texts[i], sizeof p->texts[i]);
        p->offsets[i] = offsets[i];
        k->commit_offsets[i] = (struct bus_offset){offsets[i].partition, offsets[i].offset,
                                                   slice_of(k->commit_texts[i])};
        sim_tell(c->sim, c, "asks for partition %d at %" PRId64 " %s", (int)offsets[i].partition,
                 offsets[i].offset, p->texts[i]);
    }
    struct packet *timeout = packet_new(c);
    timeout->commit = k->commit;
    timeout->answer = GROUP_LOST;
    packet_put(timeout, commit_answered, SIM_COMMIT_MS);
    packet_put(p, commit_built, (int64_t)sim_below(c->sim, 3));
    return err_ok();
}

void client_tell_commit(struct sim_copy *c)
{
    struct sim_client *k = &c->client;
    if (k->commit == 0 || !k->commit_answered || c->is_dead) {
        return;
    }
    faults_at(c, MOMENT_COMMIT_TOLD);
    if (c->is_dead) {
        return;
    }
    k->commit = 0;
    c->committed = false;
    err_t result = ERR(FENCED);
    if (k->commit_answer == GROUP_LOST) {
        result = ERR(TIMEOUT);
    } else if (k->commit_answer == GROUP_OK) {
        bool is_same = k->generation >= 0 && k->generation == k->commit_as_generation &&
                       k->id == k->commit_as_id && !k->is_lost;
        result = is_same ? err_ok() : ERR(UNAVAILABLE);
    }
    if (!err_failed(result)) {
        c->finished = false;
    }
    sim_tell(c->sim, c, "is told of its commit: %s", err_name(result));
    c->handler.on_commit(c->handler.loop, result, k->commit_offsets, k->commit_count);
}
