#include "ctl/replay/store.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 40 * 1000 * 1000 };

struct kept {
    size_t len, key_len;
    char bytes[]; /* and behind them the key */
};

static struct slice key_of(const void *value)
{
    const struct kept *kept = value;
    return slice_from(kept->bytes + kept->len, kept->key_len);
}

err_t store_put(struct store_of *s, struct slice key, struct slice bytes)
{
    if (s->table == NULL) {
        TRY(table_new_of(KEYS_MAX, 1, key_of, &s->table));
    }
    struct kept *kept = malloc(sizeof *kept + bytes.len + key.len);
    void *old = NULL;
    if (kept == NULL) {
        return ERR(NO_MEMORY);
    }
    kept->len = bytes.len;
    kept->key_len = key.len;
    if (bytes.len > 0) {
        memcpy(kept->bytes, bytes.ptr, bytes.len);
    }
    if (key.len > 0) {
        memcpy(kept->bytes + bytes.len, key.ptr, key.len);
    }
    err_t e = table_put(s->table, key_of(kept), kept, &old);
    free(err_failed(e) ? kept : old);
    return e;
}

bool store_get(const struct store_of *s, struct slice key, struct slice *ret_bytes)
{
    const struct kept *kept = s->table == NULL ? NULL : table_get(s->table, key);
    if (kept == NULL) {
        return false;
    }
    *ret_bytes = slice_from(kept->bytes, kept->len);
    return true;
}

void store_remove(struct store_of *s, struct slice key)
{
    free(s->table == NULL ? NULL : table_remove(s->table, key));
}

size_t store_count(const struct store_of *s)
{
    return s->table == NULL ? 0 : table_count(s->table);
}

void store_at(const struct store_of *s, size_t index, struct slice *ret_key,
              struct slice *ret_bytes)
{
    const struct kept *kept = table_at(s->table, index, ret_key);
    *ret_bytes = slice_from(kept->bytes, kept->len);
}

void store_free(struct store_of *s)
{
    for (size_t i = 0; i < store_count(s); i++) {
        free(table_at(s->table, i, NULL));
    }
    table_free(s->table);
    s->table = NULL;
}
