#include "egress/core/openai.h"

#include "base/limits.h"

static const char tool[] = "escalate_to_human";

/* Its arguments are JSON in a string, and a model's: what cannot be read says nothing. */
static void read_handoff(struct arena *arena, struct slice arguments, struct bot_answer *answer)
{
    const struct json *root = NULL;
    answer->handoff = true;
    if (err_failed(json_parse(arena, arguments, NULL, NULL, &root))) {
        return;
    }
    struct slice reason = json_string(json_find(root, "reason"));
    struct slice summary = json_string(json_find(root, "summary"));
    answer->handoff_reason = slice_cut_utf8(reason, LIMIT_LABEL_BYTES_MAX);
    answer->handoff_summary = slice_cut_utf8(summary, LIMIT_TEXT_BYTES_MAX);
}

static bool is_label(struct slice name)
{
    return name.len > 0 && name.len <= LIMIT_LABEL_BYTES_MAX && !slice_has_nul(name);
}

static err_t read_calls(struct arena *arena, const struct json *calls, struct bot_answer *answer)
{
    struct slice *actions = ARENA_ARRAY(arena, struct slice, LIMIT_ACTIONS_MAX);
    if (actions == NULL) {
        return ARENA_ERR(arena);
    }
    JSON_EACH(call, calls)
    {
        struct slice name = json_string(json_find(call, "function.name"));
        if (slice_equal(name, slice_of(tool))) {
            read_handoff(arena, json_string(json_find(call, "function.arguments")), answer);
        } else if (is_label(name) && answer->action_count < LIMIT_ACTIONS_MAX) {
            actions[answer->action_count++] = name;
        }
    }
    answer->actions = actions;
    return err_ok();
}

static err_t read_words(struct arena *arena, const struct json *message, struct bot_answer *answer)
{
    struct slice words = slice_trim(json_string(json_find(message, "content")));
    if (words.len == 0) {
        words = slice_trim(json_string(json_find(message, "refusal")));
    }
    if (words.len > LIMIT_TEXT_BYTES_MAX) {
        return ERR(TOO_LARGE);
    }
    struct slice *messages = ARENA_NEW(arena, struct slice);
    if (messages == NULL) {
        return ARENA_ERR(arena);
    }
    *messages = words;
    answer->messages = messages;
    answer->message_count = words.len > 0 ? 1 : 0;
    return err_ok();
}

err_t openai_read(struct arena *arena, const struct json *root, struct bot_answer *ret_answer)
{
    const struct json *choices = json_find(root, "choices");
    const struct json *message = NULL;
    struct bot_answer answer = {.confidence = -1.0};
    JSON_EACH(choice, choices)
    {
        message = message == NULL ? json_find(choice, "message") : message;
    }
    if (message == NULL) {
        return ERR(MISSING);
    }
    TRY(read_words(arena, message, &answer));
    TRY(read_calls(arena, json_find(message, "tool_calls"), &answer));
    if (answer.message_count == 0 && !answer.handoff && answer.action_count == 0) {
        return ERR(MISSING);
    }
    *ret_answer = answer;
    return err_ok();
}
