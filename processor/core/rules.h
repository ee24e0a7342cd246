/* rules — which reasons to call a human hold now: a table, one row a rule.
 *
 * Rules know only what happened; they combine by OR, each may be switched off or on by its store,
 * and what they find is a set of reasons. One escalation follows, whatever their number
 * (handoff.h). A new rule is a new reason (event/reason.h), a row and its test. Feature rows 71-78,
 * 80. */
#ifndef PROCESSOR_CORE_RULES_H
#define PROCESSOR_CORE_RULES_H

#include "event/bot_answer.h"
#include "event/config.h"
#include "event/event.h"

#include <stdint.h>

enum happening {
    HAPPENING_CUSTOMER_WROTE, /* text, repeats */
    HAPPENING_BOT_ANSWERED,   /* answer */
    HAPPENING_BOT_ENDED,      /* result: a turn or word without success */
    HAPPENING_RATED,          /* rating, and its scale as text */
    HAPPENING_BOT_ACTED,      /* the action's name as text */
    HAPPENING_OPERATOR_CALLED,
    HAPPENING_TURN_CAP, /* the bot was asked so often that it is not asked any more */
};

struct rules_case {
    enum happening what;
    struct slice text;
    size_t repeats; /* how often these words stand among the customer's newest, this time counted */
    double rating;
    const struct bot_answer *answer;
    enum outcome_result result;
};

/* REASON_BITs of the rules that hold. Pure. */
uint32_t rules_hold(const struct store *store, const struct rules_case *rules_case);

#endif
