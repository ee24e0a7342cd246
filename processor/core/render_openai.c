#include "processor/core/render_openai.h"

#include "base/check.h"

enum { TOKEN_BYTES = 3 };

static void put_message(struct json_write *w, const char *role, struct slice content)
{
    json_object(w);
    json_put_text(w, "role", role);
    json_put_slice(w, "content", content);
    json_end(w);
}

/* The oldest entry of the history that still fits, when the newest are taken first. */
static size_t oldest_that_fits(const struct conversation *state, size_t bytes_max)
{
    size_t first = state->history_count;
    size_t bytes = 0;
    while (first > 0 && bytes + state->history[first - 1].text.len <= bytes_max) {
        first--;
        bytes += state->history[first].text.len;
    }
    return first;
}

static void put_history(struct json_write *w, const struct conversation *state, size_t bytes_max)
{
    for (size_t i = oldest_that_fits(state, bytes_max); i < state->history_count; i++) {
        const struct history_entry *entry = &state->history[i];
        put_message(w, entry->speaker == SPEAKER_CUSTOMER ? "user" : "assistant", entry->text);
    }
}

/* A model sees text; a file is named, so that it can say that it cannot look into it. */
static void put_pending(struct json_write *w, const struct pending_message *message)
{
    if (message->text.len > 0 || message->attachment_count == 0) {
        put_message(w, "user", message->text);
    }
    for (size_t i = 0; i < message->attachment_count; i++) {
        const struct attachment *file = &message->attachments[i];
        put_message(w, "user", file->name.len > 0 ? file->name : file->url);
    }
}

static void put_parameter(struct json_write *w, const char *name, const char *description)
{
    json_key(w, name);
    json_object(w);
    json_put_text(w, "type", "string");
    json_put_text(w, "description", description);
    json_end(w);
}

static void put_tool(struct json_write *w)
{
    json_object(w);
    json_put_text(w, "type", "function");
    json_key(w, "function");
    json_object(w);
    json_put_text(w, "name", RENDER_OPENAI_TOOL);
    json_put_text(
        w, "description",
        "Hands the conversation over to a human colleague. Call it when the customer asks "
        "for a person or when you cannot help.");
    json_key(w, "parameters");
    json_object(w);
    json_put_text(w, "type", "object");
    json_key(w, "properties");
    json_object(w);
    put_parameter(w, "reason", "why, in a few words");
    put_parameter(w, "summary", "what the colleague needs to know");
    json_end(w);
    json_key(w, "required");
    json_array(w);
    json_text(w, "reason");
    json_end(w);
    json_end(w);
    json_end(w);
    json_end(w);
}

void render_openai_body(const struct context *ctx, struct json_write *w)
{
    const struct store *store = ctx->store;
    CHECK(store != NULL);
    json_object(w);
    json_put_slice(w, "model", store->bot_model);
    json_key(w, "messages");
    json_array(w);
    if (store->bot_system.len > 0) {
        put_message(w, "system", store->bot_system);
    }
    put_history(w, ctx->state, (size_t)store->bot_context_tokens * TOKEN_BYTES);
    for (size_t i = 0; i < ctx->state->turn.covers; i++) {
        put_pending(w, &ctx->state->pending[i]);
    }
    json_end(w);
    json_key(w, "tools");
    json_array(w);
    put_tool(w);
    json_end(w);
    if (store->bot_max_tokens > 0) {
        json_key(w, "max_tokens");
        json_uint(w, store->bot_max_tokens);
    }
    json_end(w);
}
