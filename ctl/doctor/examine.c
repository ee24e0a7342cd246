#include "ctl/doctor/examine.h"

#include "ctl/url.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void found(struct examination *x, enum check_id id, const struct store *store, const char *format,
           ...)
{
    if (x->findings.count == FINDINGS_MAX) {
        return;
    }
    struct finding *f = &x->findings.list[x->findings.count++];
    *f = (struct finding){.id = id};
    if (store != NULL) {
        f->store = store->name;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
}

err_t heard(struct examination *x, const struct rest *rest, err_t e, struct seen *ret)
{
    *ret = (struct seen){.status = 200};
    if (err_is(e, ERR_UNAVAILABLE)) {
        *ret = (struct seen){.status = 0, .said = x->why};
    } else if (err_failed(e) && rest_failure(rest)->status != 0) {
        *ret = (struct seen){.status = rest_failure(rest)->status, .said = x->why};
    } else if (err_is(e, ERR_CONFIG)) { /* answered, and not as documented */
        *ret = (struct seen){.status = -1, .said = x->why};
    } else if (err_failed(e)) {
        return e;
    }
    return err_ok();
}

void looked(struct examination *x, size_t checks)
{
    x->findings.looked += checks;
}

bool examine_split(struct arena *arena, struct slice address, const char **ret_base,
                   const char **ret_path)
{
    struct url url;
    struct slice base = {NULL, 0};
    struct slice path = {NULL, 0};
    if (url_parse(address, &url) != NULL) {
        return false;
    }
    if (err_failed(arena_copy(arena, slice_sub(address, 0, address.len - url.path.len), &base)) ||
        err_failed(arena_copy(arena, url.path, &path))) {
        return false;
    }
    *ret_base = base.ptr;
    *ret_path = path.ptr == NULL ? "" : path.ptr;
    return true;
}

err_t examine(struct examination *x)
{
    x->findings.list = calloc(FINDINGS_MAX, sizeof x->findings.list[0]);
    if (x->findings.list == NULL) {
        return ERR(NO_MEMORY);
    }
    TRY(check_support(x));
    TRY(check_tickets(x));
    TRY(check_messaging(x));
    TRY(check_widgets(x));
    TRY(check_stores(x));
    return check_reach(x);
}

void examination_deinit(struct examination *x)
{
    zendesk_close(&x->support);
    zendesk_close(&x->messaging);
    free(x->findings.list);
}
