#include "json/json_keys.h"

#include <stdlib.h>

/* Up to here comparing each with each is cheaper than sorting. */
enum { FEW_KEYS = 16 };

static const struct json *twice_among_few(const struct json *object)
{
    JSON_EACH(second, object)
    {
        for (const struct json *m = object->first; m != second; m = m->next) {
            if (m->key.len == second->key.len && slice_equal(m->key, second->key)) {
                return second;
            }
        }
    }
    return NULL;
}

/* By length, bytes, place: equal keys end up side by side, the earlier one first. */
static int compare_members(const void *left, const void *right)
{
    const struct json *a = *(const struct json *const *)left;
    const struct json *b = *(const struct json *const *)right;
    if (a->key.len != b->key.len) {
        return a->key.len < b->key.len ? -1 : 1;
    }
    int order = slice_compare(a->key, b->key);
    if (order != 0) {
        return order;
    }
    return (a->key_offset > b->key_offset) - (a->key_offset < b->key_offset);
}

err_t json_keys_twice(struct arena *arena, const struct json *object,
                      const struct json **ret_second)
{
    if (object->count <= FEW_KEYS) {
        *ret_second = twice_among_few(object);
        return err_ok();
    }
    struct arena_mark mark = arena_mark(arena);
    const struct json **members = arena_array(arena, object->count, sizeof *members);
    if (members == NULL) {
        return ARENA_ERR(arena);
    }
    size_t count = 0;
    JSON_EACH(m, object)
    {
        members[count++] = m;
    }
    qsort(members, count, sizeof *members, compare_members);
    const struct json *second = NULL;
    for (size_t i = 1; i < count; i++) {
        if (slice_equal(members[i - 1]->key, members[i]->key) &&
            (second == NULL || members[i]->key_offset < second->key_offset)) {
            second = members[i];
        }
    }
    arena_release(arena, mark);
    *ret_second = second;
    return err_ok();
}
