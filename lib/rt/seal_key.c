#include "rt/seal_key.h"

#include "base/arena.h"
#include "base/check.h"
#include "json/json_read.h"
#include "json/json_write.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_BYTES_MAX = 4096,
    ARENA_BYTES_MAX = 64 * 1024,
    BASE64_BYTES = sodium_base64_ENCODED_LEN(SEAL_PUBLIC_KEY_BYTES, sodium_base64_VARIANT_ORIGINAL)
};

static const char *role_type(enum seal_role role)
{
    switch (role) {
    case SEAL_INGEST: return "tieline-ingest-key";
    case SEAL_EGRESS: return "tieline-egress-key";
    default: BUG("no such role");
    }
}

static err_t io_failed(const char *path, const char *what, struct why *why)
{
    char reason[64] = "";
    if (strerror_r(errno, reason, sizeof reason) != 0) {
        reason[0] = '\0';
    }
    why_set(why, "key file %s: cannot %s: %s", path, what, reason);
    return errno == EACCES || errno == EPERM ? ERR(PERMISSION) : ERR(IO);
}

void seal_key_free(struct seal_key *k)
{
    sodium_free(k);
}

static err_t check_mode(int fd, const char *path, struct why *why)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return io_failed(path, "look at it", why);
    }
    /* The group may read: that is how secrets are mounted for a container that is not root. */
    if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        why_set(why, "key file %s: others may read or change it (mode %04o); run: chmod 600 %s",
                path, (unsigned)status.st_mode & 07777u, path);
        return ERR(PERMISSION);
    }
    return err_ok();
}

static err_t read_all(const char *path, char text[FILE_BYTES_MAX], struct why *why, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return io_failed(path, "open it", why);
    }
    err_t e = check_mode(fd, path, why);
    size_t len = 0;
    ssize_t count = 1;
    while (!err_failed(e) && count > 0 && len < FILE_BYTES_MAX) {
        count = read(fd, text + len, FILE_BYTES_MAX - len);
        if (count < 0) {
            e = io_failed(path, "read it", why);
        } else {
            len += (size_t)count;
        }
    }
    close(fd);
    *ret_len = len;
    return e;
}

static bool decode(const struct json *value, unsigned char key[SEAL_PUBLIC_KEY_BYTES])
{
    struct slice text = json_string(value);
    size_t len = 0;
    return sodium_base642bin(key, SEAL_PUBLIC_KEY_BYTES, text.ptr, text.len, NULL, &len, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           len == SEAL_PUBLIC_KEY_BYTES;
}

static err_t parse(const char *path, struct slice text, enum seal_role role, struct why *why,
                   struct seal_key *key)
{
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    const struct json *root = NULL;
    if (err_failed(json_parse(&arena, text, NULL, NULL, &root))) {
        why_set(why, "key file %s: not a key file; make one with `tieline keygen DIR`", path);
        return ERR(SYNTAX);
    }
    struct slice type = json_string(json_find(root, "type"));
    if (!slice_equal(type, slice_of(role_type(role)))) {
        why_set(why, "key file %s: is of type \"%.*s\", needed is \"%s\"", path,
                SLICE_ARG(slice_cut_utf8(type, 64)), role_type(role));
        return ERR(SYNTAX);
    }
    bool decoded = decode(json_find(root, "public"), key->public_key) &&
                   decode(json_find(root, "private"), key->private_key);
    const struct json *secret = json_find(root, "private");
    if (secret != NULL && secret->text.len > 0) {
        sodium_memzero((char *)(uintptr_t)secret->text.ptr, secret->text.len);
    }
    unsigned char made[SEAL_PUBLIC_KEY_BYTES];
    if (!decoded || crypto_scalarmult_base(made, key->private_key) != 0 ||
        sodium_memcmp(made, key->public_key, sizeof made) != 0) {
        why_set(why, "key file %s: its keys are damaged or do not belong together", path);
        return ERR(SYNTAX);
    }
    return err_ok();
}

err_t seal_key_load(const char *path, enum seal_role role, struct why *why,
                    struct seal_key **ret_key)
{
    char text[FILE_BYTES_MAX];
    size_t len = 0;
    struct seal_key *key = sodium_malloc(sizeof *key);
    if (key == NULL) {
        return ERR(NO_MEMORY);
    }
    err_t e = read_all(path, text, why, &len);
    if (!err_failed(e)) {
        e = parse(path, (struct slice){text, len}, role, why, key);
    }
    sodium_memzero(text, sizeof text);
    if (err_failed(e)) {
        seal_key_free(key);
        return e;
    }
    *ret_key = key;
    return err_ok();
}

static err_t encode(const struct seal_key *key, enum seal_role role, struct buf *out)
{
    char public_text[BASE64_BYTES];
    char private_text[BASE64_BYTES];
    sodium_bin2base64(public_text, sizeof public_text, key->public_key, sizeof key->public_key,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(private_text, sizeof private_text, key->private_key, sizeof key->private_key,
                      sodium_base64_VARIANT_ORIGINAL);
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_put_text(&w, "type", role_type(role));
    json_put_text(&w, "public", public_text);
    json_put_text(&w, "private", private_text);
    json_end(&w);
    sodium_memzero(private_text, sizeof private_text);
    TRY(json_write_done(&w));
    return buf_append_char(out, '\n');
}

static err_t write_new(const char *path, struct slice text, struct why *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return io_failed(path, "make it", why);
    }
    bool written = write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    err_t e = written ? err_ok() : io_failed(path, "write it", why);
    if (close(fd) != 0 && !err_failed(e)) {
        e = io_failed(path, "write it", why);
    }
    return e;
}

err_t seal_key_make(const char *path, enum seal_role role, struct why *why,
                    unsigned char ret_public[SEAL_PUBLIC_KEY_BYTES])
{
    struct seal_key *key = sodium_malloc(sizeof *key);
    if (key == NULL) {
        return ERR(NO_MEMORY);
    }
    CLEANUP(buf) struct buf text;
    buf_init(&text, FILE_BYTES_MAX);
    char *room = NULL;
    err_t e = buf_reserve(&text, FILE_BYTES_MAX, &room); /* never moved: wiped as a whole below */
    CHECK(crypto_box_keypair(key->public_key, key->private_key) == 0);
    unsigned char made[SEAL_PUBLIC_KEY_BYTES];
    memcpy(made, key->public_key, sizeof made);
    if (!err_failed(e)) {
        e = encode(key, role, &text);
    }
    seal_key_free(key);
    if (!err_failed(e)) {
        e = write_new(path, buf_slice(&text), why);
    }
    if (text.ptr != NULL) {
        sodium_memzero(text.ptr, text.size);
    }
    TRY(e);
    memcpy(ret_public, made, sizeof made);
    return err_ok();
}
