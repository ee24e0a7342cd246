#include "processor/core/turns.h"

#include "base/buf.h"
#include "base/planted.h"
#include "processor/core/files.h"
#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/phrases.h"
#include "processor/core/render.h"
#include "processor/core/render_file.h"
#include "processor/core/render_support.h"
#include "processor/core/rules.h"
#include "processor/core/sent_files.h"
#include "processor/core/texts.h"
#include "processor/core/timers.h"
#include "processor/core/transcript.h"
#include "processor/core/words.h"

static const int64_t turn_cap_window_ms = 3600 * 1000;

/* Where a message received at `at` belongs: behind what an outstanding turn covers, sorted. */
static size_t place_of(const struct conversation *state, wall_ms_t at)
{
    size_t place = state->pending_count;
    while (place > state->turn.covers && wall_before(at, state->pending[place - 1].received)) {
        place--;
    }
    return place;
}

static size_t bytes_of(const struct pending_message *message)
{
    size_t bytes = message->id.len + message->text.len + message->type.len + message->payload.len;
    for (size_t i = 0; i < message->attachment_count; i++) {
        const struct attachment *attachment = &message->attachments[i];
        bytes += attachment->url.len + attachment->media_type.len + attachment->name.len;
    }
    return bytes;
}

/* Bounded by number and by bytes: state and request must fit into a record, whatever is sent. */
static bool has_room(const struct conversation *state, const struct pending_message *message)
{
    size_t bytes = bytes_of(message);
    for (size_t i = 0; i < state->pending_count; i++) {
        bytes += bytes_of(&state->pending[i]);
    }
    return state->pending_count < LIMIT_PENDING_MESSAGES_MAX && bytes <= LIMIT_PENDING_BYTES_MAX;
}

void turns_take_pending(struct context *ctx, const struct pending_message *message)
{
    struct conversation *state = ctx->state;
    struct pending_message taken = *message;
    taken.text = slice_cut_utf8(message->text, LIMIT_TEXT_BYTES_MAX);
    if (!has_room(state, &taken)) {
        effects_note(ctx->effects, NOTE_PENDING_FULL);
        return;
    }
    size_t place = place_of(state, taken.received);
    memmove(&state->pending[place + 1], &state->pending[place],
            (state->pending_count - place) * sizeof state->pending[0]);
    state->pending[place] = taken;
    state->pending_count++;
}

err_t turns_take_message(struct context *ctx)
{
    const struct conversations_event *event = &ctx->event->body.conversations;
    struct pending_message message = {
        .id = event->message_id.len > 0 ? event->message_id : ctx->event->id,
        .payload = event->payload,
        .received = wall_known(event->received) ? event->received : ctx->event->occurred,
        .attachments = event->attachments,
        .attachment_count = event->attachment_count,
    };
    if (ctx->event->type == EVENT_POSTBACK) {
        message.type = SLICE("postback");
    } else if (!slice_equal(event->content_type, SLICE("text"))) {
        message.type = event->content_type;
    }
    TRY(words_text(ctx->arena, event, &message.text));
    turns_take_pending(ctx, &message);
    return err_ok();
}

/* Calls a human if a rule says so. */
static err_t weigh_rules(struct context *ctx, const struct rules_case *rules_case)
{
    uint32_t reasons = ctx->store != NULL ? rules_hold(ctx->store, rules_case) : 0;
    return handoff_call(ctx, reasons, rules_case->answer);
}

/* Remembers the words, where a rule wants it, and counts them among what is remembered. */
static size_t count_repeats(struct context *ctx, struct slice text)
{
    struct conversation *state = ctx->state;
    bool is_wanted = ctx->store != NULL &&
                     (ctx->store->reasons_on & REASON_BIT(REASON_FRUSTRATED)) != 0 &&
                     phase_owner(state->phase) == OWNER_BOT;
    uint64_t digest = is_wanted ? phrase_digest(text) : 0;
    size_t repeats = 0;
    if (!is_wanted) {
        state->said_count = 0;
        return 0;
    }
    if (state->said_count == LIMIT_SAID_MAX) {
        memmove(&state->said[0], &state->said[1], (LIMIT_SAID_MAX - 1) * sizeof state->said[0]);
        state->said_count--;
    }
    state->said[state->said_count++] = digest;
    for (size_t i = 0; i < state->said_count && digest != 0; i++) {
        repeats += state->said[i] == digest ? 1 : 0;
    }
    return repeats;
}

err_t turns_customer_wrote(struct context *ctx, struct slice text)
{
    bool may_call = lifecycle_bot_may_speak(ctx) || phase_owner(ctx->state->phase) == OWNER_HUMAN;
    struct rules_case rules_case = {
        .what = HAPPENING_CUSTOMER_WROTE, .text = text, .repeats = count_repeats(ctx, text)};
    return may_call ? weigh_rules(ctx, &rules_case) : err_ok();
}

static void push_history(struct conversation *state, const struct transcript_entry *said)
{
    if (said->text.len == 0) {
        return;
    }
    if (state->history_count == LIMIT_HISTORY_ENTRIES_MAX) {
        memmove(&state->history[0], &state->history[1],
                (LIMIT_HISTORY_ENTRIES_MAX - 1) * sizeof state->history[0]);
        state->history_count--;
        state->transcript.kept -= state->transcript.kept > 0 ? 1 : 0;
    }
    state->history[state->history_count++] = (struct history_entry){
        said->speaker, slice_cut_utf8(said->text, LIMIT_HISTORY_TEXT_BYTES_MAX), said->at};
    if (said->speaker == SPEAKER_CUSTOMER && state->surface != SURFACE_TICKET) {
        bool is_cut = said->text.len > LIMIT_HISTORY_TEXT_BYTES_MAX;
        state->newest = slice_cut_utf8(said->text, is_cut ? LIMIT_NEWEST_BYTES_MAX : 0);
    }
}

static void take_said(struct context *ctx, const struct transcript_entry *said)
{
    bool is_kept = transcript_keep(ctx, said);
    push_history(ctx->state, said);
    if (is_kept) {
        ctx->state->transcript.kept = ctx->state->history_count;
    }
}

void turns_take_history(struct context *ctx, enum speaker speaker, struct slice text, wall_ms_t at)
{
    struct transcript_entry said = {.speaker = speaker, .at = at, .text = text};
    if (text.len > 0) {
        take_said(ctx, &said);
    }
}

/* The first `count` pending messages are dealt with: from now on they are history. */
static void settle_pending(struct context *ctx, size_t count)
{
    struct conversation *state = ctx->state;
    CHECK(count <= state->pending_count);
    for (size_t i = 0; i < count; i++) {
        const struct pending_message *message = &state->pending[i];
        struct transcript_entry said = {
            .speaker = SPEAKER_CUSTOMER,
            .id = message->id,
            .at = message->received,
            .text = message->text,
            .attachments = message->attachments,
            .attachment_count = message->attachment_count,
        };
        take_said(ctx, &said);
        sent_files_keep(state, message->attachments, message->attachment_count);
    }
    state->pending_count -= count;
    memmove(&state->pending[0], &state->pending[count],
            state->pending_count * sizeof state->pending[0]);
}

void turns_settle_first(struct context *ctx, size_t count)
{
    settle_pending(ctx, count);
}

void turns_settle(struct context *ctx)
{
    settle_pending(ctx, ctx->state->pending_count);
}

void turns_drop(struct conversation *state)
{
    timers_cancel(state, TIMER_TURN);
    state->turn.state = TURN_NONE;
    state->turn.covers = 0;
    state->turn.words_open = 0;
    state->turn.id = SLICE("");
}

err_t turns_welcome(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->welcomed || ctx->store == NULL || !ctx->store->enabled ||
        !lifecycle_bot_may_speak(ctx)) {
        return err_ok();
    }
    struct slice welcome =
        texts_pick(ctx->store, SLOT_WELCOME, state->customer.locale, ctx->store->welcome);
    if (welcome.len == 0) {
        return err_ok();
    }
    state->welcomed = true;
    if (state->history_count > 0) {
        return err_ok(); /* somebody has spoken: too late for a welcome */
    }
    effects_note(ctx->effects, NOTE_WELCOMED);
    turns_take_history(ctx, SPEAKER_BOT, welcome, ctx->now);
    return render_welcome(ctx, welcome);
}

/* Counts a turn within the running hour; false when the hour is full. */
static bool count_turn(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (wall_since(ctx->now, state->turns_since).ms >= turn_cap_window_ms) {
        state->turns_since = ctx->now;
        state->turns_count = 0;
    }
    if (state->turns_count >= LIMIT_TURNS_PER_HOUR_MAX) {
        return false;
    }
    state->turns_count++;
    return true;
}

/* In the widget a human sees what is said once control was passed. Until then it is not known who
 * will: a ticket that is made instead does not have it, and then the bot answers. */
static bool handover_is_open(const struct conversation *state)
{
    return state->surface == SURFACE_MESSAGING && state->phase == PHASE_HANDING_OFF &&
           state->handover != HANDOVER_NONE && state->handover != HANDOVER_DONE;
}

/* A loop, most likely: silence, unless the store wants a human for it. */
static err_t turn_capped(struct context *ctx)
{
    struct rules_case rules_case = {.what = HAPPENING_TURN_CAP};
    effects_note(ctx->effects, NOTE_TURN_CAP);
    turns_settle(ctx);
    return weigh_rules(ctx, &rules_case);
}

/* What was said while Zendesk was asked who has the conversation, or before a ticket was given to
 * the bot, could call nobody then. */
static err_t weigh_waiting(struct context *ctx)
{
    const struct event *event = ctx->event;
    uint32_t effect = event->type == EVENT_OUTCOME ? event->body.outcome.effect : EFFECT_NONE;
    bool was_held = effect == EFFECT_FETCH_ACTIVE || effect == EFFECT_FETCH_MESSAGES ||
                    effect == EFFECT_FETCH_TICKET;
    for (size_t i = 0; was_held && i < ctx->state->pending_count; i++) {
        struct rules_case rules_case = {.what = HAPPENING_CUSTOMER_WROTE,
                                        .text = ctx->state->pending[i].text};
        TRY(weigh_rules(ctx, &rules_case)); /* when a human is called nothing is pending any more */
    }
    return err_ok();
}

void turns_after_end(struct context *ctx)
{
    if (ctx->state->pending_count > 0) {
        effects_note(ctx->effects, NOTE_AFTER_END);
        turns_settle(ctx);
    }
}

err_t turns_continue(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->phase == PHASE_ENDED) {
        turns_after_end(ctx);
        return err_ok();
    }
    if (phase_owner(state->phase) == OWNER_HUMAN) {
        if (!state->evidence_asked && !handover_is_open(state)) {
            turns_settle(ctx);
        } /* else they may be the bot's: that is known in a moment */
        return err_ok();
    }
    if (state->turn.state != TURN_NONE || state->pending_count == 0 || ctx->store == NULL ||
        !lifecycle_bot_may_speak(ctx)) {
        return err_ok();
    }
    if (!ctx->store->enabled || !ctx->account->enabled || ctx->store->bot_kind == BOT_NONE) {
        effects_note(ctx->effects, NOTE_STORE_OFF);
        turns_settle(ctx);
        return err_ok();
    }
    TRY(weigh_waiting(ctx));
    if (phase_owner(state->phase) == OWNER_HUMAN || state->pending_count == 0) {
        return err_ok();
    }
    if (!count_turn(ctx)) {
        return turn_capped(ctx);
    }
    TRY(lifecycle_open_episode(ctx));
    state->turn.covers = state->pending_count < LIMIT_TURN_MESSAGES_MAX ? state->pending_count
                                                                        : LIMIT_TURN_MESSAGES_MAX;
    state->turn.state = TURN_ASKED;
    state->turn.epoch = state->epoch;
    state->turn.words_open = 0;
    effects_note(ctx->effects, NOTE_TURN_STARTED);
    return render_turn(ctx);
}

static bool is_current_turn(const struct conversation *state, struct slice turn)
{
    return ((state->turn.state == TURN_ASKED || state->turn.state == TURN_DEFERRED) &&
            state->turn.epoch == state->epoch && slice_equal(state->turn.id, turn)) ||
           MUTANT(epoch);
}

/* A ticket takes one comment for all that the bot says: each update counts against its limit. */
static err_t join(struct context *ctx, const struct bot_answer *answer, struct slice *ret_text)
{
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, LIMIT_BODY_BYTES_MAX);
    for (size_t i = 0; i < answer->message_count; i++) {
        if (text.len + answer->messages[i].len > LIMIT_TEXT_BYTES_MAX) {
            effects_note(ctx->effects, NOTE_WORDS_CUT);
            break;
        }
        TRY(buf_append_text(&text, i == 0 ? "" : "\n\n"));
        TRY(buf_append(&text, answer->messages[i]));
    }
    return arena_copy(ctx->arena, buf_slice(&text), ret_text);
}

/* What stands in the history of files that were sent. */
static err_t remember_files(struct context *ctx, const struct bot_answer *answer)
{
    for (size_t i = 0; i < answer->attachment_count; i++) {
        struct slice name = {0};
        CLEANUP(buf) struct buf text = {0};
        buf_init(&text, LIMIT_TEXT_BYTES_MAX);
        TRY(files_put_name(&text, &answer->attachments[i], false));
        TRY(arena_copy(ctx->arena, buf_slice(&text), &name));
        turns_take_history(ctx, SPEAKER_BOT, name, ctx->now);
    }
    return err_ok();
}

err_t turns_say_files(struct context *ctx, const struct bot_answer *answer, bool is_last,
                      uint32_t *words)
{
    uint32_t parts = 0;
    TRY(render_answer_files(ctx, answer, is_last, *words, &parts));
    *words += parts;
    return remember_files(ctx, answer);
}

static err_t speak_on_ticket(struct context *ctx, const struct bot_answer *answer,
                             uint32_t *ret_words)
{
    struct slice joined = {0};
    if (answer->message_count + answer->attachment_count == 0) {
        return err_ok();
    }
    TRY(join(ctx, answer, &joined));
    TRY(render_ticket_word(ctx, joined, answer));
    turns_take_history(ctx, SPEAKER_BOT, joined, ctx->now);
    *ret_words = 1;
    return remember_files(ctx, answer);
}

static err_t speak_in_messages(struct context *ctx, const struct bot_answer *answer,
                               uint32_t *ret_words)
{
    uint32_t words = 0;
    for (size_t i = 0; i < answer->message_count; i++) {
        uint32_t parts = 0;
        TRY(render_word(ctx, answer->messages[i], words, &parts));
        turns_take_history(ctx, SPEAKER_BOT, answer->messages[i], ctx->now);
        words += parts;
    }
    TRY(turns_say_files(ctx, answer, false, &words));
    *ret_words = words;
    return err_ok();
}

static err_t speak(struct context *ctx, const struct bot_answer *answer)
{
    struct conversation *state = ctx->state;
    uint32_t words = 0;
    TRY(state->surface == SURFACE_TICKET ? speak_on_ticket(ctx, answer, &words)
                                         : speak_in_messages(ctx, answer, &words));
    state->turn.state = TURN_SPEAKING;
    state->turn.words_open = words;
    if (words == 0) {
        turns_drop(state);
    }
    return err_ok();
}

err_t turns_answered(struct context *ctx, struct slice turn, const struct bot_answer *answer)
{
    struct conversation *state = ctx->state;
    if (!is_current_turn(state, turn) || ctx->store == NULL) {
        effects_note(ctx->effects, NOTE_STALE_REPLY);
        return err_ok();
    }
    timers_cancel(state, TIMER_TURN);
    settle_pending(ctx, state->turn.covers);
    state->turn.covers = 0;
    effects_note(ctx->effects, NOTE_TURN_ANSWERED);
    struct rules_case rules_case = {.what = HAPPENING_BOT_ANSWERED, .answer = answer};
    uint32_t reasons = rules_hold(ctx->store, &rules_case);
    if (!handoff_would_call(ctx, reasons)) {
        TRY(speak(ctx, answer));
    } else {
        turns_drop(state); /* over also where nobody is called: the store may be off by now */
    }
    return handoff_call(ctx, reasons, answer);
}

static err_t bot_ended(struct context *ctx, enum outcome_result result)
{
    struct rules_case rules_case = {.what = HAPPENING_BOT_ENDED, .result = result};
    return weigh_rules(ctx, &rules_case);
}

static err_t turn_failed(struct context *ctx, enum outcome_result result)
{
    effects_note(ctx->effects, NOTE_TURN_FAILED);
    settle_pending(ctx, ctx->state->turn.covers);
    turns_drop(ctx->state);
    return bot_ended(ctx, result);
}

static err_t word_outcome(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    if (outcome->slot == SLOT_WORD && state->turn.state == TURN_SPEAKING &&
        slice_equal(outcome->turn, state->turn.id) && state->turn.words_open > 0 &&
        --state->turn.words_open == 0) {
        turns_drop(state);
    }
    bool is_said = outcome->result == OUTCOME_APPLIED || outcome->result == OUTCOME_SUPERSEDED;
    if (is_said || outcome->slot != SLOT_WORD) {
        return err_ok();
    }
    effects_note(ctx->effects, NOTE_WORD_LOST);
    return outcome->epoch == state->epoch ? bot_ended(ctx, outcome->result) : err_ok();
}

err_t turns_outcome(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    if (outcome->effect != EFFECT_BOT_TURN) {
        return word_outcome(ctx, outcome);
    }
    if (!is_current_turn(state, outcome->turn)) {
        effects_note(ctx->effects, NOTE_STALE_REPLY);
        return err_ok();
    }
    if (outcome->result == OUTCOME_APPLIED && outcome->answer_given) {
        return turns_answered(ctx, outcome->turn, &outcome->answer);
    }
    if (outcome->result == OUTCOME_DEFERRED) {
        state->turn.state = TURN_DEFERRED;
        span_ms_t patience = ctx->store != NULL ? ctx->store->bot_timeout : span_s(30);
        return timers_set(state, TIMER_TURN, wall_add(ctx->now, patience), state->turn.id);
    }
    return turn_failed(ctx, outcome->result);
}

err_t turns_timer(struct context *ctx, const struct timer_fired *timer)
{
    if (ctx->state->turn.state != TURN_DEFERRED || !slice_equal(ctx->state->turn.id, timer->ref)) {
        effects_note(ctx->effects, NOTE_IGNORED);
        return err_ok();
    }
    return turn_failed(ctx, OUTCOME_TIMED_OUT);
}
