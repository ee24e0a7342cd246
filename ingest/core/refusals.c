#include "ingest/core/refusals.h"

#include "base/check.h"

bool refusals_say(struct refusals *r, enum endpoint endpoint, unsigned status, mono_ms_t now)
{
    CHECK(status >= REFUSAL_STATUS_MIN && status <= REFUSAL_STATUS_MAX);
    return thin_say(&r->kind[endpoint][status - REFUSAL_STATUS_MIN], now);
}

bool refusals_next(struct refusals *r, mono_ms_t now, struct refusals_rest *ret_rest)
{
    const unsigned places = REFUSAL_STATUS_MAX - REFUSAL_STATUS_MIN + 1;
    for (unsigned i = 0; i < ENDPOINT_COUNT * places; i++) {
        unsigned endpoint = i / places;
        unsigned place = i % places;
        uint64_t rest = thin_rest(&r->kind[endpoint][place], now);
        if (rest > 0) {
            *ret_rest =
                (struct refusals_rest){(enum endpoint)endpoint, place + REFUSAL_STATUS_MIN, rest};
            return true;
        }
    }
    return false;
}
