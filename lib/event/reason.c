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
