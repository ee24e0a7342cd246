/* carry — a file on its way through egress: what is asked, what is sent, how the body names it.
 *
 *   GET  file's address ─▶ bytes ─▶ POST /api/v2/uploads  ─▶ token    ─▶ "uploads" of a comment
 *                                ─▶ POST …/attachments    ─▶ mediaUrl ─▶ "mediaUrl" of a message
 *                                ─▶ base64                           ─▶ "content" of a notice
 *
 * A file is handed over anew with every try of what uses it, so an upload whose answer was lost is
 * made again: Zendesk drops what no comment names within the hour, and nobody sees a mediaUrl that
 * no message names. What uses it happens once, as ever. Pure. */
#ifndef EGRESS_CORE_CARRY_H
#define EGRESS_CORE_CARRY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/command.h"
#include "json/json_read.h"

#include <stdbool.h>

enum {
    CARRY_TRIES_MAX = 3,                 /* of one file; then it is named in words */
    CARRY_TYPE_BYTES_MAX = 127,          /* of a media type */
    CARRY_TOKEN_AGE_MS = 45 * 60 * 1000, /* of the hour that an upload's token lives */
};

/* The media type under which a file goes on, without parameters; empty = it does not: web pages
 * (which a login page is, too), scripts, programs, and what nobody can name.
 *
 * told      by the server that gave the file
 * expected  by whoever told of the file; counts where the server says nothing of use */
struct slice carry_type(struct slice told, struct slice expected);

/* The file's name as far as the other side takes it: its own, else the last part of its address,
 * at most 100 bytes of UTF-8 without quotes, slashes and control characters. Never empty.
 * ARENA_FULL. */
MUST_USE err_t carry_name(struct arena *arena, const struct carried_file *file,
                          struct slice *ret_name);

/* Where an upload goes, below the API's base, by the command's API (SUPPORT or CONVERSATIONS).
 * ARENA_FULL, and those of zendesk_encode(). */
MUST_USE err_t carry_upload_path(struct arena *arena, const struct command *command,
                                 const struct carried_file *file, struct slice *ret_path);
/* The body of an upload: for Support the bytes alone, for Conversations a form of one part, whose
 * boundary is carry_boundary().
 * RANGE: the boundary stands in the file. BUF_FULL, NO_MEMORY. */
MUST_USE err_t carry_upload_body(struct arena *arena, const struct command *command,
                                 const struct carried_file *file, struct slice type,
                                 struct slice bytes, struct buf *out);
MUST_USE err_t carry_boundary(struct arena *arena, const struct command *command,
                              struct slice *ret_boundary);
/* A notice with the file in it, in base64, behind what it says of its only attachment:
 *
 *   …"attachments":[{…,"content":…}]}}
 *
 * SYNTAX: it has no such place. BUF_FULL, NO_MEMORY. */
MUST_USE err_t carry_notice_body(const struct command *command, struct slice bytes,
                                 struct buf *out);

/* Token or mediaUrl out of the answer to an upload; empty = it has none. */
struct slice carry_handed_over(const struct command *command, const struct json *root);

/* The body of what uses the files, with them in it, at the place that each effect has for it.
 *
 *   message        {"content":{"mediaUrl":…,…
 *   ticket update  {"ticket":{"comment":{"uploads":[…],…
 *
 * body     command->body or command->fallback
 * refs     tokens or mediaUrls, each with a NUL behind it; empty = the body as it is
 * Errors   SYNTAX: the body has no such place. ARENA_FULL, BUF_FULL, NO_MEMORY. */
MUST_USE err_t carry_put(struct arena *arena, const struct command *command, struct slice body,
                         struct slice refs, struct slice *ret_body);

#endif
