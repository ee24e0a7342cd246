/* bare_event — the event of a webhook with yajl and protobuf-c alone: what of the delivery that
 * webhook.h makes stands in a record of ingest, the same bytes in the same members. */
#ifndef TESTS_BENCH_BARE_EVENT_H
#define TESTS_BENCH_BARE_EVENT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BARE_EVENT_BYTES = 64 * 1024, BARE_TEXT_BYTES = 16 * 1024, BARE_KEY_BYTES = 256 };

/* Slices are into `texts` and into the body. */
struct bare_event {
    struct slice account;     /* set by the caller, */
    struct slice traceparent; /* too */
    int64_t accepted_ms;      /* too */
    struct slice id, raw, type, created, conversation_id, brand_id, widget_id, source_type;
    struct slice active_id, active_name, active_integration_id, active_type;
    struct slice user_id, external_id, zendesk_id, given_name, surname, email, locale;
    struct slice message_id, received, author_type, author_name, content_type, text;
    struct slice key; /* of the record */
    size_t texts_len;
    char texts[BARE_TEXT_BYTES];
    char key_text[BARE_KEY_BYTES];
    char name[BARE_KEY_BYTES];
};

/* Reads the one event of a body; false when there is none, or more. */
bool bare_event_read(struct bare_event *event, struct slice body);
/* The record's value; its bytes. */
size_t bare_event_pack(struct bare_event *event, unsigned char packed[BARE_EVENT_BYTES]);

#endif
