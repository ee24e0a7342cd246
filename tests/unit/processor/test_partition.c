/* partition.c, schedule.c and checkpoint.c: what a transaction changes, an abort puts back. */
#include "base/rng.h"
#include "processor/core/checkpoint.h"
#include "processor/partition.h"
#include "processor/schedule.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 12 };
struct model {
    char value[KEYS][48]; /* empty = absent */
};

static struct slice key_of(size_t i)
{
    static const char names[] = "abcdefghijkl";
    return slice_from(&names[i], 1);
}

static void check_same(const struct partition *p, const struct model *model)
{
    for (size_t i = 0; i < KEYS; i++) {
        const struct blob *blob = partition_get(p, key_of(i));
        struct slice got = blob == NULL ? SLICE("") : slice_from(blob->bytes, blob->len);
        EXPECT_SLICE("as the model says", got, slice_of(model->value[i]));
    }
}

/* Changes some keys in transaction `txn`, and the model alike. */
static void change(struct partition *p, struct rng *rng, uint64_t txn, struct model *now)
{
    partition_touch(p);
    for (uint64_t changes = rng_below(rng, 20); changes > 0; changes--) {
        size_t i = (size_t)rng_below(rng, KEYS);
        bool removes = rng_below(rng, 4) == 0;
        (void)snprintf(now->value[i], sizeof now->value[i], "%llu.%llu", (unsigned long long)txn,
                       (unsigned long long)changes);
        if (removes) {
            now->value[i][0] = '\0';
        }
        EXPECT_OK("put", partition_put(p, txn, key_of(i), slice_of(now->value[i]),
                                       (wall_ms_t){(int64_t)rng_below(rng, 3) * 100},
                                       (int)rng_below(rng, OWNERS_KNOWN + 1)));
        p->here.point.next++;
    }
}

static void roll_back(struct partition *p, int64_t stood)
{
    EXPECT_OK("rollback", partition_rollback(p));
    EXPECT("back to where it stood", p->here.point.next == stood);
}

/* One transaction on its way and one open, in every order in which they can end. */
static void an_abort_puts_back_what_was(void **unused)
{
    (void)unused;
    struct rng rng;
    rng_seed(&rng, 7);
    struct partition *p = NULL;
    EXPECT_OK("new", partition_new(3, 1, &p));
    struct model now = {{{0}}};
    for (uint64_t txn = 1; txn < 4000; txn += 2) {
        struct model before = now;
        int64_t stood = p->here.point.next;
        change(p, &rng, txn, &now);
        if (rng_below(&rng, 4) == 0) { /* lost before it is on its way */
            roll_back(p, stood);
            check_same(p, &before);
            now = before;
            continue;
        }
        partition_end(p);
        struct model between = now;
        int64_t stood_between = p->here.point.next;
        bool has_next = rng_below(&rng, 3) > 0;
        if (has_next) {
            change(p, &rng, txn + 1, &now);
        }
        if (rng_below(&rng, 3) == 0) { /* both are lost */
            roll_back(p, stood);
            now = before;
        } else {
            partition_commit(p);
            check_same(p, &now);
            if (has_next && rng_below(&rng, 2) == 0) { /* the second is */
                roll_back(p, stood_between);
                now = between;
            } else if (has_next) {
                partition_end(p);
                partition_commit(p);
            }
        }
        check_same(p, &now);
        EXPECT("nothing is kept for an abort", p->undo_count == 0);
    }
    partition_free(p);
}

static void timers_of_a_lost_transaction_count_again(void **unused)
{
    (void)unused;
    struct partition *p = NULL;
    EXPECT_OK("new", partition_new(0, 1, &p));
    EXPECT_OK("restored", partition_put(p, 0, SLICE("k"), SLICE("v"), (wall_ms_t){500}, OWNER_BOT));
    struct schedule_entry taken = schedule_take(&p->schedule);
    free((char *)(uintptr_t)taken.key.ptr);
    wall_ms_t due = {0};
    EXPECT("nothing left", !schedule_next(&p->schedule, &due));
    EXPECT_OK("rollback", partition_rollback(p));
    EXPECT("due again", schedule_next(&p->schedule, &due) && due.ms == 500);
    partition_free(p);
}

static void a_timer_that_stays_is_scheduled_once(void **unused)
{
    (void)unused;
    struct partition *p = NULL;
    EXPECT_OK("new", partition_new(0, 1, &p));
    for (uint64_t txn = 1; txn < 100; txn++) {
        partition_touch(p);
        EXPECT_OK("put",
                  partition_put(p, txn, SLICE("k"), SLICE("v"), (wall_ms_t){500}, OWNER_BOT));
        partition_end(p);
        partition_commit(p);
    }
    EXPECT("one entry", p->schedule.count == 1);
    EXPECT_OK("put", partition_put(p, 100, SLICE("k"), SLICE("v"), (wall_ms_t){400}, OWNER_BOT));
    EXPECT("another time, another entry", p->schedule.count == 2);
    partition_free(p);
}

static void the_earliest_comes_first_and_ties_go_by_key(void **unused)
{
    (void)unused;
    struct schedule s = {0};
    struct rng rng;
    rng_seed(&rng, 5);
    for (int i = 0; i < 500; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "k%llu", (unsigned long long)rng_below(&rng, 50));
        EXPECT_OK("add",
                  schedule_add(&s, (wall_ms_t){(int64_t)rng_below(&rng, 20)}, slice_of(key)));
    }
    struct schedule_entry last = {.due = {-1}};
    char last_key[8] = "";
    while (s.count > 0) {
        struct schedule_entry entry = schedule_take(&s);
        EXPECT("in order of time", entry.due.ms >= last.due.ms);
        EXPECT("then of key",
               entry.due.ms > last.due.ms || slice_compare(slice_of(last_key), entry.key) <= 0);
        last = entry;
        (void)snprintf(last_key, sizeof last_key, "%.*s", SLICE_ARG(entry.key));
        free((char *)(uintptr_t)entry.key.ptr);
    }
    schedule_deinit(&s);
}

static void a_checkpoint_reads_as_written(void **unused)
{
    (void)unused;
    char text[CHECKPOINT_TEXT_BYTES];
    struct checkpoint c = {0};
    checkpoint_format((struct checkpoint){.next = 1234, .config = -1, .incarnation = 7}, text);
    EXPECT_OK("parse", checkpoint_parse(slice_of(text), &c));
    EXPECT("same", c.next == 1234 && c.config == -1 && c.incarnation == 7);
    EXPECT("no gap", !gaps_open(&c.gaps) && !wall_known(c.gaps.alive));
    struct gaps gaps = {{30}, {10}, {20}, "acme"};
    checkpoint_format((struct checkpoint){.next = 1, .gaps = gaps}, text);
    EXPECT_OK("a gap of one account", checkpoint_parse(slice_of(text), &c));
    EXPECT("its times", c.gaps.alive.ms == 30 && c.gaps.since.ms == 10 && c.gaps.until.ms == 20);
    EXPECT_TEXT("whose", c.gaps.account, "acme");
    checkpoint_format((struct checkpoint){.next = 1, .at = {40}, .numbers = {UINT32_MAX, 6, 9}},
                      text);
    EXPECT_OK("of those that were evicted", checkpoint_parse(slice_of(text), &c));
    EXPECT("theirs", c.at.ms == 40 && c.numbers.episode == UINT32_MAX && c.numbers.epoch == 6);
    EXPECT("and what their platforms heard", c.numbers.status == 9);
    EXPECT_OK("the fourth version",
              checkpoint_parse(SLICE("v=4;next=5;config=2;inc=3;alive=9;since=0;until=0;of=;at=1;"
                                     "episode=3;epoch=6"),
                               &c));
    EXPECT("told nobody", c.numbers.epoch == 6 && c.numbers.status == 0);
    EXPECT_OK("the third version",
              checkpoint_parse(SLICE("v=3;next=5;config=2;inc=3;alive=9;since=0;until=0;of="), &c));
    EXPECT("evicted nobody", c.gaps.alive.ms == 9 && !wall_known(c.at) && c.numbers.episode == 0);
    EXPECT_OK("the second version", checkpoint_parse(SLICE("v=2;next=5;config=2;inc=3"), &c));
    EXPECT("had no gaps", c.incarnation == 3 && !gaps_open(&c.gaps));
    EXPECT_OK("the first version", checkpoint_parse(SLICE("v=1;next=5;config=2"), &c));
    EXPECT("no owner was met", c.next == 5 && c.config == 2 && c.incarnation == 0);
    static const struct {
        const char *why, *text;
    } bad[] = {
        {"empty", ""},
        {"another version", "v=6;next=1;config=1;inc=1"},
        {"no status",
         "v=5;next=1;config=1;inc=1;alive=1;since=0;until=0;of=;at=1;episode=1;epoch=1"},
        {"no life", "v=4;next=1;config=1;inc=1;alive=1;since=0;until=0;of="},
        {"an episode beyond",
         "v=4;next=1;config=1;inc=1;alive=1;since=0;until=0;of=;at=1;episode=4294967296;epoch=0"},
        {"no gaps", "v=3;next=1;config=1;inc=1"},
        {"a gap of nobody", "v=3;next=1;config=1;inc=1;alive=1;since=0;until=0;of=-"},
        {"no owner", "v=2;next=1;config=1"},
        {"an owner before the first", "v=2;next=1;config=1;inc=-1"},
        {"cut short", "v=1;next=1"},
        {"not a number", "v=1;next=x;config=1"},
        {"more than there is", "v=1;next=1;config=1;more=1"},
        {"before the beginning", "v=1;next=-1;config=1"},
        {"another order", "v=1;config=1;next=1"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        EXPECT(bad[i].why, err_failed(checkpoint_parse(slice_of(bad[i].text), &c)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_abort_puts_back_what_was),
        cmocka_unit_test(timers_of_a_lost_transaction_count_again),
        cmocka_unit_test(a_timer_that_stays_is_scheduled_once),
        cmocka_unit_test(the_earliest_comes_first_and_ties_go_by_key),
        cmocka_unit_test(a_checkpoint_reads_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
