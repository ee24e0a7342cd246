#include "ctl/config_handoff.h"

#include "base/limits.h"
#include "ctl/text.h"

#include <stdio.h>

/* A name that is no rule's has been refused. */
static err_t draft_outcomes(struct arena *arena, const struct json *at, struct store *ret)
{
    size_t room = at != NULL && at->type == JSON_OBJECT ? at->count : 0;
    struct rule_outcome *outcomes = ARENA_ARRAY(arena, struct rule_outcome, room);
    if (outcomes == NULL) {
        return ERR(NO_MEMORY);
    }
    size_t count = 0;
    JSON_EACH(entry, room > 0 ? at : NULL)
    {
        enum reason reason = reason_named(entry->key);
        if (reason != 0 && count < LIMIT_RULES_MAX) {
            outcomes[count++] = (struct rule_outcome){
                .reason = reason,
                .way = way_named(json_string(json_find(entry, "by"))),
                .priority = priority_named(json_string(json_find(entry, "priority"))),
                .tags = json_string(json_find(entry, "tags")),
                .text = json_string(json_find(entry, "text")),
            };
        }
    }
    ret->outcomes = outcomes;
    ret->outcome_count = count;
    return err_ok();
}

err_t config_handoff_draft(struct arena *arena, const struct json *at, struct store *ret)
{
    TRY(draft_outcomes(arena, json_find(at, "outcomes"), ret));
    ret->handoff_preferences = json_bool(json_find(at, "preferences"), false);
    return err_ok();
}

/* --- judged --- */

struct place_of_store {
    struct problems *p;
    const struct json *at;
};

static void say(const struct place_of_store *s, bool warning, const char *member, const char *text)
{
    char path[PROBLEM_PATH_BYTES];
    const struct json *value = json_find(s->at, member);
    size_t offset = value == NULL ? s->at->offset : value->offset;
    text_set(path, sizeof path, "stores.%.*s.%s", SLICE_ARG(s->at->key), member);
    if (warning) {
        problems_warn(s->p, offset, path, "%s", text);
    } else {
        problems_error(s->p, offset, path, "%s", text);
    }
}

static bool rule_is_on(const struct store *store, uint32_t reason)
{
    uint32_t on = store->reasons_on | REASON_BIT(REASON_MANUAL);
    on |= (uint32_t)REASON_USUAL & ~store->reasons_off;
    return (on & (UINT32_C(1) << reason)) != 0;
}

/* A text without the way that tells it, or the way without a text: one of them is a slip. */
static void check_outcomes(const struct place_of_store *s, const struct store *store)
{
    char member[64];
    for (size_t i = 0; i < store->outcome_count; i++) {
        const struct rule_outcome *outcome = &store->outcomes[i];
        const char *rule = reason_label((enum reason)outcome->reason);
        bool is_told = outcome->way == WAY_MESSAGE;
        text_set(member, sizeof member, "handoff.outcomes.%s", rule);
        if (is_told && outcome->reason == REASON_MANUAL) {
            say(s, false, member, "whom a person calls by hand is called: \"live\" or \"ticket\"");
        } else if (is_told && outcome->text.len == 0) {
            say(s, false, member, "\"text\" is missing: what is told instead of calling a human");
        } else if (!is_told && outcome->text.len > 0) {
            say(s, false, member, "\"text\" is told only where \"by\" is \"message\"");
        } else if (is_told && (outcome->tags.len > 0 || outcome->priority != PRIORITY_UNSET)) {
            say(s, true, member, "nobody is called, so there is no ticket for priority or tags");
        }
        if (!rule_is_on(store, outcome->reason)) {
            say(s, true, member, "the rule is off: this never follows");
        }
    }
}

/* Rules that are on, but all of them only tell: nobody is ever called. */
static void check_calls(const struct place_of_store *s, const struct store *store)
{
    uint32_t on = (uint32_t)REASON_USUAL & ~store->reasons_off;
    on |= store->reasons_on;
    uint32_t told = 0;
    for (size_t i = 0; i < store->outcome_count; i++) {
        if (store->outcomes[i].way == WAY_MESSAGE) {
            told |= UINT32_C(1) << store->outcomes[i].reason;
        }
    }
    if (on != 0 && (on & ~told) == 0) {
        say(s, true, "handoff.outcomes",
            "every rule that is on only tells a text: no human will ever be called but by hand");
    }
}

void config_handoff_check(struct problems *p, const struct json *store_at,
                          const struct store *store)
{
    const struct place_of_store s = {p, store_at};
    check_outcomes(&s, store);
    check_calls(&s, store);
}
