#include "base/rng.h"
#include "egress/core/lane.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The dumbest way to say what lanes must do: all commands in an array, searched through. */
enum { MODEL_MAX = 400, KEYS = 7 };
struct model_command {
    int64_t offset;
    int key;
    enum lane_state state;
    int64_t outcome_at;
    struct lane_item *item;
};
struct model {
    struct model_command commands[MODEL_MAX];
    size_t count;
    int64_t next;
};

static struct slice key_of(int key, char text[8])
{
    (void)snprintf(text, 8, "key-%d", key);
    return slice_of(text);
}

static struct model_command *model_first(struct model *m, int key)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->commands[i].key == key && m->commands[i].state != LANE_DONE) {
            return &m->commands[i];
        }
    }
    return NULL;
}

static int64_t model_low_water(const struct model *m)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->commands[i].state != LANE_DONE) {
            return m->commands[i].offset;
        }
    }
    return m->next;
}

static int64_t model_floor(const struct model *m)
{
    int64_t mark = model_low_water(m);
    int64_t floor = -1;
    for (size_t i = 0; i < m->count; i++) {
        const struct model_command *c = &m->commands[i];
        if (c->state == LANE_DONE && c->offset > mark && (floor < 0 || c->outcome_at < floor)) {
            floor = c->outcome_at;
        }
    }
    return floor;
}

static void assert_sane(struct lanes *l, struct model *m)
{
    EXPECT("low-water mark", lanes_low_water(l, 0) == model_low_water(m));
    EXPECT("outcome floor", lanes_outcome_floor(l, -1) == model_floor(m));
    size_t lanes = 0;
    for (int key = 0; key < KEYS; key++) {
        struct model_command *first = model_first(m, key);
        lanes += first == NULL ? 0 : 1;
        for (size_t i = 0; i < m->count; i++) {
            struct model_command *c = &m->commands[i];
            if (c->key == key && c->state != LANE_DONE) {
                EXPECT("one first of a lane", lane_is_first(c->item) == (c == first));
                EXPECT("state", c->item->state == c->state);
                EXPECT("offset", c->item->offset == c->offset);
            }
        }
    }
    EXPECT("lanes", lanes_lane_count(l) == lanes);
}

static void model_add(struct lanes *l, struct model *m, struct rng *rng)
{
    char text[8];
    m->next += (int64_t)rng_below(rng, 3); /* control records take offsets */
    struct model_command *c = &m->commands[m->count++];
    *c = (struct model_command){.offset = m->next++, .key = (int)rng_below(rng, KEYS)};
    if (rng_below(rng, 6) == 0) {
        c->state = LANE_DONE;
        c->outcome_at = (int64_t)rng_below(rng, 1000);
        EXPECT_OK("done already", lanes_add_done(l, c->offset, c->outcome_at));
    } else {
        EXPECT_OK("added", lanes_add(l, key_of(c->key, text), c->offset, c, &c->item));
    }
}

static void model_step(struct lanes *l, struct model *m, struct rng *rng)
{
    struct model_command *c = model_first(m, (int)rng_below(rng, KEYS));
    char text[8];
    if (c == NULL) {
        return;
    }
    bool may_start = c->state == LANE_QUEUED || c->state == LANE_BACKING_OFF;
    EXPECT("may start", lane_may_start(c->item) == may_start);
    uint64_t way = rng_below(rng, 3);
    if (c->state == LANE_ENDING) {
        struct model_command *next = NULL;
        c->state = LANE_DONE;
        c->outcome_at = (int64_t)rng_below(rng, 1000);
        next = model_first(m, c->key);
        struct lane_item *item = lanes_finish(l, c->item, key_of(c->key, text), c->outcome_at, 0);
        EXPECT("the next of its lane", item == (next == NULL ? NULL : next->item));
    } else if (may_start && way == 0) {
        lanes_start(l, c->item);
        c->state = LANE_IN_FLIGHT;
    } else if (way == 1 && c->state != LANE_BACKING_OFF) {
        lanes_back_off(l, c->item);
        c->state = LANE_BACKING_OFF;
    } else {
        lanes_end(l, c->item);
        c->state = LANE_ENDING;
    }
}

static void test_lanes_as_the_naive_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct rng rng;
        rng_seed(&rng, seed);
        struct lanes l = {0};
        struct model m = {.next = 100};
        EXPECT_OK("made", lanes_init(&l, seed, MODEL_MAX, 100));
        while (m.count < MODEL_MAX) {
            if (rng_below(&rng, 4) == 0) {
                model_add(&l, &m, &rng);
            } else {
                model_step(&l, &m, &rng);
            }
            assert_sane(&l, &m);
        }
        lanes_deinit(&l);
    }
}

static void test_full_is_said_and_ends(void **state)
{
    (void)state;
    struct lanes l = {0};
    struct lane_item *item = NULL;
    struct lane_item *second = NULL;
    EXPECT_OK("made", lanes_init(&l, 1, 2, 0));
    EXPECT_OK("first", lanes_add(&l, SLICE("a"), 0, NULL, &item));
    EXPECT_OK("second", lanes_add(&l, SLICE("b"), 1, NULL, &second));
    EXPECT_CODE("third", lanes_add(&l, SLICE("c"), 2, NULL, &second), ERR_TABLE_FULL);
    EXPECT_CODE("done third", lanes_add_done(&l, 2, 5), ERR_TABLE_FULL);
    EXPECT("no lane for the third", lanes_lane_count(&l) == 2);
    lanes_end(&l, item);
    EXPECT("no next", lanes_finish(&l, item, SLICE("a"), 9, 0) == NULL);
    EXPECT("passed", lanes_low_water(&l, 0) == 1);
    EXPECT_OK("room again, in the same memory", lanes_add(&l, SLICE("c"), 2, NULL, &second));
    lanes_skip_to(&l, 10);
    EXPECT("held by the oldest", lanes_low_water(&l, 0) == 1);
    lanes_deinit(&l);
}

static void test_fence_of_a_lane_goes_with_it(void **state)
{
    (void)state;
    struct lanes l = {0};
    struct lane_item *item = NULL;
    EXPECT_OK("made", lanes_init(&l, 1, 8, 0));
    EXPECT_OK("one", lanes_add(&l, SLICE("a"), 0, NULL, &item));
    fence_read(&item->lane->fence, 4);
    lanes_end(&l, item);
    EXPECT("empty", lanes_finish(&l, item, SLICE("a"), 0, 0) == NULL);
    EXPECT_OK("again", lanes_add(&l, SLICE("a"), 1, NULL, &item));
    EXPECT("a new lane knows no fence", !item->lane->fence.seen);
    lanes_deinit(&l);
}

static struct lanes wrong;
static struct lane_item *wrong_item;

static void start_twice(void)
{
    lanes_start(&wrong, wrong_item);
    lanes_start(&wrong, wrong_item);
}
static void finish_unended(void)
{
    (void)lanes_finish(&wrong, wrong_item, SLICE("a"), 1, 0);
}
static void offsets_fall(void)
{
    struct lane_item *item = NULL;
    (void)err_failed(lanes_add(&wrong, SLICE("a"), 3, NULL, &item));
}

static void test_moves_outside_the_table_abort(void **state)
{
    (void)state;
    EXPECT_OK("made", lanes_init(&wrong, 1, 8, 5));
    EXPECT_OK("one", lanes_add(&wrong, SLICE("a"), 5, NULL, &wrong_item));
    EXPECT("started twice", unit_aborts(start_twice));
    EXPECT("finished before its outcome was written", unit_aborts(finish_unended));
    EXPECT("offsets fall", unit_aborts(offsets_fall));
    lanes_deinit(&wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes_as_the_naive_model),
        cmocka_unit_test(test_full_is_said_and_ends),
        cmocka_unit_test(test_fence_of_a_lane_goes_with_it),
        cmocka_unit_test(test_moves_outside_the_table_abort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
