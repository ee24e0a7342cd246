#include "tests/unit/processor/rig.h"

#include <errno.h>
#include <string.h>

/* --- the bus, with faults of its own --- */

static err_t commit_end(void *self, span_ms_t wait, bool *ret_ended)
{
    struct rig *r = self;
    const struct bus plain = bus_double_port(&r->bus);
    TRY(plain.ops->commit_end(plain.self, wait, ret_ended));
    if (!*ret_ended) {
        return err_ok();
    }
    if (r->pipe != 0) {
        rig_tell_parent(r);
    }
    return r->commit_unknown_but_stored ? ERR(TXN_UNKNOWN) : err_ok();
}

static err_t abort_txn(void *self)
{
    struct rig *r = self;
    const struct bus plain = bus_double_port(&r->bus);
    return r->abort_unknown ? ERR(TXN_UNKNOWN) : plain.ops->abort(plain.self);
}

struct bus rig_bus(struct rig *r)
{
    static struct bus_ops ops;
    const struct bus plain = bus_double_port(&r->bus);
    ops = *plain.ops;
    ops.commit_end = commit_end;
    ops.abort = abort_txn;
    return (struct bus){&ops, plain.self};
}

/* --- what is told --- */

static void on_event(void *arg, const struct event *event, const struct conversation *state,
                     const struct effects *effects)
{
    struct rig *r = arg;
    (void)state, (void)effects;
    if (r->poison != NULL && event->type == EVENT_MESSAGE &&
        slice_equal(event->body.conversations.message_id, slice_of(r->poison))) {
        (void)raise(SIGKILL);
    }
}

static void on_dead(void *arg, err_t error, const char *why, int32_t partition, int64_t offset)
{
    struct rig *r = arg;
    (void)error, (void)why, (void)partition, (void)offset;
    r->dead++;
}

static void on_canary(void *arg, int32_t partition, int64_t committed, int64_t checkpoint)
{
    struct rig *r = arg;
    (void)partition;
    r->canaries++;
    r->canary_committed = committed;
    r->canary_checkpoint = checkpoint;
}

static void on_barred(void *arg, int32_t partition)
{
    struct rig *r = arg;
    (void)partition;
    r->barred++;
}

static void on_transaction(void *arg, const char *result, span_ms_t took)
{
    struct rig *r = arg;
    (void)took;
    r->aborted += strcmp(result, "aborted") == 0 ? 1 : 0;
    r->unknown += strcmp(result, "unknown") == 0 ? 1 : 0;
    r->committed += strcmp(result, "committed") == 0 ? 1 : 0;
}

/* --- its life --- */

void rig_start(struct rig *r)
{
    struct loop_options options = {
        .reader = log_double_reader(r->log),
        .clock = clock_double_port(&r->clock),
        .watcher = {.arg = r,
                    .on_event = on_event,
                    .on_dead = on_dead,
                    .on_canary = on_canary,
                    .on_transaction = on_transaction,
                    .on_barred = on_barred},
        .seed = 1,
        .owner = r->owner++,
    };
    EXPECT_OK("loop", loop_new(&options, &r->loop));
    bus_double_init(&r->bus, r->log, TOPIC_EVENTS);
    r->bus.handler = loop_handler(r->loop);
    bus_double_assign(&r->bus);
}

void rig_turn(struct rig *r)
{
    struct bus bus = rig_bus(r);
    EXPECT_OK("run", loop_run(r->loop, &bus, span_ms(0)));
    clock_double_advance(&r->clock, span_ms(3));
}

void rig_run(struct rig *r)
{
    for (int i = 0; i < RIG_ROUNDS; i++) {
        rig_turn(r);
    }
}

void rig_until_aborted(struct rig *r)
{
    size_t aborted = r->aborted;
    for (int i = 0; i < RIG_ROUNDS && r->aborted == aborted; i++) {
        rig_turn(r);
    }
    EXPECT("aborted", r->aborted > aborted);
}

void rig_finish(struct rig *r)
{
    struct bus bus = rig_bus(r);
    EXPECT_OK("finish", loop_finish(r->loop, &bus));
}

void rig_stop(struct rig *r)
{
    loop_free(r->loop);
    r->loop = NULL;
    bus_double_deinit(&r->bus);
}

int rig_open(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return -1;
    }
    clock_double_init(&r->clock);
    r->owner = 1;
    r->log = log_double_new(&r->clock, RIG_PARTITIONS);
    for (int32_t i = 0; i < RIG_PARTITIONS; i++) {
        struct bus_offset first = {i, 0, SLICE("")};
        log_double_commit(r->log, &first);
    }
    *state = r;
    return 0;
}

int rig_close(void **state)
{
    struct rig *r = *state;
    if (r->loop != NULL) {
        rig_stop(r);
    }
    size_t open = r->log->readers_open;
    log_double_free(r->log);
    free(r);
    return open == 0 ? 0 : -1;
}

/* --- what is written into the log --- */

static void append_event(struct rig *r, const struct event *event, int32_t partition)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("encode", codec_event_encode(event, &bytes));
    struct bus_message message = {.topic = TOPIC_EVENTS,
                                  .partition = partition,
                                  .key = event->conversation,
                                  .value = buf_slice(&bytes)};
    (void)log_double_append(r->log, &message);
}

void rig_tell(struct rig *r, const struct event *event)
{
    append_event(r, event, -1);
}

void rig_customer_writes(struct rig *r, const char *key, const char *id)
{
    struct event event = {.type = EVENT_MESSAGE,
                          .source = EVENT_FROM_CONVERSATIONS,
                          .id = slice_of(id),
                          .account = SLICE("acme"),
                          .conversation = slice_of(key),
                          .occurred = r->clock.wall};
    event.body.conversations = (struct conversations_event){
        .type = SLICE("conversation:message"),
        .conversation_id = SLICE("c1"),
        .widget_id = SLICE("w1"),
        .active = {.present = true, .id = SLICE("s"), .integration_id = SLICE("int")},
        .message_id = slice_of(id),
        .received = r->clock.wall,
        .author = AUTHOR_CUSTOMER,
        .text = SLICE("hello")};
    rig_tell(r, &event);
}

void rig_operator_calls(struct rig *r, const char *key, const char *id)
{
    struct event event = {.type = EVENT_OPERATOR,
                          .source = EVENT_FROM_OPERATOR,
                          .id = slice_of(id),
                          .account = SLICE("acme"),
                          .conversation = slice_of(key),
                          .occurred = r->clock.wall};
    event.body.operator_call.action = OPERATOR_ESCALATE;
    rig_tell(r, &event);
}

void rig_alive_in(struct rig *r, int32_t partition)
{
    struct event event = {.type = EVENT_ALIVE, .source = EVENT_FROM_INGEST, .id = SLICE("alive")};
    append_event(r, &event, partition);
}

void rig_alive(struct rig *r)
{
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        rig_alive_in(r, p);
    }
}

void rig_backfill(struct rig *r, wall_ms_t since)
{
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        struct event event = {.type = EVENT_BACKFILL,
                              .source = EVENT_FROM_OPERATOR,
                              .id = SLICE("backfill/1"),
                              .account = SLICE("acme")};
        event.body.missed.since = since;
        append_event(r, &event, p);
    }
}

void rig_takeover(struct rig *r, const char *key, uint64_t incarnation)
{
    struct event event = {
        .type = EVENT_TAKEOVER, .source = EVENT_FROM_EGRESS, .id = SLICE("takeover")};
    event.body.horizon.incarnation = incarnation;
    append_event(r, &event, log_double_partition(r->log, slice_of(key)));
}

/* --- what stands there --- */

static size_t find_commands(struct rig *r, struct arena *arena, const char *key,
                            enum effect_kind effect, struct command *ret_newest,
                            int64_t *ret_offset)
{
    size_t count = 0;
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        for (size_t i = 0; i < log_double_count(r->log, TOPIC_COMMANDS, p); i++) {
            struct command command = {0};
            const struct log_record *record = log_double_at(r->log, TOPIC_COMMANDS, p, i);
            EXPECT_OK("command", codec_command_decode(arena, record->value, NULL, &command));
            bool is_of = key == NULL || slice_equal(command.conversation, slice_of(key));
            if (command.effect == effect && is_of) {
                *ret_newest = command;
                *ret_offset = record->offset;
                count++;
            }
        }
    }
    return count;
}

size_t rig_commands(struct rig *r, enum effect_kind effect)
{
    CLEANUP(arena) struct arena arena = {0};
    struct command command;
    int64_t offset = 0;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    return find_commands(r, &arena, NULL, effect, &command, &offset);
}

static void tell_outcome(struct rig *r, const char *key, enum effect_kind effect,
                         enum outcome_result result, uint64_t incarnation)
{
    CLEANUP(arena) struct arena arena = {0};
    struct command command = {0};
    int64_t offset = 0;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT("there is one", find_commands(r, &arena, key, effect, &command, &offset) > 0);
    struct event event = {.type = EVENT_OUTCOME,
                          .source = EVENT_FROM_EGRESS,
                          .id = SLICE("outcome"),
                          .account = SLICE("acme"),
                          .conversation = command.conversation,
                          .occurred = r->clock.wall};
    event.body.outcome = (struct outcome){.effect_id = command.effect_id,
                                          .command_offset = offset,
                                          .incarnation = incarnation,
                                          .effect = command.effect,
                                          .slot = command.slot,
                                          .episode = command.episode,
                                          .attempt = command.attempt,
                                          .epoch = command.epoch,
                                          .result = result,
                                          .remote_id = SLICE("r1"),
                                          .turn = command.turn};
    rig_tell(r, &event);
}

void rig_outcome(struct rig *r, enum effect_kind effect, enum outcome_result result,
                 uint64_t incarnation)
{
    tell_outcome(r, NULL, effect, result, incarnation);
}

void rig_answer(struct rig *r, const char *key)
{
    tell_outcome(r, key, EFFECT_BOT_TURN, OUTCOME_APPLIED, 0);
}

size_t rig_records(struct rig *r, enum topic topic)
{
    size_t count = 0;
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        count += log_double_count(r->log, topic, p);
    }
    return count;
}

const struct conversation *rig_state(struct rig *r, struct arena *arena, const char *key)
{
    int32_t p = log_double_partition(r->log, slice_of(key));
    for (size_t i = log_double_count(r->log, TOPIC_CONVERSATIONS, p); i > 0; i--) {
        const struct log_record *record = log_double_at(r->log, TOPIC_CONVERSATIONS, p, i - 1);
        if (slice_equal(record->key, slice_of(key))) {
            struct conversation *state = ARENA_NEW(arena, struct conversation);
            EXPECT_OK("state", codec_conversation_decode(arena, record->value, NULL, state));
            return state;
        }
    }
    return NULL;
}

struct bus_offset rig_committed(struct rig *r, const char *key)
{
    int32_t p = log_double_partition(r->log, slice_of(key));
    return (struct bus_offset){p, r->log->committed[p].offset,
                               slice_of(r->log->committed[p].metadata)};
}
