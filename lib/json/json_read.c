#include "json/json_read.h"

#include "base/check.h"

#include <math.h>
#include <stdlib.h>

void json_place(struct slice text, size_t offset, size_t *ret_line, size_t *ret_column)
{
    struct slice before = slice_sub(text, 0, offset);
    size_t line = 1;
    for (;;) {
        size_t end = slice_find(before, '\n');
        if (end == before.len) {
            break;
        }
        line++;
        before = slice_sub(before, end + 1, before.len);
    }
    *ret_line = line;
    *ret_column = before.len + 1;
}

const struct json *json_member(const struct json *value, struct slice name)
{
    if (value == NULL || value->type != JSON_OBJECT) {
        return NULL;
    }
    JSON_EACH(member, value)
    {
        if (member->key.len == name.len && slice_equal(member->key, name)) {
            return member;
        }
    }
    return NULL;
}

const struct json *json_find(const struct json *value, const char *path)
{
    struct slice rest = slice_of(path);
    bool more = true;
    while (more && value != NULL) {
        struct slice name = {0};
        more = slice_split(rest, '.', &name, &rest);
        value = json_member(value, name);
    }
    return value;
}

struct slice json_string(const struct json *value)
{
    return value != NULL && value->type == JSON_STRING ? value->text : (struct slice){0};
}

struct slice json_id(const struct json *value)
{
    if (value == NULL || (value->type != JSON_STRING && value->type != JSON_NUMBER) ||
        slice_has_nul(value->text)) {
        return (struct slice){0};
    }
    return value->text;
}

bool json_bool(const struct json *value, bool fallback)
{
    return value != NULL && value->type == JSON_BOOL ? value->boolean : fallback;
}

int64_t json_i64(const struct json *value, int64_t fallback)
{
    int64_t number = 0;
    if (value == NULL || value->type != JSON_NUMBER ||
        err_failed(slice_to_i64(value->text, &number))) {
        return fallback;
    }
    return number;
}

double json_double(const struct json *value, double fallback)
{
    if (value == NULL || value->type != JSON_NUMBER) {
        return fallback;
    }
    double number = strtod(value->text.ptr, NULL);
    return isfinite(number) ? number : fallback;
}

const char *json_type_name(enum json_type type)
{
    switch (type) {
    case JSON_NULL: return "null";
    case JSON_BOOL: return "true or false";
    case JSON_NUMBER: return "a number";
    case JSON_STRING: return "a string";
    case JSON_ARRAY: return "an array";
    case JSON_OBJECT: return "an object";
    }
    BUG("json type out of range");
}
