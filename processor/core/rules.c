#include "processor/core/rules.h"

#include "processor/core/phrases.h"

static bool asked(const struct store *store, const struct rules_case *c)
{
    if (c->what != HAPPENING_CUSTOMER_WROTE) {
        return false;
    }
    size_t count = 0;
    const struct slice *known = phrases_known(&count);
    for (size_t i = 0; i < count; i++) {
        if (phrase_in(c->text, known[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < store->phrase_count; i++) {
        if (phrase_in(c->text, store->phrases[i])) {
            return true;
        }
    }
    return false;
}

static bool bot_asked(const struct store *store, const struct rules_case *c)
{
    (void)store;
    return c->what == HAPPENING_BOT_ANSWERED && c->answer->handoff;
}

static bool bot_failed(const struct store *store, const struct rules_case *c)
{
    (void)store;
    return c->what == HAPPENING_BOT_ENDED && c->result != OUTCOME_TIMED_OUT;
}

static bool bot_timed_out(const struct store *store, const struct rules_case *c)
{
    (void)store;
    return c->what == HAPPENING_BOT_ENDED && c->result == OUTCOME_TIMED_OUT;
}

static bool operator_called(const struct store *store, const struct rules_case *c)
{
    (void)store;
    return c->what == HAPPENING_OPERATOR_CALLED;
}

static const struct rule {
    enum reason reason;
    bool always; /* cannot be switched off (row 75) */
    bool (*holds)(const struct store *store, const struct rules_case *c);
} rules[] = {
    {REASON_ASKED, false, asked},           {REASON_BOT, false, bot_asked},
    {REASON_BOT_FAILED, false, bot_failed}, {REASON_BOT_TIMED_OUT, false, bot_timed_out},
    {REASON_MANUAL, true, operator_called},
};

uint32_t rules_hold(const struct store *store, const struct rules_case *rules_case)
{
    uint32_t reasons = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        bool is_on = rules[i].always || (store->reasons_off & REASON_BIT(rules[i].reason)) == 0;
        if (is_on && rules[i].holds(store, rules_case)) {
            reasons |= REASON_BIT(rules[i].reason);
        }
    }
    return reasons;
}
