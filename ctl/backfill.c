/* backfill — has fetched, by hand, what an account's webhooks may have failed to tell. */
#include "ctl/append.h"
#include "ctl/command.h"
#include "ctl/order.h"
#include "ctl/out.h"
#include "ctl/published.h"
#include "ctl/since.h"
#include "ctl/where.h"
#include "event/codec.h"
#include "kafka/reader_kafka.h"
#include "rt/clock_sys.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES = 1024 * 1024 };

static const char program[] = "tieline backfill";
static const char purpose[] =
    "Reads again what happened in an account since a time: the messages and comments of its open\n"
    "conversations, and the tickets that were updated. What is unanswered still is answered; what\n"
    "was answered meanwhile, by the bot or a human, is not. Doing it twice does no harm. Tieline "
    "does\n"
    "the same by itself when ingest was away for more than 90 s.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"since", OPTION_TEXT, NULL, true, false, "T",
     "from when on: a span back from now (2h) or a time (2026-11-21T08:00:00Z); at most 14 days"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object instead of text"},
};

/* Of the person who gives the order; it goes into the log and nowhere else. */
static struct slice who(void)
{
    const char *user = getenv("USER");
    return user == NULL ? (struct slice){NULL, 0} : slice_of(user);
}

static err_t read_order(const struct options *options, const struct startup *startup,
                        struct log *log, struct arena *arena, struct why *why,
                        struct event *ret_event)
{
    CLEANUP(published) struct published published = {NULL, NULL};
    CLEANUP(reader_kafka)
    struct reader_kafka kafka = {.options = &startup->kafka, .log = log};
    struct reader_port reader = where_reader(&kafka);
    struct clock clock = clock_sys();
    struct backfill_order order = {
        .account = slice_of(options_word(options, 0)),
        .who = who(),
        .now = clock_wall(&clock),
    };
    TRY(published_read(&reader, why, &published));
    TRY(published_check_here(&published, why));
    TRY(since_read(slice_of(options_text(options, "since")), order.now, why, &order.since));
    randombytes_buf(order.nonce, sizeof order.nonce);
    return order_backfill(arena, &order, published.set, why, ret_event);
}

/* To every partition: any may have conversations of the account. */
static err_t send(struct append *append, const struct event *event, int32_t partitions,
                  struct why *why)
{
    CLEANUP(buf) struct buf value;
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    err_t e = codec_event_encode(event, &value);
    if (err_failed(e)) { /* all else in it is ours */
        why_set(why, "the user's name must be UTF-8 of at most %d bytes: %s",
                (int)LIMIT_LABEL_BYTES_MAX, err_text(e));
        return e;
    }
    for (int32_t partition = 0; partition < partitions; partition++) {
        const struct bus_message message = {
            .partition = partition,
            .value = buf_slice(&value),
            .ce_id = event->id,
            .ce_type = slice_of(event_type_name(event->type)),
            .ce_source = SLICE("tieline/ctl"),
        };
        TRY(append_send(append, &message));
    }
    return append_wait(append, why);
}

static void report(bool json, const struct event *event, int32_t partitions)
{
    char since[INSTANT_TEXT_BYTES];
    instant_format_iso8601(event->body.missed.since, since);
    if (!json) {
        (void)printf(
            "%.*s: what happened since %s is being read again (event %.*s, %d partitions)\n",
            SLICE_ARG(event->account), since, SLICE_ARG(event->id), (int)partitions);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_slice(&o.json, "account", event->account);
    json_put_text(&o.json, "since", since);
    json_put_slice(&o.json, "event", event->id);
    json_put_slice_if(&o.json, "who", event->body.missed.who);
    json_put_int(&o.json, "partitions", partitions);
    out_end(&o);
}

static err_t give(const struct options *options, struct log *log, struct why *why)
{
    CLEANUP(arena) struct arena arena;
    CLEANUP_PTR(append) struct append *append = NULL;
    arena_init(&arena, ARENA_BYTES);
    struct startup startup;
    struct event event;
    TRY(seal_init(true));
    TRY(where_options(options, &arena, why, &startup));
    TRY(where_cluster(&startup, why));
    TRY(read_order(options, &startup, log, &arena, why, &event));
    TRY(append_new(&startup.kafka, TOPIC_EVENTS, log, why, &append));
    TRY(send(append, &event, startup.cluster.partitions, why));
    report(options_switch(options, "json"), &event, startup.cluster.partitions);
    return err_ok();
}

int command_backfill(int argc, char *const *argv)
{
    return command_main(program, purpose, rows, sizeof rows / sizeof rows[0], "ACCOUNT", 1, argc,
                        argv, give);
}
