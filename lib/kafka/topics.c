/* `tieline topics`: what the topics are, against topic_spec, and how they become that. */
#include "base/check.h"
#include "kafka/admin.h"
#include "kafka/client.h"
#include "kafka/cluster.h"
#include "kafka/first_offsets.h"
#include "kafka/metadata.h"
#include "kafka/topic_spec.h"

#include <stdio.h>
#include <string.h>

enum { TOPICS_PATIENCE_MS = 5000, TOPICS_APPEAR_MS = 15000 };

static int32_t partitions_wanted(const struct metadata *m, int32_t asked)
{
    if (asked > 0) {
        return asked;
    }
    return m->partitions[TOPIC_EVENTS] > 0 ? m->partitions[TOPIC_EVENTS] : TOPIC_PARTITIONS_DEFAULT;
}

static void add_wrong(struct topic_state *state, const struct topic_setting *setting,
                      const char *value)
{
    size_t length = strlen(state->settings_wrong);
    /* Cut where it is full: the rest shows after the next correction. */
    (void)snprintf(state->settings_wrong + length, sizeof state->settings_wrong - length,
                   "%s%s is %s, should be %s%s", length == 0 ? "" : "; ", setting->key, value,
                   setting->rule == TOPIC_RULE_AT_LEAST ? "at least " : "", setting->value);
}

static void note_time(const char *key, const struct admin_setting *found, int64_t *ret_ms)
{
    int64_t ms = 0;
    if (strcmp(found->key, key) == 0 && !err_failed(slice_to_i64(slice_of(found->value), &ms))) {
        *ret_ms = ms;
    }
}

struct compared {
    struct topic_state *states;
    const struct metadata *m;
};

static void on_setting(void *argument, enum topic topic, const struct admin_setting *found)
{
    struct compared *c = argument;
    struct topic_state *state = &c->states[topic];
    struct topic_setting settings[TOPIC_SETTINGS_MAX];
    size_t count = topic_spec(topic, c->m->replicas[topic], settings);
    state->settings_known = true;
    note_time("retention.ms", found, &state->retention_ms);
    note_time("segment.ms", found, &state->segment_ms);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].key, found->key) == 0 &&
            !topic_setting_right(&settings[i], found->value)) {
            add_wrong(state, &settings[i], found->value);
        }
    }
}

static err_t look(struct client *client, const struct kafka_options *options, int32_t partitions,
                  struct why *why, struct metadata *ret_m, struct topic_state *states)
{
    TRY(metadata_wait(client, options, span_ms(TOPICS_PATIENCE_MS), NULL, NULL, why, ret_m));
    bool exists[TOPIC_COUNT] = {false};
    for (int t = 0; t < TOPIC_COUNT; t++) {
        struct topic_state *state = &states[t];
        *state = (struct topic_state){.topic = (enum topic)t};
        if (!cluster_topic_name(options, (enum topic)t, state->name, sizeof state->name)) {
            why_set(why, "the prefix of the topics is too long");
            return ERR(CONFIG);
        }
        state->partitions = ret_m->partitions[t];
        state->exists = exists[t] = ret_m->partitions[t] > 0;
        state->partitions_wanted =
            topic_spec_partitions((enum topic)t, partitions_wanted(ret_m, partitions));
    }
    if (ret_m->embedded) {
        return err_ok();
    }
    struct compared compared = {states, ret_m};
    return admin_describe(client, options, exists, on_setting, &compared, why);
}

err_t cluster_topics(const struct kafka_options *options, int32_t partitions, struct why *why,
                     struct topic_state ret_topics[TOPIC_COUNT])
{
    CLEANUP_PTR(client) struct client *client = NULL;
    TRY(metadata_client(options, why, &client));
    struct metadata m = {0};
    struct topic_state states[TOPIC_COUNT];
    TRY(look(client, options, partitions, why, &m, states));
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (states[t].exists) {
            TRY(first_offsets_missing(options, (enum topic)t, states[t].partitions, why,
                                      &states[t].offsets_missing));
        }
    }
    memcpy(ret_topics, states, sizeof states);
    return err_ok();
}

/* A topic that was made just now may not be in everybody's metadata yet. */
static err_t wait_for_all(struct client *client, const struct kafka_options *options,
                          struct why *why)
{
    int64_t until = client_now_ms() + TOPICS_APPEAR_MS;
    for (;;) {
        struct metadata m = {0};
        TRY(metadata_wait(client, options, span_ms(TOPICS_PATIENCE_MS), NULL, NULL, why, &m));
        int missing = 0;
        for (int t = 0; t < TOPIC_COUNT; t++) {
            missing += m.led[t] ? 0 : 1;
        }
        if (missing == 0) {
            return err_ok();
        }
        if (client_now_ms() >= until) {
            why_set(why, "%d topics were made, but have no leader yet; try again", missing);
            return ERR(UNAVAILABLE);
        }
        (void)rd_kafka_poll(client_handle(client), 50);
    }
}

err_t cluster_topics_apply(const struct kafka_options *options, int32_t partitions, int replication,
                           const char *egress_metadata, struct why *why)
{
    CLEANUP_PTR(client) struct client *client = NULL;
    TRY(metadata_client(options, why, &client));
    struct metadata m = {0};
    struct topic_state states[TOPIC_COUNT];
    TRY(look(client, options, partitions, why, &m, states));
    if (m.embedded) {
        why_set(why, "the embedded broker makes its topics itself");
        return ERR(CONFIG);
    }
    int copies = replication > 0 ? replication : m.brokers < 3 ? m.brokers : 3;
    bool missing[TOPIC_COUNT];
    bool wrong[TOPIC_COUNT];
    int32_t wanted[TOPIC_COUNT];
    for (int t = 0; t < TOPIC_COUNT; t++) {
        missing[t] = !states[t].exists;
        wrong[t] = states[t].settings_wrong[0] != '\0';
        wanted[t] = states[t].partitions_wanted;
    }
    TRY(admin_create(client, options, missing, wanted, copies, why));
    TRY(admin_alter(client, options, wrong, m.replicas, why));
    TRY(wait_for_all(client, options, why));
    for (int t = 0; t < TOPIC_COUNT; t++) {
        int32_t count = states[t].exists ? states[t].partitions : wanted[t];
        TRY(first_offsets_make(options, (enum topic)t, count, egress_metadata, why));
    }
    return err_ok();
}

err_t cluster_first_offsets(const struct kafka_options *options, int32_t partitions,
                            const char *egress_metadata, struct why *why)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        TRY(first_offsets_make(options, (enum topic)t,
                               topic_spec_partitions((enum topic)t, partitions), egress_metadata,
                               why));
    }
    return err_ok();
}
