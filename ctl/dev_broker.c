#include "base/limits.h"
#include "ctl/dev.h"
#include "ctl/text.h"
#include "ctl/topics.h"
#include "ctl/write_file.h"
#include "event/horizon_text.h"

#include <unistd.h>

enum { START_PATIENCE_S = 120, STOP_PATIENCE_S = 30 };

static const int64_t full_bytes = (int64_t)EMBEDDED_PARTITION_BYTES * 9 / 10;

static bool is_script(char path[DEV_PATH_BYTES], const char *folder, const char *tail)
{
    text_set(path, DEV_PATH_BYTES, "%s/%s", folder, tail);
    return access(path, X_OK) == 0;
}

/* --deploy, else beside the tree that was built, else where packages put it. */
static err_t find_script(struct dev *d, struct why *why)
{
    const char *deploy = options_text(d->options, "deploy");
    if (deploy != NULL
            ? is_script(d->kafka_script, deploy, "kafka/kafka")
            : is_script(d->kafka_script, d->bin, "../../../deploy/kafka/kafka") ||
                  is_script(d->kafka_script, d->bin, "../share/tieline/deploy/kafka/kafka")) {
        return err_ok();
    }
    why_set(
        why,
        "the script that starts a real Kafka is not at %s; say where deploy/ is with --deploy DIR",
        d->kafka_script);
    return ERR(CONFIG);
}

/* The script as a child: `verb` --data DIR. */
static err_t describe_script(struct dev *d, const char *verb, struct child *ret_child)
{
    const char *log = NULL;
    struct slice data;
    TRY(dev_path(d, "log", &log));
    TRY(arena_printf(&d->arena, &data, "%s/kafka", d->data));
    child_init(ret_child, "kafka", d->kafka_script, log);
    child_argument(ret_child, verb);
    child_flag(ret_child, "--data", data.ptr);
    return err_ok();
}

static err_t start_real(struct dev *d, struct why *why)
{
    const struct json *ready = NULL;
    struct child child;
    TRY(find_script(d, why));
    TRY(make_folder(d->data, why));
    TRY(describe_script(d, "start", &child));
    child_flag(&child, "--port", "0");
    TRY(child_start(&child, (mono_ms_t){0}, why));
    err_t e = child_wait_ready(&child, span_s(START_PATIENCE_S), &d->arena, why, &ready);
    child_wait_end(&child, span_s(5)); /* the script; the node lives on by itself */
    TRY(e);
    struct slice brokers = json_string(json_find(ready, "brokers"));
    if (slice_empty(brokers)) {
        why_set(why, "%s did not say where the brokers are", d->kafka_script);
        return ERR(SYNTAX);
    }
    d->kafka.brokers = brokers.ptr;
    return topics_make(&d->kafka, (int32_t)options_u64(d->options, "partitions"), 0, d->log, why);
}

static err_t start_embedded(struct dev *d, struct why *why)
{
    int32_t partitions = (int32_t)options_u64(d->options, "partitions");
    d->kafka.embedded = true;
    TRY(embedded_broker_new(&d->kafka, partitions, why, &d->embedded));
    d->kafka.brokers = embedded_broker_brokers(d->embedded);
    TRY(cluster_first_offsets(&d->kafka, partitions, horizon_first_metadata(), why));
    return topics_remember(&d->kafka, partitions, d->log, why);
}

err_t dev_broker_start(struct dev *d, struct why *why)
{
    uint64_t partitions = options_u64(d->options, "partitions");
    if (partitions < 1 || partitions > LIMIT_PARTITIONS_MAX) {
        why_set(why, "--partitions: expected 1 to %d", (int)LIMIT_PARTITIONS_MAX);
        return ERR(USAGE);
    }
    d->kafka = (struct kafka_options){
        .prefix = options_text(d->options, "prefix"), .program = "tieline", .instance = "0"};
    return d->real_kafka ? start_real(d, why) : start_embedded(d, why);
}

err_t dev_broker_check(struct dev *d, struct why *why)
{
    if (d->embedded == NULL || embedded_broker_fill(d->embedded) < full_bytes) {
        return err_ok();
    }
    why_set(why,
            "the embedded broker is full: it keeps %d MiB of a partition, in memory, and would "
            "begin to forget; "
            "start again, or with --kafka",
            EMBEDDED_PARTITION_BYTES / 1024 / 1024);
    return ERR(UNAVAILABLE);
}

void dev_broker_stop(struct dev *d)
{
    embedded_broker_free(d->embedded);
    d->embedded = NULL;
    if (d->kafka_script[0] == '\0') {
        return;
    }
    struct child child;
    struct why why = {""};
    err_t e = describe_script(d, "stop", &child);
    e = err_failed(e) ? e : child_start(&child, (mono_ms_t){0}, &why);
    if (err_failed(e)) {
        dev_say(d, "kafka could not be stopped: %s", why.text[0] == '\0' ? err_text(e) : why.text);
        return;
    }
    child_wait_end(&child, span_s(STOP_PATIENCE_S));
}
