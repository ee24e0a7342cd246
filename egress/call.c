#include "egress/call.h"

#include "base/check.h"

#include <stdlib.h>

err_t call_new(const struct bus_record *record, struct call **ret_call)
{
    struct call *c = calloc(1, sizeof *c + record->key.len + record->value.len);
    if (c == NULL) {
        return ERR(NO_MEMORY);
    }
    c->due.owner = c;
    c->read_time = record->time;
    c->key_len = record->key.len;
    c->value_len = record->value.len;
    if (c->key_len > 0) {
        memcpy(c->bytes, record->key.ptr, c->key_len);
    }
    if (c->value_len > 0) {
        memcpy(c->bytes + c->key_len, record->value.ptr, c->value_len);
    }
    *ret_call = c;
    return err_ok();
}

void call_free(struct call *c)
{
    if (c == NULL) {
        return;
    }
    CHECK(!c->is_queued && c->due.place == 0);
    free(c->dead);
    free(c->outcome);
    call_drop_kept(c);
    free(c);
}

void call_drop_kept(struct call *c)
{
    free(c->kept);
    c->kept = NULL;
    c->kept_len = 0;
}

size_t call_size(const struct call *c)
{
    return sizeof *c + c->key_len + c->value_len;
}

const char *call_step_name(enum call_step step)
{
    switch (step) {
    case CALL_SEND: return "send";
    case CALL_LOOK: return "look";
    case CALL_CHECK: return "check";
    case CALL_COMMENTS: return "comments";
    }
    BUG("step out of range");
}
