/* field_source — what may stand in a field of a ticket: the sources that a mapping can name.
 *
 * `handoff.fields` of a store maps a ticket field's id to one of these names, or to `data.KEY`, a
 * value of the customer data that the platform posted. Read by the operator's tool, which refuses
 * all else, and by the processor, to which a name of a newer version is empty. Feature rows 95-99.
 */
#ifndef EVENT_FIELD_SOURCE_H
#define EVENT_FIELD_SOURCE_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define FIELD_SOURCE_TABLE(X)                                                                      \
    X(CONVERSATION, "conversation")         /* our key */                                          \
    X(CONVERSATION_ID, "conversation_id")   /* Zendesk's, or the platform's */                     \
    X(CONVERSATION_URL, "conversation_url") /* the link back */                                    \
    X(RATING, "rating")                                                                            \
    X(REASONS, "reasons") /* labels, with commas between them */                                   \
    X(SUMMARY, "summary") /* the bot's */                                                          \
    X(STORE, "store")                                                                              \
    X(BOT_NAME, "bot_name")                                                                        \
    X(SURFACE, "surface")                                                                          \
    X(CHANNEL, "channel") /* "web", "whatsapp", … */                                             \
    X(TRACE_ID, "trace_id")                                                                        \
    X(CUSTOMER_ID, "customer_id") /* the platform's, else Zendesk's */                             \
    X(CUSTOMER_NAME, "customer_name")                                                              \
    X(CUSTOMER_EMAIL, "customer_email")                                                            \
    X(CUSTOMER_PHONE, "customer_phone")                                                            \
    X(CUSTOMER_LOCALE, "customer_locale")

enum field_source {
    FIELD_NONE, /* no such source */
#define X(name, text) FIELD_##name,
    FIELD_SOURCE_TABLE(X)
#undef X
        FIELD_DATA, /* data.KEY */
};

/* ret_key  of FIELD_DATA: KEY; else empty */
enum field_source field_source_named(struct slice name, struct slice *ret_key);
/* All names but `data.KEY`. */
const char *const *field_source_names(size_t *ret_count);

#endif
