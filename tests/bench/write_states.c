/* write_states — conversations at rest, as the processor would have stored them.
 *
 *     write_states BROKERS PREFIX ACCOUNT COUNT BYTES
 *
 * COUNT states of BYTES each into `conversations`, by their keys, which are those of write_events:
 * a bot has answered once, and nothing is due. Prints how many bytes of each are words:
 * {"text_bytes":N}. */
#include "base/buf.h"
#include "base/limits.h"
#include "event/codec.h"
#include "kafka/producer.h"
#include "tests/bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    TEXT_BYTES = 128,
    ID_BYTES = 25,
    FULL_PAUSE_NS = 2 * 1000 * 1000,
    FLUSH_S = 60,
    POLL_EACH = 64
};

static const char words[] = LOAD_WORDS " " LOAD_WORDS " " LOAD_WORDS;

static void need(err_t error, const char *what)
{
    if (err_failed(error)) {
        load_fail("%s: %s (%s)", what, err_text(error), err_name(error));
    }
}

static void fill(struct conversation *state, struct slice account, const char *key,
                 const char *remote, uint64_t number)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    wall_ms_t at = {(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
    state->key = slice_of(key);
    state->account = account;
    state->store = SLICE("bench");
    state->surface = SURFACE_MESSAGING;
    state->remote_id = slice_of(remote);
    state->routing = ROUTING_STORE;
    state->widget_id = SLICE("widget");
    state->brand_id = SLICE("38200000000019");
    state->source_type = SLICE("web");
    state->customer.user_id = SLICE("6f00000000000000000000aa");
    state->customer.name = SLICE("Greta Sandoval");
    state->phase = PHASE_BOT;
    state->epoch = 1;
    state->episode = 1;
    state->attempt = 1;
    state->seen_count = 2;
    for (size_t i = 0; i < state->seen_count; i++) {
        state->seen[i] = (struct seen_id){number * 2 + i + (UINT64_C(0xB0) << 56), at};
    }
    state->history_count = 2;
    state->history[0] =
        (struct history_entry){SPEAKER_CUSTOMER, slice_from(words, sizeof words / 8), at};
    state->history[1] = (struct history_entry){SPEAKER_BOT, slice_from(words, 1), at};
    state->turns_since = state->created = state->updated = at;
    state->turns_count = 1;
}

/* Encodes with as many words as it takes to come to `bytes`; how many these are. */
static size_t encode(struct conversation *state, size_t bytes, struct buf *out)
{
    buf_reset(out);
    need(codec_conversation_encode(state, out), "the state");
    size_t more = bytes > out->len ? bytes - out->len : 0;
    size_t len = state->history[1].text.len + more;
    state->history[1].text = slice_from(words, len < sizeof words ? len : sizeof words - 1);
    buf_reset(out);
    need(codec_conversation_encode(state, out), "the state");
    return state->history[0].text.len + state->history[1].text.len;
}

static void write_one(struct producer *producer, struct slice key, struct slice value)
{
    const struct bus_message message = {
        .topic = TOPIC_CONVERSATIONS, .partition = -1, .key = key, .value = value};
    err_t e = producer_produce(producer, &message);
    while (err_is(e, ERR_QUEUE_FULL)) {
        const struct timespec pause = {.tv_nsec = FULL_PAUSE_NS};
        need(producer_poll(producer), "the producer");
        (void)nanosleep(&pause, NULL);
        e = producer_produce(producer, &message);
    }
    need(e, "a record");
}

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    (void)loop, (void)cookie, (void)result, (void)partition, (void)offset;
}

static size_t write_all(struct producer *producer, struct slice account, uint64_t count,
                        size_t bytes)
{
    CLEANUP(buf) struct buf out = {0};
    struct conversation *state = calloc(1, sizeof *state);
    size_t text_bytes = 0;
    if (state == NULL) {
        load_fail("no memory");
    }
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    for (uint64_t i = 0; i < count; i++) {
        char key[TEXT_BYTES], remote[ID_BYTES];
        (void)snprintf(remote, sizeof remote, "%024llu", (unsigned long long)i);
        (void)snprintf(key, sizeof key, "%.*s/messaging/%s", SLICE_ARG(account), remote);
        fill(state, account, key, remote, i);
        text_bytes = encode(state, bytes, &out);
        write_one(producer, slice_of(key), buf_slice(&out));
        if (i % POLL_EACH == 0) {
            need(producer_poll(producer), "the producer");
        }
    }
    need(producer_flush(producer, span_s(FLUSH_S)), "acknowledgements");
    need(producer_poll(producer), "the producer");
    free(state);
    return text_bytes;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        load_fail("usage: write_states BROKERS PREFIX ACCOUNT COUNT BYTES");
    }
    const struct kafka_property lingers = {"linger.ms", "5"};
    const struct kafka_options options = {.brokers = argv[1],
                                          .prefix = argv[2],
                                          .program = "bench",
                                          .instance = "writer",
                                          .properties = &lingers,
                                          .property_count = 1};
    const struct bus_handler handler = {.on_delivery = on_delivery};
    struct why why = {{0}};
    struct producer *producer = NULL;
    struct log *log = log_new("bench", LOG_FORMAT_TEXT, LOG_WARN);
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const struct producer_kind kind = {.timeout = span_s(FLUSH_S)};
    err_t e = producer_new(&options, &kind, &handler, log, wake, &why, &producer);
    if (err_failed(e)) {
        load_fail("no producer: %s %s", err_text(e), why.text);
    }
    size_t text_bytes = write_all(producer, slice_of(argv[3]), load_number(argv[4], 10000000),
                                  load_number(argv[5], 1200));
    (void)printf("{\"text_bytes\":%zu}\n", text_bytes);
    producer_free(producer, 1000);
    log_free(log);
    (void)close(wake);
    return 0;
}
