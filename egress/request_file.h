/* request_file — the requests that carry a file: reading it, and handing it over. Used by
 * request.c, which owns what all requests have. */
#ifndef EGRESS_REQUEST_FILE_H
#define EGRESS_REQUEST_FILE_H

#include "egress/request.h"

/* GET of the file in hand. It has the account's login only where Zendesk told of the file; without
 * secrets none, and the other side refuses it. ARENA_FULL. */
MUST_USE err_t request_file_fetch(const struct request_context *context,
                                  const struct target *target, const struct command *command,
                                  struct peer_request *request);
/* What an upload sends; path below the API's base and its Content-Type, whole. Login, host and the
 * rest are the API's own. ARENA_FULL, and those of carry_upload_path(). */
MUST_USE err_t request_file_upload(const struct request_context *context,
                                   const struct command *command, struct slice *ret_path,
                                   struct slice *ret_content_type, struct peer_request *request);

#endif
