/* ticket_events — what an audit says about one save, event by event. */
#ifndef SANDBOX_TICKET_EVENTS_H
#define SANDBOX_TICKET_EVENTS_H

#include "sandbox/tickets.h"

/* Change of a field (Create, in a new ticket); empty = null. */
void ticket_event_change(struct save *s, const char *field, struct slice value, struct slice old);
void ticket_event_tags(struct save *s, struct slice tags, struct slice old);
void ticket_event_field(struct save *s, int64_t field_id, struct slice value_json,
                        struct slice old_json);
void ticket_event_comment(struct save *s, const struct comment *comment);
/* A trigger called a webhook. */
void ticket_event_webhook(struct save *s, const struct support_hook *hook, struct slice body);
/* An id as the text of an event, in scratch; 0 = none. */
struct slice ticket_event_id(struct save *s, int64_t id);

#endif
