#include "sandbox/shorthand.h"

#include <stdbool.h>

/* A button at the start of `text`; *ret_used is its length. */
static bool read_button(struct slice text, struct shorthand_action *ret_action, size_t *ret_used)
{
    if (!slice_starts_with(text, SLICE("%["))) {
        return false;
    }
    size_t close = slice_find(text, ']');
    struct slice rest = slice_sub(text, close + 1, text.len);
    size_t end = slice_find(rest, ')');
    if (close <= 2 || !slice_starts_with(rest, SLICE("(")) || end <= 1 || end == rest.len) {
        return false;
    }
    struct slice target = slice_sub(rest, 1, end);
    struct slice kind = {0};
    struct slice value = {0};
    (void)slice_split(target, ':', &kind, &value);
    bool is_word = slice_equal(kind, SLICE("reply")) || slice_equal(kind, SLICE("postback"));
    *ret_action = (struct shorthand_action){
        .type = is_word ? kind : SLICE("link"),
        .label = slice_sub(text, 2, close),
        .target = is_word ? value : target,
    };
    *ret_used = close + 1 + end + 1;
    return true;
}

err_t shorthand_take(struct arena *arena, struct slice text, struct shorthand *found,
                     struct slice *ret_text)
{
    size_t before = found->count;
    size_t len = 0;
    size_t at = 0;
    char *out = arena_alloc(arena, text.len + 1);
    if (out == NULL) {
        return ERR(ARENA_FULL);
    }
    while (at < text.len) {
        struct shorthand_action action;
        size_t used = 0;
        bool has_room = found->count < SHORTHAND_ACTIONS_MAX;
        if (has_room && read_button(slice_sub(text, at, text.len), &action, &used)) {
            found->actions[found->count++] = action;
            at += used;
        } else {
            out[len++] = text.ptr[at++];
        }
    }
    *ret_text = found->count == before ? text : slice_trim(slice_from(out, len));
    return err_ok();
}
