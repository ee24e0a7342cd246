/* support — the calls of Zendesk's ticket API: where they go, what egress adds to them, what their
 * answers say.
 *
 *   https://acme.zendesk.com   /api/v2/tickets/17
 *   account.support_url        command.path
 *
 *   stored   {"ticket":{"comment":…}}
 *   sent     {"ticket":{"updated_stamp":"2026-09-14T09:31:40Z","safe_update":true,"comment":…}}
 *
 * The stamp makes an update a compare-and-set: it is refused (409) when anybody changed the ticket
 * after we read it. Zendesk's stamps are whole seconds, so one counts only when it was at least two
 * seconds old as it was read: what comes later has another. Pure. */
#ifndef EGRESS_CORE_SUPPORT_H
#define EGRESS_CORE_SUPPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "event/command.h"
#include "event/config.h"
#include "json/json_read.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SUPPORT_STAMP_AGE_MS = 2000,
    SUPPORT_KEY_USED_MS = 90 * 60 * 1000, /* of the two hours that an idempotency key lives */
    SUPPORT_CREATE_SETTLE_MS = 120 * 1000,
    SUPPORT_COMMENTS_MAX = 100,
};

/* SYNTAX: path or address would lead elsewhere. MISSING: the account has no tickets. ARENA_FULL. */
MUST_USE err_t support_url(struct arena *arena, const struct account *account, struct slice path,
                           struct slice *ret_url);

/* The newest comments of the ticket at `ticket_path`, with their authors.
 *
 * failures  how often that was too much to read: fewer are asked for each time
 * after     where the page before ended, as it said; empty = the newest */
MUST_USE err_t support_comments_path(struct arena *arena, struct slice ticket_path,
                                     uint32_t failures, struct slice after, struct slice *ret_path);
/* Audits of the ticket at `ticket_path`; newest first, where the server heeds that.
 *
 * page  from 1 */
MUST_USE err_t support_audits_path(struct arena *arena, struct slice ticket_path, uint32_t failures,
                                   uint32_t page, struct slice *ret_path);
/* The tickets with the external id that a ticket creation's body names; *ret_id is that id.
 * MISSING: it names none. */
MUST_USE err_t support_external_path(struct arena *arena, struct slice body, struct slice *ret_path,
                                     struct slice *ret_id);

/* How long to wait until a ticket that was updated at `updated` gives a stamp that counts; 0 = it
 * does now.
 *
 * read  when it was read at the earliest: the answer's Date less the time that the answer took,
 *       since what is changed between reading and answering must have another stamp too */
span_ms_t support_stamp_wait(wall_ms_t updated, wall_ms_t read);
/* The update's body with the stamp in it. SYNTAX: it is not the update of a ticket. */
MUST_USE err_t support_stamped(struct arena *arena, struct slice body, wall_ms_t updated,
                               struct slice *ret_body);

/* True while a ticket creation caused at `created` may be sent again without looking: its key
 * still stands at Zendesk, whenever after its cause it was first sent. */
bool support_key_stands(wall_ms_t created, wall_ms_t now);
/* True when a creation was refused because its key stands there with another body. */
bool support_key_taken(const struct json *root);

/* Id of the ticket in an answer; empty when it holds none. */
struct slice support_ticket_id(const struct json *root);

#endif
