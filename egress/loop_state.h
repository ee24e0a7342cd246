/* loop_state — the inside of the loop, shared by its parts only. */
#ifndef EGRESS_LOOP_STATE_H
#define EGRESS_LOOP_STATE_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/rng.h"
#include "egress/call.h"
#include "egress/core/due.h"
#include "egress/gate.h"
#include "egress/loop.h"
#include "egress/oauth.h"
#include "egress/quotas.h"
#include "egress/share.h"
#include "egress/tickets.h"

/* Set in the cookies of a partition's own records, so that they are not taken for a call's. */
#define LOOP_SHARE_BIT (UINT64_C(1) << 63)
/* Set in the cookies of requests for access tokens, likewise. */
#define LOOP_TOKEN_BIT (UINT64_C(1) << 62)
/* Set in the cookies of what shows that a bot is asked, likewise; never in those of records. */
#define LOOP_TYPING_BIT (UINT64_C(1) << 63)

struct egress_loop {
    struct egress_options options;
    struct bus *bus;
    const struct config_set *config; /* NULL = none yet */
    err_t failed;                    /* FATAL inside a callback, told by the next turn */
    struct why why;
    mono_ms_t now; /* of the turn under way */

    struct share *shares[LIMIT_PARTITIONS_MAX]; /* NULL = not ours */
    int32_t share_end;                          /* one past the highest that ever was ours */
    bool recovered[LIMIT_PARTITIONS_MAX];       /* --recover counts once for each */
    struct gates gates;
    struct oauth oauth;
    struct quotas quotas;
    struct due due;         /* calls that wait for a moment */
    struct tickets tickets; /* of calls: their requests and records */
    struct tickets records; /* of shares: their takeover and horizon records */
    struct tickets typings; /* of gates: what is shown of turns that are out */
    struct rng rng;
    struct arena scratch; /* one command and what is made of it */
    size_t bytes_held;    /* of calls that have their records, with them */
    size_t bare;          /* calls without */
    size_t bytes_swept;   /* `bytes_held` after room was made last */
    mono_ms_t swept_at;
    size_t bytes_ending; /* of outcomes that are not acknowledged */
    size_t readers_open;
    size_t held; /* calls that wait for the horizon of their partition */
    struct call *carriers[LIMIT_FILES_AT_ONCE_MAX]; /* that may hold a file; NULL = free */

    bool commit_is_out;
    mono_ms_t commit_asked; /* when the last one was */
    bool commit_wanted;     /* something is worth a commit */
    bool commit_hurries;    /* calls wait for it */
    mono_ms_t fenced_since; /* commits are refused from then on; 0 = they are not */
    bool final_is_out;      /* the outstanding commit is the last one of a drain */
    bool final_done;
    bool rejoin_wanted; /* what was committed is not known: start over as a new member */
    struct bus_offset commit_offsets[LIMIT_PARTITIONS_MAX];
    char commit_texts[LIMIT_PARTITIONS_MAX][HORIZON_TEXT_BYTES];

    mono_ms_t turn_ended;
    span_ms_t turn_wait; /* as told then */
    bool is_draining;
};

/* ---- takeover.c */
/* The handler's on_assign and on_revoke. */
void takeover_assigned(struct egress_loop *l, const struct bus_offset *committed, size_t count);
void takeover_revoked(struct egress_loop *l, const int32_t *partitions, size_t count);
/* Nothing of any partition is handed over any more: the bus may be gone. */
void takeover_drop_all(struct egress_loop *l);
/* The takeover record is stored. */
void takeover_marked(struct egress_loop *l, struct share *s, int64_t offset);
/* One piece of work for every partition that is not running; *ret_busy = there is more at once. */
MUST_USE err_t takeover_some(struct egress_loop *l, bool *ret_busy);
/* The commit of our incarnation is accepted. */
MUST_USE err_t takeover_committed(struct egress_loop *l, struct share *s);

/* ---- intake.c: a record of `commands`, in the order of its partition. *ret_full = memory is at
 * its limit and the record was not taken. */
MUST_USE err_t intake_record(struct egress_loop *l, struct share *s,
                             const struct bus_record *record, bool *ret_full);
/* The command of a call, decoded into the scratch arena (which is emptied). It was read once
 * already, so only memory can be missing. */
MUST_USE err_t intake_command(struct egress_loop *l, const struct call *call,
                              struct command *ret_command);
/* What the command of a call says, noted in the call. `is_again`: it was read before. */
MUST_USE err_t intake_learn(struct egress_loop *l, struct call *call, bool is_again);

/* ---- room.c: memory is for what moves. Where it gets short, what waits keeps no bytes, so that
 * one who has to wait takes no room from others. */
/* What stands behind others is not kept now. */
bool room_is_short(const struct egress_loop *l);
/* True when one more command may be taken in; makes room for it where it can. */
bool room_left(struct egress_loop *l);
/* The same for the record of one that was taken in. */
bool room_for_records(struct egress_loop *l);
/* Much less is used than may be. */
bool room_is_ample(const struct egress_loop *l);
/* What stands at the head of this lane has its record, or is about to. */
bool room_lane_moves(const struct lane *lane);
/* Frees the call of a command that is not the first of its lane; what is left is its place. */
void room_forget(struct egress_loop *l, struct call *call);
/* Counts a call that is new or has its record again, and one that has it no more or goes. */
void room_taken(struct egress_loop *l, const struct call *call);
void room_given_back(struct egress_loop *l, const struct call *call);

/* ---- reread.c: the records of calls whose turn has come, from the log once more */
/* The record of this one, the first of its lane, is wanted; nothing when it is already.
 * NO_MEMORY. */
MUST_USE err_t reread_want(struct call *call);
/* The same for one that has no call any more. NO_MEMORY. */
MUST_USE err_t reread_want_item(struct egress_loop *l, struct share *s, struct lane_item *item);
/* Those at the front of a gate that have none. NO_MEMORY. */
MUST_USE err_t reread_want_front(struct egress_loop *l, const struct gate *gate);
/* It is wanted no more. */
void reread_drop(struct egress_loop *l, struct call *call);
/* Reads for a while; *ret_busy = there is more at once. */
MUST_USE err_t reread_some(struct egress_loop *l, bool *ret_busy);

/* ---- held.c: nothing is sent before the horizon is beyond it */
/* True when the effect itself may be sent now. */
bool held_may_send(const struct call *call);
/* Keeps a call that its gate has let go, counted there, until it may; or sends it away for a
 * moment, not counted, while its partition of `events` takes nothing: it must not delay other
 * accounts. */
MUST_USE err_t held_add(struct egress_loop *l, struct call *call);
/* Takes it out again, counted no more; nothing when it is not held. */
void held_drop(struct egress_loop *l, struct call *call);
/* Starts those that may go now. */
MUST_USE err_t held_release(struct egress_loop *l, struct share *s);
/* Writes the horizons, and wants the commits, that held calls and the end of a drain need. */
MUST_USE err_t held_advance(struct egress_loop *l);
/* The horizon record of a share is stored at `offset`. */
void held_recorded(struct share *s, int64_t offset);

/* ---- run.c */
/* The gate of a command; NULL: it goes to none, and ends. TABLE_FULL, NO_MEMORY. */
MUST_USE err_t run_gate(struct egress_loop *l, const struct command *command,
                        struct gate **ret_gate);
bool run_may_begin(const struct egress_loop *l, const struct call *call);
/* The first of its lane: goes to its gate, or ends at once. */
MUST_USE err_t run_ready(struct egress_loop *l, struct call *call);
/* Taken from its gate: sends, or ends. */
MUST_USE err_t run_start(struct egress_loop *l, struct call *call);
/* Its moment has come: back to the gate, or too late. */
MUST_USE err_t run_due(struct egress_loop *l, struct call *call);
/* What the next request of a call is for. */
enum call_step run_step(struct egress_loop *l, const struct call *call,
                        const struct command *command);
/* Counted as started by a gate, but it was not; nothing when it is counted nowhere. */
void run_uncount(struct egress_loop *l, struct call *call);
/* True when so little of its patience is left that it has to be sent as it can be now. */
bool run_is_late(struct egress_loop *l, const struct call *call);
/* It is looked at again at `at`, or as soon as it is late. NO_MEMORY. */
MUST_USE err_t run_rest(struct egress_loop *l, struct call *call, mono_ms_t at);
MUST_USE err_t run_answer(struct egress_loop *l, const struct peer_answer *answer);
/* A fence was read: what it stops in this lane and is only waiting ends now. */
MUST_USE err_t run_fenced(struct egress_loop *l, struct call *first);

/* ---- post.c */
struct ending {
    enum outcome_result result;
    uint32_t status;
    struct slice detail;
    struct slice remote_id;
    wall_ms_t answered;
    const struct bot_answer *answer;
    const struct integration *active;
    struct slice fetched;
};
/* Ends a call: its outcome is written, and before it a dead letter where a person must look. */
MUST_USE err_t post_end(struct egress_loop *l, struct call *call, const struct command *command,
                        const struct ending *ending);
/* Ends a record that is no command: only a dead letter is written. */
MUST_USE err_t post_poison(struct egress_loop *l, struct call *call);
/* Writes what has to be written next, now, with others, or when the bus takes it. */
MUST_USE err_t post_write(struct egress_loop *l, struct call *call);
/* Its outcome waits no more to be written, and is not counted as on its way; nothing when it does
 * not and is not. */
void post_drop(struct call *call);
/* Hands the outcomes over that wait, of each partition together. */
MUST_USE err_t post_flush(struct egress_loop *l);
/* The partition goes: what its calls came to is handed over, ahead of a takeover record that may be
 * ours again. Nobody hears of it here, but a successor need not look those calls up. */
MUST_USE err_t post_last(struct egress_loop *l, struct share *s);
/* Its outcome is acknowledged, or it goes: where the outcome may stand does not matter any more. */
void post_forget(struct call *call);
MUST_USE err_t post_delivered(struct egress_loop *l, struct call *call, err_t result,
                              int64_t offset);
/* Writes a record of the partition itself, TAKEOVER or HORIZON; what may pass by itself is tried
 * again from `retry_at` on. */
MUST_USE err_t post_own(struct egress_loop *l, struct share *s, enum event_type type,
                        int64_t offset);

/* ---- oauth.c */
/* Access tokens, for an account's calls to its Support API. The call learns the serial of the token
 * that login_support() gives now; 0 = the account uses none.
 *
 * ret_waits   there is none: its gate is held until one comes or is refused
 * Errors      those of login_token_request() with *ret_login_failed, of support_url(), and of
 *             peer_submit() */
MUST_USE err_t oauth_ready(struct egress_loop *l, const struct account *account, struct call *call,
                           bool *ret_login_failed, bool *ret_waits);
MUST_USE err_t oauth_answer(struct egress_loop *l, const struct peer_answer *answer);
/* A call with this token was answered 401: true when a new token may cure it. */
bool oauth_refused(struct egress_loop *l, struct slice account, uint32_t serial);
/* A call with this token was let in. */
void oauth_proven(struct egress_loop *l, struct slice account, uint32_t serial);
void oauth_forget(struct egress_loop *l);

/* ---- typing.c */
/* A turn has been given to its bot: shows its customer that an answer is being written, if that
 * costs nobody anything. Whatever goes wrong is nobody's loss. */
void typing_show(struct egress_loop *l, const struct call *turn, const struct command *command,
                 const struct account *account);
void typing_answer(struct egress_loop *l, const struct peer_answer *answer);

/* ---- answer_limits.c */
/* Tells budget and breaker of the gate what came back, and wakes it.
 *
 * probe   what gates_started() returned
 * serial  as budget_sent() gave it; 0 = none */
void answer_gate_told(struct egress_loop *l, struct gate *gate, uint32_t probe,
                      const struct peer_answer *answer, enum verdict verdict, uint64_t serial);

/* ---- commits.c */
MUST_USE err_t commits_ask(struct egress_loop *l);
void commits_answered(struct egress_loop *l, err_t result, const struct bus_offset *offsets,
                      size_t count);
/* A drain is at its end but for what the successor must be told. */
bool commits_closing(const struct egress_loop *l);
/* When the next commit may be asked for; false = nothing is waiting for one. */
bool commits_due(const struct egress_loop *l, mono_ms_t *ret_at);

/* ---- loop.c */
/* Takes a call out of every queue and frees it; one that is out becomes an orphan. */
void loop_let_go(struct egress_loop *l, struct call *call);
void loop_trouble(const struct egress_loop *l, const char *what, err_t error, int64_t number);
/* No call is out, waits for the horizon, or has an outcome that is being written. */
bool loop_is_idle(const struct egress_loop *l);
/* True when half a session has passed since `since`, in which we may have been taken for dead: then
 * nothing is sent any more, and all is given up. */
bool loop_has_stalled(struct egress_loop *l, mono_ms_t since);
/* The last look before anything is sent: a rebalance may have begun that nobody has told us of. */
bool loop_is_member(const struct egress_loop *l);
/* First FATAL error met inside a callback. */
void loop_fail(struct egress_loop *l, err_t error);

#endif
