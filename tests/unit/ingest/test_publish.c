/* Requests and their reports: told once, at the right time, whatever the log does. Covers the crash
 * points I2, I5 and I6 as far as one process sees them, and the signs of life. */
#include "event/codec.h"
#include "ingest/publish.h"
#include "tests/support/unit.h"

enum { PRODUCED_MAX = 8192 };

/* A log that remembers what it was given and reports when it is told to. */
struct fake {
    struct bus_handler handler;
    uint64_t cookie[PRODUCED_MAX];
    enum topic topic[PRODUCED_MAX];
    int32_t partition[PRODUCED_MAX];
    size_t bytes[PRODUCED_MAX];
    size_t count;
    size_t room; /* QUEUE_FULL beyond */
    char last_key[128];
    char last_id[128];
    char last_source[128];
};

static struct fake fake;
static struct {
    void *request;
    err_t result;
} told[PRODUCED_MAX];
static size_t told_count;

static err_t fake_produce(void *self, const struct bus_message *message)
{
    struct fake *f = self;
    if (f->count >= f->room) {
        return ERR(QUEUE_FULL);
    }
    f->cookie[f->count] = message->cookie;
    f->topic[f->count] = message->topic;
    f->partition[f->count] = message->partition;
    f->bytes[f->count] = message->value.len;
    f->count++;
    (void)snprintf(f->last_key, sizeof f->last_key, "%.*s", SLICE_ARG(message->key));
    (void)snprintf(f->last_id, sizeof f->last_id, "%.*s", SLICE_ARG(message->ce_id));
    (void)snprintf(f->last_source, sizeof f->last_source, "%.*s", SLICE_ARG(message->ce_source));
    return err_ok();
}

static void on_told(void *context, void *request, err_t result)
{
    EXPECT("the context", context == &fake);
    told[told_count].request = request;
    told[told_count].result = result;
    told_count++;
}

/* Keys of these tests end with a digit: their partition. */
static int32_t last_digit(struct slice key, int32_t partitions)
{
    return (key.ptr[key.len - 1] - '0') % partitions;
}

static const struct bus_ops ops = {.produce = fake_produce};

static struct bus fake_bus(void)
{
    return (struct bus){&ops, &fake};
}

static struct publisher *begin(size_t room)
{
    struct publisher *p = NULL;
    memset(&fake, 0, sizeof fake);
    told_count = 0;
    fake.room = room;
    EXPECT_OK("a publisher", publisher_new(on_told, &fake, &p));
    EXPECT_OK("a bus", publisher_set_bus(p, fake_bus(), (struct publish_places){3, last_digit}));
    fake.handler = publisher_handler(p);
    return p;
}

static void report(size_t index, err_t result)
{
    fake.handler.on_delivery(fake.handler.loop, fake.cookie[index], result, 0, 0);
}

static err_t submit(struct publisher *p, size_t events, size_t dead, void *request,
                    int64_t deadline)
{
    static struct event event[8];
    static struct dead letter[8];
    for (size_t i = 0; i < 8; i++) {
        event[i] = (struct event){
            .type = EVENT_TICKET,
            .source = EVENT_FROM_SUPPORT,
            .id = SLICE("id-1"),
            .account = SLICE("maple"),
            .conversation = SLICE("maple/ticket/1"),
            .raw = SLICE("{}"),
            .body.ticket = {.ticket_id = SLICE("1")},
        };
        letter[i] = (struct dead){
            .stage = SLICE("ingest"),
            .reason = SLICE("SYNTAX"),
            .account = SLICE("maple"),
            .value = SLICE("?"),
            .partition = -1,
            .offset = -1,
        };
    }
    struct admitted admitted = {
        .events = event, .event_count = events, .dead = letter, .dead_count = dead};
    struct publish_tally tally = {0};
    err_t error = publisher_submit(p, &admitted, request,
                                   (mono_ms_t){deadline - LIMIT_ANSWER_DEADLINE_MS}, &tally);
    EXPECT("all of it, or nothing is said",
           err_failed(error) || (tally.events == events && tally.dead == dead));
    return error;
}

static void tells_when_all_is_safe(void **state)
{
    (void)state;
    CLEANUP_PTR(publisher) struct publisher *p = begin(100);
    int request = 0;
    EXPECT_OK("taken", submit(p, 2, 1, &request, 1000));
    EXPECT("three records", fake.count == 3 && publisher_waiting(p) == 1);
    EXPECT("a dead letter goes elsewhere",
           fake.topic[2] == TOPIC_DEAD && fake.topic[0] == TOPIC_EVENTS);
    EXPECT("by the key, and any", fake.partition[0] == 1 && fake.partition[2] == -1);
    report(0, err_ok());
    report(2, err_ok());
    EXPECT("not before the last", told_count == 0);
    report(1, err_ok());
    EXPECT("once", told_count == 1 && told[0].request == &request);
    EXPECT_OK("well", told[0].result);
    EXPECT("nobody waits", publisher_waiting(p) == 0);
}

static void tells_the_first_failure(void **state)
{
    (void)state;
    CLEANUP_PTR(publisher) struct publisher *p = begin(100);
    int request = 0;
    EXPECT_OK("taken", submit(p, 3, 0, &request, 1000));
    report(1, ERR(TIMEOUT));
    EXPECT("at once", told_count == 1 && err_is(told[0].result, ERR_TIMEOUT));
    report(0, err_ok());
    report(2, ERR(UNAVAILABLE));
    EXPECT("and never again", told_count == 1);
    publisher_sweep(p, (mono_ms_t){5000});
    EXPECT("nor at the deadline", told_count == 1);
}

static void ends_waits_at_the_deadline(void **state)
{
    (void)state;
    CLEANUP_PTR(publisher) struct publisher *p = begin(100);
    int request[3] = {0};
    EXPECT_OK("first", submit(p, 1, 0, &request[0], 1000));
    EXPECT_OK("second", submit(p, 1, 0, &request[1], 1001));
    EXPECT_OK("third", submit(p, 1, 0, &request[2], 1900));
    publisher_sweep(p, (mono_ms_t){999});
    EXPECT("too early", told_count == 0);
    report(0, err_ok());
    publisher_sweep(p, (mono_ms_t){1001});
    EXPECT("only the late one", told_count == 2 && told[1].request == &request[1]);
    EXPECT_CODE("as late", told[1].result, ERR_TIMEOUT);
    report(1, err_ok());
    EXPECT("a late report is harmless", told_count == 2);
    publisher_give_up(p);
    EXPECT("the end", told_count == 3 && told[2].request == &request[2]);
    EXPECT_CODE("the end", told[2].result, ERR_UNAVAILABLE);
    report(2, err_ok());
    EXPECT("after the end", told_count == 3);
}

/* I5: part of a batch is on its way when the queue is full. */
static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    CLEANUP_PTR(publisher) struct publisher *p = begin(2);
    int request = 0;
    EXPECT_CODE("the third does not fit", submit(p, 3, 0, &request, 1000), ERR_QUEUE_FULL);
    EXPECT("nobody waits", publisher_waiting(p) == 0);
    report(0, err_ok());
    report(1, err_ok());
    EXPECT("nobody is told", told_count == 0);
    EXPECT_CODE("nothing fits", submit(p, 1, 0, &request, 1000), ERR_QUEUE_FULL);
    fake.room = 100;
    EXPECT_OK("room again", submit(p, 1, 0, &request, 1000));
    report(2, err_ok());
    EXPECT("told", told_count == 1);
}

static void bounds_what_is_on_its_way(void **state)
{
    (void)state;
    CLEANUP_PTR(publisher) struct publisher *p = begin(PRODUCED_MAX);
    int request = 0;
    for (size_t i = 0; i < LIMIT_REQUESTS_IN_FLIGHT_MAX; i++) {
        EXPECT_OK("as many as allowed", submit(p, 1, 0, &request, 1000));
    }
    EXPECT_CODE("one more", submit(p, 1, 0, &request, 1000), ERR_QUEUE_FULL);
    publisher_sweep(p, (mono_ms_t){1000});
    EXPECT("all were told", told_count == LIMIT_REQUESTS_IN_FLIGHT_MAX);
    EXPECT_CODE("their records are still on their way", submit(p, 1, 0, &request, 1900),
                ERR_QUEUE_FULL);
    report(17, ERR(TIMEOUT));
    EXPECT_OK("one place is free", submit(p, 1, 0, &request, 1900));
    EXPECT("the same place", fake.cookie[fake.count - 1] == fake.cookie[17]);
    report(fake.count - 1, err_ok());
    EXPECT_OK("the new one is told", told[told_count - 1].result);
}

static void names_its_records(void **state)
{
    (void)state;
    CLEANUP_PTR(publisher) struct publisher *p = begin(100);
    int request = 0;
    EXPECT_OK("an event", submit(p, 1, 0, &request, 1000));
    EXPECT_TEXT("key", fake.last_key, "maple/ticket/1");
    EXPECT_TEXT("id", fake.last_id, "id-1");
    EXPECT_TEXT("source", fake.last_source, "maple/support");
    EXPECT_OK("a dead letter", submit(p, 0, 1, &request, 1000));
    EXPECT_TEXT("key of what has no conversation", fake.last_key, "maple");
}

/* An event of 1 MiB has no room in a record, which has its words twice: it goes on without its
 * bytes, and they are kept. */
static void keeps_what_is_too_large(void **state)
{
    (void)state;
    static char large[LIMIT_BODY_BYTES_MAX];
    static char text[LIMIT_TEXT_BYTES_MAX];
    memset(large, ' ', sizeof large);
    memset(text, 'x', sizeof text);
    struct event events[2] = {
        {.type = EVENT_MESSAGE,
         .source = EVENT_FROM_CONVERSATIONS,
         .id = SLICE("id-2"),
         .account = SLICE("maple"),
         .conversation = SLICE("maple/messaging/2"),
         .raw = slice_from(large, sizeof large),
         .body.conversations = {.type = SLICE("conversation:message"),
                                .text = slice_from(text, sizeof text),
                                .payload = slice_from(text, sizeof text)}},
    };
    events[1] = events[0];
    events[1].raw = SLICE("{}");
    CLEANUP_PTR(publisher) struct publisher *p = begin(100);
    struct admitted admitted = {.events = events, .event_count = 2};
    struct publish_tally tally = {0};
    int request = 0;
    EXPECT_OK("taken", publisher_submit(p, &admitted, &request, (mono_ms_t){0}, &tally));
    EXPECT("both, and one's bytes", tally.events == 2 && tally.dead == 1 && fake.count == 3);
    EXPECT("in order", fake.topic[0] == TOPIC_EVENTS && fake.topic[1] == TOPIC_DEAD);
    EXPECT("without", fake.bytes[0] < 3 * sizeof text);
    EXPECT("whole", fake.bytes[1] > sizeof large);
    for (size_t i = 0; i < 3; i++) {
        report(i, err_ok());
    }
    EXPECT("told", told_count == 1);
    events[0].source = EVENT_FROM_PLATFORM;
    events[0].type = EVENT_PLATFORM_MESSAGE;
    events[0].body.platform = (struct platform_event){.text = slice_from(text, sizeof text),
                                                      .summary = slice_from(text, sizeof text)};
    admitted.event_count = 1;
    EXPECT_CODE("the platform can make it smaller",
                publisher_submit(p, &admitted, &request, (mono_ms_t){0}, &tally), ERR_TOO_LARGE);
    EXPECT("nothing was written", fake.count == 3 && publisher_waiting(p) == 0);
}

/* A whole delivery that nobody could read, larger than a letter. */
static void keeps_what_no_letter_holds(void **state)
{
    (void)state;
    static char large[2 * LIMIT_BODY_BYTES_MAX + 1];
    memset(large, '[', sizeof large);
    struct dead dead = {
        .stage = SLICE("ingest"),
        .class = SLICE("poison"),
        .reason = SLICE("SYNTAX"),
        .text = SLICE("not JSON"),
        .partition = -1,
        .offset = -1,
        .account = SLICE("maple"),
        .value = slice_from(large, sizeof large),
    };
    CLEANUP_PTR(publisher) struct publisher *p = begin(100);
    struct admitted admitted = {.dead = &dead, .dead_count = 1};
    struct publish_tally tally = {0};
    int request = 0;
    EXPECT_OK("taken", publisher_submit(p, &admitted, &request, (mono_ms_t){0}, &tally));
    EXPECT("one thing, in three letters", tally.dead == 1 && fake.count == 3);
    EXPECT("each within its limit", fake.bytes[0] < LIMIT_DEAD_BYTES_MAX);
    EXPECT("all of it", fake.bytes[0] + fake.bytes[1] + fake.bytes[2] > sizeof large);
    EXPECT("the rest is in the last", fake.bytes[2] < 300);
    report(0, err_ok());
    report(1, err_ok());
    EXPECT("not yet", told_count == 0);
    report(2, err_ok());
    EXPECT("told when all are safe", told_count == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_when_all_is_safe),     cmocka_unit_test(tells_the_first_failure),
        cmocka_unit_test(ends_waits_at_the_deadline), cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(bounds_what_is_on_its_way),  cmocka_unit_test(names_its_records),
        cmocka_unit_test(keeps_what_is_too_large),    cmocka_unit_test(keeps_what_no_letter_holds),
    };
    return cmocka_run_group_tests_name("ingest/publish", tests, NULL, NULL);
}
