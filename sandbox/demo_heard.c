#include "sandbox/demo_heard.h"

#include "json/json_write.h"

#include <stdlib.h>
#include <string.h>

struct heard {
    struct heard *next;
    size_t seq, times;
    size_t id_len, store_len, body_len;
    char bytes[]; /* id, store, body */
};

err_t demo_heard_init(struct demo_heard *h)
{
    *h = (struct demo_heard){0};
    return table_new(DEMO_HEARD_MAX, 1, &h->by_id);
}

void demo_heard_deinit(struct demo_heard *h)
{
    while (h->first != NULL) {
        struct heard *one = h->first;
        h->first = one->next;
        free(one);
    }
    table_free(h->by_id);
    *h = (struct demo_heard){0};
}

static struct heard *new_one(struct slice id, struct slice store, struct slice body)
{
    struct heard *one = calloc(1, sizeof *one + id.len + store.len + body.len);
    if (one == NULL) {
        return NULL;
    }
    *one =
        (struct heard){.times = 1, .id_len = id.len, .store_len = store.len, .body_len = body.len};
    memcpy(one->bytes, id.ptr, id.len);
    memcpy(one->bytes + id.len, store.ptr, store.len);
    memcpy(one->bytes + id.len + store.len, body.ptr, body.len);
    return one;
}

void demo_heard_take(struct demo_heard *h, struct slice id, struct slice store, struct slice body)
{
    struct heard *known = slice_empty(id) ? NULL : table_get(h->by_id, id);
    if (known != NULL) {
        known->times++;
        return;
    }
    bool has_room = h->count < DEMO_HEARD_MAX && h->bytes + body.len <= DEMO_HEARD_BYTES_MAX;
    struct heard *one = has_room ? new_one(id, store, body) : NULL;
    if (one == NULL) {
        return;
    }
    if (!slice_empty(id) && err_failed(table_put(h->by_id, id, one, NULL))) {
        free(one);
        return;
    }
    one->seq = ++h->count;
    h->bytes += body.len;
    if (h->last == NULL) {
        h->first = one;
    } else {
        h->last->next = one;
    }
    h->last = one;
}

err_t demo_heard_show(const struct demo_heard *h, size_t from, struct buf *out)
{
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_key(&w, "heard");
    json_array(&w);
    for (const struct heard *one = h->first; one != NULL; one = one->next) {
        if (one->seq < from) {
            continue;
        }
        json_object(&w);
        json_put_int(&w, "seq", (int64_t)one->seq);
        json_put_slice(&w, "id", slice_from(one->bytes, one->id_len));
        json_put_slice(&w, "store", slice_from(one->bytes + one->id_len, one->store_len));
        json_put_int(&w, "times", (int64_t)one->times);
        json_key(&w, "notice");
        json_raw(&w, slice_from(one->bytes + one->id_len + one->store_len, one->body_len));
        json_end(&w);
    }
    json_end(&w);
    json_end(&w);
    return json_write_done(&w);
}
