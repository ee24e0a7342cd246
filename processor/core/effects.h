/* effects — what a step wants done: commands for egress, events for other conversations, and notes
 * for the counters.
 *
 * A list of fixed capacity that the shell turns into one transaction. Notes influence nothing: they
 * say in words of the domain what was decided, for metrics and for `tieline show`. */
#ifndef PROCESSOR_CORE_EFFECTS_H
#define PROCESSOR_CORE_EFFECTS_H

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "event/command.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>

#define NOTE_TABLE(X)                                                                              \
    X(DUPLICATE, "duplicate")             /* seen before: nothing was done */                      \
    X(TOO_OLD, "too_old")                 /* older than what the dedupe remembers */               \
    X(UNMAPPED_SILENT, "unmapped_silent") /* no store for this widget: silence */                  \
    X(FALLBACK_USED, "fallback_used")     /* unmapped widget, answered by the fallback store */    \
    X(WAITING, "waiting")                 /* no id yet that decides the store */                   \
    X(NOT_OURS, "not_ours")               /* a human or another bot has the conversation */        \
    X(OWNER_CHANGED, "owner_changed")                                                              \
    X(STALE_EVIDENCE, "stale_evidence") /* older than what is known of the owner */                \
    X(STALE_REPLY, "stale_reply")       /* to a turn or epoch that is over */                      \
    X(WRONG_STORE, "wrong_store")       /* a bot spoke about another store's conversation */       \
    X(TURN_STARTED, "turn_started")                                                                \
    X(TURN_ANSWERED, "turn_answered")                                                              \
    X(TURN_FAILED, "turn_failed")   /* the bot failed, refused or was too slow */                  \
    X(TURN_CAP, "turn_cap")         /* too many turns in an hour: a loop */                        \
    X(PENDING_FULL, "pending_full") /* more messages than a conversation may hold back */          \
    X(WORD_LOST, "word_lost")       /* a bot's message was refused or given up */                  \
    X(STORE_OFF, "store_off")       /* store or account disabled, or no bot */                     \
    X(IGNORED, "ignored")           /* nothing follows from this event */                          \
    X(WELCOMED, "welcomed")                                                                        \
    X(WORDS_CUT, "words_cut")             /* an answer longer than a turn may say */               \
    X(TRANSCRIPT_TOLD, "transcript_told") /* a human got all that was said */                      \
    X(TRANSCRIPT_CUT, "transcript_cut")   /* more was said than is kept of a conversation */       \
    X(ESCALATED, "escalated")             /* a human was called */                                 \
    X(TOLD, "told")                       /* a rule's text instead of a human */                   \
    X(NOBODY_CAME, "nobody_came")         /* to a conversation that was handed over live */        \
    X(CLOSED, "closed")                   /* a human was called while the team is not at work */   \
    X(AGENTS_AWAY, "agents_away")         /* a human was called while none is online */            \
    X(AGENTS_UNKNOWN, "agents_unknown")   /* who is online was not to be had: handed over */       \
    X(ECHO, "echo")                       /* our own words came back */                            \
    X(AUTOMATIC, "automatic")             /* what a machine sent: not answered */                  \
    X(GONE_SILENT, "gone_silent")         /* the customer, while the bot had the conversation */   \
    X(ENDED, "ended")                     /* by the platform */                                    \
    X(REASON_ADDED, "reason_added")       /* one more reason, nobody called again */               \
    X(LIVE_FAILED, "live_failed")         /* control was not passed: a ticket instead */           \
    X(HANDOVER_FAILED, "handover_failed") /* no way was left */                                    \
    X(BETTER_NEWS, "better_news")         /* applied after all, when it had been given up */       \
    X(OVERTAKEN, "overtaken")             /* by an owner before the last takeover: not counted */  \
    X(HALTED, "halted")                   /* waits for an operator: nothing was decided */         \
    X(GOES_ON, "goes_on")                 /* an operator let a halted conversation go on */        \
    X(NO_CONVERSATION, "no_conversation") /* a ticket that is none of its own */                   \
    X(UNASSIGNED, "unassigned")           /* a new ticket that nobody assigned to the bot */       \
    X(FETCH_FAILED, "fetch_failed")                                                                \
    X(DATA_CUT, "data_cut")             /* customer data or fields beyond a limit were left out */ \
    X(FIELDS_REFUSED, "fields_refused") /* Zendesk took the ticket only with the needful */        \
    X(MISSED, "missed")                 /* fetched after a gap, or by order */                     \
    X(ABSORBED, "absorbed")             /* two conversations became one */                         \
    X(ERASED, "erased")                 /* an operator ordered it: the state is gone */            \
    X(EVICTED, "evicted")               /* nothing happened for long: the state is gone */         \
    X(AFTER_END, "after_end")           /* a customer's word in a conversation that has ended */

enum note {
#define X(name, text) NOTE_##name,
    NOTE_TABLE(X)
#undef X
        NOTE_COUNT
};

enum { EFFECTS_NOTES_MAX = 16 };

/* A piece of the transcript that stands differently from now on. */
struct chunk_change {
    uint32_t number;
    struct slice bytes; /* packed; empty = it goes */
};

struct effects {
    bool changed; /* the state must be stored; false: nothing followed from the event */
    bool evicted; /* then it is not stored but taken away */
    struct command commands[LIMIT_EFFECTS_PER_STEP_MAX];
    size_t command_count;
    struct event *events; /* of other conversations, to be written into the log; in the
                           * arena of the step */
    size_t event_count;
    struct chunk_change *chunks; /* of this conversation; in the arena of the step */
    size_t chunk_count;
    enum note notes[EFFECTS_NOTES_MAX];
    size_t note_count;
};

void effects_reset(struct effects *e);
/* Appends; TOO_LARGE when the list is full. The pointer is valid until reset. */
MUST_USE err_t effects_add(struct effects *e, struct command **ret_command);
/* Notes beyond the capacity are dropped: they are not decisions. */
void effects_note(struct effects *e, enum note note);
bool effects_has_note(const struct effects *e, enum note note);
const char *note_name(enum note note);

#endif
