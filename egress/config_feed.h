/* config_feed — the newest configuration, live: the `config` topic through a table into a set. */
#ifndef EGRESS_CONFIG_FEED_H
#define EGRESS_CONFIG_FEED_H

#include "base/cleanup.h"
#include "base/err.h"
#include "event/config_log.h"
#include "kafka/cluster.h"
#include "rt/log.h"

struct config_feed;

/* `options` and `log` are borrowed. */
MUST_USE err_t config_feed_new(const struct kafka_options *options, struct log *log,
                               struct why *why, struct config_feed **ret_feed);
void config_feed_free(struct config_feed *f); /* accepts NULL */
DEFINE_CLEANUP_PTR(config_feed, struct config_feed, config_feed_free)

/* Readable when something may be new: for the reactor. */
int config_feed_fd(const struct config_feed *f);
/* Takes in what is new. *ret_set: the newest, borrowed from the feed for its life; NULL until the
 * topic was read to its end once. A record that cannot be read is logged and counts as absent. */
MUST_USE err_t config_feed_take(struct config_feed *f, const struct config_set **ret_set);

#endif
