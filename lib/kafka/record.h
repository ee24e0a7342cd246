/* record — a message of librdkafka as a bus_record; shared by consumer, reader and table. */
#ifndef KAFKA_RECORD_H
#define KAFKA_RECORD_H

#include "port/bus.h"

#include <librdkafka/rdkafka.h>

/* Slices borrow from `message`.
 *
 * with_trace  whether headers are looked for (bus.h says which): librdkafka unpacks all of them for
 *             that */
struct bus_record record_of(const rd_kafka_message_t *message, enum topic topic, bool with_trace);

#endif
