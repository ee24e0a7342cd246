#include "base/check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void check_failed(const char *where, const char *what)
{
    (void)fprintf(stderr, "%s: check failed: %s\n", where, what);
    (void)fflush(stderr);
    abort();
}

void *check_magic(void *pointer, unsigned magic, const char *type)
{
    uint32_t found = 0;
    if (pointer == NULL) {
        check_failed(type, "pointer is NULL");
    }
    memcpy(&found, pointer, sizeof found);
    if (found != magic) {
        check_failed(type, "magic does not match");
    }
    return pointer;
}
