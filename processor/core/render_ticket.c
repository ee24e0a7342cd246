#include "processor/core/render_ticket.h"

#include "base/buf.h"
#include "processor/core/fields.h"
#include "processor/core/markup.h"
#include "processor/core/render.h"
#include "processor/core/render_common.h"
#include "processor/core/render_support.h"
#include "processor/core/requester.h"

enum { SUBJECT_BYTES_MAX = 100 };

/* The customer's newest words, whole where the history has them cut; empty = none. */
static struct slice last_words(const struct conversation *state)
{
    for (size_t i = state->history_count; i > 0; i--) {
        const struct history_entry *entry = &state->history[i - 1];
        if (entry->speaker == SPEAKER_CUSTOMER) {
            bool is_whole = slice_starts_with(state->newest, entry->text);
            return slice_trim(is_whole ? state->newest : entry->text);
        }
    }
    return SLICE("");
}

/* More was said than is kept: a character that did not fit has up to four bytes. */
static bool is_cut(const struct conversation *state)
{
    return state->newest.len + 4 > LIMIT_NEWEST_BYTES_MAX;
}

/* In one line. */
static struct slice subject_of(const struct conversation *state)
{
    struct slice line = {0};
    struct slice rest = {0};
    struct slice words = last_words(state);
    (void)slice_split(words.len > 0 ? words : SLICE("Conversation"), '\n', &line, &rest);
    return slice_cut_utf8(slice_trim(line), SUBJECT_BYTES_MAX);
}

static bool wants_summary(const struct context *ctx)
{
    return ctx->store->summary_place != SUMMARY_OFF;
}

static err_t put_contact(struct buf *out, const struct requester *requester)
{
    TRY(buf_printf(out, "\n\nFrom: %.*s", SLICE_ARG(requester->name)));
    if (!requester->is_placeholder) {
        TRY(buf_printf(out, ", %.*s", SLICE_ARG(requester->email)));
    }
    return requester->phone.len == 0 ? err_ok()
                                     : buf_printf(out, ", %.*s", SLICE_ARG(requester->phone));
}

static err_t put_rest(struct context *ctx, const struct requester *contact, struct buf *out)
{
    struct slice summary = {0};
    struct slice link = {0};
    TRY(fields_link(ctx, &link));
    if (wants_summary(ctx)) {
        TRY(render_summary(ctx, &summary));
        TRY(buf_printf(out, "\n\n%.*s", SLICE_ARG(summary)));
    }
    if (link.len > 0) {
        TRY(buf_printf(out, "\n\n%.*s", SLICE_ARG(link)));
    }
    return contact != NULL ? put_contact(out, contact) : err_ok();
}

/* What an agent reads first: the customer's newest words, why a human was called, the link back.
 * contact  NULL = not in the words */
static err_t comment_of(struct context *ctx, const struct requester *contact,
                        struct slice *ret_comment)
{
    CLEANUP(buf) struct buf text = {0};
    CLEANUP(buf) struct buf rest = {0};
    struct slice words = {0};
    struct slice more = SLICE(RENDER_MORE_WAS_SAID);
    buf_init(&text, RENDER_REQUEST_BYTES_MAX);
    buf_init(&rest, RENDER_REQUEST_BYTES_MAX);
    TRY(put_rest(ctx, contact, &rest));
    TRY(markup_guard(ctx->arena, last_words(ctx->state), &words));
    /* What is behind the words is never cut for them. */
    size_t taken = rest.len + more.len;
    size_t room = taken < RENDER_COMMENT_BYTES_MAX ? RENDER_COMMENT_BYTES_MAX - taken : 0;
    struct slice shown = slice_cut_utf8(words, room);
    TRY(buf_append(&text, words.len > 0 ? shown : SLICE("(no words)")));
    if (is_cut(ctx->state) || shown.len < words.len) {
        TRY(buf_append(&text, more));
    }
    TRY(buf_append(&text, buf_slice(&rest)));
    return arena_copy(ctx->arena, slice_cut_utf8(buf_slice(&text), RENDER_COMMENT_BYTES_MAX),
                      ret_comment);
}

/* {"ticket":{ … and, behind its members, the stamp by which it is found again. */
static void begin_body(struct json_write *w, struct buf *body)
{
    buf_init(body, RENDER_REQUEST_BYTES_MAX);
    json_write_init(w, body);
    json_object(w);
    json_key(w, "ticket");
    json_object(w);
}

static err_t end_body(struct context *ctx, struct json_write *w, const struct buf *body,
                      struct command *command)
{
    render_stamp(w, command);
    json_end(w);
    json_end(w);
    TRY(json_write_done(w));
    return arena_copy(ctx->arena, buf_slice(body), &command->body);
}

static void put_note(struct json_write *w, struct slice text)
{
    if (text.len > 0) {
        json_key(w, "comment");
        json_object(w);
        json_put_slice(w, "body", text);
        json_put_bool(w, "public", false);
        json_end(w);
    }
}

static void put_requester(struct json_write *w, const struct requester *requester)
{
    if (requester->user_id.len > 0) {
        fields_put_id(w, "requester_id", requester->user_id);
        return;
    }
    json_key(w, "requester");
    json_object(w);
    json_put_slice(w, "name", requester->name);
    json_put_slice(w, "email", requester->email);
    json_end(w);
}

/* The phone is no member of a ticket's requester, so the user is made first. Without it Zendesk
 * makes the user of the ticket's name and address. */
static err_t render_user(struct context *ctx, const struct requester *requester)
{
    struct command *command = NULL;
    if (requester->phone.len == 0 || requester->user_id.len > 0) {
        return err_ok();
    }
    struct effect_cause cause = render_by_attempt(ctx, SLOT_REQUESTER, 0);
    TRY(render_begin(ctx, &cause, EFFECT_USER_UPSERT, &command));
    command->api = API_SUPPORT;
    command->method = METHOD_POST;
    command->path = SLICE("/api/v2/users/create_or_update");
    CLEANUP(buf) struct buf body = {0};
    struct json_write w;
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    json_write_init(&w, &body);
    json_object(&w);
    json_key(&w, "user");
    json_object(&w);
    json_put_slice(&w, "name", requester->name);
    json_put_slice(&w, "email", requester->email);
    json_put_slice(&w, "phone", requester->phone);
    json_put_bool(&w, "skip_verify_email", true);
    json_end(&w);
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&body), &command->body);
}

static err_t external_id(struct context *ctx, const struct command *command, struct slice *ret_id)
{
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, id);
    return arena_printf(ctx->arena, ret_id, "tieline:%.*s:%s", SLICE_ARG(ctx->state->key), id);
}

static err_t creation_body(struct context *ctx, struct command *command,
                           const struct requester *requester, bool plain)
{
    struct fields fields;
    struct slice comment = {0};
    struct slice external = {0};
    TRY(fields_collect(ctx, &fields));
    TRY(comment_of(ctx, plain ? requester : NULL, &comment));
    TRY(external_id(ctx, command, &external));
    CLEANUP(buf) struct buf body = {0};
    struct json_write w;
    begin_body(&w, &body);
    json_put_slice(&w, "subject", subject_of(ctx->state));
    put_note(&w, comment);
    if (!plain || !requester->is_placeholder) { /* it may be the placeholder that was refused */
        put_requester(&w, requester);
    }
    fields_put_id(&w, "brand_id", fields.brand_id);
    if (!plain) {
        fields_put_id(&w, "assignee_id", fields.assignee_id);
        fields_put(&w, &fields);
        json_put_slice_if(&w, "status", ctx->store->handoff_open ? SLICE("open") : SLICE(""));
    }
    fields_put_tags(&w, fields.tags);
    json_put_slice(&w, "external_id", external);
    return end_body(ctx, &w, &body, command);
}

err_t render_ticket_create(struct context *ctx, bool plain)
{
    struct command *command = NULL;
    struct requester requester;
    struct effect_cause cause =
        render_by_episode(ctx, plain ? SLOT_CREATE_PLAIN : SLOT_CREATE_TICKET);
    cause.attempt = ctx->state->ticket_attempt;
    TRY(requester_of(ctx, &requester));
    if (!plain) {
        TRY(render_user(ctx, &requester));
    }
    TRY(render_begin(ctx, &cause, EFFECT_TICKET_CREATE, &command));
    /* A later attempt names the same ticket, unless the one that failed is known not to be there.
     */
    command->look_first = ctx->state->attempt > ctx->state->ticket_attempt;
    command->api = API_SUPPORT;
    command->method = METHOD_POST;
    command->path = SLICE("/api/v2/tickets");
    return creation_body(ctx, command, &requester, plain);
}

/* Tags of an update replace all that are there; these are added, whatever an agent did meanwhile.
 */
static err_t render_tags(struct context *ctx, struct slice ticket_id, struct slice tags)
{
    struct command *command = NULL;
    struct effect_cause cause = render_by_attempt(ctx, SLOT_TICKET_TAGS, 0);
    if (tags.len == 0) {
        return err_ok();
    }
    TRY(render_ticket_begin(ctx, &cause, EFFECT_TICKET_TAGS, ticket_id, &command));
    TRY(arena_printf(ctx->arena, &command->path, "%.*s/tags", SLICE_ARG(command->path)));
    CLEANUP(buf) struct buf body = {0};
    struct json_write w;
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    json_write_init(&w, &body);
    json_object(&w);
    fields_put_tags(&w, tags);
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&body), &command->body);
}

static void put_assignee(struct json_write *w, struct slice assignee_id)
{
    uint64_t number = 0;
    json_key(w, "assignee_id");
    if (err_failed(slice_to_u64(assignee_id, &number))) {
        json_null(w);
    } else {
        json_raw(w, assignee_id);
    }
}

err_t render_ticket_unassign(struct context *ctx, struct slice summary, bool plain)
{
    struct command *command = NULL;
    struct fields fields;
    struct effect_cause cause =
        render_by_attempt(ctx, plain ? SLOT_UPDATE_PLAIN : SLOT_TICKET_UPDATE, 0);
    TRY(fields_collect(ctx, &fields));
    TRY(render_ticket_begin(ctx, &cause, EFFECT_TICKET_UPDATE, ctx->state->remote_id, &command));
    CLEANUP(buf) struct buf body = {0};
    struct json_write w;
    begin_body(&w, &body);
    put_assignee(&w, plain ? SLICE("") : fields.assignee_id);
    if (!plain) {
        fields_put(&w, &fields);
    }
    put_note(&w, slice_cut_utf8(summary, RENDER_COMMENT_BYTES_MAX));
    TRY(end_body(ctx, &w, &body, command));
    return plain ? err_ok() : render_tags(ctx, ctx->state->remote_id, fields.tags);
}

err_t render_ticket_again(struct context *ctx)
{
    struct command *command = NULL;
    struct fields fields;
    struct slice comment = {0};
    struct effect_cause cause = render_by_attempt(ctx, SLOT_TICKET_AGAIN, 0);
    TRY(fields_collect(ctx, &fields));
    TRY(comment_of(ctx, NULL, &comment));
    TRY(render_ticket_begin(ctx, &cause, EFFECT_TICKET_UPDATE, ctx->state->ticket_id, &command));
    CLEANUP(buf) struct buf body = {0};
    struct json_write w;
    begin_body(&w, &body);
    json_put_text(&w, "status", "open");
    json_put_slice_if(&w, "priority", slice_of(priority_name(fields.priority)));
    put_note(&w, comment);
    TRY(end_body(ctx, &w, &body, command));
    return render_tags(ctx, ctx->state->ticket_id, fields.tags);
}
