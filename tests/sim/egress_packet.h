/* egress_packet — what goes between a member and its coordinator, or waits inside of librdkafka. */
#ifndef TESTS_SIM_EGRESS_PACKET_H
#define TESTS_SIM_EGRESS_PACKET_H

#include "tests/sim/egress_sim.h"

struct packet {
    struct agenda_item item;
    struct sim_copy *copy;
    uint64_t life, serial;
    uint64_t id;
    int32_t generation, instance;
    uint32_t partitions;
    enum group_answer answer;
    uint64_t commit; /* its number, or that of a join */
    bool is_twin;
    struct bus_offset offsets[SIM_PARTITIONS_MAX];
    char texts[SIM_PARTITIONS_MAX][HORIZON_TEXT_BYTES];
    size_t count;
};

/* From or to this copy as it is now. Who acts on it last frees it. */
struct packet *packet_new(struct sim_copy *c);
void packet_put(struct packet *p, void (*act)(struct agenda_item *), int64_t in_ms);
/* How long a request or an answer travels now, ms. */
int64_t packet_travels(struct sim_copy *c);
/* True when what comes to a client is for nobody any more (and is freed), or waits.
 *
 * loops  it happens on the loop's own thread */
bool packet_is_away(struct packet *p, bool loops);

#endif
