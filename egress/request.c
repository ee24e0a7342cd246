#include "egress/request.h"

#include "base/check.h"
#include "base/planted.h"
#include "egress/core/bot.h"
#include "egress/core/conversations.h"
#include "egress/core/missed_answer.h"
#include "egress/core/owner.h"
#include "egress/core/support.h"
#include "egress/core/verify.h"
#include "egress/core/zendesk.h"
#include "egress/files.h"
#include "egress/request_file.h"

#include <inttypes.h>

const char *request_target(const struct config_set *config, const struct command *command,
                           struct target *ret_target)
{
    struct target target = {.account = config_account(config, command->account),
                            .store = config_store(config, command->store)};
    if (target.account == NULL) {
        return "the account is not configured";
    }
    if (!target.account->enabled) {
        return "the account is disabled";
    }
    switch (command->api) {
    case API_CONVERSATIONS:
    case API_SUPPORT: break;
    case API_BOT:
        if (target.store == NULL || !slice_equal(target.store->account, command->account)) {
            return "the store is not configured";
        }
        if (!target.store->enabled) {
            return "the store is disabled";
        }
        if (target.store->bot_kind != (command->openai ? BOT_OPENAI : BOT_HTTP) ||
            slice_empty(target.store->bot_url)) {
            return "the store has no bot of this kind";
        }
        break;
    case API_NONE: return "the command names no API";
    }
    *ret_target = target;
    return NULL;
}

static void header_add(struct peer_request *request, struct slice header)
{
    CHECK(request->header_count < PEER_HEADERS_MAX);
    request->headers[request->header_count++] = header;
}

static err_t look_path(const struct request_context *context, const struct account *account,
                       const struct command *command, struct slice *ret_path)
{
    const struct verify_ask ask = {
        .arena = context->arena,
        .command = command,
        .account = account,
        .cursor = context->cursor,
        .failures = context->failures,
    };
    return verify_path(&ask, ret_path);
}

/* Where the call goes, and the account's key. */
static err_t conversations_address(struct arena *arena, struct login *login,
                                   const struct account *account, struct slice path,
                                   bool *login_failed, struct peer_request *request)
{
    struct slice authorization = {0};
    TRY(conversations_url(arena, account, path, &request->url));
    err_t e = login_conversations(login, account, &authorization);
    *login_failed = err_failed(e);
    TRY(e);
    header_add(request, authorization);
    header_add(request, SLICE("Accept: application/json"));
    return err_ok();
}

static err_t conversations_build(const struct request_context *context,
                                 const struct account *account, const struct command *command,
                                 bool *login_failed, struct peer_request *request)
{
    struct slice path = command->path;
    struct slice content_type = SLICE("Content-Type: application/json");
    request->method = SLICE("GET");
    switch (context->step) {
    case CALL_LOOK: TRY(look_path(context, account, command, &path)); break;
    case CALL_CHECK: path = owner_conversation_path(command); break;
    case CALL_UPLOAD:
        TRY(request_file_upload(context, command, &path, &content_type, request));
        break;
    case CALL_SEND:
    case CALL_COMMENTS:
    case CALL_FILE:
        request->method = slice_of(http_method_name(command->method));
        TRY(files_body(context->arena, context->call, command, &request->body));
    }
    TRY(conversations_address(context->arena, context->login, account, path, login_failed,
                              request));
    if (!slice_empty(request->body)) {
        header_add(request, content_type);
    }
    return err_ok();
}

err_t request_typing(struct arena *arena, struct login *login, const struct account *account,
                     struct slice conversation_id, struct peer_request *ret_request)
{
    struct peer_request request = {.method = SLICE("POST")};
    struct slice id = {0};
    struct slice path = {0};
    bool login_failed = false;
    TRY(zendesk_encode(arena, conversation_id, &id));
    TRY(arena_printf(arena, &path, "/conversations/%.*s/activity", SLICE_ARG(id)));
    TRY(conversations_address(arena, login, account, path, &login_failed, &request));
    header_add(&request, SLICE("Content-Type: application/json"));
    request.body = SLICE("{\"author\":{\"type\":\"business\"},\"type\":\"typing:start\"}");
    *ret_request = request;
    return err_ok();
}

/* What is sent: path, body, and what makes it safe to send. */
static err_t support_content(const struct request_context *context, const struct account *account,
                             const struct command *command, struct slice *path,
                             struct slice *content_type, struct peer_request *request)
{
    request->method = SLICE("GET");
    switch (context->step) {
    case CALL_LOOK: return look_path(context, account, command, path);
    case CALL_CHECK: return err_ok();
    case CALL_COMMENTS:
        return support_comments_path(context->arena, command->path, context->failures,
                                     (struct slice){0}, path);
    case CALL_UPLOAD: return request_file_upload(context, command, path, content_type, request);
    case CALL_FILE:
    case CALL_SEND: break;
    }
    request->method = slice_of(http_method_name(command->method));
    TRY(files_body(context->arena, context->call, command, &request->body));
    if (command->effect == EFFECT_SEARCH_TICKETS) {
        return missed_search_path(context->arena, command->path, context->failures, path);
    }
    if (command->effect == EFFECT_TICKET_UPDATE && !MUTANT(safe_update)) {
        return support_stamped(context->arena, request->body, context->stamp, &request->body);
    }
    if (command->effect == EFFECT_TICKET_CREATE) {
        char id[IDENT_EFFECT_TEXT_BYTES];
        struct slice header = {0};
        effect_id_text(command->effect_id, id);
        TRY(arena_printf(context->arena, &header, "Idempotency-Key: %s", id));
        header_add(request, header);
    }
    return err_ok();
}

static err_t support_build(const struct request_context *context, const struct account *account,
                           const struct command *command, bool *login_failed,
                           struct peer_request *request)
{
    struct slice path = command->path;
    struct slice content_type = SLICE("Content-Type: application/json");
    TRY(support_content(context, account, command, &path, &content_type, request));
    TRY(support_url(context->arena, account, path, &request->url));
    struct slice authorization = {0};
    err_t e = login_support(context->login, account, &authorization);
    *login_failed = err_failed(e);
    TRY(e);
    header_add(request, authorization);
    header_add(request, SLICE("Accept: application/json"));
    if (!slice_empty(request->body)) {
        header_add(request, content_type);
    }
    return err_ok();
}

/* A trace id comes from a header of whoever sent the event: it goes on only in its exact form. */
static bool is_traceparent(struct slice text)
{
    if (text.len != 55) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool dash = i == 2 || i == 35 || i == 52;
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !hex) {
            return false;
        }
    }
    return true;
}

/* An endpoint of OpenAI's kind knows neither ids nor signatures. */
static err_t openai_build(const struct request_context *context, const struct store *store,
                          bool *login_failed, struct peer_request *request)
{
    struct slice authorization = {0};
    err_t e = login_openai(context->login, store, &authorization);
    *login_failed = err_failed(e);
    TRY(e);
    if (!slice_empty(authorization)) {
        header_add(request, authorization);
    }
    header_add(request, SLICE("Content-Type: application/json"));
    header_add(request, SLICE("Accept: application/json"));
    return err_ok();
}

static err_t bot_build(const struct request_context *context, const struct store *store,
                       const struct command *command, bool *login_failed,
                       struct peer_request *request)
{
    struct arena *arena = context->arena;
    request->method = SLICE("POST");
    request->url = store->bot_url;
    TRY(files_body(arena, context->call, command, &request->body));
    if (command->openai) {
        return openai_build(context, store, login_failed, request);
    }
    struct slice key = {0};
    err_t e = login_bot_key(context->login, store, &key);
    *login_failed = err_failed(e);
    TRY(e);

    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, id);
    struct slice header = {0};
    TRY(arena_printf(arena, &header, "webhook-id: %s", id));
    header_add(request, header);
    TRY(arena_printf(arena, &header, "webhook-timestamp: %" PRId64, context->wall.ms / 1000));
    header_add(request, header);
    if (!slice_empty(key)) {
        char signature[BOT_SIGNATURE_BYTES];
        bot_sign(key, slice_of(id), context->wall, request->body, signature);
        TRY(arena_printf(arena, &header, "webhook-signature: %s", signature));
        header_add(request, header);
    }
    if (is_traceparent(command->traceparent)) {
        TRY(arena_printf(arena, &header, "traceparent: %.*s", SLICE_ARG(command->traceparent)));
        header_add(request, header);
    }
    header_add(request, SLICE("Content-Type: application/json"));
    header_add(request, SLICE("Accept: application/json"));
    return err_ok();
}

err_t request_build(const struct request_context *context, const struct target *target,
                    const struct command *command, bool *ret_login_failed,
                    struct peer_request *ret_request)
{
    CHECK(context->deadline.ms > 0);
    *ret_login_failed = false;
    struct peer_request request = {.deadline = context->deadline, .cookie = context->cookie};
    if (context->step == CALL_FILE) {
        TRY(request_file_fetch(context, target, command, &request));
    } else if (command->api == API_BOT) {
        TRY(bot_build(context, target->store, command, ret_login_failed, &request));
    } else if (command->api == API_SUPPORT) {
        TRY(support_build(context, target->account, command, ret_login_failed, &request));
    } else {
        TRY(conversations_build(context, target->account, command, ret_login_failed, &request));
    }
    *ret_request = request;
    return err_ok();
}

static enum host_kind host_of(enum call_step step, const struct call *call,
                              const struct command *command)
{
    if (step == CALL_FILE) {
        return files_current(call, command)->zendesks ? HOST_FILE_OF_ZENDESK : HOST_FILE_OF_BOT;
    }
    switch (command->api) {
    case API_SUPPORT: return HOST_SUPPORT;
    case API_CONVERSATIONS: return HOST_CONVERSATIONS;
    case API_BOT: return HOST_BOT;
    case API_NONE: break;
    }
    BUG("api out of range");
}

err_t request_submit(struct peer *peer, const struct request_context *context,
                     const struct target *target, const struct command *command,
                     struct peer_request *request)
{
    return request_submit_to(peer, host_of(context->step, context->call, command), target, request);
}

err_t request_submit_to(struct peer *peer, enum host_kind kind, const struct target *target,
                        struct peer_request *request)
{
    if (!hosts_allow(kind, target->account, target->store, request->url,
                     &request->private_allowed)) {
        return ERR(SYNTAX);
    }
    return peer_submit(peer, request);
}
