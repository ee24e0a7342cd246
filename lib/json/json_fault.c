#include "json/json_fault.h"

#include "base/limits.h"

#include <string.h>

/* What may come next, outside tokens. */
enum place {
    AT_VALUE,
    AT_FIRST_ELEMENT, /* after [ */
    AT_FIRST_KEY,     /* after { */
    AT_KEY,           /* after a comma in an object */
    AT_COLON,
    AT_VALUE_END, /* after a value: comma, end of the container, or end of the text */
};

struct walk {
    struct slice text;
    size_t at;
    bool comments;
    const char *expected; /* set when something is wrong at `at` */
    size_t depth;
    bool in_object[LIMIT_JSON_DEPTH_MAX];
};

static const char at_value[] = "a value";

/* The byte at the place, or -1 at the end of the text. */
static int look(const struct walk *w)
{
    return w->at < w->text.len ? (unsigned char)w->text.ptr[w->at] : -1;
}

static bool fail(struct walk *w, const char *expected)
{
    w->expected = expected;
    return false;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* At the slash that opens a comment. */
static bool skip_comment(struct walk *w)
{
    w->at++;
    if (look(w) == '/') {
        w->at += slice_find(slice_sub(w->text, w->at, w->text.len), '\n');
        return true;
    }
    if (look(w) != '*') {
        return fail(w, "'/' or '*' to open a comment");
    }
    for (w->at++; look(w) >= 0; w->at++) {
        if (look(w) == '*' && w->at + 1 < w->text.len && w->text.ptr[w->at + 1] == '/') {
            w->at += 2;
            return true;
        }
    }
    return fail(w, "the end of the comment");
}

static bool skip_blanks(struct walk *w)
{
    for (;;) {
        switch (look(w)) {
        case ' ':
        case '\t':
        case '\n':
        case '\r': w->at++; break;
        case '/':
            if (!w->comments) {
                return true;
            }
            if (!skip_comment(w)) {
                return false;
            }
            break;
        default: return true;
        }
    }
}

/* At the backslash. */
static bool skip_escape(struct walk *w)
{
    w->at++;
    int c = look(w);
    if (c == 'u') {
        w->at++;
        for (int i = 0; i < 4; i++, w->at++) {
            if (!is_hex(look(w))) {
                return fail(w, "four hexadecimal digits after \\u");
            }
        }
        return true;
    }
    if (c <= 0 || strchr("\"\\/bfnrt", c) == NULL) {
        return fail(w, "one of \" \\ / b f n r t u after a backslash");
    }
    w->at++;
    return true;
}

/* At the opening quote. */
static bool skip_string(struct walk *w)
{
    w->at++;
    for (;;) {
        int c = look(w);
        if (c < 0) {
            return fail(w, "the closing quote of a string");
        }
        if (c < 0x20) {
            return fail(w, "an escape, since control characters may not stand in a string");
        }
        if (c == '\\') {
            if (!skip_escape(w)) {
                return false;
            }
            continue;
        }
        w->at++;
        if (c == '"') {
            return true;
        }
    }
}

static bool skip_digits(struct walk *w)
{
    if (!is_digit(look(w))) {
        return fail(w, "a digit");
    }
    while (is_digit(look(w))) {
        w->at++;
    }
    return true;
}

static bool skip_number(struct walk *w)
{
    if (look(w) == '-') {
        w->at++;
    }
    if (look(w) == '0') {
        w->at++;
        if (is_digit(look(w))) {
            return fail(w, "no further digit after a leading zero");
        }
    } else if (!skip_digits(w)) {
        return false;
    }
    if (look(w) == '.') {
        w->at++;
        if (!skip_digits(w)) {
            return false;
        }
    }
    if (look(w) == 'e' || look(w) == 'E') {
        w->at++;
        if (look(w) == '+' || look(w) == '-') {
            w->at++;
        }
        return skip_digits(w);
    }
    return true;
}

static bool skip_word(struct walk *w, const char *word)
{
    struct slice expected = slice_of(word);
    if (!slice_starts_with(slice_sub(w->text, w->at, w->text.len), expected)) {
        return fail(w, at_value);
    }
    w->at += expected.len;
    return true;
}

static bool open_container(struct walk *w, bool object, enum place *place)
{
    if (w->depth == LIMIT_JSON_DEPTH_MAX) {
        return fail(w, "less nesting");
    }
    w->at++;
    w->in_object[w->depth] = object;
    w->depth++;
    *place = object ? AT_FIRST_KEY : AT_FIRST_ELEMENT;
    return true;
}

static bool walk_value(struct walk *w, enum place *place)
{
    const char *expected = *place == AT_FIRST_ELEMENT ? "a value or ']'" : at_value;
    int c = look(w);
    *place = AT_VALUE_END;
    switch (c) {
    case '{': return open_container(w, true, place);
    case '[': return open_container(w, false, place);
    case '"': return skip_string(w);
    case 't': return skip_word(w, "true");
    case 'f': return skip_word(w, "false");
    case 'n': return skip_word(w, "null");
    default: return c == '-' || is_digit(c) ? skip_number(w) : fail(w, expected);
    }
}

/* After a value within a container, or at once after its bracket. */
static bool walk_end(struct walk *w, enum place *place)
{
    bool object = w->in_object[w->depth - 1];
    int c = look(w);
    if (c == ',') {
        w->at++;
        *place = object ? AT_KEY : AT_VALUE;
        return true;
    }
    if (c != (object ? '}' : ']')) {
        return fail(w, object ? "',' or '}'" : "',' or ']'");
    }
    w->at++;
    w->depth--;
    *place = AT_VALUE_END;
    return true;
}

static bool walk_key(struct walk *w, enum place *place)
{
    bool first = *place == AT_FIRST_KEY;
    if (look(w) == '"') {
        *place = AT_COLON;
        return skip_string(w);
    }
    if (first && look(w) == '}') {
        return walk_end(w, place);
    }
    return fail(w, first ? "a key in quotes or '}'" : "a key in quotes");
}

static bool walk_colon(struct walk *w, enum place *place)
{
    if (look(w) != ':') {
        return fail(w, "':' after the key");
    }
    w->at++;
    *place = AT_VALUE;
    return true;
}

static bool walk_step(struct walk *w, enum place *place)
{
    switch (*place) {
    case AT_FIRST_ELEMENT: return look(w) == ']' ? walk_end(w, place) : walk_value(w, place);
    case AT_VALUE: return walk_value(w, place);
    case AT_FIRST_KEY:
    case AT_KEY: return walk_key(w, place);
    case AT_COLON: return walk_colon(w, place);
    case AT_VALUE_END: return walk_end(w, place);
    }
    BUG("place out of range");
}

bool json_fault_find(struct slice text, bool comments, struct json_fault *ret_fault)
{
    struct walk w = {.text = text, .comments = comments};
    enum place place = AT_VALUE;
    bool good = skip_blanks(&w);
    while (good && (place != AT_VALUE_END || w.depth > 0)) {
        good = walk_step(&w, &place) && skip_blanks(&w);
    }
    if (good && w.at < text.len) {
        good = fail(&w, "the end of the text after the value");
    }
    if (!good) {
        *ret_fault = (struct json_fault){w.at, w.expected};
    }
    return !good;
}
