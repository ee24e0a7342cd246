/* agents_answer — who is online, as the log keeps it: how many.
 *
 *   GET /api/v2/agent_availabilities?filter[channel_status]=messaging:online
 *       ─▶  {"online":2}
 *
 * Only the first page counts: more than none is all that a decision asks for. Where the answer
 * brings the agents' channels along, those of messaging decide; else each agent of the list is one,
 * since the list was filtered. Source: Zendesk's Agent Availability API (JSON:API). Pure. */
#ifndef EGRESS_CORE_AGENTS_ANSWER_H
#define EGRESS_CORE_AGENTS_ANSWER_H

#include "base/buf.h"
#include "base/err.h"
#include "json/json_read.h"

/* MISSING: it is no list of agents. BUF_FULL, NO_MEMORY. */
MUST_USE err_t agents_answer_put(const struct json *root, struct buf *out);

#endif
