#include "egress/request_file.h"

#include "base/check.h"
#include "base/limits.h"
#include "egress/files.h"

err_t request_file_fetch(const struct request_context *context, const struct target *target,
                         const struct command *command, struct peer_request *request)
{
    const struct carried_file *file = files_current(context->call, command);
    const struct account *account = target->account;
    struct slice authorization = {0};
    request->method = SLICE("GET");
    request->url = file->url;
    request->answer_bytes_max = LIMIT_FILE_BYTES_MAX;
    if (file->zendesks &&
        !err_failed(login_conversations(context->login, account, &authorization))) {
        request->headers[request->header_count++] = authorization;
    }
    request->headers[request->header_count++] = SLICE("Accept: */*");
    return err_ok();
}

err_t request_file_upload(const struct request_context *context, const struct command *command,
                          struct slice *ret_path, struct slice *ret_content_type,
                          struct peer_request *request)
{
    const struct carrying *c = context->call->carrying;
    struct slice boundary = {0};
    CHECK(c != NULL && c->bytes != NULL);
    request->method = SLICE("POST");
    request->body = slice_from(c->bytes, c->bytes_len);
    TRY(carry_upload_path(context->arena, command, files_current(context->call, command),
                          ret_path));
    if (command->api == API_SUPPORT) {
        return arena_printf(context->arena, ret_content_type, "Content-Type: %s", c->type);
    }
    TRY(carry_boundary(context->arena, command, &boundary));
    return arena_printf(context->arena, ret_content_type,
                        "Content-Type: multipart/form-data; boundary=%.*s", SLICE_ARG(boundary));
}
