/* Which of librdkafka's properties an operator may set with -X. */
#include "kafka/cluster.h"

#include <librdkafka/rdkafka.h>

#include <string.h>

struct rule {
    const char *key;
    const char *allowed; /* the only value that is accepted; NULL = none */
    const char *reason;
};

static const char one_way[] = "it has a flag of its own";
static const char records[] = "a record that was acknowledged must never be lost or stored twice";
static const char groups[] = "offsets are committed only with the work that they stand for";
static const char names[] = "it is made from --prefix and --instance, and tells copies apart";
static const char places[] = "a conversation must stay on one partition for every program";
static const char answers[] = "every webhook is answered within 2 seconds";

static const struct rule rules[] = {
    {"bootstrap.servers", NULL, one_way},
    {"metadata.broker.list", NULL, one_way},
    {"session.timeout.ms", NULL, one_way},
    {"log_level", NULL, one_way},

    {"acks", "all", records},
    {"request.required.acks", "all", records},
    {"enable.idempotence", "true", records},
    {"retries", NULL, records},
    {"message.send.max.retries", NULL, records},
    {"message.max.bytes", NULL, records},
    {"transaction.timeout.ms", NULL, records},
    {"isolation.level", "read_committed", records},
    {"delivery.timeout.ms", NULL, answers},
    {"message.timeout.ms", NULL, answers},

    {"enable.auto.commit", "false", groups},
    {"auto.commit.enable", "false", groups},
    {"auto.commit.interval.ms", NULL, groups},
    {"enable.auto.offset.store", "false", groups},
    {"auto.offset.reset", "error", groups},
    {"offset.store.method", NULL, groups},
    {"enable.partition.eof", NULL, groups},
    {"partition.assignment.strategy", "range", groups},
    {"max.poll.interval.ms", NULL, groups},
    {"heartbeat.interval.ms", NULL, groups},

    {"client.id", NULL, names},
    {"group.id", NULL, names},
    {"group.instance.id", NULL, names},
    {"transactional.id", NULL, names},

    {"partitioner", "murmur2_random", places},
    {"allow.auto.create.topics", "false", places},
    {"test.mock.num.brokers", NULL, places},
};

static err_t check_rules(const struct kafka_property *p, struct why *why)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *rule = &rules[i];
        if (strcmp(rule->key, p->key) != 0) {
            continue;
        }
        if (rule->allowed != NULL && strcmp(rule->allowed, p->value) == 0) {
            return err_ok();
        }
        why_set(why, "-X %s=%s is refused: %s", p->key, p->value, rule->reason);
        return ERR(USAGE);
    }
    return err_ok();
}

err_t kafka_properties_check(const struct kafka_options *options, struct why *why)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    err_t err = err_ok();
    for (size_t i = 0; i < options->property_count && !err_failed(err); i++) {
        const struct kafka_property *p = &options->properties[i];
        char text[256];
        err = check_rules(p, why);
        if (!err_failed(err) &&
            rd_kafka_conf_set(conf, p->key, p->value, text, sizeof text) != RD_KAFKA_CONF_OK) {
            /* Not the value: it may be a password. */
            why_set(why, "-X %s: %s", p->key, text);
            err = ERR(USAGE);
        }
    }
    rd_kafka_conf_destroy(conf);
    return err;
}
