/* reach — how often the histories came to each place; one that none has come to fails the run. */
#ifndef TESTS_SIM_REACH_H
#define TESTS_SIM_REACH_H

#include "event/conversation.h"
#include "processor/core/effects.h"

#include <stdint.h>

/* What happens beside the decisions themselves. */
#define REACH_MOMENTS(X)                                                                           \
    X(GAP, "no webhook came in for a while")                                                       \
    X(HALT, "an event crashed the program, its conversation waits")                                \
    X(CRASH_BEFORE_STEP, "processor: crash after the read, before the step")                       \
    X(CRASH_BEFORE_COMMIT, "processor: crash after the step, before the commit")                   \
    X(CRASH_AFTER_COMMIT, "processor: crash after the commit")                                     \
    X(CRASH_BEFORE_CALL, "egress: crash before the call")                                          \
    X(CRASH_AFTER_CALL, "egress: crash after the call, before its outcome")                        \
    X(ANSWER_LOST, "egress: an answer was lost, the call found applied")                           \
    X(CONFLICT, "egress: a ticket changed under an update")                                        \
    X(CHECKED_SILENT, "egress: a bot's word met another owner and was not said")                   \
    X(FENCED, "egress: a bot's word ended behind a fence")                                         \
    X(OUTCOME_TWICE, "an outcome was told twice")                                                  \
    X(SUCCEEDED, "an owner that was succeeded gave up, too late")                                  \
    X(BETTER, "given up, and applied after all")                                                   \
    X(DELIVERED_TWICE, "a webhook came twice")                                                     \
    X(DELIVERED_LATE, "a webhook came late")                                                       \
    X(BOT_DEFERRED, "the bot answered later")                                                      \
    X(TIMER, "a timer fired")                                                                      \
    X(CONFIGURED, "the configuration changed")                                                     \
    X(BRAND_MOVED, "a ticket was moved to another brand")                                          \
    X(FORWARDED, "a chat: a word went to a human")                                                 \
    X(ADDED, "a chat: a word was added to the ticket that was made instead")                       \
    X(REMOVED, "a chat: its conversation at Zendesk was removed")                                  \
    X(FOUND_AGAIN, "a chat: its user or conversation was looked for, and found")                   \
    X(MERGED, "two conversations became one")                                                      \
    X(ENDED_BUSY, "one that goes into another has commands without outcome")                       \
    X(WORDS_TRAVELLED, "a word that waited in one came into the other")                            \
    X(TAKEN_BY_HUMAN, "one came into another that a human has")                                    \
    X(TAKEN_WHILE_HALTED, "one came into another that waits for an operator")                      \
    X(ASKED_OF_GONE, "egress: a call for a conversation that is gone")                             \
    X(EVICTED, "nothing happened for weeks, a state is gone")                                      \
    X(HELD, "nothing happened for weeks, a state stays: somebody has it")                          \
    X(WOKEN, "something came before a state went")                                                 \
    X(ERASED, "an operator erased a conversation")                                                 \
    X(ERASED_BY_FORCE, "an operator erased one in which something was under way, by force")        \
    X(NOT_ERASED, "an operator would have erased one in which something is under way")             \
    X(LATE_BY_WEEKS, "a webhook came weeks late")                                                  \
    X(REBORN, "a conversation lives again")                                                        \
    X(CLOSED_TICKET, "called while nobody is at work: a ticket")                                   \
    X(CLOSED_TOLD, "called while nobody is at work: told so")                                      \
    X(CLOSED_BY_HAND, "called by hand while nobody is at work")                                    \
    X(REPLAYED, "a history was replayed, to the same bytes")                                       \
    X(REDACTED, "a history without its words was replayed, to the same decisions")

enum reach_moment {
#define X(name, text) REACH_##name,
    REACH_MOMENTS(X)
#undef X
        REACH_MOMENT_COUNT
};

enum {
    REACH_PHASES = 6,
    REACH_TURNS = 4,
    REACH_BRIDGES = 4,
    REACH_REASONS = 32,
    REACH_EFFECTS = 48
};

struct reach {
    uint64_t phases[REACH_PHASES][REACH_PHASES]; /* from, to: by one step */
    uint64_t turns[REACH_TURNS][REACH_TURNS];
    uint64_t bridges[REACH_BRIDGES][REACH_BRIDGES];
    uint64_t notes[NOTE_COUNT];
    uint64_t reasons[REACH_REASONS];
    uint64_t outcomes[REACH_EFFECTS][OUTCOME_UNDECIDED + 1];
    uint64_t moments[REACH_MOMENT_COUNT];
};

struct before;
/* What one step did. */
void reach_step(struct reach *r, const struct conversation *after, const struct before *before,
                const struct effects *effects);
/* Prints it all; how many places were never reached that have to be. */
int reach_report(const struct reach *r);

#endif
