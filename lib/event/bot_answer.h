/* bot_answer — what a bot says to a turn, from its JSON, checked once at the edge.
 *
 * The same object comes in the response to a turn (read by egress) and later to
 * /api/v1/stores/{store}/events (read by ingest). docs/BOT-PROTOCOL.md describes it for bot
 * authors. */
#ifndef EVENT_BOT_ANSWER_H
#define EVENT_BOT_ANSWER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/escalation.h"
#include "json/json_read.h"

#include <stdbool.h>
#include <stddef.h>

struct attachment; /* event.h */
struct bot_answer {
    const struct slice *messages; /* Markdown, none empty, at most LIMIT_TURN_WORDS_MAX */
    size_t message_count;
    const struct attachment *attachments; /* shown behind the messages */
    size_t attachment_count;              /* at most LIMIT_ATTACHMENTS_MAX */
    double confidence;                    /* 0..1; negative = not given */
    struct slice intent;
    struct slice sentiment;
    const struct slice *actions; /* names of the actions that fired */
    size_t action_count;
    bool resolved_given;
    bool resolved;
    bool handoff; /* the bot asks for a human */
    struct slice handoff_reason;
    struct slice handoff_summary;
    /* How it would have the human called; counts where the store lets it say so. */
    enum way handoff_way;
    enum priority handoff_priority;
    struct slice handoff_tags; /* with commas between them */
};

/* Reads `by`, `priority` and `tags` of a wish for a human. The same errors. */
MUST_USE err_t bot_answer_read_wish(const struct json *object, struct why *why, enum way *ret_way,
                                    enum priority *ret_priority, struct slice *ret_tags);

/* Reads the members of `object`; unknown ones are ignored (the protocol grows).
 * Text is borrowed from the tree, arrays are in the arena.
 * Errors  WRONG_TYPE, MISSING, RANGE, TOO_LARGE, UTF8, ARENA_FULL; `why` names the member and the
 *         remedy. */
MUST_USE err_t bot_answer_read(struct arena *arena, const struct json *object, struct why *why,
                               struct bot_answer *ret_answer);

#endif
