#include "processor/core/tickets.h"

#include "json/json_read.h"
#include "processor/core/dedupe.h"
#include "processor/core/evict.h"
#include "processor/core/handoff.h"
#include "processor/core/lifecycle.h"
#include "processor/core/render_support.h"
#include "processor/core/rules.h"
#include "processor/core/ticket_state.h"
#include "processor/core/transcript_ticket.h"
#include "processor/core/turns.h"

err_t tickets_changed(struct context *ctx)
{
    struct conversation *state = ctx->state;
    if (state->fetch_asked) {
        state->fetch_again = true;
        return err_ok();
    }
    state->fetch_asked = true;
    return render_fetch_ticket(ctx);
}

/* A ticket that Zendesk made for a messaging conversation, or that we made: it feeds status only.
 */
static bool is_no_conversation(const struct json *ticket)
{
    if (json_bool(json_find(ticket, "from_messaging_channel"), false) ||
        slice_starts_with(json_string(json_find(ticket, "external_id")), SLICE("tieline:"))) {
        return true;
    }
    JSON_EACH(tag, json_find(ticket, "tags"))
    {
        if (slice_starts_with(json_string(tag), SLICE("tieline_"))) {
            return true;
        }
    }
    return false;
}

/* A trigger that assigns new tickets to the bot does so with these too: they are the team's. */
static err_t free_of_bot(struct context *ctx, const struct json *ticket)
{
    struct slice assignee_id = json_id(json_find(ticket, "assignee_id"));
    bool is_closed = slice_equal(json_string(json_find(ticket, "status")), SLICE("closed"));
    bool is_bots = assignee_id.len > 0 && slice_equal(assignee_id, ctx->account->bot_user_id);
    return is_bots && !is_closed ? render_ticket_free(ctx) : err_ok();
}

/* The fetched brand decides, whatever the webhook's URL said. */
static void take_brand(struct context *ctx, struct slice brand_id)
{
    struct conversation *state = ctx->state;
    state->brand_id = brand_id;
    ctx->store = config_store_by_brand(ctx->config, state->account, brand_id);
    state->routing = ctx->store != NULL ? ROUTING_STORE : ROUTING_SILENT;
    state->store = ctx->store != NULL ? ctx->store->name : SLICE("");
    if (ctx->store == NULL) {
        effects_note(ctx->effects, NOTE_UNMAPPED_SILENT);
    }
}

/* The assignee is the owner. */
static err_t take_assignee(struct context *ctx, struct slice assignee_id)
{
    struct conversation *state = ctx->state;
    bool is_bots = assignee_id.len > 0 && slice_equal(assignee_id, ctx->account->bot_user_id);
    bool is_handing_off = state->handover == HANDOVER_TICKETING;
    state->assignee_id = assignee_id;
    if (is_handing_off || state->phase == PHASE_ENDED) {
        return err_ok(); /* our own update is under way: what was read may be older */
    }
    if (is_bots) {
        return phase_owner(state->phase) == OWNER_HUMAN ? lifecycle_released(ctx) : err_ok();
    }
    if (assignee_id.len == 0) {
        if (state->phase == PHASE_NEW || state->phase == PHASE_BOT) {
            effects_note(ctx->effects, NOTE_UNASSIGNED);
            turns_drop(state); /* taken from the bot: what it computes comes too late */
        }
        return err_ok(); /* after our hand-over it waits for the team */
    }
    return state->phase == PHASE_HUMAN ? err_ok() : lifecycle_move(ctx, PHASE_HUMAN);
}

struct comment {
    struct slice id;
    struct slice text;
    const struct json *files;
    wall_ms_t at;
    bool is_customers;
    bool is_automatic; /* an end user's, but sent by a machine */
    bool is_bots;
};

static struct comment read_comment(const struct context *ctx, const struct json *item)
{
    struct slice author = json_id(json_find(item, "author_id"));
    bool is_end_user = slice_equal(json_string(json_find(item, "author_role")), SLICE("end-user"));
    struct comment comment = {
        .id = json_id(json_find(item, "id")),
        .text = json_string(json_find(item, "text")),
        .files = json_find(item, "attachments"),
        .is_bots = slice_equal(author, ctx->account->bot_user_id),
        .is_automatic = is_end_user && json_bool(json_find(item, "automatic"), false),
        .is_customers = is_end_user && json_bool(json_find(item, "public"), false) &&
                        !json_bool(json_find(item, "automatic"), false),
    };
    if (err_failed(
            instant_parse_iso8601(json_string(json_find(item, "created_at")), &comment.at))) {
        comment.at = ctx->now;
    }
    return comment;
}

static err_t take_files(struct context *ctx, const struct json *list,
                        struct pending_message *message)
{
    size_t room = list != NULL && list->type == JSON_ARRAY ? list->count : 0;
    struct attachment *files = ARENA_ARRAY(ctx->arena, struct attachment, room);
    if (files == NULL) {
        return ERR(ARENA_FULL);
    }
    message->attachments = files;
    if (room == 0) {
        return err_ok();
    }
    JSON_EACH(item, list)
    {
        struct slice url = json_string(json_find(item, "url"));
        if (url.len > 0 && message->attachment_count < LIMIT_ATTACHMENTS_MAX) {
            files[message->attachment_count++] =
                (struct attachment){url, json_string(json_find(item, "media_type")),
                                    json_string(json_find(item, "name"))};
        }
    }
    return err_ok();
}

/* A comment of a customer as a bot gets it. */
static err_t read_message(struct context *ctx, const struct comment *comment,
                          struct pending_message *ret_message)
{
    *ret_message =
        (struct pending_message){.id = comment->id, .text = comment->text, .received = comment->at};
    TRY(take_files(ctx, comment->files, ret_message));
    if (comment->text.len > 0 || ret_message->attachment_count == 0) {
        return err_ok();
    }
    return arena_printf(ctx->arena, &ret_message->text, "[file] %.*s",
                        SLICE_ARG(ret_message->attachments[0].name));
}

/* Takes in one comment that was not seen before.
 * human_until  what was written before it is not answered: a human had the ticket, or it is older
 *              than a gap; 0 = nothing
 */
static err_t take_comment(struct context *ctx, const struct comment *comment, wall_ms_t human_until)
{
    if (ctx->store == NULL) {
        return err_ok(); /* nobody's brand: met with silence, not answered later */
    }
    if (comment->is_automatic) { /* an answer would be answered: neither asked nor remembered */
        effects_note(ctx->effects, NOTE_AUTOMATIC);
        return err_ok();
    }
    if (!comment->is_customers) {
        if (comment->is_bots) {
            effects_note(ctx->effects, NOTE_ECHO);
        } else {
            turns_take_history(ctx, SPEAKER_AGENT, comment->text, comment->at);
        }
        return err_ok();
    }
    struct pending_message message = {0};
    TRY(read_message(ctx, comment, &message));
    if (wall_before(comment->at, human_until)) {
        turns_take_history(ctx, SPEAKER_CUSTOMER, message.text, comment->at);
        return err_ok();
    }
    turns_take_pending(ctx, &message);
    return turns_customer_wrote(ctx, comment->text);
}

/* A ticket of which nothing was seen yet, in this life of its state. */
static bool is_unknown(const struct conversation *state)
{
    return state->phase == PHASE_NEW && state->history_count == 0 && state->pending_count == 0;
}

/* When a human answered for the last time; for a ticket that nobody here knows, also the bot.
 * Customers' words from before that are answered. */
static wall_ms_t answered_at(const struct context *ctx, const struct json *list, bool is_known)
{
    wall_ms_t newest = {0};
    JSON_EACH(item, list)
    {
        struct comment comment = read_comment(ctx, item);
        bool is_end_user =
            slice_equal(json_string(json_find(item, "author_role")), SLICE("end-user"));
        if (!is_end_user && json_bool(json_find(item, "public"), false) &&
            !(comment.is_bots && is_known)) {
            newest = wall_later(newest, comment.at);
        }
    }
    return newest;
}

/* From the oldest on: the list comes newest first. */
static err_t take_comments(struct context *ctx, const struct json *list, wall_ms_t human_until)
{
    size_t count = list != NULL && list->type == JSON_ARRAY ? list->count : 0;
    const struct json **items = ARENA_ARRAY(ctx->arena, const struct json *, count);
    if (items == NULL) {
        return ERR(ARENA_FULL);
    }
    size_t filled = 0;
    JSON_EACH(item, list)
    {
        items[filled++] = item;
    }
    for (size_t i = filled; i > 0; i--) {
        struct comment comment = read_comment(ctx, items[i - 1]);
        if (comment.id.len > 0 && dedupe_id(ctx->state, comment.id, comment.at) == DEDUPE_FRESH) {
            TRY(take_comment(ctx, &comment, human_until));
        }
    }
    return err_ok();
}

static err_t take_ticket(struct context *ctx, const struct json *root)
{
    struct conversation *state = ctx->state;
    const struct json *ticket = json_find(root, "ticket");
    wall_ms_t updated = {0};
    if (err_failed(instant_parse_iso8601(json_string(json_find(ticket, "updated_at")), &updated))) {
        updated = state->switchboard_at;
    }
    if (ticket == NULL || is_no_conversation(ticket)) {
        effects_note(ctx->effects, NOTE_NO_CONVERSATION);
        TRY(ticket_state_pass_on(ctx, ticket, updated));
        TRY(transcript_ticket_seen(ctx, ticket));
        return free_of_bot(ctx, ticket);
    }
    bool was_humans = phase_owner(state->phase) == OWNER_HUMAN;
    bool was_known = !is_unknown(state);
    take_brand(ctx, json_id(json_find(ticket, "brand_id")));
    if (wall_before(updated, state->switchboard_at)) {
        /* Read before our own update: its words count, its assignee does not. The update's own
         * trigger brings the next fetch. */
        effects_note(ctx->effects, NOTE_STALE_EVIDENCE);
    } else {
        state->switchboard_at = updated;
        TRY(take_assignee(ctx, json_id(json_find(ticket, "assignee_id"))));
        TRY(ticket_state_fetched(ctx, ticket, updated));
    }
    const struct json *comments = json_find(root, "comments");
    wall_ms_t human_until = was_humans ? updated : (wall_ms_t){0};
    if (wall_known(state->missed_since)) { /* after a gap nobody has heard of what came between */
        human_until = wall_later(human_until, answered_at(ctx, comments, was_known));
        human_until = wall_later(human_until, state->missed_since); /* older than the gap */
    }
    if (!was_known) { /* what was answered in a former life, whose ids are forgotten; or in the
                         same second, which is all that Zendesk tells */
        wall_ms_t answered = wall_add(answered_at(ctx, comments, false), span_ms(1));
        wall_ms_t former = evict_former_life(state);
        human_until = wall_later(human_until, wall_before(answered, former) ? answered : former);
    }
    TRY(take_comments(ctx, comments, human_until));
    bool is_closed = slice_equal(json_string(json_find(ticket, "status")), SLICE("closed"));
    return is_closed && state->phase != PHASE_ENDED ? lifecycle_move(ctx, PHASE_ENDED) : err_ok();
}

err_t tickets_fetched(struct context *ctx, const struct outcome *outcome)
{
    struct conversation *state = ctx->state;
    bool again = state->fetch_again;
    state->fetch_asked = false;
    state->fetch_again = false;
    const struct json *root = NULL;
    if (outcome->result == OUTCOME_APPLIED && ctx->account != NULL &&
        !err_failed(json_parse(ctx->arena, outcome->fetched, NULL, NULL, &root))) {
        TRY(take_ticket(ctx, root));
    } else {
        effects_note(ctx->effects, NOTE_FETCH_FAILED);
    }
    if (again) {
        return tickets_changed(ctx);
    }
    state->missed_since = (wall_ms_t){0};
    return err_ok();
}
