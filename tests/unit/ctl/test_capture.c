/* A capture replays as the log did, anywhere; one that was cut or changed is refused. */
#include "ctl/replay/capture_make.h"
#include "ctl/replay/capture_redact.h"
#include "ctl/replay/run.h"
#include "tests/unit/processor/rig.h"

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;
static const char key[] = "acme/messaging/c1";

/* Some days of a few who talk. */
static void live(struct rig *r)
{
    char name[64];
    char id[32];
    rig_configure(r);
    rig_start(r);
    for (int day = 0; day < 6; day++) {
        for (int i = 0; i < 4; i++) {
            (void)snprintf(name, sizeof name, "acme/messaging/c%d", i);
            (void)snprintf(id, sizeof id, "m%d-%d", day, i);
            rig_customer_writes(r, name, id);
            rig_run(r);
            rig_answer(r, name);
            rig_run(r);
        }
        clock_double_advance(&r->clock, span_ms(day_ms));
        rig_run(r);
    }
}

static void make(struct rig *r, struct past_span span, int32_t partition, struct buf *out)
{
    struct reader_port port = log_double_reader(r->log);
    struct why why = {""};
    struct capture_head head = {
        .build = SLICE("test"), .partition = partition, .partitions = RIG_PARTITIONS};
    buf_init(out, CAPTURE_BYTES_MAX);
    EXPECT_OK("made", capture_make(&port, &span, &head, out, &why));
}

static struct replay replay(struct reader_port *port, struct past_span span, int32_t partition)
{
    struct why why = {""};
    struct replay y = {.port = port, .partition = partition, .span = span, .compares = true};
    EXPECT_OK("replayed", replay_run(&y, &why));
    return y;
}

/* The same events, the same states, nothing differs. */
static void compare_with_log(struct rig *r, struct past_span span, int32_t partition)
{
    CLEANUP(buf) struct buf file = {0};
    struct capture capture;
    struct why why = {""};
    make(r, span, partition, &file);
    EXPECT_OK("read", capture_read(buf_slice(&file), &why, &capture));
    struct reader_port there = log_double_reader(r->log);
    struct reader_port here = capture_port(&capture);
    struct replay log = replay(&there, span, partition);
    struct replay own = replay(&here, (struct past_span){.key = span.key}, partition);
    EXPECT("nothing differs", own.differences == 0 && log.differences == 0);
    EXPECT("the same", own.hash == log.hash && own.events == log.events && own.events > 0);
    EXPECT("compared", own.compared == log.compared && own.commands == log.commands);
    capture_deinit(&capture);
}

static void a_capture_replays_like_the_log(void **state)
{
    struct rig *r = *state;
    live(r);
    int32_t p = log_double_partition(r->log, slice_of(key));
    compare_with_log(r, (struct past_span){.key = slice_of(key)}, p);
    for (int32_t i = 0; i < RIG_PARTITIONS; i++) {
        compare_with_log(r, (struct past_span){0}, i);
        for (int day = 1; day < 5; day++) {
            wall_ms_t since = wall_add(r->clock.wall, span_ms(-day * day_ms));
            compare_with_log(r, (struct past_span){.since = since}, i);
            if (i == p) {
                compare_with_log(r, (struct past_span){.since = since, .key = slice_of(key)}, i);
            }
        }
    }
}

/* Of others there is not even the name. */
static void of_one_conversation_only(void **state)
{
    struct rig *r = *state;
    CLEANUP(buf) struct buf file = {0};
    live(r);
    int32_t p = log_double_partition(r->log, slice_of(key));
    make(r, (struct past_span){.key = slice_of(key)}, p, &file);
    size_t found = 0;
    for (size_t i = 0; i + 14 < file.len; i++) {
        struct slice at = slice_sub(buf_slice(&file), i, file.len);
        EXPECT("nobody else", !slice_starts_with(at, SLICE("acme/messaging/c0")) &&
                                  !slice_starts_with(at, SLICE("acme/messaging/c2")) &&
                                  !slice_starts_with(at, SLICE("acme/messaging/c3")));
        found += slice_starts_with(at, slice_of(key)) ? 1 : 0;
    }
    EXPECT("but this one", found > 10);
}

static void damage_is_refused(void **state)
{
    struct rig *r = *state;
    CLEANUP(buf) struct buf file = {0};
    struct capture capture;
    live(r);
    int32_t p = log_double_partition(r->log, slice_of(key));
    make(r, (struct past_span){.key = slice_of(key)}, p, &file);
    for (size_t len = 0; len < file.len; len += 1 + file.len / 97) {
        struct why why = {""};
        struct slice bytes = slice_sub(buf_slice(&file), 0, len);
        EXPECT_CODE("truncated", capture_read(bytes, &why, &capture), ERR_SYNTAX);
        EXPECT("said", why.text[0] != '\0');
        capture_deinit(&capture);
    }
    size_t frames = slice_find(slice_sub(buf_slice(&file), 18, file.len), '\n') + 19;
    for (size_t at = frames; at < file.len; at += 1 + file.len / 97) {
        struct why why = {""};
        file.ptr[at] ^= 1;
        err_t e = capture_read(buf_slice(&file), &why, &capture);
        EXPECT("damaged", err_is(e, ERR_SYNTAX) && why.text[0] != '\0');
        capture_deinit(&capture);
        file.ptr[at] ^= 1;
    }
    struct why why = {""};
    file.ptr[16] = '2';
    EXPECT_CODE("newer", capture_read(buf_slice(&file), &why, &capture), ERR_UNKNOWN_SCHEMA);
    capture_deinit(&capture);
}

static bool holds(struct slice bytes, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= bytes.len; i++) {
        if (slice_equal(slice_sub(bytes, i, i + len), slice_of(word))) {
            return true;
        }
    }
    return false;
}

/* No word of a customer is left, nor an id; and all is decided as it was. */
static void redacted_it_decides_the_same(void **state)
{
    static const unsigned char secret[IDENT_KEY_BYTES] = "a key that nobody keeps";
    static const char *const canaries[] = {"messaging/c0", "messaging/c1", "m0-1", "m3-1", "m5-0"};
    struct rig *r = *state;
    live(r);
    rig_operator_calls(r, key, "o1");
    rig_run(r);
    int32_t p = log_double_partition(r->log, slice_of(key));
    for (int day = 0; day < 5; day++) {
        struct past_span spans[] = {{.key = slice_of(key)}, {.from = 0}};
        for (size_t i = 0; i < 2; i++) {
            CLEANUP(buf) struct buf file = {0};
            CLEANUP(buf) struct buf redacted = {0};
            struct capture whole;
            struct capture own;
            struct why why = {""};
            if (day > 0) {
                spans[i].since = wall_add(r->clock.wall, span_ms(-day * day_ms));
            }
            make(r, spans[i], p, &file);
            buf_init(&redacted, CAPTURE_BYTES_MAX);
            EXPECT_OK("read", capture_read(buf_slice(&file), &why, &whole));
            err_t e = capture_redact(&whole, secret, &redacted, &why);
            EXPECT_OK(why.text, e);
            EXPECT_OK("read again", capture_read(buf_slice(&redacted), &why, &own));
            EXPECT("says so", own.head.is_redacted);
            struct reader_port was = capture_port(&whole);
            struct reader_port is = capture_port(&own);
            struct past_span span = {.key = whole.head.conversation};
            struct replay before = replay(&was, span, p);
            span.key = own.head.conversation;
            struct replay after = replay(&is, span, p);
            EXPECT("nothing differs", after.differences == 0);
            EXPECT("as many", after.events == before.events && after.commands == before.commands &&
                                  after.compared > 0);
            for (size_t c = 0; c < sizeof canaries / sizeof canaries[0]; c++) {
                EXPECT(canaries[c], !holds(buf_slice(&redacted), canaries[c]));
            }
            EXPECT("which were there", day > 0 || holds(buf_slice(&file), "messaging/c1"));
            capture_deinit(&whole);
            capture_deinit(&own);
        }
    }
}

/* Offsets that have no next, which nobody but an attacker writes. */
static void offsets_out_of_range_are_refused(void **unused)
{
    (void)unused;
    static const struct {
        int64_t offset, first;
        bool is_read;
    } rows[] = {
        {0, 0, true},          {INT64_MAX - 1, INT64_MAX - 1, true},
        {INT64_MAX, 0, false}, {-1, 0, false},
        {INT64_MIN, 0, false}, {0, INT64_MAX, false},
        {0, -1, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf file = {0};
        struct capture capture;
        struct capture_writer writer;
        struct why why = {""};
        struct capture_head head = {.build = SLICE("test"), .partitions = 1};
        const struct bus_record record = {.topic = TOPIC_EVENTS, .offset = rows[i].offset};
        head.first[TOPIC_EVENTS] = rows[i].first;
        buf_init(&file, LIMIT_RECORD_BYTES_MAX);
        EXPECT_OK("begun", capture_begin(&writer, &file, &head));
        EXPECT_OK("added", capture_add(&writer, &record));
        EXPECT_OK("ended", capture_end(&writer));
        err_t e = capture_read(buf_slice(&file), &why, &capture);
        EXPECT("as it should be", rows[i].is_read ? !err_failed(e) : err_is(e, ERR_SYNTAX));
        EXPECT("said", rows[i].is_read || why.text[0] != '\0');
        capture_deinit(&capture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_capture_replays_like_the_log),
        RIG_TEST(of_one_conversation_only),
        RIG_TEST(damage_is_refused),
        cmocka_unit_test(offsets_out_of_range_are_refused),
        RIG_TEST(redacted_it_decides_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
