/* kafka_world — a broker with fresh topics for one test, and a loop that notes what it is told.
 *
 * The broker is the one of TIELINE_TEST_BROKERS (a real one), else an embedded one. */
#ifndef TESTS_INTEGRATION_KAFKA_WORLD_H
#define TESTS_INTEGRATION_KAFKA_WORLD_H

#include "kafka/bus_kafka.h"
#include "kafka/cluster.h"
#include "kafka/embedded.h"
#include "kafka/reader_kafka.h"

#include <stdbool.h>
#include <stdint.h>

enum { WORLD_PARTITIONS = 4, WORLD_NOTES_MAX = 4096 };

struct world {
    bool real;
    char prefix[64];
    struct embedded_broker *broker; /* NULL with a real one */
    struct log *log;
    struct kafka_options options;
};

/* Topics and first offsets (0; commands with the metadata "h=0"). */
void world_open(struct world *w);
void world_close(struct world *w);
struct kafka_options world_options(const struct world *w, const char *program,
                                   const char *instance);

struct note {
    int32_t partition;
    int64_t offset;
    uint64_t cookie;
    err_t result;
    char text[64]; /* value of a record, metadata of an offset */
};

/* A loop: what it heard, in order. */
struct loop {
    struct bus bus;
    struct bus_kafka *kafka;
    bool start_at_committed; /* on_assign starts each partition where it says (-1: at 0) */
    void (*on_revoke)(struct loop *loop);
    struct note assigned[WORLD_PARTITIONS * 4];
    size_t assigned_count;
    int assigns, revokes;
    bool last_lost;
    struct note delivered[WORLD_NOTES_MAX];
    size_t delivered_count;
    struct note committed[16];
    size_t committed_count;
    struct note records[WORLD_NOTES_MAX];
    size_t record_count;
    struct bus_handler handler;
};

/* Aborts the test when the bus cannot be made. */
void loop_open(struct loop *loop, const struct kafka_options *options, enum bus_role role,
               enum topic input, struct log *log);
void loop_close(struct loop *loop);
/* Polls until `*counter` >= `wanted` or `ms` are over; true when it was reached. Records are noted.
 * Any error fails the test. */
bool loop_until(struct loop *loop, const size_t *counter, size_t wanted, int64_t ms);
void loop_for(struct loop *loop, int64_t ms);
/* Polls until the bus reports an error; OK when none came within `ms`. */
MUST_USE err_t loop_error(struct loop *loop, int64_t ms);
void loop_produce(struct loop *loop, enum topic topic, int32_t partition, const char *value,
                  uint64_t cookie);

int64_t world_now_ms(void);
void world_pause(int64_t ms);

/* Values of partition 0 of commands, joined by blanks; false when the end cannot be reached. */
bool world_commands(struct world *w, char *text, size_t size);
/* What the group of a program has for a partition of events; false when it does not say: offsets
 * are pending. */
bool world_offset(struct world *w, const char *program, int32_t partition, int64_t *ret_offset);

/* A processor's bus, assigned, that reads on where the group stands. */
void open_processor(struct world *w, struct loop *loop, const struct kafka_options *o);
void begin_with(struct loop *loop, const char *value); /* a transaction with one command */
MUST_USE err_t abort_for_sure(struct loop *loop);
/* What a reader of committed commands sees of partition 0, a blank behind each. */
void expect_commands(struct world *w, const char *why, const char *wanted);
int64_t stored_offset(struct world *w, const char *program, int32_t partition);

enum { EVENTS_AT_FIRST = 10 }; /* in partition 0, so that offsets up to there exist */
/* setup and teardown */
int world_setup(void **state);
int world_teardown(void **state);
#define WORLD_ROW(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

#endif
