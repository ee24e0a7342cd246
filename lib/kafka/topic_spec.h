/* topic_spec — what each topic should be: the table of docs/ARCHITECTURE.md as data.
 *
 * A setting is EXACT or AT_LEAST (others lose records or replays: they are shown and mended), or
 * a TUNING that is given once, when the topic is made. */
#ifndef KAFKA_TOPIC_SPEC_H
#define KAFKA_TOPIC_SPEC_H

#include "port/bus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum topic_rule { TOPIC_RULE_EXACT, TOPIC_RULE_AT_LEAST, TOPIC_RULE_TUNING };

struct topic_setting {
    const char *key;
    const char *value;
    enum topic_rule rule;
};

enum { TOPIC_SETTINGS_MAX = 16 };

/* The settings of a topic that has `replicas` copies. Returns their count. */
size_t topic_spec(enum topic topic, int replicas,
                  struct topic_setting ret_settings[TOPIC_SETTINGS_MAX]);
/* True when `value` (as a broker tells it) is as it should be. -1 counts as without limit. */
bool topic_setting_right(const struct topic_setting *setting, const char *value);
/* Partitions wanted: `keyed` for keyed topics, else the topic's own. */
int32_t topic_spec_partitions(enum topic topic, int32_t keyed);

enum { TOPIC_PARTITIONS_DEFAULT = 16 };

#endif
