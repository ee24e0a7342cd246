/* reason — why a human is called.
 *
 * One row for each rule that may call one; rules combine by OR, and all reasons of an episode are
 * recorded. Numbers are bits in state and configuration: never renumber, never reuse. Feature rows
 * 71-81. */
#ifndef EVENT_REASON_H
#define EVENT_REASON_H

#include "base/slice.h"

#include <stdint.h>

/* name, number, label in metrics and configuration, words for the agent */
#define REASON_TABLE(X)                                                                            \
    X(ASKED, 1, "asked", "the customer asked for a human")                                         \
    X(BOT, 2, "bot", "the bot asked for a human")                                                  \
    X(BOT_FAILED, 3, "bot_failed", "the bot gave no answer")                                       \
    X(BOT_TIMED_OUT, 4, "bot_timed_out", "the bot did not answer in time")                         \
    X(MANUAL, 5, "manual", "a member of the team called a human")                                  \
    X(LOW_CONFIDENCE, 6, "low_confidence", "the bot was not sure of its answer")                   \
    X(LOW_RATING, 7, "low_rating", "the customer gave a low rating")                               \
    X(ACTION, 8, "action", "an action of the bot calls for a human")                               \
    X(FRUSTRATED, 9, "frustrated", "the customer seems frustrated")                                \
    X(UNRESOLVED, 10, "unresolved", "the bot could not resolve it")                                \
    X(TURN_CAP, 20, "turn_cap", "the bot has been asked too often within an hour")

enum reason {
#define X(name, number, label, words) REASON_##name = number,
    REASON_TABLE(X)
#undef X
};
#define REASON_BIT(reason) (UINT32_C(1) << (unsigned)(reason))
/* Those that count until a store switches them off. */
enum {
    REASON_USUAL = (1 << REASON_ASKED) | (1 << REASON_BOT) | (1 << REASON_BOT_FAILED) |
                   (1 << REASON_BOT_TIMED_OUT)
};

/* The reason with this label; 0 = none. */
enum reason reason_named(struct slice label);
const char *reason_label(enum reason reason); /* "asked"; "unknown" */
const char *reason_words(enum reason reason); /* "the customer asked for a human" */

#endif
