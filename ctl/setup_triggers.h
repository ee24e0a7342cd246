/* setup_triggers — the three triggers of a store: what they must be, and whether one is.
 *
 * Their conditions keep Zendesk from calling without need; nothing depends on them, as anybody may
 * change them. The body that they send, all of it rendered as text:
 *
 *     {"event":"comment_added","ticket_id":"35436","brand_id":"1","current_user_id":"7",
 *      "updated_at":"2026-09-14T09:12:06Z","latest_comment_id":"42"}
 *
 * Ids alone: a placeholder is pasted in without escaping, and words would break the JSON. Pure. */
#ifndef CTL_SETUP_TRIGGERS_H
#define CTL_SETUP_TRIGGERS_H

#include "base/err.h"
#include "base/slice.h"
#include "json/json_read.h"
#include "json/json_write.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TRIGGER_COUNT = 3,
    TRIGGER_TITLE_BYTES = 256,
    TRIGGER_BODY_BYTES = 512,
    TRIGGER_FAULT_BYTES = 512
};

/* Of one store. */
struct trigger_place {
    const char *name;  /* of this Tieline, as Zendesk shows it */
    const char *store; /* its name */
    struct slice brand_id;
    struct slice bot_user_id;
    struct slice webhook_id;
};

/* which  0 .. TRIGGER_COUNT - 1, in the order in which they are made. */
void trigger_title(const struct trigger_place *place, size_t which,
                   char title[TRIGGER_TITLE_BYTES]);
/* For a person: "the trigger for new tickets". */
const char *trigger_what(size_t which);
/* What it sends, with Zendesk's placeholders (row 41). */
void trigger_body(size_t which, char body[TRIGGER_BODY_BYTES]);
/* Ours by its title, or, renamed, by the webhook that it calls with this event. */
bool trigger_is_ours(const struct trigger_place *place, size_t which, const struct json *trigger);
/* Nothing to correct. */
bool trigger_is_right(const struct trigger_place *place, size_t which, const struct json *trigger);

/* What is wrong with one that is ours, for a person. */
struct trigger_faults {
    bool inactive;
    bool assigns_nobody; /* should assign to the bot, and does not */
    bool body_differs;
    char conditions[TRIGGER_FAULT_BYTES]; /* each that is missing or not ours; "" = all right */
};
void trigger_look(const struct trigger_place *place, size_t which, const struct json *trigger,
                  struct trigger_faults *ret);
/* {"trigger":{…}} into an object that has been begun. */
void trigger_put(const struct trigger_place *place, size_t which, struct json_write *w);

#endif
