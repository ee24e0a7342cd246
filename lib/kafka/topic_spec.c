#include "kafka/topic_spec.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/slice.h"
#include "kafka/client.h"

#include <string.h>

#define DAYS_7 "604800000"
#define DAYS_8 "691200000"
#define DAYS_30 "2592000000"
#define RECORD_BYTES "1310720"
STATIC_CHECK((int)CLIENT_MESSAGE_BYTES_MAX == 1310720, "as in the setting");
STATIC_CHECK((int)CLIENT_MESSAGE_BYTES_MAX > (int)LIMIT_DEAD_BYTES_MAX, "a dead letter must fit");

static const struct topic_setting all[] = {
    /* Time comes from the log, not from the clocks of those who write. */
    {"message.timestamp.type", "LogAppendTime", TOPIC_RULE_EXACT},
    {"max.message.bytes", RECORD_BYTES, TOPIC_RULE_AT_LEAST},
    {"unclean.leader.election.enable", "false", TOPIC_RULE_EXACT},
    {NULL, NULL, TOPIC_RULE_EXACT},
};
static const struct topic_setting replicated[] = {
    {"min.insync.replicas", "2", TOPIC_RULE_AT_LEAST},
    {NULL, NULL, TOPIC_RULE_EXACT},
};
static const struct topic_setting kept_7_days[] = {
    {"cleanup.policy", "delete", TOPIC_RULE_EXACT},
    {"retention.ms", DAYS_7, TOPIC_RULE_AT_LEAST},
    {"retention.bytes", "-1", TOPIC_RULE_EXACT},
    {NULL, NULL, TOPIC_RULE_EXACT},
};
static const struct topic_setting conversations[] = {
    {"cleanup.policy", "compact", TOPIC_RULE_EXACT},
    {"delete.retention.ms", DAYS_7, TOPIC_RULE_AT_LEAST}, /* longer than any outage */
    {"min.cleanable.dirty.ratio", "0.1", TOPIC_RULE_TUNING},
    {"segment.ms", "21600000", TOPIC_RULE_TUNING},
    {"segment.bytes", "104857600", TOPIC_RULE_TUNING},
    {NULL, NULL, TOPIC_RULE_EXACT},
};
static const struct topic_setting snapshots[] = {
    {"cleanup.policy", "delete", TOPIC_RULE_EXACT},
    {"retention.ms", DAYS_8, TOPIC_RULE_AT_LEAST}, /* a day longer than events */
    {"retention.bytes", "-1", TOPIC_RULE_EXACT},
    {NULL, NULL, TOPIC_RULE_EXACT},
};
static const struct topic_setting config[] = {
    {"cleanup.policy", "compact", TOPIC_RULE_EXACT},
    {"min.compaction.lag.ms", DAYS_7, TOPIC_RULE_AT_LEAST}, /* a replay sees each version */
    {"delete.retention.ms", DAYS_7, TOPIC_RULE_AT_LEAST},
    {NULL, NULL, TOPIC_RULE_EXACT},
};
static const struct topic_setting dead[] = {
    {"cleanup.policy", "delete", TOPIC_RULE_EXACT},
    {"retention.ms", DAYS_30, TOPIC_RULE_AT_LEAST},
    {"retention.bytes", "-1", TOPIC_RULE_EXACT},
    {NULL, NULL, TOPIC_RULE_EXACT},
};
static const struct topic_setting *const own[TOPIC_COUNT] = {
    [TOPIC_EVENTS] = kept_7_days,
    [TOPIC_COMMANDS] = kept_7_days,
    [TOPIC_CONVERSATIONS] = conversations,
    [TOPIC_SNAPSHOTS] = snapshots,
    [TOPIC_CONFIG] = config,
    [TOPIC_DEAD] = dead,
};

static size_t append(struct topic_setting *to, size_t count, const struct topic_setting *from)
{
    for (; from->key != NULL; from++) {
        CHECK(count < TOPIC_SETTINGS_MAX);
        to[count++] = *from;
    }
    return count;
}

size_t topic_spec(enum topic topic, int replicas,
                  struct topic_setting ret_settings[TOPIC_SETTINGS_MAX])
{
    CHECK((unsigned)topic < TOPIC_COUNT);
    size_t count = append(ret_settings, 0, all);
    if (replicas >= 3) {
        count = append(ret_settings, count, replicated);
    }
    return append(ret_settings, count, own[topic]);
}

bool topic_setting_right(const struct topic_setting *setting, const char *value)
{
    int64_t is = 0;
    int64_t wanted = 0;
    switch (setting->rule) {
    case TOPIC_RULE_TUNING: return true;
    case TOPIC_RULE_EXACT: return strcmp(setting->value, value) == 0;
    case TOPIC_RULE_AT_LEAST: break;
    }
    if (err_failed(slice_to_i64(slice_of(value), &is)) ||
        err_failed(slice_to_i64(slice_of(setting->value), &wanted))) {
        return false;
    }
    return is == -1 || is >= wanted;
}

int32_t topic_spec_partitions(enum topic topic, int32_t keyed)
{
    return topic == TOPIC_CONFIG ? 1 : keyed;
}
