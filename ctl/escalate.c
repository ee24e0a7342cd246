#include "ctl/append.h"
#include "ctl/command.h"
#include "ctl/order.h"
#include "ctl/out.h"
#include "ctl/published.h"
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

/* One of the two orders, as a subcommand. */
struct verb {
    const char *program;
    const char *name;
    const char *purpose;
    const char *done; /* for a person */
    enum operator_action action;
};

static const struct verb escalate = {
    "tieline escalate",
    "escalate",
    "Calls a human into a conversation, whatever rules are switched off. CONVERSATION is its key,\n"
    "as in acme/ticket/35436. In one that a human was called into already it changes nothing.",
    "a human is being called",
    OPERATOR_ESCALATE,
};
static const struct verb handback = {
    "tieline handback",
    "handback",
    "Gives a conversation back to the bot. CONVERSATION is its key, as in acme/ticket/35436.\n"
    "Zendesk is asked for it; the bot speaks again once Zendesk says that it has the conversation.",
    "is being given back to the bot",
    OPERATOR_HANDBACK,
};

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"reason", OPTION_TEXT, NULL, false, false, "TEXT", "why, for those who read the log"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object instead of text"},
};
/* Of the person who gives the order; it goes into the log and nowhere else. */
static struct slice who(void)
{
    const char *user = getenv("USER");
    return user == NULL ? (struct slice){NULL, 0} : slice_of(user);
}

static err_t read_order(const struct verb *verb, const struct options *options,
                        const struct startup *startup, struct log *log, struct arena *arena,
                        struct why *why, struct event *ret_event)
{
    CLEANUP(published) struct published published = {NULL, NULL};
    CLEANUP(reader_kafka)
    struct reader_kafka kafka = {.options = &startup->kafka, .log = log};
    struct reader_port reader = where_reader(&kafka);
    TRY(published_read(&reader, why, &published));
    TRY(published_check_here(&published, why));
    const char *reason = options_text(options, "reason");
    struct clock clock = clock_sys();
    struct order order = {
        .action = verb->action,
        .conversation = slice_of(options_word(options, 0)),
        .reason = reason == NULL ? (struct slice){NULL, 0} : slice_of(reason),
        .who = who(),
        .now = clock_wall(&clock),
    };
    randombytes_buf(order.nonce, sizeof order.nonce);
    return order_event(arena, &order, published.set, why, ret_event);
}

static err_t encode(const struct event *event, struct why *why, struct buf *out)
{
    err_t e = codec_event_encode(event, out);
    if (err_failed(e)) { /* all else in it is ours */
        why_set(why, "the reason and the user's name must be UTF-8 of at most %d bytes each: %s",
                (int)LIMIT_LABEL_BYTES_MAX, err_text(e));
    }
    return e;
}

static void report(const struct verb *verb, bool json, const struct event *event,
                   struct append_place place)
{
    if (!json) {
        (void)printf("%.*s: %s (event %.*s, partition %d, offset %lld)\n",
                     SLICE_ARG(event->conversation), verb->done, SLICE_ARG(event->id),
                     (int)place.partition, (long long)place.offset);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_slice(&o.json, "conversation", event->conversation);
    json_put_text(&o.json, "action", verb->name);
    json_put_slice(&o.json, "event", event->id);
    json_put_slice_if(&o.json, "who", event->body.operator_call.who);
    json_put_slice_if(&o.json, "reason", event->body.operator_call.reason);
    json_put_int(&o.json, "partition", place.partition);
    json_put_int(&o.json, "offset", place.offset);
    out_end(&o);
}

static err_t give(const struct verb *verb, const struct options *options, struct log *log,
                  struct why *why)
{
    CLEANUP(arena) struct arena arena;
    CLEANUP(buf) struct buf value;
    CLEANUP_PTR(append) struct append *append = NULL;
    arena_init(&arena, ARENA_BYTES);
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    struct startup startup;
    struct event event;
    TRY(seal_init(true));
    TRY(where_options(options, &arena, why, &startup));
    TRY(where_cluster(&startup, why));
    TRY(read_order(verb, options, &startup, log, &arena, why, &event));
    TRY(encode(&event, why, &value));
    TRY(append_new(&startup.kafka, TOPIC_EVENTS, log, why, &append));
    const struct bus_message message = {
        .partition = -1,
        .key = event.conversation,
        .value = buf_slice(&value),
        .ce_id = event.id,
        .ce_type = slice_of(event_type_name(event.type)),
        .ce_source = SLICE("tieline/ctl"),
    };
    TRY(append_send(append, &message));
    TRY(append_wait(append, why));
    report(verb, options_switch(options, "json"), &event, append_last(append));
    return err_ok();
}

static err_t give_escalate(const struct options *options, struct log *log, struct why *why)
{
    return give(&escalate, options, log, why);
}

static err_t give_handback(const struct options *options, struct log *log, struct why *why)
{
    return give(&handback, options, log, why);
}

int command_escalate(int argc, char *const *argv)
{
    return command_main(escalate.program, escalate.purpose, rows, sizeof rows / sizeof rows[0],
                        "CONVERSATION", 1, argc, argv, give_escalate);
}

int command_handback(int argc, char *const *argv)
{
    return command_main(handback.program, handback.purpose, rows, sizeof rows / sizeof rows[0],
                        "CONVERSATION", 1, argc, argv, give_handback);
}
