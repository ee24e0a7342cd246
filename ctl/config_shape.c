#include "ctl/config_shape.h"

#include "base/check.h"
#include "base/instant.h"
#include "base/limits.h"
#include "ctl/config_keys.h"
#include "ctl/config_words.h"
#include "ctl/text.h"
#include "event/field_source.h"
#include "event/ident.h"
#include "event/reason.h"
#include "rt/nearest.h"
#include "rt/options.h"

#include <string.h>

enum { SHOWN_BYTES_MAX = 40, PATTERN_BYTES = 128, SIBLINGS_MAX = 32 };

/* Where the walk stands: the path as a person reads it, and with * for names as the table has it.
 */
struct place {
    char path[PROBLEM_PATH_BYTES];
    char pattern[PATTERN_BYTES];
};

static void step(const struct place *from, struct slice name, bool is_entry, struct place *ret)
{
    struct slice cut = slice_cut_utf8(name, LIMIT_NAME_BYTES_MAX);
    struct slice kind = is_entry ? SLICE("*") : cut;
    text_set(ret->path, sizeof ret->path, "%s%s%.*s", from->path, from->path[0] == '\0' ? "" : ".",
             SLICE_ARG(cut));
    text_set(ret->pattern, sizeof ret->pattern, "%s%s%.*s", from->pattern,
             from->pattern[0] == '\0' ? "" : ".", SLICE_ARG(kind));
}

/* The value as a person wrote it; never of a secret. */
static void describe(const struct json *value, char text[SHOWN_BYTES_MAX + 8])
{
    struct slice shown = slice_cut_utf8(value->text, SHOWN_BYTES_MAX);
    const char *more = shown.len < value->text.len ? "…" : "";
    if (value->type == JSON_STRING) {
        text_set(text, SHOWN_BYTES_MAX + 8, "\"%.*s%s\"", SLICE_ARG(shown), more);
    } else if (value->type == JSON_NUMBER) {
        text_set(text, SHOWN_BYTES_MAX + 8, "%.*s%s", SLICE_ARG(shown), more);
    } else if (value->type == JSON_BOOL) {
        text_set(text, SHOWN_BYTES_MAX + 8, "%s", value->boolean ? "true" : "false");
    } else {
        text_set(text, SHOWN_BYTES_MAX + 8, "%s", json_type_name(value->type));
    }
}

/* The last part of a row's path, if the row stands right under `pattern`; else NULL. */
static const char *member_under(const struct config_key *row, const char *pattern)
{
    size_t len = strlen(pattern);
    const char *rest = row->path;
    if (len > 0) {
        if (strncmp(rest, pattern, len) != 0 || rest[len] != '.') {
            return NULL;
        }
        rest += len + 1;
    }
    return strchr(rest, '.') == NULL && strcmp(rest, "*") != 0 ? rest : NULL;
}

static void unknown_key(const struct json *member, const struct place *parent,
                        const struct place *at, struct problems *p)
{
    const char *names[SIBLINGS_MAX];
    size_t count = 0;
    const char *elsewhere = NULL;
    for (size_t i = 0; i < config_key_count; i++) {
        const char *name = member_under(&config_keys[i], parent->pattern);
        const char *last = strrchr(config_keys[i].path, '.');
        if (name != NULL && count < SIBLINGS_MAX) {
            names[count++] = name;
        } else if (last != NULL && slice_equal(member->key, slice_of(last + 1))) {
            elsewhere = config_keys[i].path;
        }
    }
    const char *nearest = nearest_name(member->key, names, count);
    if (nearest != NULL) {
        problems_error(p, member->key_offset, at->path, "unknown key; did you mean \"%s\"?",
                       nearest);
    } else if (elsewhere != NULL) {
        problems_error(p, member->key_offset, at->path, "unknown key here; it belongs to %s",
                       elsewhere);
    } else {
        char known[PROBLEM_TEXT_BYTES / 2] = "";
        for (size_t i = 0; i < count; i++) {
            text_add(known, sizeof known, "%s%s", i == 0 ? "" : ", ", names[i]);
        }
        problems_error(p, member->key_offset, at->path, "unknown key; known here are %s", known);
    }
}

static void check_missing(const struct json *object, const struct place *at, struct problems *p)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *row = &config_keys[i];
        const char *name = row->needed ? member_under(row, at->pattern) : NULL;
        if (name != NULL && json_member(object, slice_of(name)) == NULL) {
            problems_error(p, object->offset, at->path, "\"%s\" is missing: %s", name, row->what);
        }
    }
}

static void check_secret(const struct json *value, const struct place *at, struct problems *p)
{
    static const char remedy[] = "{\"env\":\"NAME\"} or {\"file\":\"PATH\"}";
    if (value->type == JSON_STRING) {
        problems_error(p, value->offset, at->path,
                       "a secret does not stand in this file; write %s instead", remedy);
        return;
    }
    const struct json *only = value->type == JSON_OBJECT ? value->first : NULL;
    bool is_reference =
        only != NULL && value->count == 1 && only->type == JSON_STRING && only->text.len > 0 &&
        !slice_has_nul(only->text) &&
        (slice_equal(only->key, SLICE("env")) || slice_equal(only->key, SLICE("file")));
    if (!is_reference) {
        problems_error(p, value->offset, at->path, "expected %s", remedy);
    }
}

static void check_secrets(const struct json *value, const struct place *at, struct problems *p)
{
    if (value->type != JSON_ARRAY || value->count < 1 || value->count > LIMIT_LIVE_SECRETS_MAX) {
        problems_error(p, value->offset, at->path,
                       "expected an array of one secret, or two while one replaces the other");
        return;
    }
    JSON_EACH(item, value)
    {
        check_secret(item, at, p);
    }
}

static void check_texts(const struct config_key *row, const struct json *value,
                        const struct place *at, struct problems *p)
{
    if (value->type != JSON_ARRAY || value->count > LIMIT_PHRASES_MAX) {
        problems_error(p, value->offset, at->path, "expected an array of at most %d texts",
                       (int)LIMIT_PHRASES_MAX);
        return;
    }
    JSON_EACH(item, value)
    {
        if (item->type != JSON_STRING || slice_trim(item->text).len == 0 ||
            slice_has_nul(item->text) || item->text.len > row->bytes_max) {
            problems_error(p, item->offset, at->path,
                           "expected a text in quotes of at most %zu bytes", row->bytes_max);
        }
    }
}

/* What `row` wants of a text, or NULL when it is right. */
static const char *expected_text(const struct config_key *row, const struct json *value)
{
    struct slice text = json_id(value);
    span_ms_t span;
    switch (row->type) {
    case KEY_NAME:
        return value->type == JSON_STRING && ident_is_name(text)
                   ? NULL
                   : "a name of small letters, digits and dashes";
    case KEY_SPAN:
        return value->type == JSON_STRING && options_span_parse(text, &span)
                   ? NULL
                   : "a time in quotes, like \"20s\" or \"500ms\"";
    case KEY_ID:
        return value->type == JSON_STRING ||
                       (value->type == JSON_NUMBER && slice_find(text, '.') == text.len &&
                        slice_find(text, 'e') == text.len)
                   ? NULL
                   : "an id in quotes";
    case KEY_BOOL: return value->type == JSON_BOOL ? NULL : "true or false";
    case KEY_NUMBER: return value->type == JSON_NUMBER ? NULL : "a number";
    case KEY_TEXT:
    case KEY_URL: return value->type == JSON_STRING ? NULL : "a text in quotes";
    case KEY_OBJECT:
    case KEY_ENTRIES:
    case KEY_RULES:
    case KEY_FIELDS:
    case KEY_CHOICE:
    case KEY_SECRET:
    case KEY_SECRETS:
    case KEY_TEXTS:
    case KEY_WORDS:
    default: BUG("not a text");
    }
}

static void check_text(const struct config_key *row, const struct json *value,
                       const struct place *at, struct problems *p)
{
    char found[SHOWN_BYTES_MAX + 8];
    const char *expected = expected_text(row, value);
    describe(value, found);
    if (expected != NULL) {
        problems_error(p, value->offset, at->path, "expected %s, found %s", expected, found);
    } else if (slice_has_nul(value->text)) {
        problems_error(p, value->offset, at->path, "a NUL byte cannot stand here");
    } else if (row->bytes_max > 0 && value->text.len > row->bytes_max) {
        problems_error(p, value->offset, at->path, "has %zu bytes, %zu is the most",
                       value->text.len, row->bytes_max);
    }
}

static void check_choice(const struct config_key *row, const struct json *value,
                         const struct place *at, struct problems *p)
{
    size_t count = 0;
    char choices[128] = "";
    for (; count < KEY_CHOICES_MAX && row->choices[count] != NULL; count++) {
        if (value->type == JSON_STRING && slice_equal(value->text, slice_of(row->choices[count]))) {
            return;
        }
        text_add(choices, sizeof choices, "%s\"%s\"", count == 0 ? "" : " or ",
                 row->choices[count]);
    }
    char found[SHOWN_BYTES_MAX + 8];
    describe(value, found);
    const char *nearest =
        value->type == JSON_STRING ? nearest_name(value->text, row->choices, count) : NULL;
    problems_error(p, value->offset, at->path, "expected %s, found %s%s%s%s", choices, found,
                   nearest == NULL || count < 2 ? "" : "; did you mean \"",
                   nearest == NULL || count < 2 ? "" : nearest,
                   nearest == NULL || count < 2 ? "" : "\"?");
}

static void check_members(const struct json *object, const struct place *at, struct problems *p);

/* Row 97. */
static void check_source(const struct json *entry, const struct place *at, struct problems *p)
{
    size_t count = 0;
    struct slice key = {0};
    uint64_t id = 0;
    const char *const *names = field_source_names(&count);
    if (err_failed(slice_to_u64(entry->key, &id))) {
        problems_error(p, entry->key_offset, at->path, "expected the id of a ticket field: digits");
    }
    if (entry->type == JSON_STRING && field_source_named(entry->text, &key) != FIELD_NONE &&
        !slice_has_nul(entry->text) && key.len <= LIMIT_DATA_KEY_BYTES_MAX) {
        return;
    }
    const char *nearest =
        entry->type == JSON_STRING ? nearest_name(entry->text, names, count) : NULL;
    char known[PROBLEM_TEXT_BYTES / 2] = "";
    for (size_t i = 0; i < count && nearest == NULL; i++) {
        text_add(known, sizeof known, "%s%s", i == 0 ? "; known are " : ", ", names[i]);
    }
    problems_error(p, entry->offset, at->path, "there is no such source%s%s%s%s",
                   nearest == NULL ? known : "; did you mean \"", nearest == NULL ? "" : nearest,
                   nearest == NULL ? "" : "\"?", nearest == NULL ? ", data.KEY" : "");
}

static void check_fields(const struct json *value, const struct place *at, struct problems *p)
{
    if (value->type != JSON_OBJECT || value->count > LIMIT_FIELDS_MAX) {
        problems_error(p, value->offset, at->path, "expected an object of at most %d fields",
                       (int)LIMIT_FIELDS_MAX);
        return;
    }
    JSON_EACH(entry, value)
    {
        struct place below;
        step(at, entry->key, true, &below);
        check_source(entry, &below, p);
    }
}

static void check_rule_name(const struct json *entry, const struct place *at, struct problems *p)
{
    static const char *const names[] = {
#define X(name, number, label, words) label,
        REASON_TABLE(X)
#undef X
    };
    if (reason_named(entry->key) != 0) {
        return;
    }
    const char *nearest = nearest_name(entry->key, names, sizeof names / sizeof names[0]);
    problems_error(p, entry->key_offset, at->path, "there is no such rule%s%s%s",
                   nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
                   nearest == NULL ? "" : "\"?");
}

static void check_entries(const struct config_key *row, const struct json *value,
                          const struct place *at, struct problems *p)
{
    JSON_EACH(entry, value)
    {
        struct place below;
        step(at, entry->key, true, &below);
        if (row->type == KEY_RULES) {
            check_rule_name(entry, &below, p);
        } else if (!ident_is_name(entry->key)) {
            problems_error(
                p, entry->key_offset, below.path,
                "a name has small letters, digits and dashes, begins with a letter or digit, "
                "and is at most %d bytes long",
                (int)LIMIT_NAME_BYTES_MAX);
        }
        if (entry->type != JSON_OBJECT) {
            problems_error(p, entry->offset, below.path, "expected an object, found %s",
                           json_type_name(entry->type));
            continue;
        }
        check_members(entry, &below, p);
    }
}

static void check_value(const struct config_key *row, const struct json *value,
                        const struct place *at, struct problems *p)
{
    switch (row->type) {
    case KEY_OBJECT:
    case KEY_ENTRIES:
    case KEY_RULES:
        if (value->type != JSON_OBJECT) {
            problems_error(p, value->offset, at->path, "expected an object, found %s",
                           json_type_name(value->type));
        } else if (row->type != KEY_OBJECT) {
            check_entries(row, value, at, p);
        } else {
            check_members(value, at, p);
        }
        return;
    case KEY_FIELDS: check_fields(value, at, p); return;
    case KEY_SECRET: check_secret(value, at, p); return;
    case KEY_SECRETS: check_secrets(value, at, p); return;
    case KEY_CHOICE: check_choice(row, value, at, p); return;
    case KEY_TEXTS: check_texts(row, value, at, p); return;
    case KEY_WORDS: config_words_check(p, value, at->path, row->bytes_max); return;
    case KEY_NAME:
    case KEY_TEXT:
    case KEY_ID:
    case KEY_URL:
    case KEY_BOOL:
    case KEY_NUMBER:
    case KEY_SPAN:
    default: check_text(row, value, at, p); return;
    }
}

static void check_members(const struct json *object, const struct place *at, struct problems *p)
{
    JSON_EACH(member, object)
    {
        struct place below;
        step(at, member->key, false, &below);
        bool is_plain = slice_find(member->key, '.') == member->key.len;
        const struct config_key *row = is_plain ? config_key_find(below.pattern) : NULL;
        if (row == NULL) {
            unknown_key(member, at, &below, p);
        } else {
            check_value(row, member, &below, p);
        }
    }
    check_missing(object, at, p);
}

void config_shape_check(const struct json *root, struct problems *p)
{
    const struct place top = {"", ""};
    if (root->type != JSON_OBJECT) {
        problems_error(p, root->offset, "", "expected an object with \"accounts\" and \"stores\"");
        return;
    }
    check_members(root, &top, p);
    if (json_find(root, "accounts") == NULL && json_find(root, "stores") == NULL) {
        problems_warn(p, root->offset, "", "names no account and no store");
    }
}
