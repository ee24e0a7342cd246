/* story_transcript — what a story keeps beside its state: the chunks of the transcript. Part of
 * story.c. */
#ifndef TESTS_SUPPORT_STORY_TRANSCRIPT_H
#define TESTS_SUPPORT_STORY_TRANSCRIPT_H

#include "tests/support/story.h"

/* A store's "transcript". */
static inline enum transcript_place story_transcript(const struct json *store)
{
    struct slice place = json_string(json_find(store, "transcript"));
    return slice_equal(place, SLICE("note")) ? TRANSCRIPT_NOTE : TRANSCRIPT_OFF;
}

/* Its "summary". */
static inline enum summary_place story_summary(const struct json *store)
{
    struct slice place = json_string(json_find(store, "summary"));
    if (slice_equal(place, SLICE("off"))) {
        return SUMMARY_OFF;
    }
    return slice_equal(place, SLICE("first_message")) ? SUMMARY_FIRST_MESSAGE : SUMMARY_NOTE;
}

/* {"closed": {"then", "text"}}: at work on Mondays from nine to five, UTC, not on 21 September */
static inline void story_hours(const struct json *value, struct store *store)
{
    static const struct opening monday = {0, 540, 1020};
    static const struct holiday holiday = {921};
    if (value != NULL) {
        store->openings = &monday;
        store->opening_count = 1;
        store->holidays = &holiday;
        store->holiday_count = 1;
        bool is_told = slice_equal(json_string(json_find(value, "then")), SLICE("message"));
        store->closed_then = is_told ? CLOSED_MESSAGE : CLOSED_TICKET;
        store->closed_text = json_string(json_find(value, "text"));
    }
}

/* As step_input has them. */
static inline const struct slice *story_chunks(const struct story *s)
{
    return &s->chunks[s->state->transcript.first];
}

/* What the last step says of them. */
static inline err_t story_keep_chunks(struct story *s)
{
    for (size_t i = 0; i < s->effects.chunk_count; i++) {
        const struct chunk_change *change = &s->effects.chunks[i];
        if (change->number >= STORY_CHUNKS_MAX) {
            return ERR(TOO_LARGE);
        }
        s->chunks[change->number] = change->bytes;
    }
    return err_ok();
}

/* What a story's operator asks for; "erase!" whatever is under way. */
static inline enum operator_action story_action(struct slice text)
{
    static const struct {
        const char *text;
        enum operator_action action;
    } rows[] = {{"handback", OPERATOR_HANDBACK},
                {"erase", OPERATOR_ERASE},
                {"erase!", OPERATOR_ERASE_FORCED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (slice_equal(text, slice_of(rows[i].text))) {
            return rows[i].action;
        }
    }
    return OPERATOR_ESCALATE;
}

/* The ticket tells its conversation of itself. */
static inline void story_tell_of_ticket(const struct story *s, const struct json *value,
                                        struct event *event)
{
    if (json_bool(json_find(value, "of_conversation"), false)) {
        event->source = EVENT_FROM_PROCESSOR;
        event->conversation = s->state->key;
    }
}

#endif
