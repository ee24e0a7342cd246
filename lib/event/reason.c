#include "event/reason.h"

const char *reason_label(enum reason reason)
{
    switch (reason) {
#define X(name, number, label, words)                                                              \
    case REASON_##name: return label;
        REASON_TABLE(X)
#undef X
    }
    return "unknown";
}

const char *reason_words(enum reason reason)
{
    switch (reason) {
#define X(name, number, label, words)                                                              \
    case REASON_##name: return words;
        REASON_TABLE(X)
#undef X
    }
    return "a rule of a newer version";
}

enum reason reason_named(struct slice label)
{
#define X(name, number, text, words)                                                               \
    if (slice_equal(label, SLICE(text))) {                                                         \
        return REASON_##name;                                                                      \
    }
    REASON_TABLE(X)
#undef X
    return (enum reason)0;
}
