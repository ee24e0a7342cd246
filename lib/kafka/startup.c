#include "kafka/startup.h"

#include "kafka/count_guard.h"
#include "rt/clock_sys.h"
#include "rt/health.h"
#include "rt/stop.h"

static const int64_t patience_s = 120;

err_t startup_options(const struct options *options, const char *program, const char *instance,
                      struct why *why, struct startup *ret)
{
    size_t count = 0;
    const struct property *properties = options_properties(options, &count);
    if (count > STARTUP_PROPERTIES_MAX) {
        why_set(why, "more than %d properties (-X)", STARTUP_PROPERTIES_MAX);
        return ERR(USAGE);
    }
    for (size_t i = 0; i < count; i++) {
        ret->properties[i] = (struct kafka_property){properties[i].key, properties[i].value};
    }
    ret->kafka = (struct kafka_options){
        .brokers = options_text(options, "brokers"),
        .prefix = options_text(options, "prefix"),
        .program = program,
        .instance = instance,
        .properties = ret->properties,
        .property_count = count,
    };
    return kafka_properties_check(&ret->kafka, why);
}

static bool keep_waiting(void *arg)
{
    const struct startup *s = arg;
    if (s->health != NULL) {
        health_beat(s->health);
    }
    return !stop_requested();
}

/* Where the brokers go away again meanwhile it is tried anew. */
static err_t check_count(struct startup *s, struct log *log, struct why *why)
{
    struct clock clock = clock_sys();
    mono_ms_t since = clock_mono(&clock);
    err_t err = count_guard_check(&s->kafka, s->cluster.partitions, log, why);
    while ((err_is(err, ERR_UNAVAILABLE) || err_is(err, ERR_TIMEOUT)) && keep_waiting(s) &&
           mono_since(clock_mono(&clock), since).ms < span_s(patience_s).ms) {
        log_warn(log, why->text, LOG_ERR(err));
        err = count_guard_check(&s->kafka, s->cluster.partitions, log, why);
    }
    return err;
}

err_t startup_cluster(struct startup *s, struct log *log, struct why *why)
{
    log_info(log, "looking for brokers", LOG_STR("brokers", s->kafka.brokers));
    TRY(cluster_check(&s->kafka, span_s(patience_s), keep_waiting, s, why, &s->cluster));
    s->kafka.embedded = s->cluster.embedded;
    if (s->cluster.embedded) {
        log_warn(log, "embedded broker: memory only, for trying things out",
                 LOG_INT("partitions", s->cluster.partitions));
    }
    return check_count(s, log, why);
}

err_t startup_bus(struct startup *s, enum bus_role role, enum topic input,
                  const struct bus_handler *handler, struct log *log, struct why *why,
                  struct bus_kafka **ret_bus)
{
    struct clock clock = clock_sys();
    mono_ms_t since = clock_mono(&clock);
    err_t err = bus_kafka_new(&s->kafka, role, input, handler, log, why, ret_bus);
    while (err_is(err, ERR_UNAVAILABLE) && keep_waiting(s) &&
           mono_since(clock_mono(&clock), since).ms < span_s(patience_s).ms) {
        log_warn(log, why->text, LOG_ERR(err));
        err = bus_kafka_new(&s->kafka, role, input, handler, log, why, ret_bus);
    }
    return err;
}

int startup_failed(struct log *log, err_t err, const struct why *why)
{
    const char *text = why->text[0] != '\0' ? why->text : err_text(err);
    log_error(log, text, LOG_ERR(err));
    return err_exit_status(err);
}
