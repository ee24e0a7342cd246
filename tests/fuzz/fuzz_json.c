/* Any bytes as JSON. What is read must be writable, come back as the same tree, and be written the
 * second time as the first; the reader must agree with the grammar walk of json_fault; the elements
 * of an array must be the same, found as bytes or read; and mending half pairs must change nothing
 * where there are none, and leave UTF-8 where there are.
 *
 * First byte odd: comments are accepted. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "json/json_elements.h"
#include "json/json_fault.h"
#include "json/json_read.h"
#include "json/json_write.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Depth is bounded by the reader, so recursion is. */
static void write_back(struct json_write *w, const struct json *value)
{
    switch (value->type) {
    case JSON_NULL: json_null(w); break;
    case JSON_BOOL: json_boolean(w, value->boolean); break;
    case JSON_NUMBER: json_raw(w, value->text); break;
    case JSON_STRING: json_slice(w, value->text); break;
    case JSON_ARRAY:
        json_array(w);
        JSON_EACH(element, value)
        {
            write_back(w, element);
        }
        json_end(w);
        break;
    case JSON_OBJECT:
        json_object(w);
        JSON_EACH(member, value)
        {
            json_key_slice(w, member->key);
            write_back(w, member);
        }
        json_end(w);
        break;
    }
}

static void check_same(const struct json *a, const struct json *b)
{
    CHECK(a->type == b->type && a->boolean == b->boolean && a->count == b->count);
    CHECK(slice_equal(a->key, b->key) && slice_equal(a->text, b->text));
    const struct json *right = b->first;
    JSON_EACH(left, a)
    {
        CHECK(right != NULL);
        check_same(left, right);
        right = right->next;
    }
    CHECK(right == NULL);
}

/* Each value begins where it says. */
static void check_places(struct slice text, const struct json *value)
{
    static const char *const begins[] = {
        [JSON_NULL] = "n",    [JSON_BOOL] = "tf", [JSON_NUMBER] = "-0123456789",
        [JSON_STRING] = "\"", [JSON_ARRAY] = "[", [JSON_OBJECT] = "{",
    };
    CHECK(value->offset < text.len && text.ptr[value->offset] != '\0');
    CHECK(strchr(begins[value->type], text.ptr[value->offset]) != NULL);
    size_t count = 0;
    JSON_EACH(item, value)
    {
        CHECK(item->offset > value->offset);
        CHECK(value->type == JSON_OBJECT ? text.ptr[item->key_offset] == '"'
                                         : item->key_offset == 0);
        check_places(text, item);
        count++;
    }
    CHECK(count == value->count);
}

static void check_tree(struct slice text, const struct json *root)
{
    check_places(text, root);
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, 16 * text.len + 1024);
    struct json_write w;
    json_write_init(&w, &out);
    write_back(&w, root);
    CHECK(!err_failed(json_write_done(&w)));

    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct json *again = NULL;
    CHECK(!err_failed(json_parse(&arena, buf_slice(&out), NULL, NULL, &again)));
    check_same(root, again);
}

/* Of `events`, when the text has it, written without escapes. */
static void check_elements(struct slice text, const struct json *root)
{
    struct json_elements elements = {.count = 0};
    err_t error = json_elements_find(text, SLICE("events"), &elements);
    const struct json *events = json_member(root, SLICE("events"));
    if (events != NULL && events->type == JSON_ARRAY && !err_is(error, ERR_MISSING)) {
        CHECK(!err_failed(error) && elements.count == events->count);
    }
    if (err_failed(error)) {
        return;
    }
    size_t count = 0;
    struct slice piece = {0};
    const struct json *same = root == NULL || events == NULL ? NULL : events->first;
    while (json_elements_next(&elements, &piece)) {
        CHECK(piece.ptr >= text.ptr && piece.ptr + piece.len <= text.ptr + text.len);
        CHECK(same == NULL ||
              (piece.ptr == text.ptr + same->offset && piece.len == same->end - same->offset));
        same = same == NULL ? NULL : same->next;
        count++;
    }
    CHECK(count == elements.count && same == NULL);
}

static void check_mended(struct slice text, const struct json *root)
{
    const struct json_options options = {.mend_surrogates = true};
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, 2 * (size_t)LIMIT_ARENA_BYTES_MAX);
    const struct json *mended = NULL;
    if (!err_failed(json_parse(&arena, text, &options, NULL, &mended))) {
        check_tree(text, mended); /* nothing but UTF-8 can be written */
    } else {
        CHECK(root == NULL);
    }
    if (root != NULL) {
        check_same(root, mended);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || len > LIMIT_BODY_BYTES_MAX) {
        return 0;
    }
    const struct json_options options = {.comments = bytes[0] % 2 == 1};
    struct slice text = slice_from(bytes + 1, len - 1);
    CLEANUP(arena) struct arena arena = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct why why = {{0}};
    const struct json *root = NULL;
    err_t error = json_parse(&arena, text, &options, &why, &root);
    CHECK((root != NULL) == !err_failed(error));
    CHECK(!err_failed(error) || err_class(error) == ERR_CLASS_POISON);
    CHECK(err_failed(error) == (strncmp(why.text, "line ", strlen("line ")) == 0));
    CHECK(strstr(why.text, ": not JSON") == NULL); /* the grammar knew what yajl refused */

    struct json_fault fault = {0};
    bool wrong = json_fault_find(text, options.comments, &fault);
    CHECK(!wrong || err_failed(error));
    CHECK(!err_is(error, ERR_SYNTAX) || wrong || strstr(why.text, "NUL") != NULL ||
          strstr(why.text, "byte order mark") != NULL);
    if (root != NULL) {
        check_tree(text, root);
    }
    if (!options.comments) {
        check_elements(text, root);
        check_mended(text, root);
    }
    return 0;
}
