#include "tests/sim/egress_packet.h"

#include "base/check.h"

#include <stdlib.h>

static void packet_drop(struct agenda_item *item)
{
    free(item);
}

struct packet *packet_new(struct sim_copy *c)
{
    struct packet *p = calloc(1, sizeof *p);
    CHECK(p != NULL);
    *p = (struct packet){.copy = c,
                         .life = c->life,
                         .serial = c->client.serial,
                         .id = c->client.id,
                         .generation = c->client.generation,
                         .instance = c->sim->plan.is_static ? c->number : GROUP_DYNAMIC};
    p->item.drop = packet_drop;
    return p;
}

void packet_put(struct packet *p, void (*act)(struct agenda_item *), int64_t in_ms)
{
    p->item.act = act;
    agenda_put(&p->copy->sim->agenda, &p->item, sim_in(p->copy->sim, in_ms));
}

int64_t packet_travels(struct sim_copy *c)
{
    struct sim *s = c->sim;
    int64_t slow = sim_chance(s, 4) ? (int64_t)sim_below(s, 800) : 0;
    int64_t cut =
        mono_before(sim_now(s), c->cut_until) ? mono_since(c->cut_until, sim_now(s)).ms : 0;
    return cut + slow + (int64_t)sim_below(s, 3);
}

bool packet_is_away(struct packet *p, bool loops)
{
    if (p->copy->is_up && p->copy->life == p->life && p->copy->client.serial != p->serial) {
        free(p);
        return true;
    }
    return copy_is_away(p->copy, p->life, &p->item, loops);
}
