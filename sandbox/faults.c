#include "sandbox/faults.h"

#include "sandbox/text.h"

enum { FAULTS_BYTES_MAX = 16 * 1024 * 1024, FAULT_TIMES_MAX = 1000 * 1000 * 1000 };

static const struct {
    const char *name;
    bool webhook;
} kinds[] = {
#define X(kind, name, webhook) [FAULT_##kind] = {name, webhook},
    FAULT_TABLE(X)
#undef X
};

const char *fault_name(enum fault_kind kind)
{
    return kinds[kind].name;
}

void faults_init(struct faults *f)
{
    *f = (struct faults){.count = 0};
    arena_init(&f->arena, FAULTS_BYTES_MAX);
}

void faults_deinit(struct faults *f)
{
    arena_deinit(&f->arena);
}

void faults_clear(struct faults *f)
{
    f->count = 0;
    arena_reset(&f->arena);
}

static err_t read_kind(const struct json *order, struct fault *fault, struct why *why)
{
    struct slice name = json_string(json_find(order, "kind"));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (slice_equal(name, slice_of(kinds[i].name))) {
            fault->kind = (enum fault_kind)i;
            return err_ok();
        }
    }
    why_set(why, "`kind` must be one of: apply_then_drop, drop, status, delay_ms, slow_body, "
                 "read_lag_ms, duplicate_webhook, reorder_webhooks, rate_limit, late_apply_ms");
    return ERR(SYNTAX);
}

static err_t read_number(const struct json *order, const char *name, int64_t min, int64_t max,
                         int64_t *value, struct why *why)
{
    const struct json *member = json_find(order, name);
    if (member == NULL || member->type == JSON_NULL) {
        return err_ok();
    }
    int64_t number = json_i64(member, min - 1);
    if (member->type != JSON_NUMBER || number < min || number > max) {
        why_set(why, "`%s` must be a number from %lld to %lld", name, (long long)min,
                (long long)max);
        return ERR(SYNTAX);
    }
    *value = number;
    return err_ok();
}

static err_t read_numbers(const struct json *order, struct fault *fault, struct why *why)
{
    int64_t window_s = 60;
    fault->left = 1;
    fault->ms = fault->kind == FAULT_REORDER_WEBHOOKS ? 200 : 1000;
    fault->status = fault->kind == FAULT_STATUS ? 500 : fault->kind == FAULT_RATE_LIMIT ? 429 : 0;
    fault->after = fault->kind == FAULT_DELAY;
    if (fault->kind == FAULT_RATE_LIMIT) {
        fault->left = -1;
    }
    TRY(read_number(order, "times", -1, FAULT_TIMES_MAX, &fault->left, why));
    TRY(read_number(order, "skip", 0, FAULT_TIMES_MAX, &fault->skip, why));
    TRY(read_number(order, "ms", 0, FAULT_DELAY_MS_MAX, &fault->ms, why));
    /* also under the kind's own name: {"kind":"delay_ms","delay_ms":500} */
    TRY(read_number(order, fault_name(fault->kind), 0, FAULT_DELAY_MS_MAX,
                    fault->kind == FAULT_STATUS ? &fault->status : &fault->ms, why));
    if (fault->kind != FAULT_STATUS) {
        TRY(read_number(order, "status", 100, 599, &fault->status, why));
    }
    TRY(read_number(order, "limit", 0, FAULT_TIMES_MAX, &fault->limit, why));
    TRY(read_number(order, "window_s", 1, 86400, &window_s, why));
    fault->window = span_s(window_s);
    if (fault->kind == FAULT_STATUS && (fault->status < 200 || fault->status > 599)) {
        why_set(why, "`status` must be a number from 200 to 599");
        return ERR(SYNTAX);
    }
    struct slice when = json_string(json_find(order, "when"));
    if (slice_equal(when, SLICE("after")) || slice_equal(when, SLICE("before"))) {
        fault->after = slice_equal(when, SLICE("after"));
    } else if (!slice_empty(when)) {
        why_set(why, "`when` must be \"before\" or \"after\" (the request is applied)");
        return ERR(SYNTAX);
    }
    return err_ok();
}

static err_t read_texts(struct arena *arena, const struct json *order, struct fault *fault,
                        struct why *why)
{
    const struct json *body = json_find(order, "body");
    TRY(arena_copy(arena, json_string(json_find(order, "match.method")), &fault->method));
    TRY(arena_copy(arena, json_string(json_find(order, "match.path")), &fault->path));
    TRY(arena_copy(arena, json_string(json_find(order, "match.type")), &fault->type));
    if (body != NULL && body->type == JSON_STRING) {
        TRY(arena_copy(arena, body->text, &fault->body));
    } else if (body != NULL && body->type != JSON_NULL) {
        TRY(text_render_json(arena, body, &fault->body));
    }
    JSON_EACH(header, json_find(order, "headers"))
    {
        size_t at = fault->header_count;
        if (at == FAULT_HEADERS_MAX || slice_empty(json_id(header))) {
            why_set(why, "`headers` must hold at most %d strings or numbers", FAULT_HEADERS_MAX);
            return ERR(SYNTAX);
        }
        TRY(arena_copy(arena, header->key, &fault->header_names[at]));
        TRY(arena_copy(arena, json_id(header), &fault->header_values[at]));
        fault->header_count++;
    }
    return err_ok();
}

static void drop_spent(struct faults *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (f->list[i].left != 0) {
            f->list[kept++] = f->list[i];
        }
    }
    f->count = kept;
    if (kept == 0) {
        arena_reset(&f->arena);
    }
}

err_t faults_add(struct faults *f, const struct json *order, struct why *why,
                 const struct fault **ret_fault)
{
    struct fault fault = {.id = f->ids + 1};
    drop_spent(f);
    if (f->count == FAULTS_MAX) {
        why_set(why, "there are %d faults already", FAULTS_MAX);
        return ERR(TABLE_FULL);
    }
    TRY(read_kind(order, &fault, why));
    TRY(read_numbers(order, &fault, why));
    TRY(read_texts(&f->arena, order, &fault, why));
    f->ids++;
    f->list[f->count++] = fault;
    *ret_fault = &f->list[f->count - 1];
    return err_ok();
}

/* One more request in the window: true when it is over the limit. */
static bool over_limit(struct fault *fault, wall_ms_t now)
{
    if (!wall_known(fault->window_start) ||
        wall_since(now, fault->window_start).ms >= fault->window.ms) {
        fault->window_start = now;
        fault->window_count = 0;
    }
    fault->window_count++;
    return fault->window_count > fault->limit;
}

static const struct fault *count_hit(struct fault *fault)
{
    if (fault->skip > 0) {
        fault->skip--;
        return NULL;
    }
    if (fault->left > 0) {
        fault->left--;
    }
    return fault;
}

const struct fault *faults_take(struct faults *f, struct slice method, struct slice path,
                                wall_ms_t now)
{
    for (size_t i = 0; i < f->count; i++) {
        struct fault *fault = &f->list[i];
        if (fault->left == 0 || kinds[fault->kind].webhook ||
            (!slice_empty(fault->method) && !slice_equal_nocase(fault->method, method)) ||
            !text_matches(fault->path, path)) {
            continue;
        }
        if (fault->kind == FAULT_RATE_LIMIT && !over_limit(fault, now)) {
            continue;
        }
        if (count_hit(fault) != NULL) {
            return fault;
        }
    }
    return NULL;
}

const struct fault *faults_take_webhook(struct faults *f, struct slice path, struct slice type)
{
    for (size_t i = 0; i < f->count; i++) {
        struct fault *fault = &f->list[i];
        if (fault->left != 0 && kinds[fault->kind].webhook && text_matches(fault->path, path) &&
            text_matches(fault->type, type) && count_hit(fault) != NULL) {
            return fault;
        }
    }
    return NULL;
}

void faults_replay(struct faults *f, uint64_t id)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->list[i].id == id) {
            f->list[i].skip = 0;
            (void)count_hit(&f->list[i]);
        }
    }
}

void faults_write(const struct faults *f, struct json_write *w)
{
    json_object(w);
    json_key(w, "faults");
    json_array(w);
    for (size_t i = 0; i < f->count; i++) {
        const struct fault *fault = &f->list[i];
        if (fault->left != 0) {
            json_object(w);
            json_put_int(w, "id", (int64_t)fault->id);
            json_put_text(w, "kind", fault_name(fault->kind));
            json_put_slice_if(w, "method", fault->method);
            json_put_slice_if(w, "path", fault->path);
            json_put_slice_if(w, "type", fault->type);
            json_put_int(w, "skip", fault->skip);
            json_put_int(w, "left", fault->left);
            json_end(w);
        }
    }
    json_end(w);
    json_end(w);
}
