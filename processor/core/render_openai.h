/* render_openai — a turn as a request of the OpenAI-compatible chat API, for bots of that kind.
 *
 *     system     what the store tells the model
 *     history    customer ─▶ user; bot, notices and colleagues ─▶ assistant; newest words first
 * kept messages   what is to be answered ─▶ user tools      escalate_to_human(reason, summary): the
 * model's way to call one
 *
 * The history is cut so that it stays within the store's `context_tokens`, counted as three bytes
 * each: languages that need more bytes for a token are within it too. Source: the chat completions
 * API as its many servers share it. Feature row 82. */
#ifndef PROCESSOR_CORE_RENDER_OPENAI_H
#define PROCESSOR_CORE_RENDER_OPENAI_H

#include "json/json_write.h"
#include "processor/core/context.h"

/* Name of the tool; what its call says is read by egress/core/openai.h. */
#define RENDER_OPENAI_TOOL "escalate_to_human"

/* Writes the whole body over the first state->turn.covers pending messages. CHECK: ctx->store. */
void render_openai_body(const struct context *ctx, struct json_write *w);

#endif
