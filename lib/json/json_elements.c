#include "json/json_elements.h"

struct cursor {
    struct slice text;
    size_t at;
};

/* The byte at the place, or -1 at the end of the text. */
static int look(const struct cursor *c)
{
    return c->at < c->text.len ? (unsigned char)c->text.ptr[c->at] : -1;
}

static int look_behind_blanks(struct cursor *c)
{
    int byte = look(c);
    while (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
        c->at++;
        byte = look(c);
    }
    return byte;
}

/* At the opening quote. False: there is no closing one. */
static bool skip_string(struct cursor *c)
{
    for (c->at++; look(c) >= 0; c->at++) {
        int byte = look(c);
        if (byte == '"') {
            c->at++;
            return true;
        }
        c->at += byte == '\\' ? 1 : 0;
    }
    return false;
}

/* At the opening bracket: behind the one that closes it, of whatever kind. */
static bool skip_container(struct cursor *c)
{
    size_t depth = 0;
    while (look(c) >= 0) {
        switch (look(c)) {
        case '"':
            if (!skip_string(c)) {
                return false;
            }
            continue;
        case '{':
        case '[': depth++; break;
        case '}':
        case ']': depth--; break;
        default: break;
        }
        c->at++;
        if (depth == 0) {
            return true;
        }
    }
    return false;
}

static bool ends_scalar(int byte)
{
    return byte < 0 || byte == ',' || byte == ':' || byte == '"' || byte == '{' || byte == '}' ||
           byte == '[' || byte == ']';
}

/* At the first byte of any value. False: there is none, or it has no end. */
static bool skip_value(struct cursor *c)
{
    switch (look(c)) {
    case '"': return skip_string(c);
    case '{':
    case '[': return skip_container(c);
    default: break;
    }
    size_t begin = c->at;
    while (!ends_scalar(look(c))) {
        c->at++;
    }
    return c->at > begin;
}

/* Behind the opening bracket or a comma: one element. False: there is none. */
static bool take_element(struct cursor *c, struct slice *ret_element)
{
    (void)look_behind_blanks(c);
    size_t begin = c->at;
    if (!skip_value(c)) {
        return false;
    }
    *ret_element = slice_trim(slice_sub(c->text, begin, c->at));
    return !slice_empty(*ret_element);
}

static err_t count_elements(struct slice array, struct json_elements *ret_elements)
{
    struct json_elements e = {.array = array, .at = 1};
    struct cursor c = {array, 1};
    struct slice element = {0};
    int byte = look_behind_blanks(&c);
    if (byte == ']') {
        c.at++;
    }
    while (byte != ']') {
        if (!take_element(&c, &element)) {
            return ERR(SYNTAX);
        }
        e.count++;
        byte = look_behind_blanks(&c);
        if (byte != ',' && byte != ']') {
            return ERR(SYNTAX);
        }
        c.at++;
    }
    if (c.at != array.len) {
        return ERR(SYNTAX);
    }
    *ret_elements = e;
    return err_ok();
}

/* Behind the opening brace or a comma: one member. */
static err_t take_member(struct cursor *c, struct slice *ret_key, struct slice *ret_value)
{
    if (look_behind_blanks(c) != '"') {
        return ERR(SYNTAX);
    }
    size_t begin = c->at;
    if (!skip_string(c)) {
        return ERR(SYNTAX);
    }
    struct slice key = slice_sub(c->text, begin + 1, c->at - 1);
    if (look_behind_blanks(c) != ':') {
        return ERR(SYNTAX);
    }
    c->at++;
    if (!take_element(c, ret_value)) {
        return ERR(SYNTAX);
    }
    *ret_key = key;
    return err_ok();
}

/* The value of the one member of that name. */
static err_t find_member(struct slice text, struct slice name, struct slice *ret_value)
{
    struct cursor c = {text, 0};
    struct slice found = {0};
    if (look_behind_blanks(&c) != '{') {
        return ERR(WRONG_TYPE);
    }
    c.at++;
    int byte = look_behind_blanks(&c);
    if (byte == '}') {
        c.at++;
    }
    while (byte != '}') {
        struct slice key = {0};
        struct slice value = {0};
        TRY(take_member(&c, &key, &value));
        if (slice_equal(key, name)) {
            if (!slice_empty(found)) {
                return ERR(DUPLICATE);
            }
            found = value;
        }
        byte = look_behind_blanks(&c);
        if (byte != ',' && byte != '}') {
            return ERR(SYNTAX);
        }
        c.at++;
    }
    if (look_behind_blanks(&c) >= 0) {
        return ERR(SYNTAX);
    }
    if (slice_empty(found)) {
        return ERR(MISSING);
    }
    *ret_value = found;
    return err_ok();
}

err_t json_elements_find(struct slice text, struct slice name, struct json_elements *ret_elements)
{
    struct slice value = {0};
    TRY(find_member(text, name, &value));
    if (value.ptr[0] != '[') {
        return ERR(WRONG_TYPE);
    }
    return count_elements(value, ret_elements);
}

bool json_elements_next(struct json_elements *e, struct slice *ret_element)
{
    struct cursor c = {e->array, e->at};
    if (!take_element(&c, ret_element)) {
        return false;
    }
    (void)look_behind_blanks(&c);
    e->at = c.at + 1;
    return true;
}
