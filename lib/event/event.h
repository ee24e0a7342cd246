/* event — whatever can influence a decision, as one record of the log.
 *
 * Domain types: the codec turns them into bytes (proto/event.proto) and back. All slices borrow
 * from the arena or the input that made the event. docs/EVENTS.md describes each type with an
 * example. */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/instant.h"
#include "base/slice.h"
#include "event/bot_answer.h"
#include "event/ident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVENT_SCHEMA = 1 };

/* name, wire number, CloudEvents type. Wire numbers are never reused. */
#define EVENT_TYPE_TABLE(X)                                                                        \
    X(CONVERSATION_CREATED, 1, "conversations.conversation.created")                               \
    X(MESSAGE, 2, "conversations.message")                                                         \
    X(POSTBACK, 3, "conversations.postback")                                                       \
    X(SWITCHBOARD, 4, "conversations.switchboard")                                                 \
    X(USER_MERGED, 5, "conversations.user.merged")                                                 \
    X(CONVERSATION_REMOVED, 6, "conversations.conversation.removed")                               \
    X(CONVERSATIONS_OTHER, 7, "conversations.other")                                               \
    X(TICKET, 20, "support.ticket")                                                                \
    X(BOT_REPLY, 40, "platform.reply")                                                             \
    X(PLATFORM_MESSAGE, 41, "platform.message")                                                    \
    X(RATING, 42, "platform.rating")                                                               \
    X(ACTION, 43, "platform.action")                                                               \
    X(HANDOFF, 44, "platform.handoff")                                                             \
    X(CUSTOMER_DATA, 45, "platform.customer-data")                                                 \
    X(END, 46, "platform.end")                                                                     \
    X(HANDBACK, 47, "platform.handback")                                                           \
    X(OUTCOME, 60, "tieline.outcome")                                                              \
    X(HORIZON, 61, "tieline.horizon")                                                              \
    X(TAKEOVER, 62, "tieline.takeover")                                                            \
    X(TIMER, 63, "tieline.timer")                                                                  \
    X(CONFIG, 64, "tieline.config")                                                                \
    X(ALIVE, 65, "tieline.alive")                                                                  \
    X(ABSORB, 66, "tieline.absorb")                                                                \
    X(OPERATOR, 67, "tieline.operator")                                                            \
    X(BACKFILL, 68, "tieline.backfill")                                                            \
    X(MISSED, 69, "tieline.missed")                                                                \
    X(ANSWERED, 70, "platform.answer")                                                             \
    X(TICKET_STATUS, 142, "tieline.ticket-status")

enum event_type {
    EVENT_NONE = 0,
#define X(name, number, ce_type) EVENT_##name = number,
    EVENT_TYPE_TABLE(X)
#undef X
};

enum event_source {
    EVENT_FROM_NONE,
    EVENT_FROM_CONVERSATIONS, /* Zendesk's messaging webhook */
    EVENT_FROM_SUPPORT,       /* Zendesk's ticket webhook */
    EVENT_FROM_PLATFORM,      /* the bot or chat platform */
    EVENT_FROM_INGEST,
    EVENT_FROM_PROCESSOR,
    EVENT_FROM_EGRESS,
    EVENT_FROM_OPERATOR,
};

/* A switchboard integration as an event or a fetch names it. */
struct integration {
    bool present;
    struct slice id;             /* of the switchboard integration */
    struct slice name;           /* "zd-agentWorkspace" */
    struct slice integration_id; /* of the integration behind it */
    struct slice type;           /* "custom", "zd:agentWorkspace", … */
};

struct customer {
    struct slice user_id;
    struct slice external_id;
    struct slice zendesk_id;
    struct slice name;
    struct slice email;
    struct slice locale;
    struct slice avatar_url;
    struct slice phone;
};

struct attachment {
    struct slice url;
    struct slice media_type;
    struct slice name;
};

enum author { AUTHOR_NONE, AUTHOR_CUSTOMER, AUTHOR_BUSINESS };
enum switchboard_action {
    SWITCHBOARD_NONE,
    SWITCHBOARD_PASS,
    SWITCHBOARD_OFFER,
    SWITCHBOARD_ACCEPT,
    SWITCHBOARD_RELEASE,
    SWITCHBOARD_PASS_FAILED,
    SWITCHBOARD_OFFER_FAILED,
    SWITCHBOARD_ACCEPT_FAILED,
};

/* Everything the processor needs of a Conversations event; members not in the event are empty. */
struct conversations_event {
    struct slice type; /* as Zendesk names it: "conversation:message" */
    struct slice conversation_id;
    struct slice brand_id;
    struct slice widget_id;   /* source.integrationId of what a customer sent */
    struct slice source_type; /* "web", "whatsapp", "zd:agentWorkspace", "api:conversations", … */
    struct integration active;
    struct integration pending;
    struct customer customer;
    /* message, postback */
    struct slice message_id;
    wall_ms_t received;
    enum author author;
    struct slice author_subtype; /* "agent", "bot", "AI", "activity" */
    struct slice author_name;
    struct slice content_type; /* "text", "image", "formResponse", … */
    struct slice text;         /* text, textFallback or caption */
    struct slice payload;      /* of a pressed button */
    const struct attachment *attachments;
    size_t attachment_count;
    struct slice activity;  /* type of a system message: never answered */
    struct slice effect_id; /* our stamp in message.metadata, as text: our own echo */
    bool deleted;
    /* switchboard */
    enum switchboard_action switchboard;
    struct slice reason; /* "ticketClosed", … */
    /* user merge */
    struct slice discarded_user_id;
    struct slice surviving_conversation_id; /* where two conversations became one */
    struct slice discarded_conversation_id;
};

/* The ticket webhook carries ids only; it starts a fetch. */
struct ticket_event {
    struct slice
        event; /* "ticket_created", "comment_added", "ticket_changed", "zen:event-type:…" */
    struct slice ticket_id;
    struct slice brand_id;
    struct slice current_user_id;
    struct slice updated_at;
    struct slice latest_comment_id;
    struct slice invocation_id;
};

/* What the bot or chat platform posts: a reply to a turn, or something that happened there. */
struct platform_event {
    struct slice turn; /* reply: which turn it answers */
    struct bot_answer answer;
    struct slice message_id;
    struct slice text;
    struct slice name;   /* action's name, rating's scale */
    double value;        /* rating */
    struct slice reason; /* handoff, end, handback */
    struct slice summary;
    struct slice data; /* customer data: the JSON object as it came */
    struct customer customer;
    enum way handoff_way; /* handoff: as in a bot_answer */
    enum priority handoff_priority;
    struct slice handoff_tags;
    const struct attachment *attachments; /* of a message */
    size_t attachment_count;
};

/* What one command came to. One outcome for each writing of a command. */
#define OUTCOME_TABLE(X)                                                                           \
    X(APPLIED, 1, "applied")       /* Zendesk or the bot has done it, once */                      \
    X(DEFERRED, 2, "deferred")     /* bot answered 202: its reply comes as an event */             \
    X(REFUSED, 3, "refused")       /* the other side said no, for good */                          \
    X(TIMED_OUT, 4, "timed_out")   /* bot turn: no answer in time */                               \
    X(FAILED, 5, "failed")         /* bot turn: an answer that is none; 5xx until tries ran out */ \
    X(SUPERSEDED, 6, "superseded") /* bot word of an older owner epoch, not started */             \
    X(GAVE_UP, 7, "gave_up")       /* waited too long */                                           \
    X(UNDECIDED, 8, "undecided")   /* in doubt and cannot be decided: in `dead` with its reason */

enum outcome_result {
    OUTCOME_NONE = 0,
#define X(name, number, text) OUTCOME_##name = number,
    OUTCOME_TABLE(X)
#undef X
};

struct outcome {
    struct effect_id effect_id;
    int64_t command_offset; /* in `commands`, same partition number */
    uint64_t incarnation;   /* of the egress that wrote it */
    uint32_t effect;        /* enum effect_kind of command.h */
    uint32_t slot;          /* enum slot */
    uint32_t episode;
    uint32_t attempt;
    uint32_t epoch;
    enum outcome_result result;
    uint32_t status;        /* HTTP; 0 = none */
    uint32_t tries;         /* requests sent */
    struct slice detail;    /* for a person; no secret, no customer's words */
    struct slice remote_id; /* of what was made */
    wall_ms_t answered;     /* the answer's Date */
    struct slice turn;      /* bot turn: its id */
    bool answer_given;
    struct bot_answer answer; /* bot turn */
    bool active_given;
    struct integration active; /* fetch(active) */
    struct slice fetched;      /* other fetches: JSON, as read */
};

struct horizon {
    int64_t offset; /* no command at or beyond it has been sent */
    uint64_t incarnation;
    bool closes; /* the last one of an owner that leaves in peace: may be lower */
};

enum timer_kind {
    TIMER_NONE,
    TIMER_TURN = 1,
    TIMER_INACTIVITY = 2,
    TIMER_NOBODY_TOOK_IT = 3,
    TIMER_SEARCH = 4,
    TIMER_EVICT = 13 /* not kept in a state: the processor finds who is due */
};
struct timer_fired {
    enum timer_kind kind;
    wall_ms_t due;
    uint32_t epoch;
    struct slice ref; /* what it waits for: the turn's id */
};

enum operator_action {
    OPERATOR_NONE,
    OPERATOR_ESCALATE = 1,
    OPERATOR_HANDBACK = 2,
    OPERATOR_ERASE = 3,        /* unless something is under way */
    OPERATOR_ERASE_FORCED = 4, /* whatever is under way */
};
struct operator_call {
    enum operator_action action;
    struct slice reason;
    struct slice who;
};

/* How a ticket stands, as far as a bot's side cares. OPEN: new, open, pending or on hold. */
enum ticket_state {
    TICKET_STATE_UNKNOWN,
    TICKET_STATE_OPEN,
    TICKET_STATE_SOLVED,
    TICKET_STATE_CLOSED,
};
struct ticket_status {
    struct slice ticket_id;
    enum ticket_state state;
    wall_ms_t updated; /* Zendesk's clock */
};

/* A time for which nobody can say that every webhook came in. */
/* Two conversations are one. */
struct absorb {
    struct slice into;  /* key of the one that stays: this one is to go there; or … */
    struct slice from;  /* … key of one that comes here, … */
    struct slice state; /* … and its state, packed */
};

struct missed {
    wall_ms_t since;
    wall_ms_t until;   /* BACKFILL: 0, it is the record's time */
    wall_ms_t updated; /* of a ticket that a search found */
    struct slice who;  /* BACKFILL: the person */
};

struct event {
    enum event_type type;
    enum event_source source;
    struct slice id;           /* unique per thing that happened: what a retry repeats */
    struct slice account;      /* name; empty only for ALIVE, CONFIG, HORIZON, TAKEOVER */
    struct slice store;        /* where the sender's URL named one */
    struct slice conversation; /* key of the record; empty for events of the partition */
    wall_ms_t occurred;        /* sender's clock: Zendesk's createdAt */
    wall_ms_t accepted;        /* ingest's clock: for people, never for decisions */
    struct slice traceparent;
    struct slice raw; /* the sender's JSON of this event, whole; empty for ours */
    union {
        struct conversations_event conversations; /* types 1..7 */
        struct ticket_event ticket;
        struct platform_event platform; /* types 40..47 */
        struct outcome outcome;
        struct horizon horizon; /* also TAKEOVER: its incarnation */
        struct timer_fired timer;
        int64_t config_offset; /* CONFIG: versions up to and with this offset are in force */
        struct operator_call operator_call;
        struct missed missed; /* BACKFILL, MISSED */
        struct absorb absorb;
        struct ticket_status ticket_status;
    } body;
};

const char *event_type_name(enum event_type type); /* "conversations.message"; "unknown" */
const char *outcome_result_name(enum outcome_result result);
const char *ticket_state_name(enum ticket_state state); /* "solved"; "unknown" */
/* True for events that belong to one conversation and go through step(). */
bool event_has_conversation(enum event_type type);
/* True for the types that carry `body.conversations`. */
static inline bool event_is_conversations(enum event_type type)
{
    return type >= EVENT_CONVERSATION_CREATED && type <= EVENT_CONVERSATIONS_OTHER;
}
static inline bool event_is_platform(enum event_type type)
{
    return (type >= EVENT_BOT_REPLY && type <= EVENT_HANDBACK) || type == EVENT_ANSWERED;
}

#endif
