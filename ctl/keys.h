/* keys — the deployment's key pairs: DIR/ingest.key, DIR/egress.key and DIR/public.json.
 *
 * Private keys go where the programs run and nowhere else; public.json is no secret. */
#ifndef CTL_KEYS_H
#define CTL_KEYS_H

#include "base/err.h"
#include "rt/seal.h"

#include <stdbool.h>

struct public_keys {
    unsigned char ingest[SEAL_PUBLIC_KEY_BYTES];
    unsigned char egress[SEAL_PUBLIC_KEY_BYTES];
};

enum { KEYS_PATH_BYTES = 4096 };

/* Makes the folder (0700) if needed and the three files in it, none of which may exist.
 * IO, PERMISSION, with `why`. */
MUST_USE err_t keys_make(const char *dir, struct why *why, struct public_keys *ret_keys);
/* Reads a public.json. IO, SYNTAX, with `why`. */
MUST_USE err_t keys_read(const char *path, struct why *why, struct public_keys *ret_keys);
/* "DIR/egress.key"; false when it does not fit. */
bool keys_path(const char *dir, const char *file, char path[KEYS_PATH_BYTES]);

#endif
