#include "ingest/core/thin.h"

#include "base/limits.h"

static bool is_time(const struct thin *t, mono_ms_t now)
{
    return mono_since(now, t->said).ms >= LIMIT_REFUSAL_LINE_MS;
}

bool thin_say(struct thin *t, mono_ms_t now)
{
    if (t->kept_back > 0 || (t->was_said && !is_time(t, now))) {
        t->kept_back++;
        return false;
    }
    t->was_said = true;
    t->said = now;
    return true;
}

uint64_t thin_rest(struct thin *t, mono_ms_t now)
{
    uint64_t rest = t->kept_back;
    if (rest == 0 || !is_time(t, now)) {
        return 0;
    }
    t->kept_back = 0;
    t->said = now;
    return rest;
}
