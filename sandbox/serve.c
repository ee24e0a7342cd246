/* The two doors of the world: what happens to a request between its arrival and its answer. */
#include "base/check.h"
#include "sandbox/journal.h"
#include "sandbox/late.h"
#include "sandbox/support.h"
#include "sandbox/world.h"

#include <stdio.h>

enum { SERVE_ARENA_BYTES_MAX = 64 * 1024 * 1024 };

struct visit {
    struct world *w;
    struct request request;
    struct answer *answer;
    struct arena arena;
    struct call call;
    struct fault fault;
    bool has_fault;
    bool is_admin;
    bool dropped;                         /* no answer */
    bool was_applied;                     /* the handler ran */
    uint64_t late_id;                     /* > 0: this is a late call, now due */
    uint64_t ledger_bytes, journal_bytes; /* must be on disk before the answer */
};

static bool is_write(const struct request *request)
{
    return !slice_equal(request->method, SLICE("GET")) &&
           !slice_equal(request->method, SLICE("HEAD"));
}

static void begin(struct visit *v, struct world *w, const struct request *request,
                  struct answer *answer)
{
    *v = (struct visit){.w = w, .request = *request, .answer = answer};
    arena_init(&v->arena, SERVE_ARENA_BYTES_MAX);
    /* licensed accounts have the API below /sc; both ways lead to it */
    if (slice_starts_with(v->request.uri, SLICE("/sc/"))) {
        v->request.uri = slice_sub(v->request.uri, 3, v->request.uri.len);
        (void)slice_split(v->request.uri, '?', &v->request.path, &v->request.query);
    }
    v->call = (struct call){.world = w,
                            .store = &w->store,
                            .arena = &v->arena,
                            .request = &v->request,
                            .is_support = support_path(v->request.path),
                            .answer = answer};
}

static bool fault_is(const struct visit *v, enum fault_kind kind)
{
    return v->has_fault && v->fault.kind == kind;
}

/* An answer that a fault orders. */
static void answer_by_fault(struct visit *v)
{
    const struct fault *f = &v->fault;
    call_refuse(&v->call, (unsigned)f->status,
                f->status == 429 ? "too_many_requests" : "service_unavailable",
                f->status == 429 ? "Too many requests" : "Fault on request");
    if (!slice_empty(f->body)) {
        buf_reset(&v->answer->body);
        (void)call_ok(&v->call, buf_append(&v->answer->body, f->body));
    }
    for (size_t i = 0; i < f->header_count; i++) {
        answer_header(v->answer, f->header_names[i].ptr, f->header_values[i].ptr);
    }
    if (f->kind == FAULT_RATE_LIMIT && f->header_count == 0) {
        char seconds[32];
        int64_t left = f->window.ms - wall_since(v->call.now, f->window_start).ms;
        (void)snprintf(seconds, sizeof seconds, "%lld", (long long)(left + 999) / 1000);
        answer_header(v->answer, "Retry-After", seconds);
    }
}

static void take_fault(struct visit *v)
{
    struct world *w = v->w;
    v->call.now = clock_now(&w->clock);
    const struct fault *fault =
        faults_take(&w->faults, v->request.method, v->request.path, v->call.now);
    if (fault != NULL) {
        v->has_fault = true;
        v->fault = *fault;
    }
    if (fault_is(v, FAULT_READ_LAG)) {
        v->call.read_lag = span_ms(v->fault.ms);
    }
}

/* What the fault says about the answer, once the handler ran (or shall not run). */
static void shape_answer(struct visit *v)
{
    bool refused = fault_is(v, FAULT_STATUS) || fault_is(v, FAULT_RATE_LIMIT) ||
                   (fault_is(v, FAULT_LATE_APPLY) && v->fault.status > 0);
    if (refused) {
        answer_by_fault(v);
    }
    v->dropped = fault_is(v, FAULT_DROP) || fault_is(v, FAULT_APPLY_THEN_DROP) ||
                 (fault_is(v, FAULT_LATE_APPLY) && v->fault.status == 0);
}

static bool shall_apply(const struct visit *v)
{
    return !(fault_is(v, FAULT_DROP) || fault_is(v, FAULT_RATE_LIMIT) ||
             fault_is(v, FAULT_LATE_APPLY) || (fault_is(v, FAULT_STATUS) && !v->fault.after));
}

static err_t write_journal(struct visit *v, struct slice ledger_line)
{
    struct world *w = v->w;
    struct journal_call entry = {
        .request = &v->request,
        .is_admin = v->is_admin,
        .caller = v->call.caller,
        .fault = v->has_fault ? v->fault.id : 0,
        .late = v->late_id,
        .at = v->call.now,
        .ledger_line = ledger_line,
    };
    bool unknown_caller = !v->is_admin && slice_empty(v->call.caller);
    if (v->was_applied && is_write(&v->request) && !unknown_caller) {
        return journal_call(w, &entry);
    }
    if (fault_is(v, FAULT_LATE_APPLY)) {
        entry.due = wall_add(v->call.now, span_ms(v->fault.ms));
        TRY(late_add(w, &v->request, entry.caller, entry.due, NULL));
        return journal_call(w, &entry);
    }
    return v->has_fault ? journal_fault(w, v->call.now, v->fault.id) : err_ok();
}

static err_t write_down(struct visit *v)
{
    struct world *w = v->w;
    struct slice line = {0};
    struct ledger_entry *note = &v->call.note;
    bool in_ledger = !v->is_admin || note->object_type != NULL;
    if (in_ledger) {
        note->time = v->call.now;
        note->method = v->request.method;
        note->path = v->request.path;
        note->status = v->dropped ? 0 : v->answer->status;
        note->idempotency_key = v->request.idempotency_key;
        note->body = v->request.body;
        TRY(ledger_render(&w->ledger, &v->arena, note, &line));
    }
    TRY(write_journal(v, line));
    if (in_ledger) {
        TRY(ledger_append(&w->ledger, line));
    }
    return err_ok();
}

/* The budget of the Support API's plan. */
static bool is_admitted(struct visit *v)
{
    return v->is_admin || !v->call.is_support ||
           !slice_starts_with(v->request.path, SLICE("/api/")) ||
           desk_limits_admit(&v->call, &v->w->requests);
}

/* Between lock and unlock: everything that decides. */
static void decide(struct visit *v)
{
    struct world *w = v->w;
    if (!v->is_admin) {
        take_fault(v);
        if (fault_is(v, FAULT_DELAY) && !v->fault.after) {
            world_unlock(w);
            world_pause(w, v->fault.ms);
            world_lock(w);
        }
    }
    v->call.now = clock_now(&w->clock);
    if (shall_apply(v) && is_admitted(v)) {
        world_apply(w, &v->call, (struct slice){0}, v->is_admin);
        v->was_applied = true;
    } else if (fault_is(v, FAULT_LATE_APPLY)) {
        (void)world_identify(w, &v->call, (struct slice){0});
    }
    shape_answer(v);
    err_t e = write_down(v);
    if (err_failed(e)) {
        call_refuse(&v->call, 503, "service_unavailable", "The sandbox cannot write: %s",
                    err_text(e));
    }
    v->ledger_bytes = w->ledger.file.bytes;
    v->journal_bytes = w->journal.bytes;
    v->answer->date = clock_now(&w->clock);
}

static void visit(struct visit *v)
{
    struct world *w = v->w;
    world_lock(w);
    decide(v);
    world_unlock(w);
    if (err_failed(logfile_sync(&w->journal, v->journal_bytes)) ||
        err_failed(logfile_sync(&w->ledger.file, v->ledger_bytes))) {
        v->dropped = true; /* what is not on disk must not be answered */
    }
    if (fault_is(v, FAULT_DELAY) && v->fault.after) {
        world_pause(w, v->fault.ms);
    }
    v->answer->slow_ms = fault_is(v, FAULT_SLOW_BODY) ? v->fault.ms : 0;
    v->answer->drop = v->dropped;
    arena_deinit(&v->arena);
}

void world_serve_api(void *context, const struct request *request, struct answer *answer)
{
    struct visit v;
    begin(&v, context, request, answer);
    visit(&v);
}

void world_serve_admin(void *context, const struct request *request, struct answer *answer)
{
    struct visit v;
    begin(&v, context, request, answer);
    v.is_admin = true;
    visit(&v);
}

static void apply_one_late(struct world *w, struct late *late)
{
    struct answer answer = {.status = 500, .fd = -1};
    struct visit v;
    buf_init(&answer.body, HTTP_BODY_BYTES_MAX);
    begin(&v, w, &late->request, &answer);
    v.late_id = late->id;
    v.dropped = true;
    v.call.now = clock_now(&w->clock);
    world_apply(w, &v.call, late->caller, false);
    v.was_applied = true;
    if (err_failed(write_down(&v))) {
        v.dropped = true; /* nobody waits for an answer */
    }
    arena_deinit(&v.arena);
    buf_deinit(&answer.body);
}

void world_apply_late(struct world *w, wall_ms_t *ret_due)
{
    wall_ms_t now = clock_now(&w->clock);
    for (struct late *late = late_take(w, now); late != NULL; late = late_take(w, now)) {
        apply_one_late(w, late);
        late_free(late);
    }
    *ret_due = w->late == NULL ? (wall_ms_t){0} : w->late->due;
}
