#include "event/bot_answer.h"

#include "base/limits.h"
#include "event/members_json.h"

#include <math.h>

/* `what` names the value as the sentence needs it: "`intent`", "it". */
static err_t refuse_type(struct why *why, const char *what, const char *wanted,
                         const struct json *found)
{
    why_set(why, "%s must be %s, not %s", what, wanted, json_type_name(found->type));
    return ERR(WRONG_TYPE);
}

/* JSON null says the same as leaving the member out. */
static const struct json *member_of(const struct json *object, const char *name)
{
    const struct json *value = json_member(object, slice_of(name));
    return value != NULL && value->type == JSON_NULL ? NULL : value;
}

static err_t check_text(const struct json *value, const char *what, size_t bytes_max,
                        struct why *why)
{
    if (value->type != JSON_STRING) {
        return refuse_type(why, what, "a string", value);
    }
    if (value->text.len > bytes_max) {
        why_set(why, "%s has %zu bytes, at most %zu are allowed: shorten it", what, value->text.len,
                bytes_max);
        return ERR(TOO_LARGE);
    }
    if (!slice_is_utf8(value->text)) {
        why_set(why, "%s is not valid UTF-8", what);
        return ERR(UTF8);
    }
    return err_ok();
}

/* A name that rules and metrics use: without NUL, so that no C string cuts it. */
static err_t check_label(const struct json *value, const char *what, struct why *why)
{
    TRY(check_text(value, what, LIMIT_LABEL_BYTES_MAX, why));
    if (slice_has_nul(value->text)) {
        why_set(why, "%s has a NUL character in it: leave that out", what);
        return ERR(RANGE);
    }
    return err_ok();
}

static err_t read_label(const struct json *object, const char *name, const char *what,
                        struct why *why, struct slice *ret_text)
{
    const struct json *value = member_of(object, name);
    if (value == NULL) {
        return err_ok();
    }
    TRY(check_label(value, what, why));
    *ret_text = value->text;
    return err_ok();
}

static err_t read_message(const struct json *item, struct why *why, struct slice *ret_text)
{
    if (item->type != JSON_OBJECT) {
        return refuse_type(why, "it", "an object with the member `markdown`", item);
    }
    const struct json *markdown = member_of(item, "markdown");
    if (markdown == NULL) {
        why_set(why, "`markdown` is missing: send {\"markdown\": \"text\"}");
        return ERR(MISSING);
    }
    TRY(check_text(markdown, "`markdown`", LIMIT_TEXT_BYTES_MAX, why));
    if (slice_empty(slice_trim(markdown->text))) {
        why_set(why, "`markdown` is empty: leave the message out");
        return ERR(RANGE);
    }
    *ret_text = markdown->text;
    return err_ok();
}

static err_t read_action(const struct json *item, struct why *why, struct slice *ret_text)
{
    TRY(check_label(item, "it", why));
    if (slice_empty(item->text)) {
        why_set(why, "it is empty: leave the action out");
        return ERR(RANGE);
    }
    *ret_text = item->text;
    return err_ok();
}

/* The array `name`, each element read by `read`; untouched when it is absent. */
static err_t read_list(struct arena *arena, const struct json *object, const char *name,
                       size_t count_max,
                       err_t (*read)(const struct json *, struct why *, struct slice *),
                       struct why *why, const struct slice **ret_items, size_t *ret_count)
{
    const struct json *array = member_of(object, name);
    if (array == NULL) {
        return err_ok();
    }
    if (array->type != JSON_ARRAY) {
        why_set(why, "`%s` must be an array, not %s", name, json_type_name(array->type));
        return ERR(WRONG_TYPE);
    }
    if (array->count > count_max) {
        why_set(why, "`%s` has %zu elements, at most %zu are allowed: send fewer", name,
                array->count, count_max);
        return ERR(TOO_LARGE);
    }
    struct slice *items = ARENA_ARRAY(arena, struct slice, array->count);
    if (items == NULL) {
        return ERR(ARENA_FULL);
    }
    size_t count = 0;
    JSON_EACH(item, array)
    {
        err_t e = read(item, why, &items[count]);
        if (err_failed(e)) {
            why_prefix(why, "in `%s[%zu]`: ", name, count);
            return e;
        }
        count++;
    }
    *ret_items = items;
    *ret_count = count;
    return err_ok();
}

static err_t read_confidence(const struct json *object, struct why *why, double *ret_confidence)
{
    const struct json *value = member_of(object, "confidence");
    if (value == NULL) {
        return err_ok();
    }
    if (value->type != JSON_NUMBER) {
        return refuse_type(why, "`confidence`", "a number from 0 to 1", value);
    }
    double confidence = json_double(value, -1.0);
    if (!isfinite(confidence) || confidence < 0.0 || confidence > 1.0) {
        why_set(why, "`confidence` must be a number from 0 to 1, not %.*s",
                (int)(value->text.len < 40 ? value->text.len : 40), value->text.ptr);
        return ERR(RANGE);
    }
    *ret_confidence = confidence;
    return err_ok();
}

static err_t read_resolved(const struct json *object, struct why *why, struct bot_answer *answer)
{
    const struct json *value = member_of(object, "resolved");
    if (value == NULL) {
        return err_ok();
    }
    if (value->type != JSON_BOOL) {
        return refuse_type(why, "`resolved`", "true or false", value);
    }
    answer->resolved_given = true;
    answer->resolved = value->boolean;
    return err_ok();
}

err_t bot_answer_read_wish(const struct json *object, struct why *why, enum way *ret_way,
                           enum priority *ret_priority, struct slice *ret_tags)
{
    struct slice by = {0};
    struct slice priority = {0};
    TRY(read_label(object, "by", "`by`", why, &by));
    TRY(read_label(object, "priority", "`priority`", why, &priority));
    TRY(read_label(object, "tags", "`tags`", why, ret_tags));
    *ret_way = way_named(by);
    *ret_priority = priority_named(priority);
    if (by.len > 0 && *ret_way < WAY_TICKET) {
        why_set(why, "`by` must be \"live\" or \"ticket\"");
        return ERR(RANGE);
    }
    if (priority.len > 0 && *ret_priority == PRIORITY_UNSET) {
        why_set(why, "`priority` must be \"low\", \"normal\", \"high\" or \"urgent\"");
        return ERR(RANGE);
    }
    return err_ok();
}

/* An object with reason and summary, or plain true: who only wants a human need not say why. */
static err_t read_handoff(const struct json *object, struct why *why, struct bot_answer *answer)
{
    const struct json *value = member_of(object, "handoff");
    if (value == NULL) {
        return err_ok();
    }
    if (value->type == JSON_BOOL) {
        answer->handoff = value->boolean;
        return err_ok();
    }
    if (value->type != JSON_OBJECT) {
        return refuse_type(why, "`handoff`", "an object, true or false", value);
    }
    TRY(read_label(value, "reason", "`handoff.reason`", why, &answer->handoff_reason));
    const struct json *summary = member_of(value, "summary");
    if (summary != NULL) {
        TRY(check_text(summary, "`handoff.summary`", LIMIT_TEXT_BYTES_MAX, why));
        answer->handoff_summary = summary->text;
    }
    TRY(bot_answer_read_wish(value, why, &answer->handoff_way, &answer->handoff_priority,
                             &answer->handoff_tags));
    answer->handoff = true;
    return err_ok();
}

err_t bot_answer_read(struct arena *arena, const struct json *object, struct why *why,
                      struct bot_answer *ret_answer)
{
    if (object == NULL || object->type != JSON_OBJECT) {
        why_set(why, "the answer must be an object, not %s",
                object == NULL ? "empty" : json_type_name(object->type));
        return ERR(WRONG_TYPE);
    }
    struct bot_answer answer = {.confidence = -1.0};
    TRY(read_list(arena, object, "messages", LIMIT_TURN_WORDS_MAX, read_message, why,
                  &answer.messages, &answer.message_count));
    TRY(members_attachments(arena, object, why, &answer.attachments, &answer.attachment_count));
    TRY(read_confidence(object, why, &answer.confidence));
    TRY(read_label(object, "intent", "`intent`", why, &answer.intent));
    TRY(read_label(object, "sentiment", "`sentiment`", why, &answer.sentiment));
    TRY(read_list(arena, object, "actions", LIMIT_ACTIONS_MAX, read_action, why, &answer.actions,
                  &answer.action_count));
    TRY(read_resolved(object, why, &answer));
    TRY(read_handoff(object, why, &answer));
    *ret_answer = answer;
    return err_ok();
}
