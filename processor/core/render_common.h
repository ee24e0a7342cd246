/* render_common — what the two renderers share: how a command begins. Used by render*.c only. */
#ifndef PROCESSOR_CORE_RENDER_COMMON_H
#define PROCESSOR_CORE_RENDER_COMMON_H

#include "base/buf.h"
#include "base/err.h"
#include "json/json_write.h"
#include "processor/core/context.h"

enum {
    RENDER_REQUEST_BYTES_MAX = LIMIT_BODY_BYTES_MAX,
    RENDER_COMMENT_BYTES_MAX = 60 * 1000, /* Zendesk cuts a comment silently at 64 kB */
};

/* Stands at the end of what is not whole. */
#define RENDER_MORE_WAS_SAID "\n(More was said: it is in the conversation.)"

/* Appends a command with what every one has. Its outcome is expected unless it is a fence. */
MUST_USE err_t render_begin(struct context *ctx, const struct effect_cause *cause,
                            enum effect_kind effect, struct command **ret_command);
/* Causes: this event, the hand-over (episode and attempt), the episode alone, or what a
 * conversation has once until it is evicted. */
struct effect_cause render_by_event(const struct context *ctx, enum slot slot, uint32_t index);
struct effect_cause render_by_attempt(const struct context *ctx, enum slot slot, uint32_t index);
struct effect_cause render_by_episode(const struct context *ctx, enum slot slot);
struct effect_cause render_by_life(const struct context *ctx, enum slot slot, uint32_t index);
/* Percent-encodes one path segment (RFC 3986 §3.3: unreserved characters stay). */
MUST_USE err_t render_segment(struct buf *out, struct slice segment);
/* /conversations/ID + tail, in the arena. */
MUST_USE err_t render_conversation_path(struct context *ctx, const char *tail,
                                        struct slice *ret_path);
/* The platform's own id of a chat, out of its key (account/chat/STORE:ID); the other surfaces have
 * none. */
struct slice render_chat_id(const struct conversation *state);
/* Takes off the front of *rest what one message of Conversations has room for (Zendesk counts
 * UTF-16 units), cut at a blank where one is near. *rest must not be empty. */
struct slice render_take_part(struct slice *rest);
/* "metadata": {"tieline.effect": …} */
void render_stamp(struct json_write *w, const struct command *command);

#endif
