#include "sandbox/late.h"

#include <stdlib.h>

/* Moves what a slice points at behind *end. */
static void move(struct slice *slice, char **end)
{
    if (slice->len > 0) {
        memcpy(*end, slice->ptr, slice->len);
    }
    slice->ptr = *end;
    *end += slice->len;
}

err_t late_add(struct world *w, const struct request *request, struct slice caller, wall_ms_t due,
               uint64_t *ret_id)
{
    struct late *late = calloc(1, sizeof *late);
    size_t bytes = request->method.len + request->uri.len + request->host.len +
                   request->content_type.len + request->idempotency_key.len + request->body.len +
                   caller.len;
    char *end = malloc(bytes + 1);
    if (late == NULL || end == NULL) {
        free(late);
        free(end);
        return ERR(NO_MEMORY);
    }
    *late = (struct late){
        .id = ++w->late_ids, .due = due, .request = *request, .bytes = end, .caller = caller};
    struct request *r = &late->request;
    struct slice *const parts[] = {&r->method,          &r->uri,  &r->host,     &r->content_type,
                                   &r->idempotency_key, &r->body, &late->caller};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        move(parts[i], &end);
    }
    r->authorization = (struct slice){0};
    r->connection = NULL;
    (void)slice_split(r->uri, '?', &r->path, &r->query);
    struct late **at = &w->late;
    while (*at != NULL && (*at)->due.ms <= due.ms) {
        at = &(*at)->next;
    }
    late->next = *at;
    *at = late;
    if (ret_id != NULL) {
        *ret_id = late->id;
    }
    return err_ok();
}

void late_free(struct late *late)
{
    if (late != NULL) {
        free(late->bytes);
        free(late);
    }
}

void late_remove(struct world *w, uint64_t id)
{
    for (struct late **at = &w->late; *at != NULL; at = &(*at)->next) {
        if ((*at)->id == id) {
            struct late *gone = *at;
            *at = gone->next;
            late_free(gone);
            return;
        }
    }
}

void late_clear(struct world *w)
{
    while (w->late != NULL) {
        late_remove(w, w->late->id);
    }
}

struct late *late_take(struct world *w, wall_ms_t now)
{
    struct late *late = w->late;
    if (late == NULL || wall_before(now, late->due)) {
        return NULL;
    }
    w->late = late->next;
    late->next = NULL;
    return late;
}
