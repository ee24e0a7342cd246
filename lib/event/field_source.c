#include "event/field_source.h"

static const char *const names[] = {
#define X(name, text) text,
    FIELD_SOURCE_TABLE(X)
#undef X
};

enum field_source field_source_named(struct slice name, struct slice *ret_key)
{
    struct slice data = SLICE("data.");
    *ret_key = SLICE("");
    if (slice_starts_with(name, data) && name.len > data.len) {
        *ret_key = slice_sub(name, data.len, name.len);
        return FIELD_DATA;
    }
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(name, slice_of(names[i]))) {
            return (enum field_source)(i + 1);
        }
    }
    return FIELD_NONE;
}

const char *const *field_source_names(size_t *ret_count)
{
    *ret_count = sizeof names / sizeof names[0];
    return names;
}
