#include "event/command.h"

const char *effect_name(enum effect_kind effect)
{
    switch (effect) {
    case EFFECT_NONE: break;
#define X(name, number, label)                                                                     \
    case EFFECT_##name: return label;
        EFFECT_TABLE(X)
#undef X
    }
    return "unknown";
}

const char *http_method_name(enum http_method method)
{
    switch (method) {
    case METHOD_NONE: break;
    case METHOD_GET: return "GET";
    case METHOD_POST: return "POST";
    case METHOD_PUT: return "PUT";
    case METHOD_PATCH: return "PATCH";
    case METHOD_DELETE: return "DELETE";
    }
    return "none";
}
