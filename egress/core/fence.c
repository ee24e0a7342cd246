#include "egress/core/fence.h"

#include "base/planted.h"

void fence_read(struct fence *f, uint32_t epoch)
{
    if (!f->seen || epoch > f->epoch) {
        *f = (struct fence){.seen = true, .epoch = epoch};
    }
}

bool fence_stops(const struct fence *f, enum voice voice, uint32_t epoch)
{
    return !MUTANT(fence) && f->seen && voice == VOICE_BOT && epoch < f->epoch;
}

bool fence_stops_again(const struct fence *f, enum effect_kind effect, uint32_t epoch)
{
    bool is_control = effect == EFFECT_PASS_CONTROL || effect == EFFECT_RELEASE_CONTROL;
    return !MUTANT(fence) && f->seen && is_control && epoch < f->epoch;
}
