#include "processor/core/dedupe.h"

#include "base/planted.h"

#include <string.h>

/* The id under which an event is remembered, and the sender's time of it. */
static struct slice identity(const struct event *event, wall_ms_t *ret_at)
{
    *ret_at = event->occurred;
    if (event->type == EVENT_MESSAGE && !event->body.conversations.deleted &&
        event->body.conversations.message_id.len > 0) {
        if (wall_known(event->body.conversations.received)) {
            *ret_at = event->body.conversations.received;
        }
        return event->body.conversations.message_id;
    }
    if (event->type == EVENT_PLATFORM_MESSAGE && event->body.platform.message_id.len > 0) {
        return event->body.platform.message_id;
    }
    if (event->type == EVENT_OPERATOR || event->type == EVENT_ABSORB) {
        *ret_at = (wall_ms_t){0}; /* a clock of its own: it says nothing about the sender's */
    }
    return event->id;
}

static void remember(struct conversation *state, uint64_t digest, wall_ms_t at)
{
    if (state->seen_count == LIMIT_SEEN_IDS_MAX) {
        state->watermark = wall_later(state->watermark, state->seen[0].at);
        memmove(&state->seen[0], &state->seen[1], (LIMIT_SEEN_IDS_MAX - 1) * sizeof state->seen[0]);
        state->seen_count--;
    }
    state->seen[state->seen_count++] = (struct seen_id){digest, at};
}

enum dedupe_verdict dedupe_id(struct conversation *state, struct slice id, wall_ms_t at)
{
    uint64_t digest = ident_digest(id);
    for (size_t i = 0; i < state->seen_count; i++) {
        if (state->seen[i].digest == digest && !MUTANT(dedupe)) {
            return DEDUPE_SEEN;
        }
    }
    bool is_above = !wall_known(at) || wall_before(state->watermark, at) || MUTANT(watermark);
    if (!is_above) {
        return DEDUPE_TOO_OLD;
    }
    remember(state, digest, at);
    return DEDUPE_FRESH;
}

enum dedupe_verdict dedupe(struct conversation *state, const struct event *event)
{
    wall_ms_t at = {0};
    struct slice id = identity(event, &at);
    return dedupe_id(state, id, at);
}
