/* find — the conversation that a ticket or a message belongs to, looked for in `events`. Pure: it
 * reads through a port.
 *
 * A ticket is of the conversation whose hand-over made it, as far as the log tells; else of the
 * ticket's own, account/ticket/ID; each account counts its tickets by itself. A message is of the
 * conversation that it was written in. */
#ifndef CTL_REPLAY_FIND_H
#define CTL_REPLAY_FIND_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/replay/past.h"
#include "port/reader.h"

enum { FIND_KEYS_MAX = 8 };

struct find {
    struct reader_port *port;
    int32_t first, last;   /* partitions, both looked into */
    struct past_span span; /* only what is in it; `key` is of no interest */
    struct slice ticket;   /* its id; or, empty, */
    struct slice message;  /* Zendesk's or the platform's id of the message */
    struct arena *arena;   /* holds the keys */
    struct past_times times;

    struct slice keys[FIND_KEYS_MAX]; /* found so far: hand-overs' before a ticket's own */
    size_t count;
    struct slice owns[FIND_KEYS_MAX]; /* the ticket's own conversations, one an account */
    size_t own_count;
};

/* *ret_key is in the arena. Errors: the reader's; TIMEOUT; RANGE: nothing is there, and `why` names
 * the span; USAGE: there is more than one, and `why` names them. */
MUST_USE err_t find_conversation(struct find *f, struct why *why, struct slice *ret_key);

#endif
