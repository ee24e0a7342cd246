/* answer — one answer, with what is needed to judge it. Shared by the parts of answer.c. */
#ifndef EGRESS_ANSWER_H
#define EGRESS_ANSWER_H

#include "base/err.h"
#include "egress/core/outcome.h"
#include "egress/loop_state.h"
#include "json/json_read.h"
#include "port/peer.h"

struct answered {
    const struct peer_answer *answer;
    struct command command;
    const struct json *root; /* NULL: no JSON */
    enum verdict verdict;
    bool was_counted; /* at a gate: else it was at no account's */
};

/* Another try after a while of its own. */
MUST_USE err_t answer_back_off(struct egress_loop *l, struct call *call,
                               const struct peer_answer *answer);
/* Again at `at`, as soon as its gate lets it. */
MUST_USE err_t answer_again(struct egress_loop *l, struct call *call, mono_ms_t at);
MUST_USE err_t answer_end_plain(struct egress_loop *l, struct call *call, const struct answered *a,
                                enum outcome_result result, const char *detail);
/* Ends with what the answer says of the reason. */
MUST_USE err_t answer_end_refused(struct egress_loop *l, struct call *call,
                                  const struct answered *a, enum outcome_result result);
/* The answer is lost, or says nothing of what was done. */
MUST_USE err_t answer_in_doubt(struct egress_loop *l, struct call *call, const struct answered *a);

/* ---- answer_limits.c */
/* What an endpoint's header says of the effects that come about by it. */
void answer_endpoint_told(struct egress_loop *l, const struct call *call, const struct answered *a);
/* A rate-limited answer is about one ticket or one endpoint: its account goes on. */
bool answer_is_own_limit(const struct call *call, const struct answered *a);
/* A fetched file, or none: the budget of the account that serves it learns what is left. */
void answer_file_told(struct egress_loop *l, struct call *call, const struct answered *a);

/* ---- answer_look.c */
/* A look-up came back. */
MUST_USE err_t answer_looked(struct egress_loop *l, struct call *call, const struct answered *a);
/* A look-up or a check itself came to nothing. */
MUST_USE err_t answer_look_failed(struct egress_loop *l, struct call *call,
                                  const struct answered *a);
/* True while an answer that there is nothing (`is_gone`) may come too early: what was made a moment
 * ago may not show yet to who reads (Zendesk's reads lag behind its writes), so the command that
 * follows the making is not refused for it. Notices wait for nothing. */
bool answer_may_show_late(struct egress_loop *l, const struct call *call, bool is_gone);
/* For the metric of what came into doubt, and how that ended:
 *   lost                 an answer was, to what changes something
 *   settled              absence counts: it is sent again
 *   superseded, undecided, gave_up   it is not sent again
 * and of each request of a look-up what it found (verify_result_name()) or why it found nothing
 * (verdict_name()). */
void answer_look_told(const struct egress_loop *l, enum effect_kind effect, const char *verdict);

/* ---- answer_missed.c */
/* A list of messages, a page of a search, or who is online. */
MUST_USE err_t answer_reread(struct egress_loop *l, struct call *call, const struct answered *a);

/* ---- answer_ticket.c */
/* A check came back with a 2xx. */
MUST_USE err_t answer_checked(struct egress_loop *l, struct call *call, const struct answered *a);
/* The first half of a fetched ticket, or the second. */
MUST_USE err_t answer_fetched(struct egress_loop *l, struct call *call, const struct answered *a);
/* A ticket was created or updated. */
MUST_USE err_t answer_written(struct egress_loop *l, struct call *call, const struct answered *a);
/* A write met another one (409), or a creation what an earlier try has left: true when that is no
 * end, and the call knows what to ask next. */
bool answer_met_another(struct egress_loop *l, struct call *call, const struct answered *a);

#endif
