#include "sandbox/world.h"

#include "base/check.h"
#include "sandbox/auth.h"
#include "sandbox/journal.h"
#include "sandbox/late.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/text.h"

#include <errno.h>
#include <time.h>

enum {
    JSON_BODY_BYTES_MAX = 100 * 1000, /* as documented: 100 kB */
    CONTROL_BODY_BYTES_MAX = 1024 * 1024,
    SUPPORT_BODY_BYTES_MAX = 4 * 1024 * 1024,
};

void world_lock(struct world *w)
{
    CHECK(pthread_mutex_lock(&w->lock) == 0);
}

void world_unlock(struct world *w)
{
    CHECK(pthread_mutex_unlock(&w->lock) == 0);
}

void world_pause(struct world *w, int64_t ms)
{
    struct timespec until = {0};
    CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
    int64_t nanoseconds = until.tv_nsec + (ms % 1000) * 1000000;
    until.tv_sec += (time_t)(ms / 1000 + nanoseconds / 1000000000);
    until.tv_nsec = (long)(nanoseconds % 1000000000);
    CHECK(pthread_mutex_lock(&w->pause_lock) == 0);
    int waited = 0;
    while (!w->stopping && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&w->pause_end, &w->pause_lock, &until);
    }
    CHECK(pthread_mutex_unlock(&w->pause_lock) == 0);
}

void world_stop(struct world *w)
{
    CHECK(pthread_mutex_lock(&w->pause_lock) == 0);
    w->stopping = true;
    CHECK(pthread_cond_broadcast(&w->pause_end) == 0);
    CHECK(pthread_mutex_unlock(&w->pause_lock) == 0);
}

/* The control port takes what `curl -d` sends, whatever curl calls it. */
static bool has_json_body(const struct request *request)
{
    bool is_form =
        slice_starts_with(request->content_type, SLICE("application/x-www-form-urlencoded")) &&
        !slice_starts_with(request->path, SLICE("/sandbox/"));
    bool is_file = slice_starts_with(request->path, SLICE("/api/v2/uploads"));
    return request->body.len > 0 && !is_form && !is_file &&
           !slice_starts_with(request->content_type, SLICE("multipart/form-data"));
}

static bool read_body(struct call *c, size_t bytes_max)
{
    struct why why = {{0}};
    const struct request *request = c->request;
    if (request->body_too_large || (has_json_body(request) && request->body.len > bytes_max)) {
        call_refuse(c, 413, "payload_too_large", "The body is limited to %zu bytes", bytes_max);
        return false;
    }
    if (has_json_body(request) &&
        err_failed(json_parse(c->arena, request->body, NULL, &why, &c->body))) {
        call_refuse(c, c->is_support ? 422 : 400,
                    c->is_support ? "Unprocessable Entity" : "bad_request", "Invalid JSON: %s",
                    why.text);
        return false;
    }
    return true;
}

static void note_body(struct call *c)
{
    const struct json *metadata =
        json_find(c->body, c->is_support ? "ticket.metadata" : "metadata");
    CLEANUP(buf) struct buf text = {0};
    struct json_write w;
    if (metadata == NULL || metadata->type != JSON_OBJECT ||
        metadata->count > CALL_METADATA_BYTES_MAX) {
        return;
    }
    buf_init(&text, JSON_BODY_BYTES_MAX);
    json_write_init(&w, &text);
    text_write_json(&w, metadata);
    if (!err_failed(json_write_done(&w))) {
        (void)call_ok(c, arena_copy(c->arena, buf_slice(&text), &c->note.metadata_json));
    }
}

static bool may_call(struct call *c, const struct route *route)
{
    if (c->is_support) {
        return support_may_call(c, route);
    }
    if (route->need == NEED_NOTHING) {
        return true;
    }
    if (!c->store->account.messaging || !slice_equal(c->params[0], c->store->app_id)) {
        call_refuse(c, 404, "app_not_found", "App not found");
        return false;
    }
    if (route->need == NEED_APP && call_integration_scope(c)) {
        call_refuse(c, 403, "forbidden", "Forbidden");
        return false;
    }
    return true;
}

static void run(struct call *c, const struct route *route, size_t body_bytes_max)
{
    if (route == NULL) {
        call_refuse(c, 404, "not_found", "Resource not found");
        return;
    }
    if (!may_call(c, route) || !read_body(c, body_bytes_max)) {
        return;
    }
    note_body(c);
    route->handle(c);
    if (c->error.code == ERR_OK && c->answer->fd < 0 && c->out.out != NULL) {
        c->error = json_write_done(&c->out);
    }
    if (c->error.code != ERR_OK) {
        call_refuse(c, 503, "service_unavailable", "The sandbox cannot go on: %s",
                    err_text(c->error));
    }
}

static void apply_admin(struct call *c)
{
    const struct route_table tables[] = {control_people_routes(), control_agents_routes(),
                                         control_mail_routes(),   control_tickets_routes(),
                                         control_rules_routes(),  control_views_routes(),
                                         control_account_routes()};
    run(c, router_find(c, tables, sizeof tables / sizeof tables[0]), CONTROL_BODY_BYTES_MAX);
}

bool world_identify(struct world *w, struct call *c, struct slice caller)
{
    if (c->is_support) {
        return support_identify(c, caller);
    }
    c->key = slice_empty(caller) ? auth_key(&w->store, c->arena, c->request->authorization, c->now)
                                 : store_key(&w->store, caller);
    if (c->key != NULL) {
        c->caller = c->key->id;
    }
    return c->key != NULL;
}

static void apply_support(struct call *c, struct slice caller)
{
    const struct route *route = support_route(c);
    if (!world_identify(c->world, c, caller)) {
        support_refuse(c, 401, "Couldn't authenticate you", NULL);
        return;
    }
    if (route == NULL) {
        support_refuse(c, 404, "InvalidEndpoint", "Not found");
        return;
    }
    run(c, route, SUPPORT_BODY_BYTES_MAX);
}

static void apply_api(struct call *c, struct slice caller)
{
    const struct route_table tables[] = {
        api_users_routes(),       api_conversations_routes(), api_participants_routes(),
        api_messages_routes(),    api_switching_routes(),     api_integrations_routes(),
        api_webhooks_routes(),    api_switchboards_routes(),  api_lines_routes(),
        api_attachments_routes(),
    };
    const struct route *route = router_find(c, tables, sizeof tables / sizeof tables[0]);
    if (!world_identify(c->world, c, caller) && (route == NULL || route->need != NEED_NOTHING)) {
        call_refuse(c, 401, "unauthorized", "Authorization is required");
        return;
    }
    run(c, route, JSON_BODY_BYTES_MAX);
}

void world_apply(struct world *w, struct call *c, struct slice caller, bool is_admin)
{
    w->cause++;
    if (is_admin) {
        apply_admin(c);
    } else if (c->is_support) {
        apply_support(c, caller);
    } else {
        apply_api(c, caller);
    }
    if (w->wake != NULL) {
        w->wake(w->courier);
    }
}

static err_t init_locks(struct world *w)
{
    pthread_condattr_t attributes;
    bool fine = pthread_mutex_init(&w->lock, NULL) == 0 &&
                pthread_mutex_init(&w->pause_lock, NULL) == 0 &&
                pthread_condattr_init(&attributes) == 0 &&
                pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&w->pause_end, &attributes) == 0;
    return fine ? err_ok() : ERR(NO_MEMORY);
}

err_t world_init(struct world *w, const struct world_config *config, struct why *why)
{
    *w = (struct world){.journal = {.fd = -1}, .ledger = {.file = {.fd = -1}}};
    TRY(init_locks(w));
    faults_init(&w->faults);
    TRY(store_init(&w->store, config->seed, config->scenario));
    TRY(outbox_init(&w->outbox, &w->store.arena));
    TRY(ledger_open(&w->ledger, config->state_dir, why));
    TRY(logfile_open(&w->journal, config->state_dir, "journal.jsonl", why));
    return journal_replay(w, config, why);
}

void world_deinit(struct world *w)
{
    late_clear(w);
    logfile_close(&w->journal);
    ledger_close(&w->ledger);
    outbox_deinit(&w->outbox);
    store_deinit(&w->store);
    faults_deinit(&w->faults);
    (void)pthread_mutex_destroy(&w->lock);
    (void)pthread_mutex_destroy(&w->pause_lock);
    (void)pthread_cond_destroy(&w->pause_end);
}
