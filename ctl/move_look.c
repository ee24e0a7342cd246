#include "ctl/move_look.h"

#include "ctl/move_plan.h"
#include "event/codec.h"
#include "kafka/client.h"
#include "kafka/stored.h"

#include <inttypes.h>
#include <stdio.h>

enum { STEP_MS = 500, IDLE_STEPS_MAX = 40, ARENA_BYTES = 8 * 1024 * 1024 };

struct look {
    const struct kafka_options *options;
    struct reader_port *reader;
    struct arena arena;
    struct why *why;
};

/* What cannot be read still has to be set aside by its reader. */
static bool counts(struct look *l, const struct bus_record *record)
{
    struct event event = {0};
    if (record->topic != TOPIC_EVENTS) {
        return true;
    }
    arena_reset(&l->arena);
    return err_failed(codec_event_decode(&l->arena, record->value, NULL, &event)) ||
           !move_may_stay(&event);
}

static err_t read_on(struct look *l, struct reader *reader, uint64_t *count)
{
    for (int idle = 0; idle <= IDLE_STEPS_MAX;) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_next(l->reader, reader, span_ms(STEP_MS), &record, &status));
        if (status == READER_END) {
            return err_ok();
        }
        idle = status == READER_RECORD ? 0 : idle + 1;
        *count += status == READER_RECORD && counts(l, &record) ? 1 : 0;
    }
    /* Or a transaction of a program that died is open still: the brokers end it after 10 s. */
    why_set(l->why, "a partition could not be read to its end within %d s; try again",
            IDLE_STEPS_MAX * STEP_MS / 1000);
    return ERR(TIMEOUT);
}

/* from  -1: nobody has committed anything there */
static err_t count_rest(struct look *l, enum topic topic, int32_t partition, int64_t from,
                        uint64_t *count)
{
    struct reader *reader = NULL;
    int64_t begin = from < 0 ? READER_FROM_START : from;
    err_t e = reader_open(l->reader, topic, partition, begin, &reader);
    if (err_is(e, ERR_RANGE)) { /* so old that it was deleted */
        e = reader_open(l->reader, topic, partition, READER_FROM_START, &reader);
    }
    if (err_failed(e)) {
        why_set(l->why, "partition %d of %s cannot be read: %s", (int)partition, topic_name(topic),
                err_text(e));
        return e;
    }
    e = read_on(l, reader, count);
    l->reader->ops->close(reader);
    return e;
}

/* Of the topic that `program` reads as a group. */
static err_t look_at(struct look *l, const char *program, enum topic topic, int32_t partitions,
                     int *ret_members, uint64_t *count)
{
    int64_t offsets[LIMIT_PARTITIONS_MAX];
    char name[CLIENT_TOPIC_NAME_BYTES];
    struct kafka_options as = *l->options;
    as.program = program;
    if (!cluster_topic_name(l->options, topic, name, sizeof name)) {
        why_set(l->why, "the prefix of the topics is too long");
        return ERR(CONFIG);
    }
    TRY(stored_members(&as, l->why, ret_members));
    TRY(stored_offsets(&as, name, partitions, l->why, offsets));
    for (int32_t p = 0; p < partitions; p++) {
        TRY(count_rest(l, topic, p, offsets[p], count));
    }
    return err_ok();
}

err_t move_look(const struct kafka_options *options, struct reader_port *reader, int32_t partitions,
                struct why *why, struct move_rest *ret_rest)
{
    struct look l = {.options = options, .reader = reader, .why = why};
    struct move_rest rest = {0};
    arena_init(&l.arena, ARENA_BYTES);
    err_t e = look_at(&l, "egress", TOPIC_COMMANDS, partitions, &rest.egresses, &rest.commands);
    if (!err_failed(e)) {
        e = look_at(&l, "processor", TOPIC_EVENTS, partitions, &rest.processors, &rest.events);
    }
    arena_deinit(&l.arena);
    if (!err_failed(e)) {
        *ret_rest = rest;
    }
    return e;
}

void move_rest_tell(const struct move_rest *rest, struct why *why)
{
    const char *help = rest->events + rest->commands > 0
                           ? "let processor and egress run until nothing is left, then stop them"
                           : "stop them; one that was stopped is missed after its session-timeout";
    why_set(why,
            "`tieline move` waits for the end of what is there: %" PRIu64 " events are undecided, "
            "%" PRIu64 " commands undone, %d processors and %d egresses at work: %s",
            rest->events, rest->commands, rest->processors, rest->egresses, help);
}
