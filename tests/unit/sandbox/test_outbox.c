#include "sandbox/desk_model.h"
#include "sandbox/outbox.h"
#include "tests/support/unit.h"

enum { BYTES = 4 * 1024 * 1024 };

struct bench {
    struct arena arena;
    struct outbox outbox;
    struct webhook webhook;
    wall_ms_t now;
};

static void bench_init(struct bench *b)
{
    *b = (struct bench){.webhook = {.id = SLICE("w"), .target = SLICE("http://x")},
                        .now = {1000000}};
    arena_init(&b->arena, BYTES);
    EXPECT_OK("init", outbox_init(&b->outbox, &b->arena));
}

static void bench_deinit(struct bench *b)
{
    outbox_deinit(&b->outbox);
    arena_deinit(&b->arena);
}

static struct delivery *add(struct bench *b, const char *conversation, int64_t hold_ms)
{
    struct delivery *d = NULL;
    EXPECT_OK("add", outbox_add(&b->outbox, &b->webhook, slice_of(conversation), 1, b->now,
                                span_ms(hold_ms), &d));
    EXPECT_OK("event", outbox_put_event(d, SLICE("t"), SLICE("e"), SLICE("{}")));
    return d;
}

static void result(struct bench *b, struct delivery *d, unsigned status)
{
    outbox_result(&b->outbox, d, &(struct attempt){.at = b->now, .took_ms = 1, .status = status});
}

static void statuses_that_end_it(void **state)
{
    (void)state;
    static const unsigned final[] = {400, 401, 403, 404, 406};
    static const unsigned again[] = {0, 100, 302, 402, 405, 408, 409, 422, 429, 500, 503};
    for (size_t i = 0; i < COUNT_OF(final); i++) {
        EXPECT("final", outbox_is_final(final[i]));
    }
    for (size_t i = 0; i < COUNT_OF(again); i++) {
        EXPECT("again", !outbox_is_final(again[i]));
    }
}

static void five_tries_in_fifteen_minutes(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct delivery *d = add(&b, "c", 0);
    int64_t start = b.now.ms;
    static const int64_t minutes[] = {0, 1, 3, 7, 15};
    for (size_t i = 0; i < COUNT_OF(minutes); i++) {
        b.now.ms = start + minutes[i] * 60000 - 1;
        EXPECT("not early", i == 0 || outbox_take(&b.outbox, b.now) == NULL);
        b.now.ms++;
        EXPECT("now", outbox_take(&b.outbox, b.now) == d);
        result(&b, d, 500);
    }
    b.now.ms += 1000000000;
    EXPECT("then never", outbox_take(&b.outbox, b.now) == NULL && d->state == DELIVERY_FAILED);
    EXPECT("nothing is open", b.outbox.open == 0);
    bench_deinit(&b);
}

static void a_lane_is_one_at_a_time_and_lanes_side_by_side(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct delivery *a1 = add(&b, "a", 0);
    struct delivery *a2 = add(&b, "a", 0);
    struct delivery *b1 = add(&b, "b", 0);
    EXPECT("a's first", outbox_take(&b.outbox, b.now) == a1);
    EXPECT("b's first", outbox_take(&b.outbox, b.now) == b1);
    EXPECT("a is busy", outbox_take(&b.outbox, b.now) == NULL);
    result(&b, a1, 200);
    EXPECT("a's second", outbox_take(&b.outbox, b.now) == a2);
    result(&b, a2, 200);
    result(&b, b1, 200);
    EXPECT("all done", b.outbox.open == 0);
    bench_deinit(&b);
}

static void later_ones_overtake_one_that_waits(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct delivery *first = add(&b, "a", 0);
    struct delivery *second = add(&b, "a", 0);
    EXPECT("first", outbox_take(&b.outbox, b.now) == first);
    result(&b, first, 503);
    EXPECT("second goes ahead", outbox_take(&b.outbox, b.now) == second);
    b.now.ms += OUTBOX_FIRST_RETRY_MS;
    EXPECT("the retry does not wait for the lane", outbox_take(&b.outbox, b.now) == first);
    result(&b, first, 200);
    struct delivery *third = add(&b, "a", 0);
    EXPECT("the second still holds the lane", outbox_take(&b.outbox, b.now) == NULL);
    result(&b, second, 200);
    EXPECT("third", outbox_take(&b.outbox, b.now) == third);
    bench_deinit(&b);
}

static void held_and_doubled(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct delivery *held = add(&b, "a", 200);
    struct delivery *next = add(&b, "a", 0);
    EXPECT("the held one is overtaken", outbox_take(&b.outbox, b.now) == next);
    next->copies = 1;
    result(&b, next, 200);
    EXPECT("a copy", outbox_take(&b.outbox, b.now) == next);
    result(&b, next, 200);
    EXPECT("one copy", outbox_take(&b.outbox, b.now) == NULL && next->state == DELIVERY_DONE);
    EXPECT("it is due", outbox_next_due(&b.outbox).ms == b.now.ms + 200);
    b.now.ms += 200;
    EXPECT("and sent", outbox_take(&b.outbox, b.now) == held);
    bench_deinit(&b);
}

static void a_replay_takes_results_as_they_came(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct delivery *one = add(&b, "a", 0);
    struct delivery *two = add(&b, "a", 0);
    struct delivery *three = add(&b, "a", 0);
    outbox_replay_result(&b.outbox, one, &(struct attempt){.at = b.now, .status = 503});
    outbox_replay_result(
        &b.outbox, three,
        &(struct attempt){.at = b.now, .status = 200}); /* the last one, out of order */
    outbox_replay_result(&b.outbox, one, &(struct attempt){.at = b.now, .status = 200});
    EXPECT("two are done", one->state == DELIVERY_DONE && three->state == DELIVERY_DONE);
    struct delivery *four = add(&b, "a", 0);
    EXPECT("what has no result is sent", outbox_take(&b.outbox, b.now) == two);
    result(&b, two, 200);
    EXPECT("then the next", outbox_take(&b.outbox, b.now) == four);
    bench_deinit(&b);
}

static void a_removed_webhook_is_not_tried_again(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct delivery *d = add(&b, "a", 0);
    EXPECT("sent", outbox_take(&b.outbox, b.now) == d);
    b.webhook.removed = true;
    result(&b, d, 500);
    EXPECT("given up", d->state == DELIVERY_FAILED);
    bench_deinit(&b);
}

static void batches_find_the_delivery_of_their_cause(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct delivery *d = add(&b, "a", 0);
    EXPECT("same cause", outbox_last(&b.outbox, &b.webhook, SLICE("a"), 1) == d);
    EXPECT("other conversation", outbox_last(&b.outbox, &b.webhook, SLICE("b"), 1) == NULL);
    EXPECT("other cause", outbox_last(&b.outbox, &b.webhook, SLICE("a"), 2) == NULL);
    EXPECT_OK("event", outbox_put_event(d, SLICE("u"), SLICE("f"), SLICE("[]")));
    EXPECT_TEXT("joined", buf_text(&d->events), "{},[]");
    EXPECT_TEXT("types", buf_text(&d->types), "t,u");
    bench_deinit(&b);
}

static void support_tries_less(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct attempt result;
        int64_t wait_s; /* until the second try; 0 = there is none */
        unsigned tries; /* in all, with the same result each time */
    } rows[] = {
        {"no answer in time", {.timed_out = true}, 5, 6},
        {"refused, or broken", {.status = 0}, 0, 1},
        {"a conflict", {.status = 409}, 5, 4},
        {"busy, with a wait", {.status = 503, .retry_after_s = 55}, 55, 4},
        {"too many, with a wait", {.status = 429, .retry_after_s = 7}, 7, 4},
        {"a wait that is too long", {.status = 503, .retry_after_s = 60}, 0, 1},
        {"busy, without a wait", {.status = 503}, 0, 1},
        {"a bug of the receiver", {.status = 500}, 0, 1},
        {"moved", {.status = 302}, 0, 1},
        {"not found", {.status = 404}, 0, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench b;
        struct support_hook hook = {.active = true};
        unsigned tries = 0;
        bench_init(&b);
        b.webhook.support = &hook;
        struct delivery *d = add(&b, "ticket", 0);
        int64_t start = b.now.ms;
        while (outbox_take(&b.outbox, b.now) == d) {
            struct attempt result = rows[i].result;
            result.at = b.now;
            outbox_result(&b.outbox, d, &result);
            tries++;
            int64_t due = outbox_next_due(&b.outbox).ms;
            EXPECT(rows[i].why,
                   tries > 1 || rows[i].wait_s == 0 || due == start + rows[i].wait_s * 1000);
            b.now.ms = due > b.now.ms ? due : b.now.ms;
        }
        EXPECT(rows[i].why, tries == rows[i].tries && d->state == DELIVERY_FAILED);
        bench_deinit(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_that_end_it),
        cmocka_unit_test(five_tries_in_fifteen_minutes),
        cmocka_unit_test(a_lane_is_one_at_a_time_and_lanes_side_by_side),
        cmocka_unit_test(later_ones_overtake_one_that_waits),
        cmocka_unit_test(held_and_doubled),
        cmocka_unit_test(a_replay_takes_results_as_they_came),
        cmocka_unit_test(a_removed_webhook_is_not_tried_again),
        cmocka_unit_test(support_tries_less),
        cmocka_unit_test(batches_find_the_delivery_of_their_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
