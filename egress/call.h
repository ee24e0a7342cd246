/* call — one command on its way: its bytes, its tries, and what waits for it.
 *
 *   read ─▶ queued in its lane ─▶ ready at its gate ─▶ out ─▶ answered ─▶ outcome written ─▶ gone
 *                                   ▲                 │ ▲
 *                                   └── backing off ◀─┘ └─ looked up, when an answer was lost
 *
 * Made when a command is read, freed when its outcome is acknowledged. A call whose partition was
 * taken away while it was out stays as an orphan until what is out comes back.
 *
 * While it waits for long its bytes may be let go (room.c); they are read again when its turn comes
 * (reread.c). It has them whenever it is out, is held, or ends. */
#ifndef EGRESS_CALL_H
#define EGRESS_CALL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "egress/core/due.h"
#include "event/command.h"
#include "port/bus.h"

#include <stdbool.h>
#include <stdint.h>

struct carrying;
struct gate;
struct share;
struct lane_item;

/* What one request of a call is for. */
enum call_step {
    CALL_SEND,     /* the effect itself */
    CALL_LOOK,     /* did it happen? */
    CALL_CHECK,    /* whose is it now, and as of when? */
    CALL_COMMENTS, /* a fetched ticket's second half */
    CALL_FILE,     /* a file that goes with it, … */
    CALL_UPLOAD,   /* … and its handing over */
};
const char *call_step_name(enum call_step step); /* "send": a metric's label */

/* Calls in an order; each stands in at most one list of a kind. */
enum call_link {
    CALL_READY,  /* at its gate, held by its share, or ended and to be written */
    CALL_POSTED, /* of its share: the outcome was handed over */
    CALL_LINK_COUNT
};
struct call_list {
    struct call *first, *last;
};

struct call {
    struct {
        struct call *prev, *next;
    } links[CALL_LINK_COUNT];
    struct share *share;    /* NULL: orphan */
    struct lane_item *item; /* in share's lanes */
    struct gate *gate;      /* where it queues; NULL = nowhere */
    struct gate *counted;   /* where what is started of it is; NULL = nowhere */
    uint32_t probe;         /* its number, if that gate's breaker took it for one; else 0 */
    bool is_queued;         /* at its gate */
    bool is_held;           /* counted as started, waits for its partition's horizon */
    bool is_out;            /* a request of it is with the peer */
    uint64_t serial;        /* of the request, at its gate */
    uint64_t ticket;        /* of the request or record that is out; 0 = none */
    struct due_entry due;
    struct due_entry want; /* its bytes: in its share's `wanted` */

    /* From the command, so that it need not be decoded for every question. */
    enum effect_kind effect; /* EFFECT_NONE: could not be decoded, goes to `dead` */
    enum voice voice;
    uint32_t epoch;
    wall_ms_t asked; /* its patience counts from here; 0 = nobody knows, and it has all */

    bool is_blank;   /* its bytes were let go before its turn: what follows is not known yet */
    bool was_reread; /* its turn had come already: it does not wait behind others again */

    enum call_step step; /* of the request that is out */
    bool in_doubt;       /* may have been applied */
    bool look_first;
    bool was_doubted;     /* was in doubt: sent again, it needs a commit of its own time */
    uint64_t since;       /* serial of that commit; 0 = not known yet */
    uint32_t tries;       /* requests sent that could have had the effect */
    uint32_t looks;       /* look-ups since it came into doubt */
    uint32_t failures;    /* waits in a row: grows the backoff */
    uint32_t bad_answers; /* 5xx, garbage */
    mono_ms_t turn_ends;  /* bot turn: when the bot is too slow; 0 = not started */
    mono_ms_t settled_at; /* in doubt: from then on absence counts */
    mono_ms_t look_began;
    uint32_t page; /* requests of the look-up that were answered */

    bool was_lost;      /* an answer to a try of it was */
    bool met_another;   /* a try was refused since somebody else wrote meanwhile */
    bool owner_lost;    /* the last check: the words are not the bot's to say any more */
    bool was_forbidden; /* answered 403 once, when that seemed to be about our login */
    bool key_taken;  /* ticket creation: refused, and an earlier writing or try may have made it */
    wall_ms_t stamp; /* ticket update: updated_at as read; 0 = to be read */
    mono_ms_t checked_at; /* message: when its owner was last found to be right; 0 = never */
    uint32_t token;       /* serial of the access token that the request carries; 0 = none */
    char *kept;           /* fetched ticket: its first half; looked up: the cursor. Owned */
    size_t kept_len;
    struct carrying *carrying; /* its files (files.h); NULL = nothing was begun. Owned */
    bool fell_back;            /* its body was refused: sent without what it may be refused for */

    bool is_applied; /* as it ended */
    char *dead;      /* record for `dead`, owned; written before the outcome */
    size_t dead_len;
    char *outcome; /* encoded event, owned */
    size_t outcome_len;
    size_t ending_bytes; /* of both, as counted */
    bool is_unwritten;   /* its outcome waits for others of its share that are on their way */
    bool is_written;     /* it is on its way */
    bool is_posted;      /* its outcome was handed over, and may be stored even if nobody says so */
    int64_t posted_from; /* where in `events` it may stand, at the earliest */

    wall_ms_t read_time; /* of the record */
    size_t key_len;
    size_t value_len;
    char *bytes; /* key, then value; owned; NULL = let go */
};

/* A copy of the record. NO_MEMORY. */
MUST_USE err_t call_new(const struct bus_record *record, struct call **ret_call);
/* One whose bytes have to be read first. NO_MEMORY. */
MUST_USE err_t call_new_blank(struct call **ret_call);
/* Takes a copy of its record, for one that has none. NO_MEMORY. */
MUST_USE err_t call_fill(struct call *c, const struct bus_record *record);
void call_let_bytes_go(struct call *c); /* nothing when it has none */
void call_free(struct call *c);         /* accepts NULL; must be in no queue */
static inline struct slice call_key(const struct call *c)
{
    return slice_from(c->bytes, c->key_len);
}
static inline struct slice call_value(const struct call *c)
{
    return slice_from(c->bytes + c->key_len, c->value_len);
}
/* Where its look-up goes on; empty = it begins. */
static inline struct slice call_cursor(const struct call *c)
{
    return slice_from(c->kept, c->kept_len);
}
/* Forgets what is kept between two requests. */
void call_drop_kept(struct call *c);
void call_list_push_back(struct call_list *list, enum call_link link, struct call *c);
void call_list_push_front(struct call_list *list, enum call_link link, struct call *c);
/* It must be in this very list. */
void call_list_remove(struct call_list *list, enum call_link link, struct call *c);
/* Bytes of memory that it holds; the record's count only while it has them. */
size_t call_size(const struct call *c);

#endif
