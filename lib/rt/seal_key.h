/* seal_key — the pair behind a key file; for seal.c and seal_key.c alone. */
#ifndef RT_SEAL_KEY_H
#define RT_SEAL_KEY_H

#include "rt/seal.h"

/* In locked memory. */
struct seal_key {
    unsigned char public_key[SEAL_PUBLIC_KEY_BYTES];
    unsigned char private_key[SEAL_PUBLIC_KEY_BYTES];
};

#endif
