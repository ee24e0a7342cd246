/* seal — sealed secrets: anyone with the public key can close one, only the key file opens it.
 *
 * libsodium sealed boxes (X25519, XSalsa20-Poly1305). A key file is JSON made by `tieline keygen`,
 * {"type":"tieline-egress-key","public":"…base64…","private":"…base64…"}, mode 0600. Opened secrets
 * live in locked memory (sodium_malloc) and are wiped when freed. */
#ifndef RT_SEAL_H
#define RT_SEAL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum { SEAL_PUBLIC_KEY_BYTES = 32 };
enum seal_role { SEAL_INGEST, SEAL_EGRESS };

struct seal_key;

/* Once per process, before anything of libsodium; also turns core dumps off for programs that hold
 * keys when `no_core` is set. FATAL. */
MUST_USE err_t seal_init(bool no_core);

/* Reads a key file. PERMISSION: others may read it. SYNTAX, IO; `why` names file and remedy. */
MUST_USE err_t seal_key_load(const char *path, enum seal_role role, struct why *why,
                             struct seal_key **ret_key);
void seal_key_free(struct seal_key *k);

MUST_USE err_t seal_close(const unsigned char public_key[SEAL_PUBLIC_KEY_BYTES],
                          struct slice secret, struct buf *out);
/* The same, but equal secrets at the same `place` ("account/acme key_secret") give equal bytes, so
 * that who seals can see that nothing changed without the private key. The ephemeral key comes from
 * the secret through Argon2id: to try a guess costs what it costs against a password hash, and some
 * 30 ms here. NO_MEMORY (16 MiB for a moment), BUF_FULL. */
MUST_USE err_t seal_close_repeatable(const unsigned char public_key[SEAL_PUBLIC_KEY_BYTES],
                                     struct slice place, struct slice secret, struct buf *out);
/* *ret_secret is locked memory of *ret_len bytes and a NUL; free with seal_secret_free. CRYPTO. */
MUST_USE err_t seal_open(const struct seal_key *key, struct slice box, char **ret_secret,
                         size_t *ret_len);
void seal_secret_free(char *secret);

/* Makes a pair and writes PATH (0600, not overwritten: IO if it exists). */
MUST_USE err_t seal_key_make(const char *path, enum seal_role role, struct why *why,
                             unsigned char ret_public[SEAL_PUBLIC_KEY_BYTES]);

#endif
