#include "ctl/config_words.h"

#include "base/limits.h"

#define DEFAULT SLICE("default")

static const struct {
    const char *path;
    enum slot slot;
} texts[] = {
    {"welcome", SLOT_WELCOME},
    {"handoff.notice", SLOT_NOTICE_HANDOVER},
    {"handoff.failed", SLOT_NOTICE_FAILED},
    {"handoff.ended", SLOT_NOTICE_ENDED},
    {"handoff.nobody.text", SLOT_NOTICE_NOBODY},
    {"handoff.hours.text", SLOT_NOTICE_CLOSED},
    {"handoff.agents.text", SLOT_NOTICE_AWAY},
    {"inactivity.text", SLOT_NOTICE_SILENT},
};
enum { TEXT_COUNT = sizeof texts / sizeof texts[0] };

const char *config_words_path(enum slot slot)
{
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        if (texts[i].slot == slot) {
            return texts[i].path;
        }
    }
    return NULL;
}

struct slice config_words_default(const struct json *value, struct slice usual)
{
    bool is_map = value != NULL && value->type == JSON_OBJECT;
    const struct json *own = is_map ? json_member(value, DEFAULT) : value;
    return own == NULL || own->type != JSON_STRING ? usual : own->text;
}

static size_t languages_of(const struct json *value)
{
    return value != NULL && value->type == JSON_OBJECT ? value->count : 0;
}

/* One text in its languages. `of` says which; the rest of it is filled in. */
static void add(const struct json *value, struct store_text of, struct store_text *list,
                size_t *count)
{
    if (languages_of(value) == 0) {
        return;
    }
    JSON_EACH(entry, value)
    {
        if (!slice_equal(entry->key, DEFAULT) && *count < LIMIT_TEXTS_MAX) {
            of.language = entry->key;
            of.text = json_string(entry);
            list[(*count)++] = of;
        }
    }
}

err_t config_words_draft(struct arena *arena, const struct json *at, struct store *ret)
{
    struct store_text *list = ARENA_ARRAY(arena, struct store_text, LIMIT_TEXTS_MAX);
    const struct json *outcomes = json_find(at, "handoff.outcomes");
    size_t count = 0;
    if (list == NULL) {
        return ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        add(json_find(at, texts[i].path), (struct store_text){.slot = texts[i].slot}, list, &count);
    }
    JSON_EACH(rule, outcomes)
    {
        struct store_text of = {.slot = SLOT_NOTICE_RULE, .reason = reason_named(rule->key)};
        add(json_find(rule, "text"), of, list, &count);
    }
    ret->texts = list;
    ret->text_count = count;
    return err_ok();
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Letters and digits with dashes between them, as RFC 5646 has them; the first part is a language
 * of two to eight letters. */
static bool is_language(struct slice tag)
{
    enum { SUBTAG_MAX = 8 };
    size_t part = 0;
    for (size_t i = 0; i < tag.len; i++) {
        bool is_dash = tag.ptr[i] == '-';
        if ((is_dash && part == 0) || (!is_dash && !is_alnum(tag.ptr[i])) || part > SUBTAG_MAX) {
            return false;
        }
        part = is_dash ? 0 : part + 1;
    }
    size_t first = slice_find(tag, '-');
    return part > 0 && part <= SUBTAG_MAX && first >= 2;
}

static void check_one(struct problems *p, const struct json *value, const char *path,
                      size_t bytes_max)
{
    if (value->type != JSON_STRING) {
        problems_error(p, value->offset, path, "expected a text in quotes, found %s",
                       json_type_name(value->type));
    } else if (slice_has_nul(value->text)) {
        problems_error(p, value->offset, path, "a NUL byte cannot stand here");
    } else if (value->text.len > bytes_max) {
        problems_error(p, value->offset, path, "has %zu bytes, %zu is the most", value->text.len,
                       bytes_max);
    }
}

void config_words_check(struct problems *p, const struct json *value, const char *path,
                        size_t bytes_max)
{
    if (value->type != JSON_OBJECT) {
        check_one(p, value, path, bytes_max);
        return;
    }
    if (value->count > LIMIT_LANGUAGES_MAX) {
        problems_error(p, value->offset, path, "has %zu languages, %d is the most", value->count,
                       (int)LIMIT_LANGUAGES_MAX);
    }
    JSON_EACH(entry, value)
    {
        if (!slice_equal(entry->key, DEFAULT) && !is_language(entry->key)) {
            problems_error(p, entry->key_offset, path,
                           "expected \"default\" or a language, like \"de\" or \"pt-BR\"");
        }
        check_one(p, entry, path, bytes_max);
    }
}
