/* notices — what the bot's platform is told without being asked: who has the conversation now, and
 * what was said in it by others.
 *
 *     {"type":"status","notice":ID,"conversation":KEY,…,"status":"human","version":3,…}
 *     {"type":"message","notice":ID,"conversation":KEY,…,"message":{"from":"agent","text":…}}
 *
 * Each is one signed POST to the store's bot; its `webhook-id` is the effect id and stands in the
 * body as `notice`, so whoever gets it twice can tell. A status has a version that only rises
 * within a conversation: one that is lower than the newest heard is late news. Stores without a bot
 * that speaks the bot protocol are told nothing. A notice is as dear as a customer's words and is
 * tried as long, but for what is told at a hand-over: behind that a human waits, so it is
 * VOICE_NOTICE and tried a few times only. docs/BOT-PROTOCOL.md has the JSON for bot authors.
 * Feature rows 105, 106. */
#ifndef PROCESSOR_CORE_NOTICES_H
#define PROCESSOR_CORE_NOTICES_H

#include "base/err.h"
#include "processor/core/context.h"

/* Who has the conversation, and how it stands. */
enum notice_status {
    NOTICE_ESCALATED, /* a human was called */
    NOTICE_HUMAN,     /* one has it */
    NOTICE_TICKETED,  /* the team answers by mail; `ticket` names it */
    NOTICE_FAILED,    /* no human could be called: the bot goes on */
    NOTICE_RELEASED,  /* the human's session is over: the bot goes on */
    NOTICE_ENDED,     /* the conversation is over */
    NOTICE_SOLVED,    /* the team has solved its ticket, … */
    NOTICE_REOPENED,  /* … it is open again, … */
    NOTICE_CLOSED,    /* … or closed for good */
};

/* Whether its bot wants to hear how a conversation stands: the platform of a chat does, since it
 * shows who is there; on Zendesk's surfaces where the store says so. */
bool notices_wanted(const struct context *ctx);

/* Tells the status.
 * reason  in a word or two, for a person; may be empty */
MUST_USE err_t notices_status(struct context *ctx, enum notice_status status, struct slice reason);

/* The same of the ticket `ticket_id`. */
MUST_USE err_t notices_ticket(struct context *ctx, enum notice_status status,
                              struct slice ticket_id);

/* Something said to the customer, for the platform to show. */
struct notice_message {
    enum speaker from; /* AGENT, or NOTICE: told by us */
    struct slice id;
    struct slice name; /* of the agent; may be empty */
    struct slice text;
    bool is_markdown;
    wall_ms_t at;
    const struct attachment *attachments;
    size_t attachment_count;
};
/* cause  by render_common.h */
MUST_USE err_t notices_message(struct context *ctx, const struct effect_cause *cause,
                               const struct notice_message *message);

#endif
