#include "tests/bench/turns.h"

#include <stdio.h>

/* Of the size that a delivery of Zendesk's leaves in an event of 1 KB. */
static const char raw[] =
    "{\"id\":\"6f00000000000000000000e0\",\"createdAt\":\"2026-04-20T13:37:11.482Z\","
    "\"type\":\"conversation:message\",\"payload\":{\"conversation\":{\"type\":\"personal\","
    "\"brandId\":\"38200000000019\",\"activeSwitchboardIntegration\":{\"name\":\"tieline\","
    "\"integrationId\":\"bench\",\"integrationType\":\"custom\"}},\"message\":{"
    "\"received\":\"2026-04-20T13:37:11.291Z\",\"author\":{\"displayName\":\"Greta Sandoval\","
    "\"type\":\"user\"},\"content\":{\"type\":\"text\",\"text\":\"" LOAD_WORDS_ASKED "\"},"
    "\"source\":{\"type\":\"web\",\"integrationId\":\"widget\"}}}}";

static struct effect_id turn_of(const struct turn_place *turn, struct turn_texts *t)
{
    struct effect_cause cause = {.account = turn->account,
                                 .conversation = slice_of(t->key),
                                 .event = slice_of(t->message),
                                 .slot = SLOT_TURN};
    struct effect_id id = ident_effect(turn->id_key, &cause);
    effect_id_text(id, t->turn);
    return id;
}

static void be_message(struct event *event)
{
    event->type = EVENT_MESSAGE;
    event->source = EVENT_FROM_CONVERSATIONS;
    event->raw = slice_from(raw, sizeof raw - 1);
    struct conversations_event *body = &event->body.conversations;
    *body = (struct conversations_event){
        .type = SLICE("conversation:message"),
        .brand_id = SLICE("38200000000019"),
        .widget_id = SLICE("widget"),
        .source_type = SLICE("web"),
        .active = {.present = true,
                   .id = SLICE("6f0000000000000000000003"),
                   .name = SLICE("tieline"),
                   .integration_id = SLICE("bench"),
                   .type = SLICE("custom")},
        .customer = {.user_id = SLICE("6f00000000000000000000aa"), .name = SLICE("Greta Sandoval")},
        .message_id = event->id,
        .received = event->occurred,
        .author = AUTHOR_CUSTOMER,
        .content_type = SLICE("text"),
        .text = SLICE(LOAD_WORDS_ASKED),
    };
}

static void be_outcome(const struct turn_place *turn, struct turn_texts *t, bool is_turn,
                       struct event *event)
{
    static const struct slice answer = {LOAD_WORDS, sizeof LOAD_WORDS - 1};
    event->type = EVENT_OUTCOME;
    event->source = EVENT_FROM_EGRESS;
    struct outcome *body = &event->body.outcome;
    *body = (struct outcome){
        .effect_id = turn_of(turn, t),
        .effect = is_turn ? EFFECT_BOT_TURN : EFFECT_MESSAGE,
        .slot = is_turn ? SLOT_TURN : SLOT_WORD,
        .episode = 1,
        .attempt = 1,
        .epoch = 1,
        .result = OUTCOME_APPLIED,
        .status = is_turn ? 200 : 201,
        .tries = 1,
        .answered = event->occurred,
        .turn = slice_of(t->turn),
        .answer_given = is_turn,
        .answer = {.confidence = 0.9},
    };
    if (is_turn) {
        body->answer.messages = &answer;
        body->answer.message_count = 1;
        return;
    }
    struct effect_cause cause = {.account = turn->account,
                                 .conversation = event->conversation,
                                 .event = slice_of(t->turn),
                                 .slot = SLOT_WORD};
    body->effect_id = ident_effect(turn->id_key, &cause);
    body->remote_id = SLICE("6f00000000000000000000f0");
}

struct event turn_event(const struct turn_place *turn, struct turn_texts *t)
{
    (void)snprintf(t->remote, sizeof t->remote, "%024llu", turn->conversation);
    (void)snprintf(t->key, sizeof t->key, "%.*s/messaging/%s", SLICE_ARG(turn->account), t->remote);
    (void)snprintf(t->message, sizeof t->message, "%012llu%012llu", turn->conversation,
                   turn->number);
    (void)snprintf(t->id, sizeof t->id, "outcome/%s/%u", t->message, turn->part);
    load_trace(load_now_ns(), t->trace);
    struct event event = {
        .id = slice_of(turn->part == 0 ? t->message : t->id),
        .account = turn->account,
        .conversation = slice_of(t->key),
        .occurred = turn->at,
        .accepted = turn->at,
        .traceparent = slice_of(t->trace),
    };
    if (turn->part == 0) {
        be_message(&event);
        event.body.conversations.conversation_id = slice_of(t->remote);
    } else {
        be_outcome(turn, t, turn->part == 1, &event);
    }
    return event;
}
