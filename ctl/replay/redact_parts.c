#include "ctl/replay/redact_parts.h"

#include "base/buf.h"
#include "event/codec.h"
#include "event/file_place.h"
#include "json/json_read.h"
#include "json/json_write.h"
#include "processor/core/transcript_ticket.h"

/* ---- addresses */

static bool is_fetched(const struct redact *r, struct slice url)
{
    for (size_t i = 0; r->config != NULL && i < config_store_count(r->config); i++) {
        const struct store *store = config_store_at(r->config, i);
        const struct account *account = config_account(r->config, store->account);
        if (file_place(account, store, url) != FILE_PLACE_ELSEWHERE) {
            return true;
        }
    }
    return false;
}

static err_t join(struct redact *r, struct slice head, struct slice tail, struct slice *ret)
{
    return arena_printf(r->arena, ret, "%.*s%.*s", SLICE_ARG(head), SLICE_ARG(tail));
}

err_t redact_url(struct redact *r, struct slice url, struct slice *ret_url)
{
    struct slice origin = file_place_origin(url);
    struct slice tail = {0};
    size_t scheme = slice_find(origin, ':') + 3;
    if (origin.len == 0 || !slice_is_utf8(url)) {
        return redact_text(r, url, ret_url);
    }
    size_t kept = is_fetched(r, url) ? origin.len : scheme;
    TRY(redact_text(r, slice_sub(url, kept, url.len), &tail));
    return join(r, slice_sub(url, 0, kept), tail, ret_url);
}

/* ---- JSON */

/* One JSON text under way: what is between its values is copied as it stands. */
struct walk {
    struct redact *r;
    struct slice text;
    struct buf out;
    size_t copied; /* bytes of `text` that stand in `out`, or something in their stead */
    err_t (*string)(struct redact *r, struct slice name, struct slice value, struct slice *ret);
    bool has_numbers; /* which are changed too */
};

static bool is_one_of(struct slice name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (slice_equal(name, slice_of(*names))) {
            return true;
        }
    }
    return false;
}

/* Zendesk's words for how a ticket is, and brands of the configuration. */
static bool is_choice(const struct redact *r, struct slice value)
{
    static const char *const words[] = {"low",      "normal",   "high",   "urgent", "problem",
                                        "incident", "question", "task",   "new",    "open",
                                        "pending",  "hold",     "solved", NULL};
    bool is_brand = false;
    for (size_t i = 0; r->config != NULL && i < config_store_count(r->config) && !is_brand; i++) {
        is_brand = slice_equal(value, config_store_at(r->config, i)->brand_id);
    }
    return is_brand || is_one_of(value, words);
}

/* Of what a page says about the ticket to be made, what is chosen from a list stays. */
static bool is_of_ticket(struct slice name)
{
    return slice_starts_with(name, SLICE("dataCapture.systemField."));
}

static err_t copy_to(struct walk *w, size_t end)
{
    TRY(buf_append(&w->out, slice_sub(w->text, w->copied, end)));
    w->copied = end;
    return err_ok();
}

static err_t put_string(struct walk *w, struct slice name, const struct json *value)
{
    struct json_write json;
    struct slice changed = {0};
    TRY(w->string(w->r, name, value->text, &changed));
    TRY(copy_to(w, value->offset));
    json_write_init(&json, &w->out);
    json_slice(&json, changed);
    w->copied = value->end;
    return json_write_done(&json);
}

/* Digits become others, but none a zero or from one: it stays a number, and as long. */
static err_t put_number(struct walk *w, struct slice name, const struct json *value)
{
    struct slice changed = {0};
    if (is_of_ticket(name) && is_choice(w->r, value->text)) {
        return err_ok();
    }
    TRY(redact_text(w->r, value->text, &changed));
    TRY(copy_to(w, value->offset));
    for (size_t i = 0; i < value->text.len; i++) {
        char was = value->text.ptr[i];
        char is = changed.ptr[i];
        bool is_digit = was >= '1' && was <= '9';
        TRY(buf_append_char(&w->out, !is_digit ? was : is == '0' ? '9' : is));
    }
    w->copied = value->end;
    return err_ok();
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIMIT_JSON_DEPTH_MAX */
static err_t walk(struct walk *w, struct slice name, const struct json *value)
{
    if (value->type == JSON_STRING) {
        return put_string(w, name, value);
    }
    if (value->type == JSON_NUMBER && w->has_numbers) {
        return put_number(w, name, value);
    }
    JSON_EACH(item, value)
    {
        TRY(walk(w, value->type == JSON_OBJECT ? item->key : name, item));
    }
    return err_ok();
}

static err_t walk_all(struct walk *w, struct slice name, struct slice *ret_json)
{
    const struct json *root = NULL;
    err_t e = json_parse(w->r->arena, w->text, NULL, NULL, &root);
    if (err_failed(e)) {
        bool is_other = err_class(e) == ERR_CLASS_POISON && !err_is(e, ERR_ARENA_FULL);
        return is_other ? redact_text(w->r, w->text, ret_json) : e;
    }
    buf_init(&w->out, 2 * (size_t)LIMIT_RECORD_BYTES_MAX);
    e = walk(w, name, root);
    e = err_failed(e) ? e : copy_to(w, w->text.len);
    e = err_failed(e) ? e : arena_copy(w->r->arena, buf_slice(&w->out), ret_json);
    buf_deinit(&w->out);
    return e;
}

/* ---- what was fetched */

/* "tieline:KEY:EFFECT"; a key may have colons of its own. */
static err_t change_external_id(struct redact *r, struct slice value, struct slice *ret)
{
    struct slice prefix = SLICE("tieline:");
    struct slice key = {0};
    struct slice effect = {0};
    size_t end = value.len;
    while (end > prefix.len && value.ptr[end - 1] != ':') {
        end--;
    }
    if (!slice_starts_with(value, prefix) || end <= prefix.len) {
        return redact_id(r, value, ret);
    }
    TRY(redact_key(r, slice_sub(value, prefix.len, end - 1), &key));
    TRY(redact_effects(r, slice_sub(value, end, value.len), &effect));
    return arena_printf(r->arena, ret, "tieline:%.*s:%.*s", SLICE_ARG(key), SLICE_ARG(effect));
}

/* Tags by which we know a conversation's ticket name the conversation; others decide nothing. */
static err_t change_tag(struct redact *r, struct slice value, struct slice *ret)
{
    struct slice prefix = SLICE("tieline_");
    struct slice changed = {0};
    struct slice key = {0};
    const struct account *account =
        r->config == NULL ? NULL : config_account(r->config, r->account);
    if (slice_starts_with(value, prefix)) {
        TRY(redact_id(r, slice_sub(value, prefix.len, value.len), &changed));
        return join(r, prefix, changed, ret);
    }
    if (account != NULL) {
        TRY(transcript_ticket_key(r->arena, account, value, &key));
    }
    if (key.len == 0) {
        return redact_text(r, value, ret);
    }
    TRY(redact_key(r, key, &changed));
    return transcript_ticket_tag_of(r->arena, account, changed, ret);
}

static err_t change_fetched(struct redact *r, struct slice name, struct slice value,
                            struct slice *ret)
{
    static const char *const plain[] = {
        "status",   "updated_at",  "created_at", "received", "author",    "author_role", "type",
        "activity", "source_type", "media_type", "brand_id", "widget_id", NULL};
    static const char *const ids[] = {"id",      "author_id",    "assignee_id",
                                      "user_id", "requester_id", NULL};
    if (is_one_of(name, plain)) {
        *ret = value;
        return err_ok();
    }
    if (is_one_of(name, ids)) {
        return redact_id(r, value, ret);
    }
    if (slice_equal(name, SLICE("external_id"))) {
        return change_external_id(r, value, ret);
    }
    if (slice_equal(name, SLICE("effect"))) {
        return redact_effects(r, value, ret);
    }
    if (slice_equal(name, SLICE("url"))) {
        return redact_url(r, value, ret);
    }
    return slice_equal(name, SLICE("tags")) ? change_tag(r, value, ret)
                                            : redact_text(r, value, ret);
}

err_t redact_fetched(struct redact *r, struct slice json, struct slice *ret_json)
{
    struct walk w = {.r = r, .text = json, .string = change_fetched};
    return walk_all(&w, SLICE(""), ret_json);
}

/* ---- what a page gave */

static err_t change_data(struct redact *r, struct slice name, struct slice value, struct slice *ret)
{
    if (is_of_ticket(name) && is_choice(r, value)) {
        *ret = value;
        return err_ok();
    }
    return redact_text(r, value, ret);
}

err_t redact_data(struct redact *r, struct slice key, struct slice json, struct slice *ret_json)
{
    struct walk w = {.r = r, .text = json, .string = change_data, .has_numbers = true};
    return walk_all(&w, key, ret_json);
}

/* ---- a state */

err_t redact_packed(struct redact *r, struct slice bytes, struct slice *ret_bytes)
{
    CLEANUP(buf) struct buf out = {0};
    struct conversation *state = ARENA_NEW(r->arena, struct conversation);
    if (state == NULL) {
        return ARENA_ERR(r->arena);
    }
    err_t e = codec_conversation_decode(r->arena, bytes, NULL, state);
    if (err_failed(e)) {
        bool is_other = err_class(e) == ERR_CLASS_POISON && !err_is(e, ERR_ARENA_FULL);
        return is_other ? redact_text(r, bytes, ret_bytes) : e;
    }
    TRY(redact_state(r, state));
    buf_init(&out, LIMIT_STATE_BYTES_MAX);
    TRY(codec_conversation_encode(state, &out));
    return arena_copy(r->arena, buf_slice(&out), ret_bytes);
}
