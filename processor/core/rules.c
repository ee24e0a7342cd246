#include "processor/core/rules.h"

#include "base/check.h"
#include "base/limits.h"
#include "processor/core/phrases.h"
#include "processor/core/phrases_known.h"

STATIC_CHECK((int)LIMIT_PHRASES_MAX <= (int)PHRASES_AT_ONCE_MAX, "all of a store's at once");

/* As often as this among the newest messages, the same words are no accident. */
enum { REPEATS_MIN = 3 };

static bool asked(const struct store *store, const struct rules_case *c)
{
    if (c->what != HAPPENING_CUSTOMER_WROTE) {
        return false;
    }
    size_t count = 0;
    const struct slice *known = phrases_known(&count);
    return phrases_in(c->text, known, count) ||
           phrases_in(c->text, store->phrases, store->phrase_count);
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

/* Compared as given: 0.59 is below 0.60, and 0.60 is not. Who says nothing of it is not unsure. */
static bool unsure(const struct store *store, const struct rules_case *c)
{
    return c->what == HAPPENING_BOT_ANSWERED && c->answer->confidence >= 0 &&
           c->answer->confidence < store->low_confidence;
}

static bool unresolved(const struct store *store, const struct rules_case *c)
{
    (void)store;
    return c->what == HAPPENING_BOT_ANSWERED && c->answer->resolved_given && !c->answer->resolved;
}

/* What the bot makes of it, or the customer saying the same again and again. */
static bool frustrated(const struct store *store, const struct rules_case *c)
{
    static const struct slice sentiments[] = {{"frustrated", 10}, {"angry", 5}, {"negative", 8}};
    (void)store;
    if (c->what == HAPPENING_CUSTOMER_WROTE) {
        return c->repeats >= REPEATS_MIN;
    }
    for (size_t i = 0; i < sizeof sentiments / sizeof sentiments[0]; i++) {
        if (c->what == HAPPENING_BOT_ANSWERED &&
            slice_equal_nocase(c->answer->sentiment, sentiments[i])) {
            return true;
        }
    }
    return false;
}

/* A thumb is up or down on every scale, and down is low; else the store says what is. */
static bool rated_low(const struct store *store, const struct rules_case *c)
{
    bool is_thumb = slice_equal_nocase(c->text, SLICE("thumbs"));
    return c->what == HAPPENING_RATED && c->rating <= (is_thumb ? 0 : store->low_rating);
}

static bool is_listed(const struct store *store, struct slice action)
{
    for (size_t i = 0; i < store->action_count; i++) {
        if (slice_equal(store->actions[i], action)) {
            return true;
        }
    }
    return false;
}

static bool acted(const struct store *store, const struct rules_case *c)
{
    if (c->what == HAPPENING_BOT_ACTED) {
        return is_listed(store, c->text);
    }
    size_t count = c->what == HAPPENING_BOT_ANSWERED ? c->answer->action_count : 0;
    for (size_t i = 0; i < count; i++) {
        if (is_listed(store, c->answer->actions[i])) {
            return true;
        }
    }
    return false;
}

static bool operator_called(const struct store *store, const struct rules_case *c)
{
    (void)store;
    return c->what == HAPPENING_OPERATOR_CALLED;
}

static bool asked_too_often(const struct store *store, const struct rules_case *c)
{
    (void)store;
    return c->what == HAPPENING_TURN_CAP;
}

/* When a rule counts at all. */
enum rule_use {
    RULE_ALWAYS,     /* cannot be switched off (row 75) */
    RULE_UNLESS_OFF, /* usual */
    RULE_IF_ON,      /* only where the store asks for it */
};

static const struct rule {
    enum reason reason;
    enum rule_use use;
    bool (*holds)(const struct store *store, const struct rules_case *c);
} rules[] = {
    {REASON_ASKED, RULE_UNLESS_OFF, asked},
    {REASON_BOT, RULE_UNLESS_OFF, bot_asked},
    {REASON_BOT_FAILED, RULE_UNLESS_OFF, bot_failed},
    {REASON_BOT_TIMED_OUT, RULE_UNLESS_OFF, bot_timed_out},
    {REASON_MANUAL, RULE_ALWAYS, operator_called},
    {REASON_LOW_CONFIDENCE, RULE_IF_ON, unsure},
    {REASON_LOW_RATING, RULE_IF_ON, rated_low},
    {REASON_ACTION, RULE_IF_ON, acted},
    {REASON_FRUSTRATED, RULE_IF_ON, frustrated},
    {REASON_UNRESOLVED, RULE_IF_ON, unresolved},
    {REASON_TURN_CAP, RULE_IF_ON, asked_too_often},
};

static bool is_on(const struct store *store, const struct rule *rule)
{
    switch (rule->use) {
    case RULE_ALWAYS: return true;
    case RULE_UNLESS_OFF: return (store->reasons_off & REASON_BIT(rule->reason)) == 0;
    case RULE_IF_ON: return (store->reasons_on & REASON_BIT(rule->reason)) != 0;
    default: BUG("use of a rule out of range");
    }
}

uint32_t rules_hold(const struct store *store, const struct rules_case *rules_case)
{
    uint32_t reasons = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (is_on(store, &rules[i]) && rules[i].holds(store, rules_case)) {
            reasons |= REASON_BIT(rules[i].reason);
        }
    }
    return reasons;
}
