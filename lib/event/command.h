/* command — one effect that egress is to bring about, with its id and the exact request.
 *
 * Rendered once, by the processor; every try sends the same bytes. What egress adds is what must
 * not be in the log: host, login, signature. */
#ifndef EVENT_COMMAND_H
#define EVENT_COMMAND_H

#include "base/instant.h"
#include "base/slice.h"
#include "event/ident.h"

#include <stdbool.h>
#include <stdint.h>

enum { COMMAND_SCHEMA = 1 };

/* name, wire number, label in metrics and outcomes. Wire numbers are never reused. */
#define EFFECT_TABLE(X)                                                                            \
    X(FENCE, 1, "fence") /* no call: bot words of an older epoch end here */                       \
    X(BOT_TURN, 2, "bot_turn")                                                                     \
    X(MESSAGE, 3, "message")           /* into a Conversations conversation */                     \
    X(FETCH_ACTIVE, 4, "fetch_active") /* who is the active integration */                         \
    X(PASS_CONTROL, 5, "pass_control")                                                             \
    X(RELEASE_CONTROL, 6, "release_control")                                                       \
    X(FETCH_TICKET, 7, "fetch_ticket")                                                             \
    X(TICKET_CREATE, 8, "ticket_create")                                                           \
    X(TICKET_UPDATE, 9, "ticket_update") /* one PUT: comment, note, fields, assignee */            \
    X(BOT_NOTICE, 10, "bot_notice")                                                                \
    X(FETCH_MESSAGES, 11, "fetch_messages") /* the newest of a conversation */                     \
    X(SEARCH_TICKETS, 12, "search_tickets") /* of an account, updated since */                     \
    X(TICKET_TAGS, 20, "ticket_tags")       /* adds them: twice is once */                         \
    X(USER_UPSERT, 21, "user_upsert")       /* a Support user by mail address: the same */         \
    X(USER_CREATE, 25, "user_create")       /* in Conversations; or found, when there is one */    \
    X(CONVERSATION_CREATE, 26, "conversation_create")                                              \
    X(FETCH_AGENTS, 30, "fetch_agents") /* who is online for messaging */

enum effect_kind {
    EFFECT_NONE = 0,
#define X(name, number, label) EFFECT_##name = number,
    EFFECT_TABLE(X)
#undef X
};

/* Who speaks, where a command puts words before a customer. */
enum voice {
    VOICE_NONE = 0,
    VOICE_BOT = 1,    /* carries the owner epoch; ends as superseded behind a fence */
    VOICE_NOTICE = 2, /* told by us, allowed whoever owns */
    VOICE_CUSTOMER = 3,
};

enum api { API_NONE = 0, API_CONVERSATIONS = 1, API_SUPPORT = 2, API_BOT = 3 };
enum http_method {
    METHOD_NONE = 0,
    METHOD_GET = 1,
    METHOD_POST = 2,
    METHOD_PUT = 3,
    METHOD_PATCH = 4,
    METHOD_DELETE = 5
};

/* A file that is fetched and handed over before the request is sent, which then names it. */
struct carried_file {
    struct slice url;
    struct slice media_type;
    struct slice name;
    bool zendesks; /* Zendesk told of it: read with the account's own login */
};

struct command {
    struct effect_id effect_id;
    enum effect_kind effect;
    enum slot slot;
    uint32_t index;
    enum voice voice;
    struct slice account;
    struct slice store;
    struct slice conversation; /* key */
    struct slice remote_id;    /* Zendesk's id of conversation or ticket */
    uint32_t episode;
    uint32_t attempt;
    uint32_t epoch;
    bool look_first;    /* written a second time: ask before sending */
    bool check_owner;   /* ask who is active before sending: the first bot word after a
                              release, and that a human's session is over */
    wall_ms_t created;  /* time of the event that caused it */
    span_ms_t deadline; /* bot turn: how long the bot may take */
    struct slice turn;  /* bot turn and its words: the turn's id */
    struct slice traceparent;
    /* The request; empty for a fence. `path` is below the API's base URL, percent-encoded. */
    enum api api;
    enum http_method method;
    struct slice path;
    struct slice body;
    bool typing; /* bot turn: the customer sees that an answer is being written */
    bool openai; /* bot turn: the body is for an OpenAI-compatible chat endpoint */
    const struct carried_file *files;
    size_t file_count;
    struct slice fallback; /* sent instead where a file cannot be had or the body is refused */
};

const char *effect_name(enum effect_kind effect);      /* "message"; "unknown" */
const char *http_method_name(enum http_method method); /* "POST" */

#endif
