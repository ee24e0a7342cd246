/* answer_missed — what is read as a list: after a gap, and who is online. */
#include "base/buf.h"
#include "egress/answer.h"
#include "egress/core/agents_answer.h"
#include "egress/core/missed_answer.h"

err_t answer_reread(struct egress_loop *l, struct call *call, const struct answered *a)
{
    CLEANUP(buf) struct buf fetched = {0};
    buf_init(&fetched, MISSED_FETCHED_BYTES_MAX + 1024);
    uint32_t size = missed_search_size(a->command.path, call->bad_answers);
    err_t e = a->command.effect == EFFECT_FETCH_MESSAGES ? missed_messages_put(a->root, &fetched)
              : a->command.effect == EFFECT_FETCH_AGENTS
                  ? agents_answer_put(a->root, &fetched)
                  : missed_tickets_put(a->root, size, &fetched);
    if (err_failed(e) && err_class(e) == ERR_CLASS_POISON) {
        return answer_back_off(l, call, a->answer);
    }
    TRY(e);
    struct ending ending = {
        .result = OUTCOME_APPLIED,
        .status = a->answer->status,
        .answered = a->answer->date,
        .remote_id = a->command.remote_id,
        .fetched = buf_slice(&fetched),
    };
    return post_end(l, call, &a->command, &ending);
}
