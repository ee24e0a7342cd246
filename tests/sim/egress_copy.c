#include "base/check.h"
#include "tests/sim/egress_sim.h"

#include <string.h>

enum {
    GIVE_UP_S = 24 * 3600,
    RESTART_MS_MAX = 15 * 1000,
    TIGHT_BYTES = 4000,
    DRAIN_MS_MAX = 30 * 1000
};

static void on_trouble(void *arg, const char *what, err_t error, int64_t number)
{
    const struct sim_copy *c = arg;
    sim_tell(c->sim, c, "(%s: %s, %lld)", what, err_name(error), (long long)number);
}

static void on_share(void *arg, int32_t partition, const char *phase)
{
    struct sim_copy *c = arg;
    if (strcmp(phase, "running") == 0) {
        c->running |= UINT32_C(1) << partition;
    } else {
        c->running &= ~(UINT32_C(1) << partition);
    }
    sim_tell(c->sim, c, "partition %d: %s", (int)partition, phase);
}

void copy_start(struct sim_copy *c)
{
    struct sim *s = c->sim;
    CHECK(!c->is_up);
    *c = (struct sim_copy){.sim = s, .number = c->number, .life = ++s->numbers, .is_up = true};
    sim_tell(s, c, "starts");
    const struct egress_options options = {
        .reader = reader_port_of(c),
        .peer = peer_port(c),
        .clock = clock_port(c),
        .login = login_port(c),
        .watcher = {.arg = c, .on_trouble = on_trouble, .on_share = on_share},
        .call_timeout = span_ms(SIM_CALL_MS),
        .settle = span_ms(SIM_SETTLE_MS),
        .give_up = span_s(GIVE_UP_S),
        .session_timeout = span_ms(SIM_SESSION_MS),
        /* Often too little for all that waits: records are let go and read again. */
        .bytes_max = sim_chance(s, 30) ? TIGHT_BYTES + sim_below(s, TIGHT_BYTES) : 0,
        .seed = sim_below(s, UINT64_MAX),
    };
    c->bus = bus_port(c);
    err_t e = egress_loop_new(&options, &c->loop);
    CHECK(!err_failed(e));
    c->handler = egress_loop_handler(c->loop, &c->bus);
    egress_loop_configure(c->loop, s->config);
    c->next_turn = sim_now(s);
    client_open(c);
}

enum sim_state copy_state(const struct sim_copy *c)
{
    const struct {
        bool is_so;
        enum sim_state state;
    } rows[] = {
        {c->is_draining, STATE_DRAINING},
        {c->applied > 0, STATE_DONE},
        {c->judged > 0 || c->collected, STATE_JUDGED},
        {c->stored > 0, STATE_ENDED},
        {c->sent > 0, STATE_SENDING},
        {c->recorded, STATE_RECORDED},
        {c->committed, STATE_COMMITTED},
        {c->client.commit != 0, STATE_COMMITTING},
        {c->running == 0, STATE_TAKING_OVER},
        {c->finished, STATE_FINISHED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].is_so) {
            return rows[i].state;
        }
    }
    return STATE_IDLE;
}

static void gone(struct sim_copy *c)
{
    struct sim *s = c->sim;
    c->is_dead = true;
    egress_loop_free(c->loop);
    c->loop = NULL;
    wire_forget(c);
    peer_forget(c);
    c->is_up = false;
    c->is_dead = false;
    c->is_asleep = false;
    /* Soon after, or only after others have taken over. */
    uint64_t most = sim_below(s, 2) == 0 ? 500 : RESTART_MS_MAX;
    c->restart = sim_in(s, 1 + (int64_t)sim_below(s, most));
}

void copy_kill(struct sim_copy *c)
{
    struct sim *s = c->sim;
    if (!c->is_up || c->is_dead) {
        return;
    }
    s->counts->kills[copy_state(c)] += s->is_calm ? 0 : 1;
    sim_tell(s, c, "KILLED: %s", sim_state_text(copy_state(c)));
    if (c->in_turn) {
        c->is_dead = true;
    } else {
        gone(c);
    }
}

void copy_sleep(struct sim_copy *c, span_ms_t span, bool only_loop)
{
    struct sim *s = c->sim;
    if (!c->is_up || c->is_dead || c->is_asleep) {
        return;
    }
    s->counts->sleeps[copy_state(c)]++;
    sim_tell(s, c, "%s for %lld ms: %s", only_loop ? "STANDS STILL" : "STOPPED", (long long)span.ms,
             sim_state_text(copy_state(c)));
    c->is_asleep = true;
    c->only_loop = only_loop;
    c->wakes = sim_in(s, span.ms);
    if (!c->in_turn) {
        return;
    }
    struct sim_copy *current = s->current;
    mono_ms_t began = sim_now(s);
    sim_run(s, c->wakes, c);
    s->current = current;
    c->is_asleep = false;
    c->has_slept = true;
    c->in_hole = c->in_hole || mono_since(sim_now(s), began).ms > SIM_HOLE_MS;
    sim_tell(s, c, c->is_dead ? "does not wake any more" : "goes on");
}

void copy_drain(struct sim_copy *c)
{
    if (c->is_up && !c->is_dead && !c->in_turn && !c->is_draining) {
        sim_tell(c->sim, c, "told to end");
        c->is_draining = true;
        c->drains_until = sim_in(c->sim, DRAIN_MS_MAX);
        egress_loop_drain(c->loop);
        copy_wake(c);
    }
}

void copy_wake(struct sim_copy *c)
{
    mono_ms_t soon = sim_in(c->sim, (int64_t)sim_below(c->sim, 2));
    if (mono_before(soon, c->next_turn)) {
        c->next_turn = soon;
    }
}

/* After a turn that came to its end. */
static void settle_turn(struct sim_copy *c, span_ms_t wait)
{
    struct sim *s = c->sim;
    if (c->is_draining && egress_loop_drained(c->loop)) {
        faults_at(c, MOMENT_DRAINED);
        sim_tell(s, c, "leaves in peace");
        client_close(c);
        gone(c);
        return;
    }
    if (c->is_draining && mono_before(c->drains_until, sim_now(s))) {
        sim_tell(s, c, "ends without having told all");
        s->counts->undrained++;
        client_close(c);
        gone(c);
        return;
    }
    /* Of the threads that wake together, librdkafka's may be the first. */
    int64_t jitter = (int64_t)sim_below(s, wait.ms <= 1 && !c->has_slept ? 4 : 20);
    mono_ms_t next = sim_in(s, (wait.ms < 1 ? 1 : wait.ms) + jitter);
    c->next_turn = c->has_slept || mono_before(next, c->next_turn) ? next : c->next_turn;
    c->has_slept = false;
}

void copy_turn(struct sim_copy *c)
{
    struct sim *s = c->sim;
    struct sim_copy *before = s->current;
    span_ms_t wait = {0};
    s->counts->turns++;
    s->current = c;
    c->in_turn = true;
    c->next_turn = (mono_ms_t){INT64_MAX};
    faults_at(c, MOMENT_TURN);
    err_t e = c->is_dead ? err_ok() : egress_loop_turn(c->loop, &c->why, &wait);
    c->in_turn = false;
    c->collected = false;
    s->current = before;
    if (c->is_dead) {
        gone(c);
    } else if (err_failed(e)) {
        sim_break(s, "copy %c ends with %s at %s: %s", 'A' + c->number, err_name(e), e.where,
                  c->why.text);
    } else {
        settle_turn(c, wait);
    }
}

bool copy_is_away(struct sim_copy *c, uint64_t life, struct agenda_item *item, bool loops)
{
    if (!c->is_up || c->is_dead || c->life != life) {
        item->drop(item);
        return true;
    }
    if (c->is_asleep && (loops || !c->only_loop)) {
        /* It may have to sleep on until another wakes, in whose call it stands. */
        bool is_over = mono_before(c->wakes, sim_now(c->sim));
        mono_ms_t from = is_over ? sim_in(c->sim, 100) : c->wakes;
        agenda_put(&c->sim->agenda, item,
                   mono_add(from, span_ms(1 + (int64_t)sim_below(c->sim, 8))));
        return true;
    }
    return false;
}
