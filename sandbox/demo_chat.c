#include "sandbox/demo_chat.h"

#include "json/json_write.h"

static bool is_role(struct slice role)
{
    static const char *const roles[] = {"system", "developer", "user", "assistant", "tool"};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (slice_equal(role, slice_of(roles[i]))) {
            return true;
        }
    }
    return false;
}

/* NULL when nothing is. */
static const char *wrong(const struct json *request)
{
    const struct json *messages = json_find(request, "messages");
    if (json_string(json_find(request, "model")).len == 0) {
        return "you must provide a model parameter";
    }
    if (messages == NULL || messages->type != JSON_ARRAY || messages->count == 0) {
        return "messages must be an array with at least one message";
    }
    JSON_EACH(message, messages)
    {
        const struct json *content = json_find(message, "content");
        if (!is_role(json_string(json_find(message, "role")))) {
            return "a message has a role that does not exist";
        }
        if (content == NULL || content->type != JSON_STRING) {
            return "a message has no content";
        }
    }
    return NULL;
}

/* {"messages": [{"text": …}]}: what users said since the last answer, as a turn has it. */
static err_t turn_of(struct arena *arena, const struct json *request, const struct json **ret_turn)
{
    CLEANUP(buf) struct buf text = {0};
    const struct json *first = NULL;
    struct json_write w;
    JSON_EACH(message, json_find(request, "messages"))
    {
        bool is_user = slice_equal(json_string(json_find(message, "role")), SLICE("user"));
        first = !is_user ? NULL : first == NULL ? message : first;
    }
    buf_init(&text, DEMO_ANSWER_BYTES_MAX);
    json_write_init(&w, &text);
    json_object(&w);
    json_key(&w, "messages");
    json_array(&w);
    for (const struct json *message = first; message != NULL; message = message->next) {
        json_object(&w);
        json_put_slice(&w, "text", json_string(json_find(message, "content")));
        json_end(&w);
    }
    json_end(&w);
    json_end(&w);
    TRY(json_write_done(&w));
    struct slice copy = {0};
    TRY(arena_copy(arena, buf_slice(&text), &copy));
    return json_parse(arena, copy, NULL, NULL, ret_turn);
}

static void put_call(struct json_write *w, struct slice tool, const struct json *handoff)
{
    CLEANUP(buf) struct buf arguments = {0};
    struct json_write inner;
    buf_init(&arguments, DEMO_ANSWER_BYTES_MAX);
    json_write_init(&inner, &arguments);
    json_object(&inner);
    json_put_slice(&inner, "reason", json_string(json_find(handoff, "reason")));
    json_put_slice(&inner, "summary", json_string(json_find(handoff, "summary")));
    json_end(&inner);
    bool is_written = !err_failed(json_write_done(&inner));
    json_key(w, "tool_calls");
    json_array(w);
    json_object(w);
    json_put_text(w, "id", "call_demo");
    json_put_text(w, "type", "function");
    json_key(w, "function");
    json_object(w);
    json_put_slice(w, "name", tool);
    json_put_slice(w, "arguments", is_written ? buf_slice(&arguments) : SLICE("{}"));
    json_end(w);
    json_end(w);
    json_end(w);
}

static struct slice first_tool(const struct json *request)
{
    JSON_EACH(tool, json_find(request, "tools"))
    {
        return json_string(json_find(tool, "function.name"));
    }
    return (struct slice){0};
}

/* The demo bot's answer in the form of a chat completion. */
static err_t respond(const struct json *request, const struct json *answer, struct buf *out)
{
    CLEANUP(buf) struct buf words = {0};
    buf_init(&words, DEMO_ANSWER_BYTES_MAX);
    JSON_EACH(message, json_find(answer, "messages"))
    {
        TRY(buf_printf(&words, "%s%.*s", words.len > 0 ? "\n\n" : "",
                       SLICE_ARG(json_string(json_find(message, "markdown")))));
    }
    const struct json *handoff = json_find(answer, "handoff");
    struct slice tool = first_tool(request);
    bool calls = handoff != NULL && tool.len > 0;
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_put_text(&w, "id", "chatcmpl-demo");
    json_put_text(&w, "object", "chat.completion");
    json_put_slice(&w, "model", json_string(json_find(request, "model")));
    json_key(&w, "choices");
    json_array(&w);
    json_object(&w);
    json_put_int(&w, "index", 0);
    json_key(&w, "message");
    json_object(&w);
    json_put_text(&w, "role", "assistant");
    json_key(&w, "content");
    if (words.len > 0) {
        json_slice(&w, buf_slice(&words));
    } else {
        json_null(&w);
    }
    if (calls) {
        put_call(&w, tool, handoff);
    }
    json_end(&w);
    json_put_text(&w, "finish_reason", calls ? "tool_calls" : "stop");
    json_end(&w);
    json_end(&w);
    json_end(&w);
    return json_write_done(&w);
}

static err_t refuse(const char *why, struct buf *out)
{
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_key(&w, "error");
    json_object(&w);
    json_put_text(&w, "message", why);
    json_put_text(&w, "type", "invalid_request_error");
    json_end(&w);
    json_end(&w);
    return json_write_done(&w);
}

err_t demo_chat(struct arena *arena, const struct json *request, struct slice store,
                struct buf *out, bool *ret_is_right, struct demo_answer *ret_answer)
{
    CLEANUP(buf) struct buf answer = {0};
    const struct json *turn = NULL;
    const struct json *said = NULL;
    const char *why = wrong(request);
    *ret_is_right = why == NULL;
    if (why != NULL) {
        return refuse(why, out);
    }
    buf_init(&answer, DEMO_ANSWER_BYTES_MAX);
    TRY(turn_of(arena, request, &turn));
    TRY(demo_turn(turn, store, false, &answer, ret_answer));
    struct slice copy = {0};
    TRY(arena_copy(arena, buf_slice(&answer), &copy));
    TRY(json_parse(arena, copy, NULL, NULL, &said));
    return respond(request, said, out);
}
