#include "ctl/command.h"
#include "ctl/out.h"
#include "event/horizon_text.h"
#include "kafka/embedded.h"
#include "rt/stop.h"

#include <poll.h>
#include <stdio.h>

static const char program[] = "tieline broker";

static const struct option_row rows[] = {
    {"prefix", OPTION_TEXT, "tieline.", false, false, "P", "of the topics"},
    {"partitions", OPTION_U64, "16", false, false, "N", "of the keyed topics"},
};

static err_t run(const struct options *options, struct log *log, struct why *why)
{
    (void)log;
    CLEANUP_PTR(embedded_broker) struct embedded_broker *broker = NULL;
    uint64_t partitions = options_u64(options, "partitions");
    if (partitions < 1 || partitions > LIMIT_PARTITIONS_MAX) {
        why_set(why, "--partitions: expected 1 to %d", (int)LIMIT_PARTITIONS_MAX);
        return ERR(USAGE);
    }
    struct kafka_options kafka = {.prefix = options_text(options, "prefix"),
                                  .program = "tieline",
                                  .instance = "0",
                                  .embedded = true};
    TRY(embedded_broker_new(&kafka, (int32_t)partitions, why, &broker));
    kafka.brokers = embedded_broker_brokers(broker);
    TRY(cluster_first_offsets(&kafka, (int32_t)partitions, horizon_first_metadata(), why));
    struct out_line o;
    out_begin(&o, stdout);
    json_put_bool(&o.json, "ready", true);
    json_put_text(&o.json, "program", "broker");
    json_put_text(&o.json, "brokers", kafka.brokers);
    out_end(&o);
    struct pollfd stop = {.fd = stop_fd(), .events = POLLIN};
    while (!stop_requested()) {
        (void)poll(&stop, 1, 1000);
        if (embedded_broker_fill(broker) > EMBEDDED_PARTITION_BYTES * 9 / 10) {
            why_set(why,
                    "a partition is full: the embedded broker keeps %d MiB of each, in memory only",
                    EMBEDDED_PARTITION_BYTES / 1024 / 1024);
            return ERR(UNAVAILABLE);
        }
    }
    return err_ok();
}

int command_broker(int argc, char *const *argv)
{
    return command_main(program,
                        "The embedded broker in the foreground: in memory only, to try things out.",
                        rows, sizeof rows / sizeof rows[0], NULL, 0, argc, argv, run);
}
