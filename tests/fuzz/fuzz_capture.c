/* A capture from anybody: as it came, and as a whole one with right sums whose records are what
 * came. It is read, replayed and made one without words; each may refuse it, and none may crash. */
#include "ctl/replay/capture_redact.h"
#include "ctl/replay/run.h"
#include "tests/fuzz/fuzz.h"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

static void use(struct slice bytes)
{
    static const unsigned char key[IDENT_KEY_BYTES] = "a key that nobody keeps";
    struct why why = {""};
    struct capture capture;
    CLEANUP(buf) struct buf redacted = {0};
    buf_init(&redacted, FILE_BYTES_MAX);
    if (!err_failed(capture_read(bytes, &why, &capture))) {
        struct reader_port port = capture_port(&capture);
        struct replay r = {.port = &port,
                           .partition = capture.head.partition,
                           .span = {.key = capture.head.conversation},
                           .compares = true};
        bool is_replayed = !err_failed(replay_run(&r, &why));
        if (is_replayed && !err_failed(capture_redact(&capture, key, &redacted, &why))) {
            struct capture again;
            CHECK(!err_failed(capture_read(buf_slice(&redacted), &why, &again)));
            capture_deinit(&again);
        }
    } else {
        CHECK(why.text[0] != '\0'); /* it is said what is wrong */
    }
    capture_deinit(&capture);
}

static size_t take(struct slice *rest)
{
    size_t value = rest->len > 0 ? (unsigned char)rest->ptr[0] : 0;
    *rest = slice_sub(*rest, 1, rest->len);
    return value;
}

/* A number that a record comes behind the one before it, of one byte; 255: all of the next eight.
 */
static int64_t take_number(struct slice *rest, int64_t last)
{
    size_t step = take(rest);
    uint64_t number = 0;
    if (step < 255) {
        return (int64_t)((uint64_t)last + step);
    }
    for (int i = 0; i < 8; i++) {
        number = number << 8 | take(rest);
    }
    return (int64_t)number;
}

/* topic, how far behind the last one in offset and time, length of the key, length of the value
 * (two bytes); the key; the value */
static err_t write_records(struct slice rest, struct buf *out)
{
    struct capture_writer writer;
    const struct capture_head head = {.build = SLICE("fuzz"), .partitions = 1};
    TRY(capture_begin(&writer, out, &head));
    int64_t offset = 0;
    int64_t time = INT64_C(1789376400000);
    while (rest.len > 0) {
        struct bus_record record = {.topic = (enum topic)(take(&rest) % TOPIC_COUNT)};
        record.offset = offset = take_number(&rest, offset);
        record.time.ms = time = take_number(&rest, time);
        size_t key = take(&rest);
        size_t value = take(&rest);
        value = value * 256 + take(&rest);
        record.key = slice_sub(rest, 0, key);
        rest = slice_sub(rest, record.key.len, rest.len);
        record.value = slice_sub(rest, 0, value);
        rest = slice_sub(rest, record.value.len, rest.len);
        TRY(capture_add(&writer, &record));
    }
    return capture_end(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_from((const char *)data, size);
    CLEANUP(buf) struct buf file = {0};
    buf_init(&file, FILE_BYTES_MAX);
    use(bytes);
    if (!err_failed(write_records(bytes, &file))) {
        use(buf_slice(&file));
    }
    return 0;
}
