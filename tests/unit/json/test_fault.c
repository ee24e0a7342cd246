#include "base/arena.h"
#include "base/rng.h"
#include "json/json_fault.h"
#include "json/json_read.h"
#include "tests/support/unit.h"

#include <string.h>

/* The grammar of json_fault and the parse over yajl are two accounts of one thing: on any text they
 * must agree whether it is JSON. */
static void expect_agreement(struct slice text, bool comments)
{
    CLEANUP(arena) struct arena a = {0};
    arena_init(&a, 1024 * 1024);
    const struct json_options options = {.comments = comments};
    const struct json *root = NULL;
    struct why why = {{0}};
    err_t parsed = json_parse(&a, text, &options, &why, &root);
    struct json_fault fault = {0};
    bool wrong = json_fault_find(text, comments, &fault);
    bool refused = err_is(parsed, ERR_SYNTAX) && strstr(why.text, "NUL") == NULL;
    if (err_is(parsed, ERR_TOO_DEEP)) {
        refused = true;
    }
    bool own_rule = err_failed(parsed) && !refused; /* of which the grammar knows nothing */
    if (!own_rule && wrong != refused) {
        fail_msg("\"%.*s\": parse says %s \"%s\", grammar says %s at %zu", SLICE_ARG(text),
                 err_name(parsed), why.text, wrong ? fault.expected : "good", fault.offset);
    }
    EXPECT("a fault has a place in the text", !wrong || fault.offset <= text.len);
    EXPECT("no fault without a place", strstr(why.text, "not JSON") == NULL);
}

/* All texts of up to five of these pieces. */
static void all_short_texts(void **state)
{
    (void)state;
    static const char *const pieces[] = {"{",  "}",  "[",  "]",  ":",  ",",  "\"",   "\"a\"",
                                         "1",  "-",  ".",  "e",  " ",  "\f", "true", "t",
                                         "/*", "*/", "//", "\n", "\\", "\0"};
    enum { PIECES = COUNT_OF(pieces), LONGEST = 4 };
    size_t picked[LONGEST] = {0};
    for (size_t count = 0; count <= LONGEST; count++) {
        memset(picked, 0, sizeof picked);
        for (bool more = true; more;) {
            char text[64];
            size_t len = 0;
            for (size_t i = 0; i < count; i++) {
                size_t bytes = picked[i] == PIECES - 1 ? 1 : strlen(pieces[picked[i]]);
                memcpy(text + len, pieces[picked[i]], bytes);
                len += bytes;
            }
            expect_agreement(slice_from(text, len), false);
            expect_agreement(slice_from(text, len), true);
            size_t at = 0;
            while (at < count && picked[at] == PIECES - 1) {
                picked[at++] = 0;
            }
            more = at < count;
            picked[at < count ? at : 0] += more ? 1U : 0U;
        }
    }
}

static void texts_with_wrong_bytes(void **state)
{
    (void)state;
    static const char good[] =
        "{\"id\":\"64\\u20ac\\\"\",// x\n\"n\":[-1.5e+7,true, null,{}],\"o\":"
        "{\"p\":[[0]]/* y */}}";
    static const char bytes[] = "{}[]:,\"\\0123eE+-./*tfnu \n\t\f\v\x7F";
    struct rng rng;
    rng_seed(&rng, 11);
    for (int round = 0; round < 60000; round++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        size_t len = sizeof good - 1;
        for (uint64_t change = 1 + rng_below(&rng, 3); change > 0; change--) {
            size_t at = (size_t)rng_below(&rng, len);
            if (rng_below(&rng, 2) == 0) {
                text[at] = bytes[rng_below(&rng, sizeof bytes)];
            } else {
                memmove(text + at, text + at + 1, len - at - 1);
                len--;
            }
        }
        expect_agreement(slice_from(text, len), round % 2 == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_short_texts),
        cmocka_unit_test(texts_with_wrong_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
