/* answer — one answer, with what is needed to judge it. Shared by answer.c and answer_ticket.c. */
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

/* ---- answer_ticket.c */
/* A check came back with a 2xx. */
MUST_USE err_t answer_checked(struct egress_loop *l, struct call *call, const struct answered *a);
/* The first half of a fetched ticket, or the second. */
MUST_USE err_t answer_fetched(struct egress_loop *l, struct call *call, const struct answered *a);
/* A ticket was created or updated. */
MUST_USE err_t answer_written(struct egress_loop *l, struct call *call, const struct answered *a);
/* A write of Support's was refused with 409, or a creation with 400: true when that is no end, and
 * the call knows what to ask next. */
bool answer_met_another(struct egress_loop *l, struct call *call, const struct answered *a);

#endif
