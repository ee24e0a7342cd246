/* config_keys.c against ctl/tieline.schema.json, both ways, and the example of the docs. */
#include "ctl/config_file.h"
#include "ctl/config_keys.h"
#include "ctl/config_rules.h"
#include "ctl/read_file.h"
#include "tests/support/unit.h"

#include <string.h>

enum { PATH_BYTES = 256, ARENA_BYTES = 16 * 1024 * 1024 };

static size_t visited;

static const char *const type_words[] = {
    [KEY_OBJECT] = "object", [KEY_ENTRIES] = "object", [KEY_RULES] = "object",
    [KEY_FIELDS] = "object", [KEY_NAME] = "string",    [KEY_TEXT] = "string",
    [KEY_ID] = "string",     [KEY_URL] = "string",     [KEY_BOOL] = "boolean",
    [KEY_NUMBER] = "number", [KEY_SPAN] = "string",
};

static void compare_type(const struct config_key *key, const struct json *schema)
{
    const struct json *type = json_find(schema, "type");
    if (type != NULL && type->type == JSON_ARRAY) {
        type = type->first;
    }
    switch (key->type) {
    case KEY_SECRET:
        EXPECT_SLICE(key->path, json_string(json_find(schema, "$ref")), SLICE("#/$defs/secret"));
        return;
    case KEY_WORDS:
        EXPECT_SLICE(key->path, json_string(json_find(schema, "$ref")), SLICE("#/$defs/words"));
        EXPECT(key->path, key->bytes_max == LIMIT_TEXT_BYTES_MAX);
        return;
    case KEY_SECRETS:
        EXPECT_SLICE(key->path, json_string(json_find(schema, "items.$ref")),
                     SLICE("#/$defs/secret"));
        EXPECT(key->path, json_i64(json_find(schema, "maxItems"), 0) == LIMIT_LIVE_SECRETS_MAX);
        return;
    case KEY_TEXTS:
        EXPECT_SLICE(key->path, json_string(json_find(schema, "items.type")), SLICE("string"));
        EXPECT(key->path,
               (size_t)json_i64(json_find(schema, "items.maxLength"), 0) == key->bytes_max);
        EXPECT(key->path, json_i64(json_find(schema, "maxItems"), 0) == LIMIT_PHRASES_MAX);
        return;
    case KEY_CHOICE: {
        size_t i = 0;
        JSON_EACH(choice, json_find(schema, "enum"))
        {
            EXPECT_SLICE(key->path, json_string(choice), slice_of(key->choices[i++]));
        }
        EXPECT(key->path, i > 0 && (i == KEY_CHOICES_MAX || key->choices[i] == NULL));
        return;
    }
    case KEY_OBJECT:
    case KEY_ENTRIES:
    case KEY_RULES:
    case KEY_FIELDS:
    case KEY_NAME:
    case KEY_TEXT:
    case KEY_ID:
    case KEY_URL:
    case KEY_BOOL:
    case KEY_NUMBER:
    case KEY_SPAN:
    default:
        EXPECT_SLICE(key->path, json_string(type), slice_of(type_words[key->type]));
        EXPECT(key->path, (size_t)json_i64(json_find(schema, "maxLength"), 0) == key->bytes_max);
        return;
    }
}

static bool is_required(const struct json *schema, struct slice name)
{
    JSON_EACH(item, json_find(schema, "required"))
    {
        if (slice_equal(json_string(item), name)) {
            return true;
        }
    }
    return false;
}

static void walk(const struct json *schema, const char *path)
{
    const struct json *entries = json_find(schema, "additionalProperties");
    JSON_EACH(property, json_find(schema, "properties"))
    {
        char below[PATH_BYTES];
        (void)snprintf(below, sizeof below, "%s%s%.*s", path, path[0] == '\0' ? "" : ".",
                       SLICE_ARG(property->key));
        const struct config_key *key = config_key_find(below);
        if (key == NULL) {
            fail_msg("the schema knows \"%s\", the table does not", below);
            return;
        }
        visited++;
        compare_type(key, property);
        EXPECT(below, is_required(schema, property->key) == key->needed);
        walk(property, below);
    }
    if (entries != NULL && entries->type == JSON_OBJECT) {
        char below[PATH_BYTES];
        (void)snprintf(below, sizeof below, "%s.*", path);
        walk(entries, below);
    } else if (json_find(schema, "properties") != NULL) {
        EXPECT(path, entries != NULL &&
                         !json_bool(entries, true)); /* unknown keys are refused there too */
    }
}

static void schema_and_table_agree(void **state)
{
    (void)state;
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct why why = {""};
    struct slice text;
    const struct json *root = NULL;
    EXPECT_OK(why.text, read_file(&arena, TEST_SOURCE_DIR "/ctl/tieline.schema.json",
                                  ARENA_BYTES / 4, &why, &text));
    EXPECT_OK(why.text, json_parse(&arena, text, NULL, &why, &root));
    EXPECT_SLICE("the draft", json_string(json_find(root, "$schema")),
                 SLICE("https://json-schema.org/draft/2020-12/schema"));
    visited = 0;
    walk(root, "");
    EXPECT("the table knows nothing that the schema does not", visited == config_key_count);
}

static void the_example_is_valid(void **state)
{
    (void)state;
    struct config_file file;
    struct why why = {""};
    EXPECT_OK(why.text, config_file_read(TEST_SOURCE_DIR "/docs/config.example.json",
                                         SECRETS_IF_THERE, &why, &file));
    EXPECT_OK("judged", config_rules_check(&file, NULL));
    if (file.problems.errors > 0) {
        problems_print(&file.problems, false, stderr);
        fail_msg("the example of the docs is not valid");
    }
    EXPECT("two brands on one account (row 109)", file.account_count == 1 && file.store_count == 2);
    config_file_deinit(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_and_table_agree),
        cmocka_unit_test(the_example_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
