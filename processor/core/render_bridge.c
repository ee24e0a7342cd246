#include "processor/core/render_bridge.h"

#include "processor/core/markup.h"
#include "processor/core/render_common.h"
#include "processor/core/render_file.h"

/* Zendesk counts UTF-16 units. The guard may lengthen a text, so that a part is cut after it. */
enum { UNITS_MAX = LIMIT_CONVERSATIONS_TEXT_CHARS_MAX, PARTS_MAX = 64 };

static err_t begin(struct context *ctx, const struct effect_cause *cause, enum effect_kind effect,
                   struct command **ret_command)
{
    TRY(render_begin(ctx, cause, effect, ret_command));
    (*ret_command)->api = API_CONVERSATIONS;
    (*ret_command)->method = METHOD_POST;
    return err_ok();
}

/* --- user --- */

/* Zendesk refuses a user for an address that is none; then rather none. Row 90. */
static bool is_email(struct slice text)
{
    struct slice name = {0};
    struct slice domain = {0};
    if (!slice_split(text, '@', &name, &domain) || name.len == 0 ||
        slice_find(domain, '@') != domain.len) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c == ',' || c == ';' || c == '<' || c == '>' || c == 0x7F) {
            return false;
        }
    }
    size_t dot = slice_find(domain, '.');
    return dot > 0 && dot + 1 < domain.len && domain.ptr[domain.len - 1] != '.';
}

static bool is_address(struct slice url)
{
    return slice_starts_with(url, SLICE("https://")) || slice_starts_with(url, SLICE("http://"));
}

/* What Zendesk takes of a profile, in characters; a byte is never more than one. */
enum { NAME_CHARS_MAX = 128, MAIL_CHARS_MAX = 128, AVATAR_CHARS_MAX = 2048, LOCALE_CHARS_MAX = 64 };

/* "Ada King Byron": the first word is the given name, as good a guess as any. Row 89. */
static void put_name(struct json_write *w, struct slice name)
{
    struct slice given = {0};
    struct slice surname = {0};
    name = slice_trim(name);
    if (name.len == 0) {
        name = SLICE("Anonymous Visitor");
    }
    (void)slice_split(name, ' ', &given, &surname);
    json_put_slice(w, "givenName", slice_cut_utf8(given, NAME_CHARS_MAX));
    json_put_slice_if(w, "surname", slice_cut_utf8(slice_trim(surname), NAME_CHARS_MAX));
}

static void put_profile(struct json_write *w, const struct customer *customer)
{
    json_key(w, "profile");
    json_object(w);
    put_name(w, customer->name);
    if (customer->email.len <= MAIL_CHARS_MAX && is_email(customer->email)) {
        json_put_slice(w, "email", customer->email);
    }
    if (customer->avatar_url.len <= AVATAR_CHARS_MAX && is_address(customer->avatar_url)) {
        json_put_slice(w, "avatarUrl", customer->avatar_url);
    }
    if (customer->locale.len <= LOCALE_CHARS_MAX) {
        json_put_slice_if(w, "locale", customer->locale);
    }
    json_end(w);
    if (customer->phone.len > 0) { /* a profile has no place for it */
        json_key(w, "metadata");
        json_object(w);
        json_put_slice(w, "phone", customer->phone);
        json_end(w);
    }
}

err_t render_user(struct context *ctx)
{
    const struct conversation *state = ctx->state;
    struct command *command = NULL;
    struct slice external = state->customer.external_id;
    struct effect_cause cause = render_by_life(ctx, SLOT_USER, 0);
    TRY(begin(ctx, &cause, EFFECT_USER_CREATE, &command));
    command->look_first = state->bridge_failed; /* it is written a second time */
    command->path = SLICE("/users");
    if (external.len == 0) {
        TRY(arena_printf(ctx->arena, &external, "tieline:%.*s", SLICE_ARG(state->key)));
    }
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    json_put_slice(&w, "externalId", external);
    put_profile(&w, &state->customer);
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&body), &command->body);
}

/* --- conversation --- */

err_t render_conversation(struct context *ctx)
{
    const struct conversation *state = ctx->state;
    struct command *command = NULL;
    char effect[IDENT_EFFECT_TEXT_BYTES];
    char mac[IDENT_EFFECT_TEXT_BYTES];
    struct effect_cause cause = render_by_life(ctx, SLOT_CONVERSATION, 0);
    TRY(begin(ctx, &cause, EFFECT_CONVERSATION_CREATE, &command));
    command->look_first = state->bridge_failed;
    command->path = SLICE("/conversations");
    effect_id_text(command->effect_id, effect);
    ident_key_mac(ctx->account->id_key, state->key, mac);
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, RENDER_REQUEST_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &body);
    json_object(&w);
    json_put_text(&w, "type", "personal");
    json_key(&w, "participants");
    json_array(&w);
    json_object(&w);
    json_put_slice(&w, "userId", state->customer.user_id);
    json_end(&w);
    json_end(&w);
    json_key(&w, "metadata");
    json_object(&w);
    json_put_text(&w, "tieline.effect", effect);
    json_put_slice(&w, "tieline.key", state->key);
    json_put_text(&w, "tieline.mac", mac);
    json_end(&w);
    json_end(&w);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&body), &command->body);
}

/* --- the customer's words --- */

size_t render_forward_count(const struct pending_message *message)
{
    /* The shortest part that a cut leaves, of a text that the guard made twice as long. */
    size_t parts = message->text.len == 0 ? 0 : 1 + 2 * message->text.len / (UNITS_MAX - 200);
    return parts + message->attachment_count;
}

static err_t begin_forward(struct context *ctx, const struct effect_cause *cause,
                           struct command **ret_command)
{
    TRY(begin(ctx, cause, EFFECT_MESSAGE, ret_command));
    (*ret_command)->voice = VOICE_CUSTOMER;
    return render_conversation_path(ctx, "/messages", &(*ret_command)->path);
}

static err_t put_words(struct context *ctx, const struct effect_cause *cause, struct slice text)
{
    struct command *command = NULL;
    TRY(begin_forward(ctx, cause, &command));
    return render_words(ctx, command, text, true, &command->body);
}

err_t render_forward_file(struct context *ctx, const struct effect_cause *cause,
                          const struct attachment *file)
{
    struct command *command = NULL;
    TRY(begin_forward(ctx, cause, &command));
    return render_file(ctx, command, file, true);
}

err_t render_forward(struct context *ctx, const struct pending_message *message)
{
    struct slice rest = {0};
    struct effect_cause cause = {
        .account = ctx->state->account,
        .conversation = ctx->state->key,
        .event = message->id,
        .slot = SLOT_FORWARD,
    };
    TRY(markup_guard(ctx->arena, message->text, &rest));
    while (rest.len > 0 && cause.index < PARTS_MAX) {
        struct slice part = render_take_part(&rest);
        TRY(put_words(ctx, &cause, part));
        cause.index++;
    }
    for (size_t i = 0; i < message->attachment_count; i++) {
        TRY(render_forward_file(ctx, &cause, &message->attachments[i]));
        cause.index++;
    }
    return err_ok();
}
