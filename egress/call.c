#include "egress/call.h"

#include "base/check.h"
#include "egress/files.h"

#include <stdlib.h>

err_t call_new_blank(struct call **ret_call)
{
    struct call *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return ERR(NO_MEMORY);
    }
    c->due.owner = c;
    c->want.owner = c;
    c->is_blank = true;
    *ret_call = c;
    return err_ok();
}

err_t call_new(const struct bus_record *record, struct call **ret_call)
{
    struct call *c = NULL;
    TRY(call_new_blank(&c));
    err_t e = call_fill(c, record);
    if (err_failed(e)) {
        call_free(c);
        return e;
    }
    *ret_call = c;
    return err_ok();
}

err_t call_fill(struct call *c, const struct bus_record *record)
{
    CHECK(c->bytes == NULL);
    /* One more, so that there are bytes where both are empty. */
    c->bytes = malloc(record->key.len + record->value.len + 1);
    if (c->bytes == NULL) {
        return ERR(NO_MEMORY);
    }
    c->read_time = record->time;
    c->key_len = record->key.len;
    c->value_len = record->value.len;
    if (c->key_len > 0) {
        memcpy(c->bytes, record->key.ptr, c->key_len);
    }
    if (c->value_len > 0) {
        memcpy(c->bytes + c->key_len, record->value.ptr, c->value_len);
    }
    return err_ok();
}

void call_let_bytes_go(struct call *c)
{
    free(c->bytes);
    c->bytes = NULL;
}

void call_free(struct call *c)
{
    if (c == NULL) {
        return;
    }
    CHECK(!c->is_queued && c->due.place == 0 && c->want.place == 0);
    free(c->dead);
    free(c->outcome);
    call_drop_kept(c);
    free(c->bytes);
    files_free(c);
    free(c);
}

void call_drop_kept(struct call *c)
{
    free(c->kept);
    c->kept = NULL;
    c->kept_len = 0;
}

/* Between two neighbours, each of which may be none. */
static void put_between(struct call_list *list, enum call_link link, struct call *prev,
                        struct call *c, struct call *next)
{
    c->links[link].prev = prev;
    c->links[link].next = next;
    *(prev == NULL ? &list->first : &prev->links[link].next) = c;
    *(next == NULL ? &list->last : &next->links[link].prev) = c;
}

void call_list_push_back(struct call_list *list, enum call_link link, struct call *c)
{
    put_between(list, link, list->last, c, NULL);
}

void call_list_push_front(struct call_list *list, enum call_link link, struct call *c)
{
    put_between(list, link, NULL, c, list->first);
}

void call_list_remove(struct call_list *list, enum call_link link, struct call *c)
{
    struct call *prev = c->links[link].prev;
    struct call *next = c->links[link].next;
    *(prev == NULL ? &list->first : &prev->links[link].next) = next;
    *(next == NULL ? &list->last : &next->links[link].prev) = prev;
    c->links[link].prev = NULL;
    c->links[link].next = NULL;
}

size_t call_size(const struct call *c)
{
    return sizeof *c + (c->bytes == NULL ? 0 : c->key_len + c->value_len);
}

const char *call_step_name(enum call_step step)
{
    switch (step) {
    case CALL_SEND: return "send";
    case CALL_LOOK: return "look";
    case CALL_CHECK: return "check";
    case CALL_COMMENTS: return "comments";
    case CALL_FILE: return "file";
    case CALL_UPLOAD: return "upload";
    }
    BUG("step out of range");
}
