#include "kafka/admin.h"

#include "base/check.h"
#include "kafka/kafka_err.h"
#include "kafka/topic_spec.h"

#include <stdlib.h>
#include <string.h>

enum { ADMIN_MS = 15000, ADMIN_OWN_MAX = 64, ADMIN_TEXT_BYTES = 256 };

/* ---- one request -------------------------------------------------------------------------- */

struct request {
    rd_kafka_queue_t *queue;
    rd_kafka_AdminOptions_t *options;
    rd_kafka_event_t *event;
};

static void request_deinit(struct request *r)
{
    if (r->event != NULL) {
        rd_kafka_event_destroy(r->event);
    }
    if (r->options != NULL) {
        rd_kafka_AdminOptions_destroy(r->options);
    }
    if (r->queue != NULL) {
        rd_kafka_queue_destroy(r->queue);
    }
}
DEFINE_CLEANUP(request, struct request, request_deinit)

static err_t request_init(struct request *r, rd_kafka_t *rk, rd_kafka_admin_op_t what)
{
    char text[ADMIN_TEXT_BYTES];
    r->queue = rd_kafka_queue_new(rk);
    r->options = rd_kafka_AdminOptions_new(rk, what);
    if (r->queue == NULL || r->options == NULL) {
        return ERR(NO_MEMORY);
    }
    return KAFKA_ERR(
        rd_kafka_AdminOptions_set_request_timeout(r->options, ADMIN_MS, text, sizeof text));
}

/* Waits for the answer of what was asked with the queue. */
static err_t request_wait(struct request *r, const char *what, struct why *why)
{
    r->event = rd_kafka_queue_poll(r->queue, ADMIN_MS + 1000);
    if (r->event == NULL) {
        why_set(why, "%s: no answer", what);
        return ERR(TIMEOUT);
    }
    rd_kafka_resp_err_t code = rd_kafka_event_error(r->event);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        why_set(why, "%s: %s", what, rd_kafka_event_error_string(r->event));
    }
    return KAFKA_ERR(code);
}

static err_t refused(rd_kafka_resp_err_t code, const char *what, const char *name, const char *text,
                     struct why *why)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return err_ok();
    }
    why_set(why, "%s %s: %s", what, name, text == NULL ? rd_kafka_err2str(code) : text);
    return KAFKA_ERR(code);
}

/* ---- making ------------------------------------------------------------------------------- */

static err_t fill_new(rd_kafka_NewTopic_t *topic, enum topic which, int replication,
                      struct why *why)
{
    struct topic_setting settings[TOPIC_SETTINGS_MAX];
    size_t count = topic_spec(which, replication, settings);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code =
            rd_kafka_NewTopic_set_config(topic, settings[i].key, settings[i].value);
        TRY(refused(code, "setting", settings[i].key, NULL, why));
    }
    return err_ok();
}

static err_t check_created(const rd_kafka_event_t *event, struct why *why)
{
    const rd_kafka_CreateTopics_result_t *result =
        rd_kafka_event_CreateTopics_result(client_unconst(event));
    size_t count = 0;
    const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(topics[i]);
        if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            continue; /* somebody else was faster */
        }
        TRY(refused(code, "topic", rd_kafka_topic_result_name(topics[i]),
                    rd_kafka_topic_result_error_string(topics[i]), why));
    }
    return err_ok();
}

static err_t create(struct client *client, rd_kafka_NewTopic_t **topics, size_t count,
                    struct why *why)
{
    rd_kafka_t *rk = client_handle(client);
    CLEANUP(request) struct request r = {0};
    TRY(request_init(&r, rk, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    rd_kafka_CreateTopics(rk, topics, count, r.options, r.queue);
    TRY(request_wait(&r, "topics cannot be made", why));
    return check_created(r.event, why);
}

err_t admin_create(struct client *client, const struct kafka_options *options,
                   const bool which[TOPIC_COUNT], const int32_t partitions[TOPIC_COUNT],
                   int replication, struct why *why)
{
    rd_kafka_NewTopic_t *topics[TOPIC_COUNT];
    size_t count = 0;
    err_t err = err_ok();
    for (int t = 0; t < TOPIC_COUNT && !err_failed(err); t++) {
        char name[CLIENT_TOPIC_NAME_BYTES];
        char text[ADMIN_TEXT_BYTES];
        if (!which[t]) {
            continue;
        }
        CHECK(cluster_topic_name(options, (enum topic)t, name, sizeof name));
        rd_kafka_NewTopic_t *topic =
            rd_kafka_NewTopic_new(name, partitions[t], replication, text, sizeof text);
        if (topic == NULL) {
            why_set(why, "topic %s: %s", name, text);
            err = ERR(CONFIG);
            break;
        }
        topics[count++] = topic;
        err = fill_new(topic, (enum topic)t, replication, why);
    }
    if (!err_failed(err) && count > 0) {
        err = create(client, topics, count, why);
    }
    rd_kafka_NewTopic_destroy_array(topics, count);
    return err;
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool topic_of(const struct kafka_options *options, const char *name, enum topic *ret_topic)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        char ours[CLIENT_TOPIC_NAME_BYTES];
        if (cluster_topic_name(options, (enum topic)t, ours, sizeof ours) &&
            strcmp(ours, name) == 0) {
            *ret_topic = (enum topic)t;
            return true;
        }
    }
    return false;
}

static size_t resources_of(const struct kafka_options *options, const bool which[TOPIC_COUNT],
                           rd_kafka_ConfigResource_t **resources)
{
    size_t count = 0;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        char name[CLIENT_TOPIC_NAME_BYTES];
        if (which[t]) {
            CHECK(cluster_topic_name(options, (enum topic)t, name, sizeof name));
            resources[count++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name);
        }
    }
    return count;
}

err_t admin_describe(struct client *client, const struct kafka_options *options,
                     const bool which[TOPIC_COUNT],
                     void (*tell)(void *argument, enum topic topic,
                                  const struct admin_setting *setting),
                     void *argument, struct why *why)
{
    rd_kafka_t *rk = client_handle(client);
    rd_kafka_ConfigResource_t *asked[TOPIC_COUNT];
    size_t asked_count = resources_of(options, which, asked);
    if (asked_count == 0) {
        return err_ok();
    }
    CLEANUP(request) struct request r = {0};
    err_t err = request_init(&r, rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    if (!err_failed(err)) {
        rd_kafka_DescribeConfigs(rk, asked, asked_count, r.options, r.queue);
        err = request_wait(&r, "settings cannot be read", why);
    }
    rd_kafka_ConfigResource_destroy_array(asked, asked_count);
    TRY(err);
    size_t count = 0;
    const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(r.event), &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = rd_kafka_ConfigResource_name(resources[i]);
        enum topic topic = TOPIC_EVENTS;
        TRY(refused(rd_kafka_ConfigResource_error(resources[i]), "settings of", name,
                    rd_kafka_ConfigResource_error_string(resources[i]), why));
        size_t entries = 0;
        const rd_kafka_ConfigEntry_t **entry =
            rd_kafka_ConfigResource_configs(resources[i], &entries);
        for (size_t k = 0; topic_of(options, name, &topic) && k < entries; k++) {
            const char *value = rd_kafka_ConfigEntry_value(entry[k]);
            const struct admin_setting setting = {rd_kafka_ConfigEntry_name(entry[k]),
                                                  value == NULL ? "" : value,
                                                  rd_kafka_ConfigEntry_source(entry[k]) ==
                                                      RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG};
            tell(argument, topic, &setting);
        }
    }
    return err_ok();
}

/* ---- changing ----------------------------------------------------------------------------- */

/* The request replaces all that a topic has of its own, so what is there already goes along. */
struct change {
    rd_kafka_ConfigResource_t *resources[TOPIC_COUNT];
    const int *replicas;
    rd_kafka_resp_err_t code;
};

static void on_own(void *argument, enum topic topic, const struct admin_setting *found)
{
    struct change *c = argument;
    struct topic_setting settings[TOPIC_SETTINGS_MAX];
    size_t count = topic_spec(topic, c->replicas[topic], settings);
    const char *value = found->own ? found->value : NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].key, found->key) == 0 &&
            !topic_setting_right(&settings[i], found->value)) {
            value = settings[i].value;
        }
    }
    if (value != NULL && c->code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        c->code = rd_kafka_ConfigResource_set_config(c->resources[topic], found->key, value);
    }
}

static err_t alter(struct client *client, rd_kafka_ConfigResource_t **resources, size_t count,
                   struct why *why)
{
    rd_kafka_t *rk = client_handle(client);
    CLEANUP(request) struct request r = {0};
    TRY(request_init(&r, rk, RD_KAFKA_ADMIN_OP_ALTERCONFIGS));
    rd_kafka_AlterConfigs(rk, resources, count, r.options, r.queue);
    TRY(request_wait(&r, "settings cannot be changed", why));
    size_t results = 0;
    const rd_kafka_ConfigResource_t **result = rd_kafka_AlterConfigs_result_resources(
        rd_kafka_event_AlterConfigs_result(r.event), &results);
    for (size_t i = 0; i < results; i++) {
        TRY(refused(rd_kafka_ConfigResource_error(result[i]), "settings of",
                    rd_kafka_ConfigResource_name(result[i]),
                    rd_kafka_ConfigResource_error_string(result[i]), why));
    }
    return err_ok();
}

err_t admin_alter(struct client *client, const struct kafka_options *options,
                  const bool which[TOPIC_COUNT], const int replicas[TOPIC_COUNT], struct why *why)
{
    struct change change = {.replicas = replicas};
    rd_kafka_ConfigResource_t *resources[TOPIC_COUNT];
    size_t count = resources_of(options, which, resources);
    if (count == 0) {
        return err_ok();
    }
    for (int t = 0, i = 0; t < TOPIC_COUNT; t++) {
        if (which[t]) {
            change.resources[t] = resources[i++];
        }
    }
    err_t err = admin_describe(client, options, which, on_own, &change, why);
    if (!err_failed(err)) {
        err = refused(change.code, "setting", "of a topic", NULL, why);
    }
    if (!err_failed(err)) {
        err = alter(client, resources, count, why);
    }
    rd_kafka_ConfigResource_destroy_array(resources, count);
    return err;
}
