/* erase_tell — what `tieline erase` says: whom it found, what became of each, and what stays. */
#ifndef CTL_ERASE_TELL_H
#define CTL_ERASE_TELL_H

#include "ctl/erase_find.h"
#include "kafka/cluster.h"

/* The list as a table; nothing for machines, who are told each at the end. */
void erase_tell_found(const struct erase_list *list);
/* What became of each. */
void erase_tell_fates(const struct erase_list *list, bool is_json, bool is_dry);
/* What the log still has of the person, and until when at the latest. topics  of cluster_topics()
 */
void erase_tell_rest(const struct topic_state topics[TOPIC_COUNT], wall_ms_t now, bool is_json);
/* When the last record of a topic that is written until `now` has gone: a retention later, and the
 * length of a segment, since only whole ones go. 0 = never, or not known. */
wall_ms_t erase_gone_by(const struct topic_state *topic, wall_ms_t now);

#endif
