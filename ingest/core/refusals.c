#include "ingest/core/refusals.h"

#include "base/check.h"
#include "base/limits.h"

static bool is_time(mono_ms_t said, mono_ms_t now)
{
    return mono_since(now, said).ms >= LIMIT_REFUSAL_LINE_MS;
}

bool refusals_say(struct refusals *r, enum endpoint endpoint, unsigned status, mono_ms_t now)
{
    CHECK(status >= REFUSAL_STATUS_MIN && status <= REFUSAL_STATUS_MAX);
    unsigned place = status - REFUSAL_STATUS_MIN;
    bool recent = r->kind[endpoint][place].was_said && !is_time(r->kind[endpoint][place].said, now);
    if (recent || r->kind[endpoint][place].kept_back > 0) {
        r->kind[endpoint][place].kept_back++;
        return false;
    }
    r->kind[endpoint][place].was_said = true;
    r->kind[endpoint][place].said = now;
    return true;
}

bool refusals_next(struct refusals *r, mono_ms_t now, struct refusals_rest *ret_rest)
{
    const unsigned places = REFUSAL_STATUS_MAX - REFUSAL_STATUS_MIN + 1;
    for (unsigned i = 0; i < ENDPOINT_COUNT * places; i++) {
        unsigned endpoint = i / places;
        unsigned place = i % places;
        if (r->kind[endpoint][place].kept_back > 0 && is_time(r->kind[endpoint][place].said, now)) {
            *ret_rest = (struct refusals_rest){(enum endpoint)endpoint, place + REFUSAL_STATUS_MIN,
                                               r->kind[endpoint][place].kept_back};
            r->kind[endpoint][place].kept_back = 0;
            r->kind[endpoint][place].said = now;
            return true;
        }
    }
    return false;
}
