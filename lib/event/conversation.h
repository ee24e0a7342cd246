/* conversation — the state of one conversation: all that a decision may depend on.
 *
 * A packed blob in the processor's memory and in the compacted topic `conversations`; this struct
 * is its unpacked form, living in an arena while step() works on it.
 *
 *   [new] ──▶ [bot] ──▶ [handing off] ──▶ [human] ──▶ [released] ──▶ [bot] …
 *                                                          └──▶ [ended]
 *
 * owner(phase): bot in new and bot; human in handing off and human; nobody in released and ended.
 */
#ifndef EVENT_CONVERSATION_H
#define EVENT_CONVERSATION_H

#include "base/instant.h"
#include "base/limits.h"
#include "base/slice.h"
#include "event/command.h"
#include "event/event.h"
#include "event/ident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONVERSATION_SCHEMA = 1 };

enum phase { PHASE_NEW, PHASE_BOT, PHASE_HANDING_OFF, PHASE_HUMAN, PHASE_RELEASED, PHASE_ENDED };
enum owner { OWNER_BOT, OWNER_HUMAN, OWNER_NOBODY };

/* How far the hand-over of an episode has come. */
enum handover {
    HANDOVER_NONE,
    HANDOVER_PASSING,   /* control was asked to pass, no outcome yet */
    HANDOVER_TICKETING, /* a ticket is being made, or given to the team */
    HANDOVER_DONE,
    HANDOVER_ASKING, /* before all that: whether an agent is online has no outcome yet */
};

/* How far the way of a chat of the bot's own site into Conversations is made. */
enum bridge {
    BRIDGE_NONE,
    BRIDGE_USER,         /* its user is being made or found */
    BRIDGE_CONVERSATION, /* its conversation is being made */
    BRIDGE_OPEN,         /* remote_id is the conversation's */
};

/* Which store speaks here. WAITING: no id seen yet that decides; SILENT: decided, nobody's. */
enum routing { ROUTING_WAITING, ROUTING_STORE, ROUTING_SILENT };

enum turn_state {
    TURN_NONE,
    TURN_ASKED,    /* command written, no outcome yet */
    TURN_DEFERRED, /* bot answered 202 */
    TURN_SPEAKING, /* answer known, its words have no outcome yet */
};

struct seen_id {
    uint64_t digest; /* ident_digest of the event's or message's id */
    wall_ms_t at;    /* sender's clock */
};

struct pending_message {
    struct slice id;
    struct slice text;
    wall_ms_t received;
    const struct attachment *attachments;
    size_t attachment_count;
    struct slice type;    /* of one that is more than text: "image", "location", "postback" */
    struct slice payload; /* of the button that was pressed */
};

struct turn {
    enum turn_state state;
    struct slice id; /* effect id as text: what the bot sees as `turn` */
    struct effect_id effect_id;
    uint32_t epoch;      /* owner epoch it was asked in */
    size_t covers;       /* how many of `pending`, from the front, it carries */
    uint32_t words_open; /* words without outcome */
};

enum speaker { SPEAKER_CUSTOMER = 1, SPEAKER_BOT = 2, SPEAKER_AGENT = 3, SPEAKER_NOTICE = 4 };
struct history_entry {
    enum speaker speaker;
    struct slice text; /* cut at LIMIT_HISTORY_TEXT_BYTES_MAX */
    wall_ms_t at;
};

struct timer {
    enum timer_kind kind;
    wall_ms_t due;
    struct slice ref;
};

/* A command without outcome. */
struct outstanding {
    struct effect_id effect_id;
    enum effect_kind effect;
    enum slot slot;
};

/* A command that ended without being applied. Each writing of a command has an outcome of its own;
 * an "applied" of the same effect, told later, is the better news. */
struct given_up {
    struct effect_id effect_id;
    enum effect_kind effect;
    enum slot slot;
    int64_t command_offset; /* of the writing that ended so */
};

/* Of an account: how far the search of tickets that were updated in a gap has come. */
struct search {
    wall_ms_t since;   /* where the round began; 0 = no search */
    wall_ms_t from;    /* updated then or later: where the next page begins */
    uint32_t page;     /* within the tickets of that second, from 1 */
    uint32_t round;    /* from 0 */
    uint32_t failures; /* in a row */
    bool asked;        /* a page has no outcome yet */
    wall_ms_t again;   /* another gap was met meanwhile: since when; 0 = none */
    wall_ms_t began;   /* of this round: what is updated later is none of its concern */
    uint32_t size;     /* of a page, where `page` is not the first; 0 = egress chooses */
};

/* Whether a hand-over still has to tell the transcript. */
enum transcript_owed {
    TRANSCRIPT_SETTLED,
    TRANSCRIPT_WAITING, /* a human was called, the ticket is not known yet */
    TRANSCRIPT_DUE,     /* the ticket is known */
};

/* Of the whole transcript that a human gets; all zero where the store wants none. Its older part
 * stands in chunks (transcript.h), its newer one in `history` behind the first `kept` entries. */
struct transcript {
    uint32_t first; /* number of the oldest chunk */
    uint32_t count; /* of chunks */
    size_t kept;    /* entries of `history`, from the oldest, that stand in chunks or were told */
    uint32_t turns; /* that stand in chunks */
    uint32_t cut;   /* turns that are lost, since there were too many */
    uint32_t told;  /* turns that an earlier hand-over told */
    enum transcript_owed owed;
};

/* In `told`, where no reason has the bit: of the team's hours. */
#define CONVERSATION_TOLD_CLOSED UINT32_C(1)

/* One value of the customer data that the platform posted. */
struct datum {
    struct slice key;
    struct slice value; /* JSON as it came */
};

struct conversation {
    struct slice key;
    struct slice account;
    struct slice store; /* name; empty unless routing is STORE */
    enum surface surface;
    struct slice remote_id; /* Zendesk's id of the conversation or ticket */
    enum routing routing;
    struct slice widget_id; /* first seen; fixes the store for good */
    struct slice brand_id;
    struct slice source_type;
    struct customer customer;

    enum phase phase;
    uint32_t epoch;   /* + 1 with every change of owner */
    uint32_t episode; /* from the first message after new or released to the next release or end */
    uint32_t attempt; /* of the hand-over within the episode */
    uint32_t life;    /* where its episodes began to count (core/evict.h); 0 = at 0 */
    bool welcomed;
    bool speak_checked;       /* false: the next bot word asks first who is active */
    wall_ms_t switchboard_at; /* Zendesk's clock of the newest owner evidence applied */
    bool evidence_asked;      /* a fetch(active) is outstanding */
    uint32_t reasons;         /* REASON_BITs of this episode */
    uint32_t told;            /* those whose text the customer was told instead of a human */
    enum way way;             /* of this episode's hand-over */
    enum priority priority;   /* of its ticket, … */
    struct slice tags;        /* … and its tags beside the store's, with commas between them */
    const struct datum *data; /* newest value of each key */
    size_t data_count;
    bool rated;
    double rating; /* the customer's newest */
    enum handover handover;
    bool pass_unsure;        /* whether control was passed is not known: Zendesk is asked */
    uint32_t ticket_attempt; /* of the hand-over whose ticket is asked for, or was last */
    bool ticket_plain;       /* with the needful only */
    struct slice
        bots_summary;       /* of this episode's hand-over, for whichever way it takes; or empty */
    struct slice ticket_id; /* that a hand-over made, or that belongs to the conversation */
    struct slice assignee_id; /* of a ticket, as fetched last; empty = nobody */
    bool fetch_asked;         /* a fetch of the ticket, or of the messages, is outstanding */
    bool fetch_again;         /* it changed since that was asked */
    uint32_t nobody_seen;     /* fetches in a row that found nobody active */
    wall_ms_t missed_since;   /* what was said since then may be news without a webhook; 0 = none */
    wall_ms_t missed_until;   /* end of the newest gap that was dealt with. Of an account: both are
                                 the span that was searched */
    struct search search;     /* of an account */

    struct seen_id seen[LIMIT_SEEN_IDS_MAX]; /* oldest first */
    size_t seen_count;
    wall_ms_t watermark; /* newest `at` that has fallen out of `seen` */

    struct pending_message pending[LIMIT_PENDING_MESSAGES_MAX]; /* not covered by an answer yet */
    size_t pending_count;
    struct turn turn;
    uint64_t said[LIMIT_SAID_MAX]; /* phrase_digest of what the customer said, oldest first; kept
                                    * only while the bot owns and a rule wants it */
    size_t said_count;
    struct history_entry history[LIMIT_HISTORY_ENTRIES_MAX]; /* oldest first */
    size_t history_count;
    struct slice newest; /* the customer's newest words, where the history has them cut */
    struct transcript transcript;
    struct attachment files[LIMIT_SENT_FILES_MAX]; /* of the customer, oldest first, that no ticket
                                                    * has yet (core/sent_files.h) */
    size_t file_count;
    uint32_t files_cut; /* older ones that were too many */
    size_t files_there; /* of `files`, from the oldest: the bridge's conversation has them */
    struct timer timers[LIMIT_TIMERS_MAX];
    size_t timer_count;
    struct outstanding outstanding[LIMIT_OUTSTANDING_MAX];
    size_t outstanding_count;
    struct given_up given_up[LIMIT_GIVEN_UP_MAX]; /* oldest first */
    size_t given_up_count;
    bool halted; /* an event of it crashed the program: it waits for an operator */

    struct slice absorbed_into; /* key of the conversation that it goes into; empty = none */
    bool absorb_told;           /* its state was sent there */

    bool ending; /* its platform ended it; what is under way to a human comes first */

    enum bridge bridge;
    bool bridge_failed;         /* it was tried before, and what was made of it may be there */
    struct slice status_ticket; /* the ticket that was heard of last, its own or a hand-over's, … */
    enum ticket_state ticket_state; /* … how it stands, … */
    wall_ms_t ticket_state_at;      /* … and since when, by Zendesk's clock */
    uint32_t status_version;        /* of the newest status told to the bot's platform; 0 = none */

    wall_ms_t turns_since; /* start of the hour in which turns are counted */
    uint32_t turns_count;
    wall_ms_t created;
    wall_ms_t updated; /* log time of the newest event; never goes back */
};

static inline enum owner phase_owner(enum phase phase)
{
    switch (phase) {
    case PHASE_NEW:
    case PHASE_BOT: return OWNER_BOT;
    case PHASE_HANDING_OFF:
    case PHASE_HUMAN: return OWNER_HUMAN;
    case PHASE_RELEASED:
    case PHASE_ENDED: return OWNER_NOBODY;
    }
    BUG("phase out of range");
}

const char *phase_name(enum phase phase);
const char *routing_name(enum routing routing);
const char *bridge_name(enum bridge bridge);
const char *turn_state_name(enum turn_state state);

#endif
