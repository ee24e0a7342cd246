/* render_file — a file as a message into Conversations, and a plain text in its place.
 *
 * Egress uploads what it carries and puts the address of that in; all else goes by its own address.
 * What Zendesk refuses, or cannot be carried, is told in words. Rows 104, 105. */
#ifndef PROCESSOR_CORE_RENDER_FILE_H
#define PROCESSOR_CORE_RENDER_FILE_H

#include "base/err.h"
#include "processor/core/context.h"

/* Body, files and fallback of a message that is begun.
 *
 * customers  in the customer's name, else in the store's */
MUST_USE err_t render_file(struct context *ctx, struct command *command,
                           const struct attachment *file, bool customers);
/* The body of a message of plain text. */
MUST_USE err_t render_words(struct context *ctx, const struct command *command, struct slice text,
                            bool customers, struct slice *ret_body);
/* The files of a bot's answer behind its words, one message each; on a ticket, at a hand-over, as
 * links; nothing where its widget shows them itself.
 *
 * is_last      they are told at a hand-over
 * first_index  within the turn; *ret_parts how many there were */
MUST_USE err_t render_answer_files(struct context *ctx, const struct bot_answer *answer,
                                   bool is_last, uint32_t first_index, uint32_t *ret_parts);

#endif
