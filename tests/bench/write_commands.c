/* write_commands — commands as the processor would write them, straight into the log.
 *
 *     write_commands BROKERS PREFIX ACCOUNT KIND COUNT LANES EVERY_US
 *
 *     KIND      message, ticket_create or ticket_update
 *     LANES     conversations, which take turns: command i belongs to lane i modulo LANES
 *     EVERY_US  0 = as fast as the brokers take them
 *
 * All go to partition 0 of `commands`. Ends when all are acknowledged. */
#include "base/buf.h"
#include "base/limits.h"
#include "event/codec.h"
#include "kafka/producer.h"
#include "tests/bench/load.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    KEY_BYTES = 128,
    ID_BYTES = 48,
    FULL_PAUSE_NS = 2 * 1000 * 1000,
    FLUSH_S = 60,
    POLL_EACH = 64
};

struct plan {
    struct slice account;
    enum load_kind kind;
    uint64_t count, lanes;
    int64_t every_ns;
};

static void need(err_t error, const char *what)
{
    if (err_failed(error)) {
        load_fail("%s: %s (%s)", what, err_text(error), err_name(error));
    }
}

static void pause_ns(int64_t ns)
{
    struct timespec pause = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    if (ns > 0) {
        (void)nanosleep(&pause, NULL);
    }
}

static enum load_kind kind_of(struct slice name)
{
    static const char *const names[] = {[LOAD_MESSAGE] = "message",
                                        [LOAD_TICKET_CREATE] = "ticket_create",
                                        [LOAD_TICKET_UPDATE] = "ticket_update"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(name, slice_of(names[i]))) {
            return (enum load_kind)i;
        }
    }
    load_fail("no kind of command: %.*s", SLICE_ARG(name));
}

/* The customer's own words, sent on: no owner to check, and one request is all it takes. */
static struct command command_of(const struct plan *plan, uint64_t number)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct command c = {
        .effect = EFFECT_MESSAGE,
        .slot = SLOT_FORWARD,
        .voice = VOICE_CUSTOMER,
        .account = plan->account,
        .store = SLICE("bench"),
        .episode = 1,
        .attempt = 1,
        .epoch = 1,
        .created = {(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000},
        .api = API_CONVERSATIONS,
        .method = METHOD_POST,
    };
    if (plan->kind != LOAD_MESSAGE) {
        c.effect = plan->kind == LOAD_TICKET_CREATE ? EFFECT_TICKET_CREATE : EFFECT_TICKET_UPDATE;
        c.slot = plan->kind == LOAD_TICKET_CREATE ? SLOT_CREATE_TICKET : SLOT_TICKET_UPDATE;
        c.voice = VOICE_NONE;
        c.api = API_SUPPORT;
        c.method = plan->kind == LOAD_TICKET_CREATE ? METHOD_POST : METHOD_PUT;
    }
    for (size_t i = 0; i < 8; i++) {
        c.effect_id.bytes[i] = (unsigned char)(number >> (8 * i) & 0xFF);
        c.effect_id.bytes[i + 8] = 0xB0;
    }
    return c;
}

static void write_one(struct producer *producer, const struct plan *plan, uint64_t number,
                      struct buf *out)
{
    char key[KEY_BYTES], remote[ID_BYTES], effect[IDENT_EFFECT_TEXT_BYTES];
    char path[LOAD_PATH_BYTES], body[LOAD_BODY_BYTES];
    uint64_t lane = number % plan->lanes + 1;
    struct command command = command_of(plan, number);
    effect_id_text(command.effect_id, effect);
    (void)snprintf(remote, sizeof remote, "%llu", (unsigned long long)lane);
    (void)snprintf(key, sizeof key, "%.*s/%s/%s", SLICE_ARG(plan->account),
                   plan->kind == LOAD_MESSAGE ? "messaging" : "ticket", remote);
    command.conversation = slice_of(key);
    command.remote_id = slice_of(remote);
    command.path = slice_from(path, load_path(plan->kind, lane, path));
    command.body = slice_from(
        body, load_body(plan->kind, lane, number / plan->lanes, effect, load_now_ns(), body));
    buf_reset(out);
    need(codec_command_encode(&command, out), "the command");
    const struct bus_message message = {
        .topic = TOPIC_COMMANDS,
        .partition = 0,
        .key = slice_of(key),
        .value = buf_slice(out),
        .ce_id = slice_of(effect),
        .ce_type = SLICE("tieline.command"),
        .ce_source = SLICE("tieline/bench"),
    };
    err_t e = producer_produce(producer, &message);
    while (err_is(e, ERR_QUEUE_FULL)) {
        need(producer_poll(producer), "the producer");
        pause_ns(FULL_PAUSE_NS);
        e = producer_produce(producer, &message);
    }
    need(e, "a record");
}

static void on_delivery(void *loop, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    (void)loop, (void)cookie, (void)result, (void)partition, (void)offset;
}

static void write_all(struct producer *producer, const struct plan *plan)
{
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, LIMIT_RECORD_BYTES_MAX);
    int64_t since = load_now_ns();
    for (uint64_t i = 0; i < plan->count; i++) {
        if (plan->every_ns > 0) {
            pause_ns(since + (int64_t)i * plan->every_ns - load_now_ns());
        }
        write_one(producer, plan, i, &out);
        if (plan->every_ns > 0 || i % POLL_EACH == 0) {
            need(producer_poll(producer), "the producer");
        }
    }
    need(producer_flush(producer, span_s(FLUSH_S)), "acknowledgements");
    need(producer_poll(producer), "the producer");
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        load_fail("usage: write_commands BROKERS PREFIX ACCOUNT KIND COUNT LANES EVERY_US");
    }
    const struct plan plan = {
        .account = slice_of(argv[3]),
        .kind = kind_of(slice_of(argv[4])),
        .count = load_number(argv[5], LOAD_CALLS_MAX),
        .lanes = load_number(argv[6], LOAD_LANES_MAX),
        .every_ns = (int64_t)load_number(argv[7], 60 * 1000 * 1000) * 1000,
    };
    if (plan.lanes == 0) {
        load_fail("at least one lane");
    }
    const struct kafka_options options = {
        .brokers = argv[1], .prefix = argv[2], .program = "bench", .instance = "writer"};
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
    write_all(producer, &plan);
    producer_free(producer, 1000);
    log_free(log);
    (void)close(wake);
    return 0;
}
