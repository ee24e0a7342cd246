/* model — the records that the sandbox keeps.
 *
 *     brand ── web integration ──▶ conversation ──▶ message
 *                                    │    ▲ participants ── user
 *                                    ▼ active, pending
 *     switchboard ── switchboard integration ── integration ── webhook, keys
 *
 * All of it lives in the store's arena until the program ends; a removed record is marked and left
 * where it is. Members named *_json are JSON text that was written by us; empty = absent. Text is
 * followed by a NUL. */
#ifndef SANDBOX_MODEL_H
#define SANDBOX_MODEL_H

#include "base/instant.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conversation;
struct integration;
struct support_hook;
struct ticket;

struct brand {
    int64_t id;
    struct slice id_text; /* the Conversations API writes brand ids as strings */
    struct slice name;
    struct integration *widget;
};

struct agent {
    int64_t id;
    struct slice name;
};

struct user {
    struct slice id;
    struct slice external_id;
    struct slice zendesk_id;
    struct slice brand_id; /* of a brand-separated user */
    bool authenticated;
    bool to_be_retained;
    bool removed;
    wall_ms_t signed_up_at;
    wall_ms_t created_at;
    struct slice given_name, surname, email, avatar_url, locale;
    struct slice metadata_json;
    struct membership *conversations; /* oldest first */
};

struct participant {
    struct slice id;
    struct user *user;
    int64_t unread_count;
    wall_ms_t last_read;
    bool left;
    struct participant *next;
};

struct membership {
    struct conversation *conversation;
    struct membership *next;
};

enum author { AUTHOR_USER, AUTHOR_BUSINESS };

struct message {
    struct slice id;
    wall_ms_t received;
    enum author author;
    struct user *user; /* AUTHOR_USER */
    struct slice display_name, avatar_url;
    struct slice subtype; /* AI, activity, agent, bot */
    struct slice content_json;
    struct slice text; /* what a person reads */
    struct slice source_type;
    struct slice source_integration_id; /* user messages of a widget only */
    struct slice metadata_json;
    struct slice activity_type; /* ticket:closed, … */
    bool silent;                /* not delivered to the customer */
    bool removed;
};

struct conversation {
    struct slice id;
    struct slice type; /* personal, sdkGroup */
    struct slice display_name, description, icon_url;
    struct slice metadata_json;
    const struct brand *brand;
    struct integration *widget; /* where it began; NULL = made by API */
    bool is_default;
    bool removed;
    wall_ms_t created_at, updated_at, business_last_read;
    struct switchboard_integration *active;  /* NULL = nobody */
    struct switchboard_integration *pending; /* NULL = nobody */
    struct switchboard_integration *active_before;
    wall_ms_t active_since; /* when `active` took over from `active_before` */
    const struct agent *agent;
    struct ticket *ticket; /* of the session that the agents have, or had; NULL = none is open */
    struct participant *participants;
    struct message **messages; /* oldest first, removed ones among them */
    size_t message_count, message_room;
    size_t message_live; /* without the removed ones */
};

enum integration_kind { INTEGRATION_CUSTOM, INTEGRATION_WEB, INTEGRATION_ZENDESK };

struct webhook {
    struct slice id;
    struct slice target;
    struct slice secret;
    const struct slice *triggers;
    size_t trigger_count;
    bool include_full_user, include_full_source;
    bool removed;
    struct integration *integration; /* NULL = of Support */
    struct support_hook *support;    /* NULL = of Conversations */
};

struct api_key {
    struct slice id; /* app_…, int_… */
    struct slice secret;
    struct slice display_name;
    struct integration *integration; /* NULL = app scope */
    bool removed;
    struct api_key *next; /* of the same integration */
};

struct integration {
    struct slice id;
    enum integration_kind kind;
    struct slice type; /* custom, web, zd:agentWorkspace, … */
    struct slice display_name;
    const struct brand *brand;                         /* web */
    struct switchboard_integration *default_responder; /* web; NULL = inherited */
    struct webhook *webhook;                           /* custom */
    struct api_key *keys;
    bool removed;
};

struct switchboard_integration {
    struct slice id;
    struct slice name;
    struct integration *integration;
    bool deliver_standby_events;
    bool removed;
    struct switchboard_integration *next_in_line; /* nextSwitchboardIntegrationId */
    int64_t history_count;                        /* 0 = not set */
};

struct switchboard {
    struct slice id;
    bool enabled;
    bool exists;
    struct switchboard_integration *default_integration;
};

struct attachment {
    struct slice id;
    struct slice name, media_type, media_url, path;
    struct slice bytes;
    struct conversation *conversation; /* NULL = not bound to one */
    bool removed;
};

#endif
