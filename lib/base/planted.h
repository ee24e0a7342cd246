/* planted — trouble put into the programs on purpose, for the tests that must find it.
 *
 * Only a build with -DTIELINE_PLANTED=ON has any; in every other one these are constants that the
 * compiler removes, and no release is made of that build.
 *
 *   CRASH_POINT(E4)    the process dies (or stands still) here, when the environment says so:
 *                        TIELINE_CRASH=E4:3         killed when it comes here for the third time
 *                        TIELINE_CRASH=E8:1:stop    stopped, until somebody sends SIGCONT
 *                        TIELINE_CRASH_LOG=FILE     a line with the point's name is added before
 *   CRASH_PLANNED(E3)  true when that environment names E3: for what must be set up for it
 *   MUTANT(settle)     true when TIELINE_MUTANT=settle: a guard is left out
 *
 * A name that does not exist ends the program with 64: a test must not pass by a misspelling. */
#ifndef BASE_PLANTED_H
#define BASE_PLANTED_H

/* The instants between two of which a crash leaves something half done. */
#define PLANTED_POINTS(X)                                                                          \
    X(I1, "ingest: body read, nothing produced")                                                   \
    X(I2, "ingest: records handed to the producer, no report yet")                                 \
    X(I3, "ingest: all reports are there, not answered")                                           \
    X(I4, "ingest: answered")                                                                      \
    X(I5, "ingest: some of a request's records are handed over, not all")                          \
    X(I6, "ingest: the log has not taken or confirmed a request, which is not told yet")           \
    X(I7, "ingest: the configuration is not known for sure, the 503 is not said yet")              \
    X(P0, "processor: an event that holds the words 'planted poison' is being decided")            \
    X(P1, "processor: events are read, no transaction is begun")                                   \
    X(P2, "processor: outputs are produced, nothing is committed")                                 \
    X(P3, "processor: the end of a transaction is sent, its answer is not read")                   \
    X(P4, "processor: the commit's outcome is unknown, no new handle yet")                         \
    X(P5, "processor: partitions are taken away, their state is still held")                       \
    X(P6, "processor: a transaction was aborted after its state had changed in memory")            \
    X(E1, "egress: the horizon stands in events, its commit is not asked for")                     \
    X(E2, "egress: the horizon is committed, the request is not begun")                            \
    X(E3, "egress: half of the request is written")                                                \
    X(E4, "egress: the answer begins to arrive, nothing of it is used")                            \
    X(E5, "egress: the answer is judged, its outcome is not written")                              \
    X(E6, "egress: the outcome is acknowledged, the offset is not committed")                      \
    X(E7, "egress: a look-up has found nothing, the effect is not sent again yet")                 \
    X(E8, "egress: after the last check, right before the request is given away")                  \
    X(E9, "egress: partitions are taken away, calls are still out")                                \
    X(E10, "egress: a takeover has read both logs, nothing is sent yet")                           \
    X(E11, "egress: a ticket's creation was lost and is about to be sent again")                   \
    X(E12, "egress: an offset commit is sent, its answer is not read")

/* Guards, each of which some test must miss. */
#define PLANTED_MUTANTS(X)                                                                         \
    X(unconfirmed, "a webhook is answered 200 though the log has not confirmed it")                \
    X(horizon, "nothing is recorded or committed before a command is sent")                        \
    X(horizon_record, "the horizon is committed, but not recorded in events")                      \
    X(horizon_ahead, "the horizon passes what was fetched")                                        \
    X(look_up, "a command in doubt is sent again without looking")                                 \
    X(settle, "absence counts at once")                                                            \
    X(safe_update, "ticket updates carry no stamp")                                                \
    X(aged_stamp, "a stamp of this very second is good enough")                                    \
    X(seek_guard, "libcurl may send a request again by itself")                                    \
    X(generation, "membership and stalls are not looked at")                                       \
    X(mark_early, "an offset is committed before its outcome is acknowledged")                     \
    X(dedupe, "an event or message may count twice")                                               \
    X(fence, "words of an older owner epoch are still spoken")                                     \
    X(handle_reused, "a transaction goes on after a commit whose outcome is unknown")              \
    X(incarnation, "outcomes of an owner before the last takeover still count")                    \
    X(watermark, "what is older than all that is remembered counts as new")                        \
    X(epoch, "an answer to any turn counts, whoever has the conversation by now")                  \
    X(fence_written, "a change of owner writes no fence")                                          \
    X(stale_switchboard, "older news of who is active overrules newer")                            \
    X(once_an_episode, "a human is called again though one has been called")                       \
    X(timer_lag, "timers fire though events still wait in the log")                                \
    X(commit_order, "a transaction's changes count before it is committed")

#ifdef TIELINE_PLANTED
#include <stdbool.h>

enum planted_point {
#define X(name, what) PLANTED_POINT_##name,
    PLANTED_POINTS(X)
#undef X
        PLANTED_POINT_COUNT
};
enum planted_mutant {
#define X(name, what) PLANTED_MUTANT_##name,
    PLANTED_MUTANTS(X)
#undef X
        PLANTED_MUTANT_COUNT
};

/* Any thread. */
void planted_at(enum planted_point point);
bool planted_is_planned(enum planted_point point);
bool planted_is(enum planted_mutant mutant);

#define CRASH_POINT(name) planted_at(PLANTED_POINT_##name)
#define CRASH_PLANNED(name) planted_is_planned(PLANTED_POINT_##name)
#define MUTANT(name) planted_is(PLANTED_MUTANT_##name)
#else
#define CRASH_POINT(name) ((void)0)
#define CRASH_PLANNED(name) 0
#define MUTANT(name) 0
#endif

#endif
