/* timeline — a record of the log as one line that a person reads: who said what, what was decided,
 * what a call came to. Pure.
 *
 *     12:00:01.300  customer   Where is my order?
 *     12:00:01.310  ask        the bot is asked
 *     12:00:02.020  answer     the bot answered: 1 message, sure 0.90
 *     12:00:02.030  say        bot: It is on its way.
 *     12:00:02.150  done       message, 201, 1 try
 *
 * Texts of customers are in it, as `tieline show` and `tail` are asked to tell them; bytes that
 * would move a terminal's cursor are not. */
#ifndef CTL_TIMELINE_H
#define CTL_TIMELINE_H

#include "base/buf.h"
#include "base/err.h"
#include "event/command.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "event/event.h"
#include "port/bus.h"

/* One line of a text, cut where it is long, without what a terminal would obey. BUF_FULL,
 * NO_MEMORY. */
MUST_USE err_t timeline_text(struct buf *out, struct slice text);
/* Appends "kind       what" without time and line end. *ret_tells false, and nothing is appended:
 * the record is of the machinery and tells a person nothing (horizons, signs of life, our own
 * echoes). BUF_FULL, NO_MEMORY. */
MUST_USE err_t timeline_event(struct buf *out, const struct event *event, bool *ret_tells);
MUST_USE err_t timeline_command(struct buf *out, const struct command *command, bool *ret_tells);

/* How a conversation stood, as far as a change of it is told. Zeroed: not known yet. */
struct timeline_stand {
    bool is_known;
    enum phase phase;
    uint32_t epoch, episode, reasons;
};
/* Appends a line, with its end, for each rule that called a human since, and one for who has it
 * now; nothing where that stayed as it was. Takes over the new stand. */
MUST_USE err_t timeline_change(struct buf *out, struct timeline_stand *before,
                               const struct conversation *now);
/* "the bot", "a human", "nobody" */
const char *timeline_owner(enum phase phase);

/* What is to be told; an empty member lets everything through. */
struct timeline_filter {
    struct slice account, store, conversation;
    const char *const *types; /* of an event, or the effect of a command; any of these */
    size_t type_count;
    /* Where a record names no store: the configuration that maps its widget or brand; NULL = such
     * a record is let through for no store. */
    const struct config_set *set;
};
/* A type that no record has: the nearest that one may have, or "". NULL = there is such a type. */
const char *timeline_unknown_type(const char *type);

/* A record of `events` or `commands`: its line as above, or, for machines, {"topic", "partition",
 * "offset", "time", "event" or "command"} with all that is in it.
 *
 * arena   scratch
 * filter  NULL = all
 * Errors  as above; POISON classes for what cannot be read. */
MUST_USE err_t timeline_record(struct arena *arena, struct buf *out,
                               const struct bus_record *record, bool is_json,
                               const struct timeline_filter *filter, bool *ret_tells);

#endif
