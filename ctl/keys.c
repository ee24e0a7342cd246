#include "ctl/keys.h"

#include "base/arena.h"
#include "base/buf.h"
#include "ctl/read_file.h"
#include "ctl/write_file.h"
#include "json/json_read.h"
#include "json/json_write.h"

#include <sodium.h>

#include <stdio.h>

enum {
    FILE_BYTES_MAX = 4096,
    ARENA_BYTES_MAX = 64 * 1024,
    BASE64_BYTES = sodium_base64_ENCODED_LEN(SEAL_PUBLIC_KEY_BYTES, sodium_base64_VARIANT_ORIGINAL)
};

bool keys_path(const char *dir, const char *file, char path[KEYS_PATH_BYTES])
{
    int len = snprintf(path, KEYS_PATH_BYTES, "%s/%s", dir, file);
    return len > 0 && len < KEYS_PATH_BYTES;
}

static err_t encode(const struct public_keys *keys, struct buf *out)
{
    char ingest[BASE64_BYTES];
    char egress[BASE64_BYTES];
    sodium_bin2base64(ingest, sizeof ingest, keys->ingest, sizeof keys->ingest,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(egress, sizeof egress, keys->egress, sizeof keys->egress,
                      sodium_base64_VARIANT_ORIGINAL);
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_put_text(&w, "type", "tieline-public-keys");
    json_put_text(&w, "ingest", ingest);
    json_put_text(&w, "egress", egress);
    json_end(&w);
    TRY(json_write_done(&w));
    return buf_append_char(out, '\n');
}

err_t keys_make(const char *dir, struct why *why, struct public_keys *ret_keys)
{
    char path[KEYS_PATH_BYTES];
    struct public_keys keys;
    if (!keys_path(dir, "public.json", path)) {
        why_set(why, "the path is too long");
        return ERR(USAGE);
    }
    TRY(make_folder(dir, why));
    CLEANUP(buf) struct buf text;
    buf_init(&text, FILE_BYTES_MAX);
    (void)keys_path(dir, "ingest.key", path);
    TRY(seal_key_make(path, SEAL_INGEST, why, keys.ingest));
    (void)keys_path(dir, "egress.key", path);
    TRY(seal_key_make(path, SEAL_EGRESS, why, keys.egress));
    TRY(encode(&keys, &text));
    (void)keys_path(dir, "public.json", path);
    TRY(write_file(path, 0644, buf_slice(&text), why));
    *ret_keys = keys;
    return err_ok();
}

static bool decode(const struct json *value, unsigned char key[SEAL_PUBLIC_KEY_BYTES])
{
    struct slice text = json_string(value);
    size_t len = 0;
    return sodium_base642bin(key, SEAL_PUBLIC_KEY_BYTES, text.ptr, text.len, NULL, &len, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           len == SEAL_PUBLIC_KEY_BYTES;
}

err_t keys_read(const char *path, struct why *why, struct public_keys *ret_keys)
{
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    struct slice text;
    const struct json *root = NULL;
    struct public_keys keys;
    TRY(read_file(&arena, path, FILE_BYTES_MAX, why, &text));
    if (err_failed(json_parse(&arena, text, NULL, NULL, &root)) ||
        !slice_equal(json_string(json_find(root, "type")), SLICE("tieline-public-keys")) ||
        !decode(json_find(root, "ingest"), keys.ingest) ||
        !decode(json_find(root, "egress"), keys.egress)) {
        why_set(why, "%s is not a public.json as `tieline keygen DIR` makes it", path);
        return ERR(SYNTAX);
    }
    *ret_keys = keys;
    return err_ok();
}
