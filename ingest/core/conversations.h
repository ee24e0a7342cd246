/* conversations — one event of a Zendesk Conversations delivery becomes one event of ours.
 *
 *     {"app":…,"webhook":…,"events":[ {"id","type","createdAt","payload"}, … ]}
 *                                     └──────── this ────────┘
 *
 * Key of the record:
 *     conversation.metadata has our key, and its MAC holds     that key
 *     the event has a conversation                             account/messaging/id
 *     it has none, but a user (merge, update, remove)          account/user/id
 *     neither                                                  account/user/id of the event
 *
 * A type that we do not know is kept as CONVERSATIONS_OTHER. Any member may be absent, null or of a
 * type that we do not expect: only an event without id or type is unreadable. Pure. */
#ifndef INGEST_CORE_CONVERSATIONS_H
#define INGEST_CORE_CONVERSATIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "event/config.h"
#include "event/event.h"
#include "json/json_read.h"

/* item  an element of `events`. Sets type, source, id, account, conversation, occurred and the
 *       body of *ret_event, which borrows from tree, account and arena; the rest is zero.
 * Errors  MISSING, WRONG_TYPE, RANGE (unreadable; `why` says why), ARENA_FULL: all POISON. */
MUST_USE err_t conversations_read(struct arena *arena, const struct account *account,
                                  const struct json *item, struct why *why,
                                  struct event *ret_event);

#endif
