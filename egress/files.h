/* files — a call's files on their way: fetched, handed over, then named in what the call sends.
 *
 *   CALL_FILE ─▶ bytes, as the next request takes them ─▶ CALL_UPLOAD ─▶ token or mediaUrl ─▶ …
 *       ▲                     │ dropped as soon as it was given to the peer      │ next file
 *       └───── any failure ◀──┴──────────────────────────────────────────────────┘
 *
 * One file of a call at a time. Bytes are held by LIMIT_FILES_AT_ONCE_MAX calls at most, two of
 * them of one destination, and never for longer than FILES_HOLD_MS: who waits longer begins anew.
 * What a file comes to never decides whether its call is sent, only in which words; and when little
 * of the call's patience is left, no file is waited for any more.
 *
 * A fetch takes from the budget of an account where Zendesk serves the file; a bot's host has none.
 * Neither says anything to a breaker. */
#ifndef EGRESS_FILES_H
#define EGRESS_FILES_H

#include "base/buf.h"
#include "base/err.h"
#include "egress/call.h"
#include "egress/core/carry.h"
#include "event/config.h"

#include <stdbool.h>

struct answered;
struct egress_loop;

enum { FILES_HOLD_MS = 30 * 1000, FILES_AGAIN_MS = 200 };

struct carrying {
    struct call **place; /* of the loop's, which lets it hold bytes; NULL = none */
    mono_ms_t held_since;
    char *bytes; /* the request's body; owned */
    size_t bytes_len;
    char type[CARRY_TYPE_BYTES_MAX + 1]; /* of the file in hand */
    size_t done;                         /* files dealt with, from the first */
    uint32_t tries;                      /* of the file in hand */
    bool failed;                         /* one of them stays behind */
    struct buf refs;                     /* of the others: each with a NUL behind it */
    mono_ms_t first_at;                  /* when the oldest of them was got */
};

/* Its next request is for a file (CALL_FILE, CALL_UPLOAD); else CALL_SEND. */
enum call_step files_step(const struct call *call, const struct command *command);
/* The file in hand. CHECK: files_step() is not CALL_SEND. */
const struct carried_file *files_current(const struct call *call, const struct command *command);
/* Before CALL_FILE: lets it hold bytes, and counts it where its file is. *ret_waits = too many hold
 * some, or that account wants a pause: it is counted nowhere and comes again. NO_MEMORY,
 * TABLE_FULL. */
MUST_USE err_t files_admit(struct egress_loop *l, struct call *call, const struct command *command,
                           const struct account *account, bool *ret_waits);
/* Passes over all files that were not fetched yet. NO_MEMORY. */
MUST_USE err_t files_leave(struct call *call, const struct command *command);
/* Passes over files that may not be fetched: where they are is no place that was configured. */
MUST_USE err_t files_skip(struct call *call, const struct command *command,
                          const struct account *account, const struct store *store);
/* The peer has its own copy of the bytes until the answer comes. */
void files_sent(struct call *call);
/* Forgets the bytes; another call may hold some. */
void files_drop(struct call *call);
/* Forgets tokens that are about to lapse, and bytes held too long. */
void files_age(struct call *call, mono_ms_t now);
/* What is sent with the effect. *ret_body borrows from command, call or arena. As carry_put(). */
MUST_USE err_t files_body(struct arena *arena, const struct call *call,
                          const struct command *command, struct slice *ret_body);
/* The answer to CALL_FILE or CALL_UPLOAD. */
MUST_USE err_t files_answered(struct egress_loop *l, struct call *call, const struct answered *a);
/* The effect was refused: true when it may be for a file in it, and the call is sent without. */
bool files_fall_back(struct call *call, const struct answered *a);

void files_free(struct call *call);

#endif
