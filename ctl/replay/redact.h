/* redact — records without a personal word: shape, sizes, order and equality stay. Pure.
 *
 *     "Where is my order 1042?"   ─▶   "Kxqje uw bo vhnta 7316?"
 *     "I want a human, Ada"       ─▶   "I want a human, Qme"      a phrase of the rules matches
 *     acme/messaging/6ac7d3e5     ─▶   acme/messaging/91b0f27d
 *
 * A word becomes another of the same letters' script and length, the same one each time, by a key
 * that is thrown away. Words stay where a known or configured phrase, which they are a part of,
 * matches. Ids likewise; but for numbers alone, which Zendesk counts and whose order may matter,
 * and ids that the configuration names (brands, widgets, integrations).
 *
 * A state knows ids that it has seen, and what the customer said, by digests alone. So all events
 * of a capture are gone through once before its states are: from then on it is known which digest
 * becomes which, also of what came before the capture begins and comes once more. */
#ifndef CTL_REPLAY_REDACT_H
#define CTL_REPLAY_REDACT_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/replay/store.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "event/event.h"
#include "event/transcript.h"

struct redact {
    unsigned char key[IDENT_KEY_BYTES]; /* random */
    const struct config_set *config;    /* whose phrases count */
    struct slice account;               /* of the record in hand */
    struct store_of effects; /* id of an effect as it was ─▶ as it is; 32 hex digits */
    struct store_of digests; /* of what was changed: a state knows ids and words by these */
    struct arena *arena;     /* takes what is new */
};

/* ARENA_FULL, NO_MEMORY. What is new stands in the arena. */
MUST_USE err_t redact_event(struct redact *r, struct event *event);
MUST_USE err_t redact_state(struct redact *r, struct conversation *state);
MUST_USE err_t redact_chunk(struct redact *r, struct transcript_chunk *chunk);
MUST_USE err_t redact_key(struct redact *r, struct slice key, struct slice *ret_key);
MUST_USE err_t redact_id(struct redact *r, struct slice id, struct slice *ret_id);
/* Ids of effects within it become what they are in the replay; the rest stays. */
MUST_USE err_t redact_effects(struct redact *r, struct slice text, struct slice *ret_text);
/* An effect of the replay has another id than it had. */
MUST_USE err_t redact_learn(struct redact *r, struct effect_id was, struct effect_id is);

MUST_USE err_t redact_text(struct redact *r, struct slice text, struct slice *ret_text);
void redact_deinit(struct redact *r); /* accepts a zeroed one */

#endif
