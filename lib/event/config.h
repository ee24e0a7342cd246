/* config — what belongs to a customer: accounts, stores and the deployment, as records of the log.
 *
 *   key                  value
 *   deployment           partition count, public keys of the sealed secrets
 *   account/NAME         one Zendesk account: where it is, how to log in, how to know its webhooks
 *   store/NAME           one brand or bot on an account: widget, bot, texts
 *
 * A secret that only has to be recognised is a hash; one that has to be used is sealed (libsodium
 * sealed box) to the program that uses it. Nothing here prints a secret: there is none to print. */
#ifndef EVENT_CONFIG_H
#define EVENT_CONFIG_H

#include "base/instant.h"
#include "base/limits.h"
#include "base/slice.h"
#include "event/escalation.h"
#include "event/ident.h"
#include "event/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_SCHEMA = 1 };
#define CONFIG_WAIT_MS_MIN INT64_C(1000)
#define CONFIG_WAIT_MS_MAX (INT64_C(30) * 24 * 3600 * 1000)

struct secret_hash {
    unsigned char bytes[IDENT_KEY_BYTES];
};
/* Up to two at a time, so that a secret can be rotated without losing an event. */
struct secret_hashes {
    struct secret_hash hash[LIMIT_LIVE_SECRETS_MAX];
    size_t count;
};
struct sealed {
    struct slice box; /* empty = not set */
};

enum key_login { KEY_LOGIN_BASIC, KEY_LOGIN_JWT };

struct account {
    struct slice name;
    bool enabled;
    struct slice id_key; /* IDENT_KEY_BYTES, made once, never changed */
    struct slice subdomain;

    /* Conversations (messaging) */
    struct slice conversations_url; /* base; empty = https://{subdomain}.zendesk.com/sc */
    struct slice app_id;
    struct slice key_id;
    struct sealed key_secret; /* to egress */
    enum key_login key_login;
    struct slice integration_id;          /* of our custom integration */
    struct slice switchboard_integration; /* id or name of ours on the switchboard */
    struct slice agent_target;            /* pass control to; default "zd-agentWorkspace" */
    struct secret_hashes webhook_secrets; /* X-API-Key */

    /* Support (tickets) */
    struct slice support_url; /* base; empty = https://{subdomain}.zendesk.com */
    struct slice email;
    struct sealed api_token; /* to egress */
    struct slice oauth_client_id;
    struct sealed oauth_client_secret; /* to egress */
    struct slice bot_user_id;
    /* To ingest; of the webhooks of all stores that have none of their own. */
    struct sealed signing_secrets[LIMIT_LIVE_SECRETS_MAX];
    size_t signing_secret_count;
};

enum bot_kind { BOT_NONE, BOT_HTTP, BOT_OPENAI };
enum after_release { AFTER_RELEASE_RESUME, AFTER_RELEASE_END };

/* What follows from one rule that calls a human. */
struct rule_outcome {
    uint32_t reason; /* enum reason, or of a newer version */
    enum way way;    /* UNSET = as `handoff_live` says */
    enum priority priority;
    struct slice tags; /* of the ticket, with commas between them */
    struct slice text; /* WAY_MESSAGE: what is told; Markdown */
};

/* A text of a store in another language than its own. */
struct store_text {
    enum slot slot;        /* under which it is told */
    struct slice language; /* BCP 47 tag */
    struct slice text;     /* Markdown; empty = off in this language */
    uint32_t reason;       /* of a rule's text, SLOT_NOTICE_RULE; else 0 */
};

/* From when on a time zone is how far from UTC. */
struct zone_offset {
    wall_ms_t from;
    uint32_t east_s; /* seconds east of UTC, and a day, so that it is never below 0 */
};
struct opening {
    uint32_t weekday; /* 0 = Monday */
    uint32_t from;    /* minutes of the day by the clock on the wall */
    uint32_t until;   /* at most 1440 */
};
struct holiday {
    uint32_t date; /* YYYYMMDD; MMDD = of every year */
};
/* What follows when a human is called while the team is not at work, or no agent is online. */
enum closed_then { CLOSED_TICKET, CLOSED_MESSAGE };

/* What follows when nobody took a conversation that was handed over live. */
enum nobody_then { NOBODY_WAIT, NOBODY_TICKET, NOBODY_BOT };
/* What follows when a customer has gone silent. */
enum silent_then { SILENT_RELEASE, SILENT_END };

/* Where a human finds the bot's summary. */
enum summary_place {
    SUMMARY_NOTE,
    SUMMARY_FIRST_MESSAGE, /* of a conversation that is made for the hand-over; else a note */
    SUMMARY_OFF,
};

/* Where a human finds all that was said. */
enum transcript_place { TRANSCRIPT_OFF, TRANSCRIPT_NOTE };

/* What stands in a custom field of a ticket. */
struct field_mapping {
    struct slice field_id;
    struct slice source; /* event/field_source.h */
};

struct store {
    struct slice name;
    struct slice account;
    bool enabled;
    struct slice brand_id;  /* Support brand, as text; empty = none */
    struct slice widget_id; /* empty = the fallback of its account (at most one) */
    bool default_responder; /* the bot may speak where nobody is active */
    enum after_release after_release;

    enum bot_kind bot_kind;
    struct slice bot_url;
    struct sealed bot_secret; /* to egress; signs turns (Standard Webhooks) */
    span_ms_t bot_timeout;    /* 1 s .. 120 s */
    bool bot_private_allowed; /* may be a private address */
    bool bot_notices;         /* BOT_HTTP: hears what happens without it, in Zendesk's widget too */
    bool bot_typing;          /* in Zendesk's widget it is seen that it is asked */
    /* BOT_OPENAI, whose secret is the key of its API */
    struct slice bot_model;
    struct slice bot_system;     /* what the model is told; empty = nothing */
    uint32_t bot_max_tokens;     /* of an answer; 0 = the server's own */
    uint32_t bot_context_tokens; /* of the history that it is given */

    struct slice author_name; /* shown with the bot's messages */
    struct slice author_avatar_url;
    struct slice welcome; /* Markdown; empty = off */

    /* The hand-over to a human */
    bool handoff_live;           /* pass control where the surface can; else by a ticket only */
    uint32_t reasons_off;        /* REASON_BITs of the usual rules that are switched off */
    uint32_t reasons_on;         /* of those that are off until a store asks for them */
    double low_confidence;       /* 0..1; a bot less sure than this calls a human */
    double low_rating;           /* a rating at or below this calls a human */
    const struct slice *actions; /* of the bot that call a human, by name */
    size_t action_count;
    const struct slice *phrases; /* that ask for a human, beside the known ones */
    size_t phrase_count;
    struct slice handoff_notice; /* told when a human is called; Markdown; empty = off */
    struct slice handoff_failed; /* told when none could be called; empty = off */
    struct slice session_ended;  /* told when the human's session is over; empty = off */
    struct slice handoff_group_id;
    struct slice handoff_tags;           /* with commas between them */
    const struct rule_outcome *outcomes; /* of single rules, at most one a reason */
    size_t outcome_count;
    bool handoff_preferences; /* the bot's wish for a human may say how */

    /* The bot's own widget: Zendesk hears of a conversation at its hand-over */
    bool chat;
    bool chat_turns; /* the bot is asked for each message there; else it answers by itself */
    /* What the human gets */
    enum summary_place summary_place;
    enum transcript_place transcript_place;
    const struct field_mapping *fields;
    size_t field_count;
    enum priority handoff_priority; /* of the ticket, where no rule says one */
    struct slice handoff_assignee_id;
    struct slice handoff_form_id;
    bool handoff_open;               /* a ticket that is made is open; else new */
    bool handoff_bot_tag;            /* the bot's name as a tag */
    struct slice conversation_url;   /* with {conversation}, {id} and {customer} in it */
    struct slice placeholder_domain; /* of mail addresses of customers who gave none */

    /* Waiting in vain: 0 = for ever, else CONFIG_WAIT_MS_MIN..MAX; texts empty = off */
    span_ms_t nobody_after; /* from a live hand-over until a human says something */
    enum nobody_then nobody_then;
    struct slice nobody_text;
    span_ms_t silent_after; /* while the bot has it and nothing is left to do */
    enum silent_then silent_then;
    struct slice silent_text;
    /* The team's hours; without openings always */
    struct slice zone; /* IANA name, for people */
    const struct zone_offset *offsets;
    size_t offset_count;
    const struct opening *openings;
    size_t opening_count;
    const struct holiday *holidays;
    size_t holiday_count;
    enum closed_then closed_then;
    struct slice closed_text; /* told instead of `handoff_notice` */
    /* Before a live hand-over it is asked whether an agent is online */
    bool agents_asked;
    enum closed_then away_then;
    struct slice away_text;         /* told instead of `handoff_notice` where none is */
    const struct store_text *texts; /* of the texts above, in other languages */
    size_t text_count;
    bool end_solves; /* a ticket whose conversation the platform ends is solved */

    struct secret_hashes tokens; /* bearer, of tickets and events */
    /* Of the Support webhook that points at this store: Zendesk gives each webhook its own. With
     * none of its own a store has those of its account. */
    struct sealed signing_secrets[LIMIT_LIVE_SECRETS_MAX]; /* to ingest */
    size_t signing_secret_count;
};

struct deployment {
    uint32_t partitions;
    struct slice ingest_public_key; /* 32 bytes; empty = none yet */
    struct slice egress_public_key;
    struct slice moved_into;  /* prefix where all went: nothing is taken in or decided here */
    struct slice moving_from; /* prefix from which states are still to come: nothing is decided */
    struct slice public_url;  /* where Zendesk reaches ingest; empty = nobody has said it */
};

enum config_kind { CONFIG_NONE, CONFIG_DEPLOYMENT, CONFIG_ACCOUNT, CONFIG_STORE };

struct config_record {
    enum config_kind kind;
    union {
        struct deployment deployment;
        struct account account;
        struct store store;
    } body;
};

#endif
