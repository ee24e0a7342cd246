/* describe — records as JSON for people: `tieline decode`, `show`, goldens.
 *
 * Every member that is set, in a fixed order; enums by name, times as ISO 8601, ids of effects in
 * hex. Not a wire format: nothing reads it back. Texts of customers are in it, secrets are not
 * (hashes and sealed boxes are told as "set"). */
#ifndef EVENT_DESCRIBE_H
#define EVENT_DESCRIBE_H

#include "event/command.h"
#include "event/conversation.h"
#include "event/dead.h"
#include "event/event.h"
#include "event/transcript.h"
#include "json/json_write.h"

/* Each writes one JSON object; errors stick to the writer (json_write_done). */
void describe_event(struct json_write *w, const struct event *event);
void describe_command(struct json_write *w, const struct command *command);
void describe_conversation(struct json_write *w, const struct conversation *state);
void describe_dead(struct json_write *w, const struct dead *dead);

#endif
