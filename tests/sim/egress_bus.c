#include "base/check.h"
#include "tests/sim/egress_sim.h"

#include <inttypes.h>

static struct sim_copy *copy_of(void *self)
{
    return self;
}

/* The next record of an assigned partition, when the broker has answered already. */
static void record_take(struct sim_copy *c, struct bus_record *ret_record, bool *ret_got)
{
    struct sim *s = c->sim;
    int32_t first = (int32_t)sim_below(s, (uint64_t)s->plan.partitions);
    for (int32_t i = 0; i < s->plan.partitions; i++) {
        int32_t number = (first + i) % s->plan.partitions;
        bool is_open = c->client.announced && c->client.positions[number].is_started &&
                       !c->client.positions[number].is_paused;
        size_t end = log_double_count(s->log, TOPIC_COMMANDS, number);
        if (!is_open || c->client.positions[number].next >= (int64_t)end || sim_chance(s, 10)) {
            continue;
        }
        const struct log_record *r = log_double_at(s->log, TOPIC_COMMANDS, number,
                                                   (size_t)c->client.positions[number].next++);
        *ret_record = log_double_record(TOPIC_COMMANDS, number, r);
        *ret_got = true;
        oracle_read(c, ret_record);
        return;
    }
}

static err_t poll(void *self, span_ms_t timeout, struct bus_record *ret_record, bool *ret_got)
{
    struct sim_copy *c = copy_of(self);
    (void)timeout;
    *ret_got = false;
    if (c->is_dead) {
        return err_ok();
    }
    client_serve(c);
    wire_tell(c);
    if (!c->is_dead) {
        record_take(c, ret_record, ret_got);
        client_tell_commit(c);
    }
    return err_ok();
}

static err_t start(void *self, int32_t partition, int64_t offset)
{
    struct sim_copy *c = copy_of(self);
    faults_at(c, MOMENT_RUNNING);
    if (c->is_dead) {
        return err_ok();
    }
    if (!c->client.announced || (c->client.partitions >> partition & 1) == 0) {
        return ERR(STATE);
    }
    c->client.positions[partition].is_started = true;
    c->client.positions[partition].next = offset;
    return err_ok();
}

static err_t pause_one(void *self, int32_t partition)
{
    copy_of(self)->client.positions[partition].is_paused = true;
    return err_ok();
}

static err_t resume(void *self, int32_t partition)
{
    copy_of(self)->client.positions[partition].is_paused = false;
    return err_ok();
}

static err_t produce(void *self, const struct bus_message *message)
{
    struct sim_copy *c = copy_of(self);
    return c->is_dead ? ERR(UNAVAILABLE) : wire_produce(c, message);
}

static err_t commit_offsets(void *self, const struct bus_offset *offsets, size_t count)
{
    struct sim_copy *c = copy_of(self);
    if (c->is_dead) {
        return ERR(FENCED);
    }
    err_t e = client_commit(c, offsets, count);
    if (!err_failed(e)) {
        c->recorded = false;
        /* librdkafka has it, and may make the request much later. */
        faults_at(c, MOMENT_COMMIT_ASKED);
    }
    return e;
}

static err_t check(void *self)
{
    struct sim_copy *c = copy_of(self);
    err_t e = c->is_dead ? ERR(FENCED) : client_check(c);
    /* It may stand still after it has looked. */
    faults_at(c, MOMENT_CHECKED);
    return c->is_dead ? ERR(FENCED) : e;
}

static err_t rejoin(void *self)
{
    struct sim_copy *c = copy_of(self);
    c->client.wants_rejoin = true;
    copy_wake(c);
    return err_ok();
}

static err_t flush(void *self, span_ms_t timeout)
{
    (void)self;
    (void)timeout;
    return err_ok();
}

static err_t lag(void *self, int32_t partition, int64_t *ret_lag)
{
    const struct sim_copy *c = copy_of(self);
    *ret_lag = (int64_t)log_double_count(c->sim->log, TOPIC_COMMANDS, partition) -
               c->client.positions[partition].next;
    return err_ok();
}

static bool connected(void *self)
{
    (void)self;
    return true;
}

struct bus bus_port(struct sim_copy *c)
{
    static const struct bus_ops ops = {
        .poll = poll,
        .start = start,
        .pause = pause_one,
        .resume = resume,
        .produce = produce,
        .commit_offsets = commit_offsets,
        .check = check,
        .rejoin = rejoin,
        .flush = flush,
        .lag = lag,
        .connected = connected,
    };
    return (struct bus){&ops, c};
}
