/* later — members that records have since the first version, with a value each. */
#ifndef TESTS_UNIT_EVENT_LATER_H
#define TESTS_UNIT_EVENT_LATER_H

#include "event/command.h"
#include "event/config.h"
#include "event/conversation.h"
#include "event/reason.h"

static const struct store_text later_texts[] = {
    {SLOT_WELCOME, {"de", 2}, {"Hallo", 5}, REASON_ASKED}};

static const struct zone_offset later_offsets[] = {{{1}, 90000}};
static const struct opening later_openings[] = {{1, 540, 1020}};
static const struct holiday later_holidays[] = {{20261224}};

/* What a conversation remembers. */
static inline void later_conversation(struct conversation *conversation)
{
    conversation->reasons = REASON_BIT(REASON_ASKED);
    conversation->handover = HANDOVER_PASSING;
    conversation->ticket_id = SLICE("4711");
    conversation->assignee_id = SLICE("900");
    conversation->fetch_asked = true;
    conversation->fetch_again = true;
    conversation->given_up_count = 1;
    conversation->given_up[0] = (struct given_up){{{7}}, EFFECT_PASS_CONTROL, SLOT_PASS, 4711};
    conversation->halted = true;
    conversation->said_count = 2;
    conversation->said[1] = UINT64_MAX;
    conversation->bots_summary = SLICE("Wants a refund.");
    conversation->missed_since = (wall_ms_t){1};
    conversation->missed_until = (wall_ms_t){2};
    conversation->search = (struct search){{3}, {4}, 1, 1, 1, true, {5}, {6}, 20};
}

static const struct carried_file later_file = {{"u", 1}, {"image/png", 9}, {"n", 1}, true};

/* Of a bot turn, and of what carries a file. */
static inline void later_command(struct command *command)
{
    command->openai = true;
    command->typing = true;
    command->files = &later_file;
    command->file_count = 1;
    command->fallback = SLICE("{}");
}

/* What a deployment says of a move. */
static inline void later_deployment(struct deployment *deployment)
{
    deployment->moved_into = SLICE("new.");
    deployment->moving_from = SLICE("old.");
    deployment->public_url = SLICE("https://tieline.example.com");
}

/* What a store says of time. */
static inline void later_store_time(struct store *store)
{
    store->nobody_after = span_s(300);
    store->nobody_then = NOBODY_TICKET;
    store->nobody_text = SLICE("Nobody");
    store->silent_after = span_s(600);
    store->silent_then = SILENT_END;
    store->silent_text = SLICE("Silent");
    store->end_solves = true;
    store->bot_notices = true;
    store->bot_typing = true;
    store->texts = later_texts;
    store->text_count = 1;
    store->zone = SLICE("Europe/Berlin");
    store->offsets = later_offsets;
    store->offset_count = 1;
    store->openings = later_openings;
    store->opening_count = 1;
    store->holidays = later_holidays;
    store->holiday_count = 1;
    store->closed_then = CLOSED_MESSAGE;
    store->closed_text = SLICE("Closed");
    store->agents_asked = true;
    store->away_then = CLOSED_MESSAGE;
    store->away_text = SLICE("Away");
}

/* Of a ticket, and of a message that is more than text. */
static inline void later_ticket(struct conversation *state)
{
    state->status_ticket = SLICE("17");
    state->ticket_state = TICKET_STATE_SOLVED;
    state->ticket_state_at = (wall_ms_t){7};
    state->pending[0].type = SLICE("postback");
    state->pending[0].payload = SLICE("ADD:1");
}

/* What a store says of bots and hand-overs. */
static inline void later_store(struct store *store)
{
    static const struct slice phrases[] = {{"operator", 8}};
    store->handoff_live = true;
    store->reasons_off = REASON_BIT(REASON_BOT);
    store->reasons_on = REASON_BIT(REASON_LOW_CONFIDENCE);
    store->low_confidence = 0.6;
    store->low_rating = 2;
    store->actions = phrases;
    store->action_count = 1;
    store->phrases = phrases;
    store->phrase_count = 1;
    store->handoff_notice = SLICE("One moment");
    store->handoff_failed = SLICE("Later");
    store->session_ended = SLICE("Over");
    store->handoff_group_id = SLICE("7");
    store->handoff_tags = SLICE("vip");
    store->signing_secrets[0].box = SLICE("box 7");
    store->signing_secret_count = 1;
    store->bot_kind = BOT_OPENAI;
    store->bot_model = SLICE("m");
    store->bot_system = SLICE("You sell shoes.");
    store->bot_max_tokens = 300;
    store->bot_context_tokens = 4000;
}

#endif
