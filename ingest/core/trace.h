/* trace — the W3C traceparent of a request: taken over when it is one, else made. Pure. */
#ifndef INGEST_CORE_TRACE_H
#define INGEST_CORE_TRACE_H

#include "base/slice.h"

enum { TRACE_TEXT_BYTES = 56, TRACE_RANDOM_BYTES = 24 };

/* header  the field's value; empty = none
 * random  TRACE_RANDOM_BYTES, used when the header is not a valid traceparent of version 00, or of
 * a later one that starts like it text    gets 55 characters and a NUL */
void trace_take(struct slice header, const unsigned char random[TRACE_RANDOM_BYTES],
                char text[TRACE_TEXT_BYTES]);

#endif
