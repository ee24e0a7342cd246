/* lanes.c, and publish.c above a log that is slower than what comes: it does what it can, and who
 * is taken is answered in time. Zendesk stops a webhook at 70 % errors in five minutes. */
#include "event/codec.h"
#include "ingest/lanes.h"
#include "ingest/publish.h"
#include "tests/support/unit.h"

enum { PARTITIONS = 3, WAITING_MAX = 8192, TICK_MS = 10 };

static int64_t wait_of(const struct lanes *l, size_t lane, int64_t now)
{
    return lanes_wait(l, lane, (mono_ms_t){now}).ms;
}

static void knows_the_oldest(void **state)
{
    (void)state;
    CLEANUP_PTR(lanes) struct lanes *l = NULL;
    EXPECT_OK("two", lanes_new(2, &l));
    EXPECT("nothing is on its way", wait_of(l, 0, 9000) == 0);
    lanes_add(l, 0, (mono_ms_t){1000});
    lanes_add(l, 0, (mono_ms_t){1050});
    lanes_add(l, 0, (mono_ms_t){1700});
    EXPECT("the oldest counts", wait_of(l, 0, 2000) == 1000);
    EXPECT("another lane is not held up", wait_of(l, 1, 2000) == 0);
    lanes_done(l, 0, (mono_ms_t){1700});
    EXPECT("one of two in the same tenth", wait_of(l, 0, 2000) == 1000);
    lanes_done(l, 0, (mono_ms_t){1700});
    EXPECT("the next", wait_of(l, 0, 2000) == 300);
    lanes_add(l, 0, (mono_ms_t){60000});
    EXPECT("the same", wait_of(l, 0, 60000) == 58300);
    lanes_done(l, 0, (mono_ms_t){60000});
    EXPECT("who came long after counts as older", wait_of(l, 0, 60000) > 50000);
    lanes_done(l, 0, (mono_ms_t){60000});
    EXPECT("all done", wait_of(l, 0, 60000) == 0);
    lanes_add(l, 0, (mono_ms_t){60100});
    EXPECT("and anew", wait_of(l, 0, 60200) == 100);
}

/* Forty come in a tenth of a second, ten are done. */
static void reckons_with_the_speed(void **state)
{
    (void)state;
    CLEANUP_PTR(lanes) struct lanes *l = NULL;
    EXPECT_OK("one", lanes_new(1, &l));
    for (int64_t step = 0; step < 8; step++) {
        mono_ms_t now = {10000 + step * 100};
        for (int i = 0; i < 40; i++) {
            lanes_add(l, 0, now);
        }
        for (int i = 0; i < 10; i++) {
            lanes_done(l, 0, now);
        }
    }
    /* 240 are on their way, at ten in a tenth of a second */
    EXPECT("as long as all before it take", wait_of(l, 0, 10700) >= 2000);
    EXPECT("as long as all before it take", wait_of(l, 0, 10700) <= 5000);
    EXPECT("while it stands, only what is known", wait_of(l, 0, 11000) == 800);
}

/* One record before the oldest, then thirty with it: they are confirmed together, or nearly. */
static void a_handful_tells_no_speed(void **state)
{
    (void)state;
    CLEANUP_PTR(lanes) struct lanes *l = NULL;
    EXPECT_OK("one", lanes_new(1, &l));
    lanes_add(l, 0, (mono_ms_t){10000});
    for (int i = 0; i < 30; i++) {
        lanes_add(l, 0, (mono_ms_t){10100});
    }
    lanes_done(l, 0, (mono_ms_t){10700});
    EXPECT("the age of the oldest and no more", wait_of(l, 0, 10700) == 600);
}

/* Each partition a queue that confirms `rate` records a tick. */
static struct {
    struct bus_handler handler;
    uint64_t cookie[PARTITIONS][WAITING_MAX];
    size_t first[PARTITIONS];
    size_t last[PARTITIONS];
    size_t good;
    size_t late;
} slow;

static err_t slow_produce(void *self, const struct bus_message *message)
{
    (void)self;
    size_t at = (size_t)message->partition;
    EXPECT("never more than fits", slow.last[at] - slow.first[at] < WAITING_MAX);
    slow.cookie[at][slow.last[at]++ % WAITING_MAX] = message->cookie;
    return err_ok();
}

static void confirm(size_t partition, size_t rate)
{
    for (size_t i = 0; i < rate && slow.first[partition] < slow.last[partition]; i++) {
        uint64_t cookie = slow.cookie[partition][slow.first[partition]++ % WAITING_MAX];
        slow.handler.on_delivery(slow.handler.loop, cookie, err_ok(), (int32_t)partition, 0);
    }
}

static void on_told(void *context, void *request, err_t result)
{
    (void)context;
    (void)request;
    slow.good += err_failed(result) ? 0 : 1;
    slow.late += err_failed(result) ? 1 : 0;
}

static int32_t last_digit(struct slice key, int32_t partitions)
{
    return (key.ptr[key.len - 1] - '0') % partitions;
}

static const struct bus_ops ops = {.produce = slow_produce};

static struct publisher *begin(void)
{
    struct publisher *p = NULL;
    memset(&slow, 0, sizeof slow);
    EXPECT_OK("a publisher", publisher_new(on_told, &slow, &p));
    EXPECT_OK("a bus", publisher_set_bus(p, (struct bus){&ops, &slow},
                                         (struct publish_places){PARTITIONS, last_digit}));
    slow.handler = publisher_handler(p);
    return p;
}

static bool offer(struct publisher *p, size_t partition, int64_t now)
{
    static const struct slice keys[PARTITIONS] = {
        {"m/ticket/0", 10}, {"m/ticket/1", 10}, {"m/ticket/2", 10}};
    static int request;
    const struct event event = {
        .type = EVENT_TICKET,
        .source = EVENT_FROM_SUPPORT,
        .id = SLICE("id"),
        .account = SLICE("m"),
        .conversation = keys[partition],
        .raw = SLICE("{}"),
        .body.ticket = {.ticket_id = SLICE("1")},
    };
    struct admitted admitted = {.events = &event, .event_count = 1};
    struct publish_tally tally = {0};
    err_t error = publisher_submit(p, &admitted, &request, (mono_ms_t){now}, &tally);
    EXPECT("sent away, nothing else", !err_failed(error) || err_is(error, ERR_QUEUE_FULL));
    return !err_failed(error);
}

/* Three times what the log can do, for a minute, then what it can do. */
static void does_what_it_can(void **state)
{
    (void)state;
    enum { RATE = 5, MINUTE = 60 * 1000 };
    CLEANUP_PTR(publisher) struct publisher *p = begin();
    size_t offered = 0;
    size_t away = 0;
    for (int64_t now = 0; now < MINUTE; now += TICK_MS) {
        for (size_t i = 0; i < (size_t)3 * RATE; i++) {
            offered++;
            away += offer(p, 0, now) ? 0 : 1;
        }
        confirm(0, RATE);
        publisher_sweep(p, (mono_ms_t){now});
    }
    EXPECT("who was taken was answered in time", slow.late == 0);
    EXPECT("nothing of what it can do was wasted",
           slow.good >= (size_t)RATE * (MINUTE / TICK_MS) * 98 / 100);
    EXPECT("Zendesk's breaker stays closed", away * 100 < offered * 70);
    away = 0;
    for (int64_t now = MINUTE; now < 2 * MINUTE; now += TICK_MS) {
        bool calm = now > MINUTE + 2000;
        for (size_t i = 0; i < RATE - 1; i++) {
            away += offer(p, 0, now) || !calm ? 0 : 1;
        }
        confirm(0, RATE);
        publisher_sweep(p, (mono_ms_t){now});
    }
    EXPECT("all well again, by itself",
           away == 0 && slow.late == 0 && publisher_late(p, (mono_ms_t){2 * MINUTE}) == 0);
}

/* One leader of three stands still: two thirds go on as if nothing were. */
static void parts_that_work_work(void **state)
{
    (void)state;
    CLEANUP_PTR(publisher) struct publisher *p = begin();
    size_t away[PARTITIONS] = {0};
    int64_t now = 0;
    for (; now < 30 * 1000; now += TICK_MS) {
        for (size_t partition = 0; partition < PARTITIONS; partition++) {
            away[partition] += offer(p, partition, now) ? 0 : 1;
            confirm(partition, partition == 1 ? 0 : 2);
        }
        publisher_sweep(p, (mono_ms_t){now});
    }
    EXPECT("those that work", away[0] == 0 && away[2] == 0);
    EXPECT("the one that stands", away[1] > 2800 && publisher_late(p, (mono_ms_t){now}) == 1);
    EXPECT("nobody waits for it for ever", publisher_waiting(p) == 0);
    confirm(1, WAITING_MAX);
    EXPECT("it goes on", offer(p, 1, now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_oldest),         cmocka_unit_test(reckons_with_the_speed),
        cmocka_unit_test(a_handful_tells_no_speed), cmocka_unit_test(does_what_it_can),
        cmocka_unit_test(parts_that_work_work),
    };
    return cmocka_run_group_tests_name("ingest/overload", tests, NULL, NULL);
}
