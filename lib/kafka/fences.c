#include "kafka/fences.h"

enum { FENCES_MAX = 3 }; /* within the span */

void fences_joining(struct fences *f, int64_t now_ms)
{
    f->joining_ms = now_ms;
}

bool fences_are_ours(struct fences *f, bool is_disturbed, int64_t span_ms, int64_t now_ms)
{
    if (is_disturbed) {
        f->disturbed_ms = now_ms;
    }
    bool is_outage = f->disturbed_ms != 0 && now_ms - f->disturbed_ms < span_ms;
    bool is_young = f->joining_ms != 0 && now_ms - f->joining_ms < span_ms;
    bool is_first = f->last_ms == 0 || now_ms - f->last_ms >= span_ms;
    if (!is_outage && !(is_young && is_first)) {
        return false;
    }
    f->count = is_first ? 1 : f->count + 1;
    f->last_ms = now_ms;
    return f->count <= FENCES_MAX;
}
