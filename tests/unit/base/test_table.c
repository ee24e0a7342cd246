#include "base/rng.h"
#include "base/table.h"
#include "tests/support/failing_heap.h"
#include "tests/support/unit.h"

#include <string.h>

static int values[64];

static void keys_are_bytes(void **state)
{
    (void)state;
    CLEANUP_PTR(table) struct table *t = NULL;
    EXPECT_OK("new", table_new(10, 1, &t));
    EXPECT("absent in the empty table", table_get(t, SLICE("a")) == NULL);
    EXPECT("nothing to remove", table_remove(t, SLICE("a")) == NULL);
    struct slice keys[] = {slice_from(NULL, 0), slice_from("a", 1), slice_from("a\0", 2),
                           slice_from("a\0b", 3), slice_from("a\0c", 3)};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        void *old = &values[63];
        EXPECT_OK("put", table_put(t, keys[i], &values[i], &old));
        EXPECT("nothing stood there", old == NULL);
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct slice key = {0};
        EXPECT("got", table_get(t, keys[i]) == &values[i]);
        EXPECT("in order of insertion", table_at(t, i, &key) == &values[i]);
        EXPECT_SLICE("its key", key, keys[i]);
    }
    EXPECT("count", table_count(t) == COUNT_OF(keys));
}

static void a_key_is_copied_and_its_value_replaced(void **state)
{
    (void)state;
    CLEANUP_PTR(table) struct table *t = NULL;
    EXPECT_OK("new", table_new(2, 1, &t));
    char key[] = "key";
    EXPECT_OK("put", table_put(t, slice_of(key), &values[1], NULL));
    key[0] = 'x';
    EXPECT("copied", table_get(t, SLICE("key")) == &values[1]);
    void *old = NULL;
    EXPECT_OK("again", table_put(t, SLICE("key"), &values[2], &old));
    EXPECT("old value", old == &values[1]);
    EXPECT("new value", table_get(t, SLICE("key")) == &values[2]);
    EXPECT("still one", table_count(t) == 1);
    EXPECT_OK("another", table_put(t, SLICE("other"), &values[3], NULL));
    EXPECT_CODE("a third", table_put(t, SLICE("third"), &values[4], &old), ERR_TABLE_FULL);
    EXPECT("out-parameter untouched", old == &values[1]);
    EXPECT_OK("a full table still replaces", table_put(t, SLICE("other"), &values[5], &old));
    EXPECT("the replaced one", old == &values[3]);
    EXPECT("removed", table_remove(t, SLICE("key")) == &values[2]);
    EXPECT_OK("room again", table_put(t, SLICE("third"), &values[4], NULL));
    table_clear(t);
    EXPECT("cleared", table_count(t) == 0 && table_get(t, SLICE("third")) == NULL);
    EXPECT_OK("good for more", table_put(t, SLICE("key"), &values[1], NULL));
}

static void a_key_may_be_the_tables_own(void **state)
{
    (void)state;
    CLEANUP_PTR(table) struct table *t = NULL;
    EXPECT_OK("new", table_new(10, 1, &t));
    EXPECT_OK("a", table_put(t, SLICE("a"), &values[0], NULL));
    EXPECT_OK("b", table_put(t, SLICE("b"), &values[1], NULL));
    struct slice key = {0};
    (void)table_at(t, 0, &key);
    EXPECT("removed by its own key", table_remove(t, key) == &values[0]);
    EXPECT("the last one moved in", table_at(t, 0, &key) == &values[1]);
    EXPECT_SLICE("the last one moved in", key, SLICE("b"));
}

struct named {
    char name[8];
    int value;
};

static struct slice name_of(const void *value)
{
    const struct named *named = value;
    return slice_of(named->name);
}

/* Where values hold their keys, the key is that of the value that stands there now. */
static void a_value_may_hold_its_key(void **state)
{
    (void)state;
    CLEANUP_PTR(table) struct table *t = NULL;
    struct named first = {"a", 1}, second = {"b", 2}, newer = {"a", 3};
    struct slice key = {0};
    void *old = NULL;
    EXPECT_OK("new", table_new_of(10, 1, name_of, &t));
    EXPECT_OK("a", table_put(t, name_of(&first), &first, NULL));
    EXPECT_OK("b", table_put(t, name_of(&second), &second, NULL));
    EXPECT_OK("a again", table_put(t, name_of(&newer), &newer, &old));
    EXPECT("the older one", old == &first);
    (void)snprintf(first.name, sizeof first.name, "gone");
    EXPECT("found by the newer one's", table_get(t, SLICE("a")) == &newer);
    EXPECT("at its place", table_at(t, 0, &key) == &newer && key.ptr == newer.name);
    EXPECT("removed by its own key", table_remove(t, key) == &newer);
    EXPECT("the last one moved in", table_at(t, 0, &key) == &second && table_count(t) == 1);
    EXPECT("not found any more", table_get(t, SLICE("a")) == NULL);
}

/* The naive table: a list of pairs. */
enum { MODEL_MAX = 200 };
struct model {
    struct {
        char key[8];
        void *value;
    } pairs[MODEL_MAX];
    size_t count;
};

static size_t model_find(const struct model *m, const char *key)
{
    size_t i = 0;
    while (i < m->count && strcmp(m->pairs[i].key, key) != 0) {
        i++;
    }
    return i;
}

static void model_put(struct model *m, size_t at, const char *key, void *value)
{
    (void)snprintf(m->pairs[at].key, sizeof m->pairs[at].key, "%s", key);
    m->pairs[at].value = value;
    m->count = at == m->count ? at + 1 : m->count;
}

static void expect_same(const struct table *t, const struct model *m)
{
    EXPECT("count", table_count(t) == m->count);
    for (size_t i = 0; i < m->count; i++) {
        struct slice key = {0};
        EXPECT("value in order", table_at(t, i, &key) == m->pairs[i].value);
        EXPECT_SLICE("key in order", key, slice_of(m->pairs[i].key));
        EXPECT("found by key", table_get(t, key) == m->pairs[i].value);
    }
}

static void model_step(struct table *t, struct model *m, struct rng *rng, size_t max)
{
    char key[8];
    (void)snprintf(key, sizeof key, "%u", (unsigned)rng_below(rng, max + max / 4));
    void *value = &values[rng_below(rng, COUNT_OF(values))];
    size_t at = model_find(m, key);
    void *known = at < m->count ? m->pairs[at].value : NULL;
    switch (rng_below(rng, 8)) {
    case 0:
    case 1:
    case 2:
    case 3: {
        void *old = NULL;
        bool full = known == NULL && m->count == max;
        EXPECT_CODE("put", table_put(t, slice_of(key), value, &old),
                    full ? ERR_TABLE_FULL : ERR_OK);
        EXPECT("old", old == known);
        if (!full) {
            model_put(m, at, key, value);
        }
        break;
    }
    case 4:
    case 5:
    case 6:
        EXPECT("remove", table_remove(t, slice_of(key)) == known);
        if (known != NULL) {
            m->count--;
            m->pairs[at] = m->pairs[m->count];
        }
        break;
    default: EXPECT("get", table_get(t, slice_of(key)) == known); break;
    }
    if (rng_below(rng, 2000) == 0) {
        table_clear(t);
        m->count = 0;
    }
}

static void it_does_what_a_list_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng rng;
        rng_seed(&rng, seed);
        size_t max = 1 + (size_t)rng_below(&rng, MODEL_MAX);
        CLEANUP_PTR(table) struct table *t = NULL;
        EXPECT_OK("new", table_new(max, seed, &t));
        struct model m = {.count = 0};
        for (int step = 0; step < 2000; step++) {
            model_step(t, &m, &rng, max);
            if (step % 16 == 0) {
                expect_same(t, &m);
            }
        }
        expect_same(t, &m);
    }
}

static void many_keys_with_one_beginning(void **state)
{
    (void)state;
    CLEANUP_PTR(table) struct table *t = NULL;
    enum { MANY = 50000 };
    EXPECT_OK("new", table_new(MANY, 9, &t));
    char key[64];
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(key, sizeof key, "acme/messaging/64b0f1c2d3e4f5a6b7c8%06x", (unsigned)i);
        EXPECT_OK("put", table_put(t, slice_of(key), &values[i % 64], NULL));
    }
    EXPECT_CODE("one more", table_put(t, SLICE("x"), &values[0], NULL), ERR_TABLE_FULL);
    for (int i = 0; i < MANY; i += 2) {
        (void)snprintf(key, sizeof key, "acme/messaging/64b0f1c2d3e4f5a6b7c8%06x", (unsigned)i);
        EXPECT("removed", table_remove(t, slice_of(key)) == &values[i % 64]);
    }
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(key, sizeof key, "acme/messaging/64b0f1c2d3e4f5a6b7c8%06x", (unsigned)i);
        EXPECT("the others stay",
               table_get(t, slice_of(key)) == (i % 2 == 0 ? NULL : (void *)&values[i % 64]));
    }
}

static void order_does_not_hang_on_the_seed(void **state)
{
    (void)state;
    CLEANUP_PTR(table) struct table *a = NULL;
    CLEANUP_PTR(table) struct table *b = NULL;
    EXPECT_OK("new", table_new(100, 1, &a));
    EXPECT_OK("new", table_new(100, 2, &b));
    for (unsigned i = 0; i < 100; i++) {
        struct slice key = slice_from(&i, sizeof i);
        EXPECT_OK("put", table_put(a, key, &values[i % 64], NULL));
        EXPECT_OK("put", table_put(b, key, &values[i % 64], NULL));
    }
    for (unsigned i = 0; i < 100; i += 3) {
        EXPECT("remove", table_remove(a, slice_from(&i, sizeof i)) ==
                             table_remove(b, slice_from(&i, sizeof i)));
    }
    for (size_t i = 0; i < table_count(a); i++) {
        struct slice left = {0};
        struct slice right = {0};
        (void)table_at(a, i, &left);
        (void)table_at(b, i, &right);
        EXPECT_SLICE("same order", left, right);
    }
}

static void no_memory_changes_nothing(void **state)
{
    (void)state;
    struct table *none = NULL;
    failing_heap_arm(1);
    EXPECT_CODE("new", table_new(10, 1, &none), ERR_NO_MEMORY);
    EXPECT("it failed", failing_heap_disarm() && none == NULL);

    unsigned failures = 0;
    bool failed = true;
    for (unsigned n = 1; failed; n++) {
        CLEANUP_PTR(table) struct table *t = NULL;
        EXPECT_OK("new", table_new(100, 1, &t));
        failing_heap_arm(n);
        unsigned stored = 0;
        for (unsigned i = 0; i < 40; i++) {
            err_t e = table_put(t, slice_from(&i, sizeof i), &values[i], NULL);
            EXPECT("nothing else", !err_failed(e) || err_is(e, ERR_NO_MEMORY));
            EXPECT("stored or not", table_get(t, slice_from(&i, sizeof i)) ==
                                        (err_failed(e) ? NULL : (void *)&values[i]));
            stored += err_failed(e) ? 0U : 1U;
        }
        failed = failing_heap_disarm() != 0;
        failures += failed ? 1U : 0U;
        EXPECT("one lost at most", stored == (failed ? 39U : 40U) && table_count(t) == stored);
    }
    EXPECT("keys, entries and slots were tried", failures > 45);
}

static void abort_on_null_value(void)
{
    struct table *t = NULL;
    if (!err_failed(table_new(1, 1, &t))) {
        (void)!err_failed(table_put(t, SLICE("a"), NULL, NULL));
    }
}
static void abort_on_no_room(void)
{
    struct table *t = NULL;
    (void)!err_failed(table_new(0, 1, &t));
}
static void abort_on_index(void)
{
    struct table *t = NULL;
    if (!err_failed(table_new(1, 1, &t))) {
        (void)table_at(t, 0, NULL);
    }
}

static void misuse_aborts(void **state)
{
    (void)state;
    EXPECT("NULL means absent", unit_aborts(abort_on_null_value));
    EXPECT("a table for nothing", unit_aborts(abort_on_no_room));
    EXPECT("behind the last entry", unit_aborts(abort_on_index));
    table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(a_key_is_copied_and_its_value_replaced),
        cmocka_unit_test(a_key_may_be_the_tables_own),
        cmocka_unit_test(a_value_may_hold_its_key),
        cmocka_unit_test(it_does_what_a_list_does),
        cmocka_unit_test(many_keys_with_one_beginning),
        cmocka_unit_test(order_does_not_hang_on_the_seed),
        cmocka_unit_test(no_memory_changes_nothing),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
