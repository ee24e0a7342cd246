/* http_bytes — which bytes may stand where in a request. Pure; any thread. */
#ifndef INGEST_CORE_HTTP_BYTES_H
#define INGEST_CORE_HTTP_BYTES_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum http_class {
    HTTP_TOKEN = 1,  /* RFC 9110 §5.6.2: methods, names of fields */
    HTTP_VALUE = 2,  /* §5.5: visible characters, blank, tab, bytes above 0x7F */
    HTTP_TARGET = 4, /* RFC 3986: whatever stands anywhere in a URI, but no fragment */
    HTTP_HOST = 8,   /* the same, §3.2.2: a registered name; without percent signs */
    HTTP_HEX = 16,
};

bool http_byte_is(char c, enum http_class class);
/* The first place at or behind `from` whose byte is not of the class, or the length. */
size_t http_bytes_run(struct slice bytes, size_t from, enum http_class class);
bool http_bytes_all(struct slice bytes, enum http_class class); /* true when empty */

#endif
