/* conversations — the calls of Zendesk's messaging API: where they go and what their answers say.
 *
 *   https://acme.zendesk.com/sc  /v2/apps/65f1…  /conversations/66aa…/messages
 *   account.conversations_url    account.app_id  command.path
 *
 * Pure. */
#ifndef EGRESS_CORE_CONVERSATIONS_H
#define EGRESS_CORE_CONVERSATIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/command.h"
#include "event/config.h"
#include "event/event.h"
#include "json/json_read.h"

/* SYNTAX: path, app id or address would lead elsewhere. MISSING: the account has no messaging.
 * ARENA_FULL. */
MUST_USE err_t conversations_url(struct arena *arena, const struct account *account,
                                 struct slice path, struct slice *ret_url);

/* Id of the (first) message that was made; empty when the answer does not say. */
struct slice conversations_message_id(const struct json *root);

/* Id of what a message, a user's or a conversation's creation has made; empty when the answer does
 * not say, or the effect makes nothing. */
struct slice conversations_made_id(enum effect_kind effect, const struct json *root);

/* Who is active, from `GET /conversations/{id}`. ret_active->present is false when nobody is.
 * MISSING: the answer holds no conversation. */
MUST_USE err_t conversations_active(const struct json *root, struct integration *ret_active);

#endif
