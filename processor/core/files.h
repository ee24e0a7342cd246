/* files — which files egress carries from one side to the other, and how words name the rest.
 *
 *   where it stands          to a human in Conversations   onto a ticket      to the bot's platform
 *   at Zendesk, told by it   –                             uploaded           in the notice
 *   at the bot's own host    uploaded                      uploaded           –
 *   elsewhere                its address                   its address        its address
 *
 * An address at Zendesk counts only where Zendesk told of it: what a customer or a bot writes must
 * not make egress read somebody's file with the account's login. Whatever cannot be carried is
 * named in words, with its address where that may be shown. Rows 49, 104, 105. */
#ifndef PROCESSOR_CORE_FILES_H
#define PROCESSOR_CORE_FILES_H

#include "base/buf.h"
#include "base/err.h"
#include "processor/core/context.h"

#include <stdbool.h>

/* Gives the command those of these files that are carried; others stay as they are. May be called
 * for several messages of one command; at most LIMIT_ATTACHMENTS_MAX files in all.
 *
 * zendesks  Zendesk told of them
 * ARENA_FULL. */
MUST_USE err_t files_carry(struct context *ctx, const struct attachment *files, size_t count,
                           bool zendesks, struct command *command);
/* Whether the command carries the file at this address. */
bool files_is_carried(const struct command *command, struct slice url);

/* "[file] bill.pdf", and the address behind it where `url_too`. Errors of buf_append(). */
MUST_USE err_t files_put_name(struct buf *out, const struct attachment *file, bool url_too);
/* The same with its address, unless `carrier` carries it. carrier  NULL = nothing is carried, or
 * cannot be after all */
MUST_USE err_t files_put_way(struct buf *out, const struct attachment *file,
                             const struct command *carrier);

#endif
