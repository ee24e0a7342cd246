/* handover_records — members that a hand-over brought into the records, each with a value. */
#ifndef TESTS_UNIT_EVENT_HANDOVER_RECORDS_H
#define TESTS_UNIT_EVENT_HANDOVER_RECORDS_H

#include "event/config.h"
#include "event/conversation.h"

static inline const char *datum_differs(const struct datum *a, const struct datum *b)
{
    bool is_same = slice_equal(a->key, b->key) && slice_equal(a->value, b->value);
    return is_same ? NULL : "a datum";
}

static inline const char *transcript_differs(const struct transcript *a, const struct transcript *b)
{
    bool is_same = a->first == b->first && a->count == b->count && a->kept == b->kept &&
                   a->turns == b->turns && a->cut == b->cut && a->told == b->told &&
                   a->owed == b->owed;
    return is_same ? NULL : "the transcript";
}

static inline void handover_conversation(struct conversation *c)
{
    static const struct datum data[] = {{{"tier", 4}, {"\"gold\"", 6}}};
    c->told = REASON_BIT(REASON_ASKED);
    c->way = WAY_TICKET;
    c->priority = PRIORITY_HIGH;
    c->tags = SLICE("vip,hot");
    c->data = data;
    c->data_count = 1;
    c->transcript = (struct transcript){7, 2, c->history_count, 64, 3, 30, TRANSCRIPT_WAITING};
    c->files[0] = (struct attachment){{"https://acme.zendesk.com/a", 26}, {"image/png", 9}, {0}};
    c->files[1] = (struct attachment){.url = SLICE("https://bot.example/b"), .name = SLICE("b")};
    c->file_count = 2;
    c->newest = SLICE("Where is my parcel?");
    c->files_cut = 3;
    c->files_there = 1;
    c->rated = true;
    c->rating = 2;
}

/* which  0 or 1: of the two outcomes that have members the other lacks */
static inline void handover_store(struct store *store, int which)
{
    static const struct rule_outcome outcomes[] = {
        {REASON_ASKED, WAY_MESSAGE, PRIORITY_UNSET, {NULL, 0}, {"Soon", 4}},
        {REASON_BOT, WAY_TICKET, PRIORITY_HIGH, {"vip", 3}, {NULL, 0}}};
    static const struct field_mapping fields[] = {{{"36001", 5}, {"rating", 6}}};
    store->outcomes = &outcomes[which];
    store->outcome_count = 1;
    store->handoff_preferences = true;
    store->summary_place = SUMMARY_OFF;
    store->transcript_place = TRANSCRIPT_NOTE;
    store->fields = fields;
    store->field_count = 1;
    store->handoff_priority = PRIORITY_LOW;
    store->handoff_assignee_id = SLICE("901");
    store->handoff_form_id = SLICE("55");
    store->handoff_open = true;
    store->handoff_bot_tag = true;
    store->conversation_url = SLICE("https://bot.example/{id}");
    store->placeholder_domain = SLICE("visitors.example");
}

/* What a hand-over that is under way adds to a conversation. */
static inline void handover_under_way(struct conversation *c)
{
    c->bridge_failed = true;
    c->life = 7;
    c->ending = true;
    c->ticket_attempt = 2;
    c->pass_unsure = true;
    c->ticket_plain = true;
}

#endif
