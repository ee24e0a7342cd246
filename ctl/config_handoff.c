#include "ctl/config_handoff.h"

#include "base/limits.h"
#include "ctl/config_words.h"
#include "ctl/text.h"
#include "ctl/url.h"

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
                .text = config_words_default(json_find(entry, "text"), SLICE("")),
            };
        }
    }
    ret->outcomes = outcomes;
    ret->outcome_count = count;
    return err_ok();
}

static err_t draft_fields(struct arena *arena, const struct json *at, struct store *ret)
{
    size_t room = at != NULL && at->type == JSON_OBJECT ? at->count : 0;
    struct field_mapping *fields = ARENA_ARRAY(arena, struct field_mapping, room);
    if (fields == NULL) {
        return ERR(NO_MEMORY);
    }
    size_t count = 0;
    JSON_EACH(entry, room > 0 ? at : NULL)
    {
        if (entry->type == JSON_STRING && count < LIMIT_FIELDS_MAX) {
            fields[count++] = (struct field_mapping){entry->key, entry->text};
        }
    }
    ret->fields = fields;
    ret->field_count = count;
    return err_ok();
}

static enum summary_place summary_place_named(struct slice name)
{
    if (slice_equal(name, SLICE("off"))) {
        return SUMMARY_OFF;
    }
    return slice_equal(name, SLICE("first_message")) ? SUMMARY_FIRST_MESSAGE : SUMMARY_NOTE;
}

static void draft_agents(const struct json *agents, struct store *ret)
{
    bool is_told = slice_equal(json_string(json_find(agents, "then")), SLICE("message"));
    if (agents == NULL) {
        return;
    }
    ret->agents_asked = true;
    ret->away_then = is_told ? CLOSED_MESSAGE : CLOSED_TICKET;
    ret->away_text = config_words_default(
        json_find(agents, "text"),
        is_told ? SLICE("None of my colleagues is online now.")
                : SLICE("None of my colleagues is online now. I have noted your request, and you "
                        "will hear from us."));
}

err_t config_handoff_draft(struct arena *arena, const struct json *at, struct store *ret)
{
    TRY(draft_outcomes(arena, json_find(at, "outcomes"), ret));
    TRY(draft_fields(arena, json_find(at, "fields"), ret));
    draft_agents(json_find(at, "agents"), ret);
    ret->handoff_preferences = json_bool(json_find(at, "preferences"), false);
    ret->summary_place = summary_place_named(json_string(json_find(at, "summary")));
    ret->transcript_place = slice_equal(json_string(json_find(at, "transcript")), SLICE("note"))
                                ? TRANSCRIPT_NOTE
                                : TRANSCRIPT_OFF;
    ret->handoff_priority = priority_named(json_string(json_find(at, "priority")));
    ret->handoff_assignee_id = json_id(json_find(at, "assignee"));
    ret->handoff_form_id = json_id(json_find(at, "form"));
    ret->handoff_open = slice_equal(json_string(json_find(at, "status")), SLICE("open"));
    ret->handoff_bot_tag = json_bool(json_find(at, "bot_tag"), false);
    ret->conversation_url = json_string(json_find(at, "conversation_url"));
    ret->placeholder_domain = json_string(json_find(at, "placeholder_domain"));
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
            say(s, false, member,
                "\"text\" is missing, or its \"default\": what is told instead of calling a human");
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

/* Who is online is asked only before control passes. */
static void check_agents(const struct place_of_store *s, const struct store *store)
{
    bool may_pass = store->handoff_live || store->handoff_preferences;
    for (size_t i = 0; i < store->outcome_count; i++) {
        may_pass = may_pass || store->outcomes[i].way == WAY_LIVE;
    }
    if (store->agents_asked && !may_pass) {
        say(s, true, "handoff.agents", "every call is a ticket: nobody is asked who is online");
    }
}

/* What stands in a ticket for a person to press, and what no mail must ever reach. */
static void check_texts(const struct place_of_store *s, const struct store *store)
{
    struct url url = {0};
    struct slice link = store->conversation_url;
    const char *wrong = link.len == 0 ? NULL : url_parse(link, &url);
    char text[PROBLEM_TEXT_BYTES];
    if (wrong != NULL) {
        text_set(text, sizeof text, "the address %s", wrong);
        say(s, false, "handoff.conversation_url", text);
    } else if (link.len > 0 && slice_find(link, '{') == link.len) {
        say(s, true, "handoff.conversation_url",
            "has no {conversation}, {id} or {customer}: the same link for all");
    }
    bool is_used = false;
    for (size_t i = 0; i < store->field_count; i++) {
        is_used = is_used || slice_equal(store->fields[i].source, SLICE("conversation_url"));
    }
    if (is_used && link.len == 0) {
        say(s, false, "handoff.fields", "\"conversation_url\" is mapped, but the store has none");
    }
    struct slice domain = store->placeholder_domain;
    if (domain.len > 0 &&
        (slice_find(domain, '.') == domain.len || slice_find(domain, '@') < domain.len ||
         slice_find(domain, ' ') < domain.len)) {
        say(s, false, "handoff.placeholder_domain",
            "expected a domain, like \"visitors.example.com\"");
    }
}

void config_handoff_check(struct problems *p, const struct json *store_at,
                          const struct store *store)
{
    const struct place_of_store s = {p, store_at};
    check_outcomes(&s, store);
    check_calls(&s, store);
    check_agents(&s, store);
    check_texts(&s, store);
}
