/* dead — what could not be handled, kept whole with the reason, for a person to look at. */
#ifndef EVENT_DEAD_H
#define EVENT_DEAD_H

#include "base/instant.h"
#include "base/slice.h"
#include "event/ident.h"

#include <stdint.h>

enum { DEAD_SCHEMA = 1 };

struct dead {
    struct slice stage;  /* "ingest", "processor", "egress" */
    struct slice class;  /* err_class_name */
    struct slice reason; /* err_name or outcome */
    struct slice text;   /* for a person */
    struct slice topic;  /* where it stood; empty for a webhook */
    int32_t partition;
    int64_t offset;
    uint32_t tries;
    wall_ms_t at;
    struct slice account;
    struct slice conversation;
    struct effect_id effect_id; /* zero = none */
    struct slice key;           /* original record key */
    struct slice value;         /* original bytes */
};

#endif
