/* story — a conversation as a test tells it: configuration, events and outcomes as lines of JSON.
 *
 *   {"config": {"accounts": [{"name", "integration", …}], "stores": [{"name", "account", "widget",
 * …}]}}
 *   {"at": "2026-…", "webhook": { one element of a Conversations delivery's `events` }}
 *   {"at": "2026-…", "outcome": {"of": "bot_turn", "result": "applied", "answer": {…}, "active":
 * {…}}}
 *     also "status": 422 (of HTTP), "incarnation": 2 (of the egress that tells it; else the
 * newest), "again": true (the command is written again: a later outcome is of its second writing)
 *   {"takeover": 3}
 *   {"at": "2026-…", "halt": true}
 *   {"at": "2026-…", "reply": {"turn": "current" | "…", "store": "…", "answer": {…}}}
 *   {"at": "2026-…", "platform": { what is posted to /events }, "store": "shoes" (if no other)}
 *   {"at": "2026-…", "ticket": {"id": "17", "event": "comment_added"}}
 *     "of_conversation": true (the messaging conversation hears of its ticket)
 *   {"at": "2026-…", "operator": "escalate" | "handback"}
 *   {"at": "2026-…", "timer": "turn" | "inactivity" | "nobody_took_it" | "search"}
 *     "late": the one that was fired last, once more
 *   {"at": "2026-…", "missed": {"since": "2026-…", "until": "2026-…", "updated": "2026-…"},
 *     "of": "acme/ticket/17" (needed in the first event of a story)}
 *   {"at": "2026-…", "ticket_status": {"id": "17", "status": "solved", "updated": "2026-…"}}
 *
 * Webhooks go through ingest's own reader, so a story is what Zendesk would send. An outcome
 * belongs to the oldest command of its kind that has none yet. */
#ifndef TESTS_SUPPORT_STORY_H
#define TESTS_SUPPORT_STORY_H

#include "base/arena.h"
#include "base/err.h"
#include "event/config_log.h"
#include "event/event.h"
#include "json/json_read.h"
#include "processor/core/step.h"

enum { STORY_WAITING_MAX = 256, STORY_CHUNKS_MAX = 256 };

struct story {
    struct arena arena; /* lives as long as the story */
    struct config_log *log;
    int64_t config_offset;
    const struct config_set *config;
    struct conversation *state;                /* NULL before the first event */
    struct effects effects;                    /* of the last step */
    struct command waiting[STORY_WAITING_MAX]; /* commands without outcome, oldest first */
    size_t waiting_count;
    struct slice chunks[STORY_CHUNKS_MAX]; /* of the transcript, by their numbers; packed */
    uint64_t incarnation;                  /* of egress' newest owner */
    int64_t offset;                        /* of the next command */
    struct timer timer;                    /* that was fired last */
    struct slice turn;                     /* the newest one's id */
    int64_t events;                        /* made by the story itself, for their ids */
    struct slice line;                     /* being played */
    /* Hears of each record of `config`; NULL = nobody does. */
    void (*on_config)(void *arg, struct slice key, struct slice bytes);
    void *on_config_arg;
};

void story_init(struct story *s);
void story_deinit(struct story *s);
/* Plays one line. *ret_event is the event that it made (type NONE for a config line). */
MUST_USE err_t story_play(struct story *s, struct slice line, struct why *why,
                          struct event *ret_event);

#endif
