/* turns — conversations that a bot answers, as the events that ingest and egress would write.
 *
 *     a customer's message ─▶ outcome of the bot's turn, with its answer ─▶ outcome of its words
 *
 * Two commands and three states come of each turn. The ids of effects are those that the processor
 * draws. */
#ifndef TESTS_BENCH_TURNS_H
#define TESTS_BENCH_TURNS_H

#include "event/command.h"
#include "event/event.h"
#include "event/ident.h"
#include "tests/bench/load.h"

enum { TURN_PARTS = 3, TURN_TEXT_BYTES = 128, TURN_ID_BYTES = 25 };

/* Which event of which turn of which conversation. */
struct turn_place {
    struct slice account;
    struct slice id_key; /* the account's */
    unsigned long long conversation, number;
    unsigned part; /* [0, TURN_PARTS) */
    wall_ms_t at;
};

/* What an event borrows. */
struct turn_texts {
    char key[TURN_TEXT_BYTES], id[TURN_TEXT_BYTES], remote[TURN_ID_BYTES];
    char message[2 * TURN_ID_BYTES], turn[IDENT_EFFECT_TEXT_BYTES], trace[LOAD_TRACE_BYTES];
};

struct event turn_event(const struct turn_place *turn, struct turn_texts *texts);

#endif
