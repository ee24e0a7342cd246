#include "base/limits.h"
#include "json/json_escape.h"
#include "json/json_fault.h"
#include "json/json_keys.h"
#include "json/json_read.h"

#include <yajl/yajl_parse.h>

#include <stdint.h>
#include <string.h>

/* What the callbacks of one parse share. The first failure is in `error`; a callback that returns
 * 0 ends the parse. */
struct reader {
    struct arena *arena;
    struct slice text;
    struct why *why;
    yajl_handle yajl;
    err_t error;
    bool mend;      /* see json_options */
    bool borrow;    /* the same */
    bool finishing; /* the text is read: what comes now is a number that ended with it */
    size_t values;
    size_t depth;
    struct {
        struct json *container;
        struct json *last; /* its newest element or member */
        struct slice key;  /* of the member whose value comes next */
        size_t key_offset;
    } level[LIMIT_JSON_DEPTH_MAX];
    struct json *root;
    size_t root_end;
};

static void yajl_handle_free(yajl_handle yajl)
{
    if (yajl != NULL) {
        yajl_free(yajl);
    }
}
DEFINE_CLEANUP_PTR(yajl_handle, struct yajl_handle_t, yajl_handle_free)

static err_t fail_at(const struct reader *r, err_t error, size_t offset)
{
    size_t line = 0;
    size_t column = 0;
    json_place(r->text, offset, &line, &column);
    why_prefix(r->why, "line %zu, column %zu: ", line, column);
    return error;
}

static int stop(struct reader *r, err_t error, size_t offset)
{
    r->error = fail_at(r, error, offset);
    return 0;
}

static int stop_full(struct reader *r, size_t offset)
{
    err_t error = ARENA_ERR(r->arena);
    why_set(r->why, "%s", err_text(error));
    return stop(r, error, offset);
}

/* The byte behind the token of this callback. */
static size_t token_end(const struct reader *r)
{
    return r->finishing ? r->text.len : yajl_get_bytes_consumed(r->yajl);
}

/* Makes the next value in its place in the tree; NULL when that failed. */
static struct json *add(struct reader *r, enum json_type type, size_t offset)
{
    if (r->values == LIMIT_JSON_VALUES_MAX) {
        why_set(r->why, "more than %d values", LIMIT_JSON_VALUES_MAX);
        (void)stop(r, ERR(TOO_LARGE), offset);
        return NULL;
    }
    struct json *value = ARENA_NEW(r->arena, struct json);
    if (value == NULL) {
        (void)stop_full(r, offset);
        return NULL;
    }
    r->values++;
    value->type = type;
    value->offset = offset;
    value->end = token_end(r); /* a container's: when it is closed */
    if (r->depth == 0) {
        r->root = value;
        r->root_end = value->end;
        return value;
    }
    size_t top = r->depth - 1;
    if (r->level[top].last == NULL) {
        r->level[top].container->first = value;
    } else {
        r->level[top].last->next = value;
    }
    r->level[top].last = value;
    r->level[top].container->count++;
    value->key = r->level[top].key;
    value->key_offset = r->level[top].key_offset;
    return value;
}

static int on_null(void *context)
{
    struct reader *r = context;
    return add(r, JSON_NULL, token_end(r) - strlen("null")) != NULL;
}

static int on_boolean(void *context, int boolean)
{
    struct reader *r = context;
    size_t len = boolean != 0 ? strlen("true") : strlen("false");
    struct json *value = add(r, JSON_BOOL, token_end(r) - len);
    if (value == NULL) {
        return 0;
    }
    value->boolean = boolean != 0;
    return 1;
}

static int on_number(void *context, const char *digits, size_t len)
{
    struct reader *r = context;
    size_t offset = token_end(r) - len;
    struct json *value = add(r, JSON_NUMBER, offset);
    if (value == NULL) {
        return 0;
    }
    if (err_failed(arena_copy(r->arena, slice_from(digits, len), &value->text))) {
        return stop_full(r, offset);
    }
    return 1;
}

/* Where the string that ends at `end` (behind its closing quote) has its opening quote: the nearest
 * one that is not escaped, that is, has an even number of backslashes before it. */
static size_t string_begin(const struct reader *r, size_t end)
{
    size_t at = end - 1;
    while (at > 0) {
        at--;
        if (r->text.ptr[at] != '"') {
            continue;
        }
        size_t slashes = 0;
        while (slashes < at && r->text.ptr[at - 1 - slashes] == '\\') {
            slashes++;
        }
        if (slashes % 2 == 0) {
            break;
        }
        at -= slashes; /* they are no quotes */
    }
    return at;
}

/* yajl hands out the text itself where nothing was escaped, else a buffer of its own. */
static bool is_verbatim(const struct reader *r, struct slice bytes)
{
    uintptr_t text = (uintptr_t)r->text.ptr;
    uintptr_t place = (uintptr_t)bytes.ptr;
    return place > text && place <= text + r->text.len;
}

/* Copies a string or key; *ret_offset is the place of its opening quote. False: stopped. */
static bool take_string(struct reader *r, struct slice bytes, bool is_key, struct slice *ret_copy,
                        size_t *ret_offset)
{
    if (is_verbatim(r, bytes)) {
        *ret_offset = (size_t)(bytes.ptr - r->text.ptr) - 1;
        if (r->borrow) {
            *ret_copy = bytes;
            return true;
        }
    } else {
        size_t end = token_end(r);
        *ret_offset = string_begin(r, end);
        struct slice raw = slice_sub(r->text, *ret_offset, end);
        size_t lone = json_escape_lone(raw);
        if (lone < raw.len && r->mend && !is_key) {
            err_t error = json_escape_mend(r->arena, slice_sub(raw, 1, raw.len - 1), ret_copy);
            return !err_failed(error) || stop_full(r, *ret_offset) != 0;
        }
        if (lone < raw.len) {
            why_set(r->why, "half of a surrogate pair: expected \\uD800-\\uDBFF and then "
                            "\\uDC00-\\uDFFF");
            (void)stop(r, ERR(UTF8), *ret_offset + lone);
            return false;
        }
    }
    if (err_failed(arena_copy(r->arena, bytes, ret_copy))) {
        (void)stop_full(r, *ret_offset);
        return false;
    }
    return true;
}

static int on_string(void *context, const unsigned char *bytes, size_t len)
{
    struct reader *r = context;
    struct slice text = {0};
    size_t offset = 0;
    if (!take_string(r, slice_from(bytes, len), false, &text, &offset)) {
        return 0;
    }
    struct json *value = add(r, JSON_STRING, offset);
    if (value == NULL) {
        return 0;
    }
    value->text = text;
    return 1;
}

static int on_key(void *context, const unsigned char *bytes, size_t len)
{
    struct reader *r = context;
    struct slice key = {0};
    size_t offset = 0;
    if (!take_string(r, slice_from(bytes, len), true, &key, &offset)) {
        return 0;
    }
    /* Only an escape can have made one. */
    if (!is_verbatim(r, slice_from(bytes, len)) && slice_has_nul(key)) {
        why_set(r->why, "a key may not contain NUL");
        return stop(r, ERR(SYNTAX), offset);
    }
    r->level[r->depth - 1].key = key;
    r->level[r->depth - 1].key_offset = offset;
    return 1;
}

static int open_container(struct reader *r, enum json_type type)
{
    size_t offset = token_end(r) - 1;
    if (r->depth == LIMIT_JSON_DEPTH_MAX) {
        why_set(r->why, "nested more than %d deep", LIMIT_JSON_DEPTH_MAX);
        return stop(r, ERR(TOO_DEEP), offset);
    }
    struct json *value = add(r, type, offset);
    if (value == NULL) {
        return 0;
    }
    memset(&r->level[r->depth], 0, sizeof r->level[r->depth]);
    r->level[r->depth].container = value;
    r->depth++;
    return 1;
}

static int on_start_map(void *context)
{
    return open_container(context, JSON_OBJECT);
}
static int on_start_array(void *context)
{
    return open_container(context, JSON_ARRAY);
}

static int close_container(struct reader *r)
{
    r->depth--;
    r->root_end = token_end(r);
    r->level[r->depth].container->end = r->root_end;
    return 1;
}

static int on_end_array(void *context)
{
    return close_container(context);
}

static int on_end_map(void *context)
{
    struct reader *r = context;
    const struct json *object = r->level[r->depth - 1].container;
    const struct json *second = NULL;
    if (err_failed(json_keys_twice(r->arena, object, &second))) {
        return stop_full(r, object->offset);
    }
    if (second != NULL) {
        struct slice name = slice_cut_utf8(second->key, 64);
        why_set(r->why, "the key \"%.*s\" stands twice in its object", SLICE_ARG(name));
        return stop(r, ERR(DUPLICATE), second->key_offset);
    }
    return close_container(r);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end_array,
};

/* ERR_SYNTAX, with the place and what should stand there, when the grammar is broken. */
static err_t check_grammar(const struct reader *r, bool comments)
{
    struct json_fault fault = {0};
    if (!json_fault_find(r->text, comments, &fault)) {
        return err_ok();
    }
    if (fault.offset >= r->text.len) {
        why_set(r->why, "expected %s, found the end of the text", fault.expected);
        return fail_at(r, ERR(SYNTAX), fault.offset);
    }
    unsigned char c = (unsigned char)r->text.ptr[fault.offset];
    if (c > 0x20 && c < 0x7F) {
        why_set(r->why, "expected %s, found '%c'", fault.expected, c);
    } else {
        why_set(r->why, "expected %s, found byte 0x%02X", fault.expected, c);
    }
    return fail_at(r, ERR(SYNTAX), fault.offset);
}

/* What yajl would not see, or would not place. */
static err_t check_bytes(const struct reader *r, bool comments)
{
    if (slice_starts_with(r->text, SLICE("\xEF\xBB\xBF"))) {
        why_set(r->why, "expected a value, found a byte order mark");
        return fail_at(r, ERR(SYNTAX), 0);
    }
    size_t good = slice_utf8_prefix(r->text);
    if (good < r->text.len) {
        why_set(r->why, "expected UTF-8, found byte 0x%02X", (unsigned char)r->text.ptr[good]);
        return fail_at(r, ERR(UTF8), good);
    }
    /* Blanks to yajl, but not to JSON. */
    if (slice_find(r->text, '\v') < r->text.len || slice_find(r->text, '\f') < r->text.len) {
        return check_grammar(r, comments);
    }
    return err_ok();
}

static err_t run(struct reader *r, bool comments)
{
    CLEANUP_PTR(yajl_handle) yajl_handle yajl = yajl_alloc(&callbacks, NULL, r);
    if (yajl == NULL) {
        err_t error = ERR(NO_MEMORY);
        why_set(r->why, "%s", err_text(error));
        return error;
    }
    r->yajl = yajl;
    (void)yajl_config(yajl, yajl_dont_validate_strings, 1); /* check_bytes did */
    (void)yajl_config(yajl, yajl_allow_comments, comments ? 1 : 0);
    yajl_status status = yajl_parse(yajl, (const unsigned char *)r->text.ptr, r->text.len);
    if (status == yajl_status_ok) {
        r->finishing = true;
        status = yajl_complete_parse(yajl);
    }
    if (err_failed(r->error)) {
        return r->error;
    }
    bool clean = status == yajl_status_ok && r->root != NULL;
    if (clean && slice_empty(slice_trim(slice_sub(r->text, r->root_end, r->text.len)))) {
        return err_ok();
    }
    /* Refused, or something stands behind the value: a comment, or a token that yajl still waits
     * for the end of. */
    TRY(check_grammar(r, comments));
    if (clean) {
        return err_ok();
    }
    why_set(r->why, "not JSON");
    return fail_at(r, ERR(SYNTAX), r->text.len);
}

err_t json_parse(struct arena *arena, struct slice text, const struct json_options *options,
                 struct why *why, const struct json **ret_root)
{
    bool comments = options != NULL && options->comments;
    struct reader r = {
        .arena = arena,
        .text = text.len == 0 ? SLICE("") : text,
        .why = why,
        .mend = options != NULL && options->mend_surrogates,
        .borrow = options != NULL && options->borrow,
    };
    TRY(check_bytes(&r, comments));
    struct arena_mark mark = arena_mark(arena);
    err_t error = run(&r, comments);
    if (err_failed(error)) {
        arena_release(arena, mark);
        return error;
    }
    *ret_root = r.root;
    return err_ok();
}
