#include "sandbox/journal.h"

#include "json/json_read.h"
#include "json/json_write.h"
#include "sandbox/late.h"
#include "sandbox/support.h"
#include "sandbox/text.h"

#include <sodium.h>

#include <stdlib.h>
#include <unistd.h>

enum {
    JOURNAL_LINE_BYTES_MAX = 80 * 1024 * 1024, /* an upload, in base64 */
    JOURNAL_ARENA_BYTES_MAX = 256 * 1024 * 1024,
    JOURNAL_READ_BYTES = 256 * 1024,
};

static err_t append(struct world *w, struct buf *line)
{
    TRY(buf_append_char(line, '\n'));
    return logfile_append(&w->journal, buf_slice(line));
}

static void begin(struct json_write *j, struct buf *line, const char *kind, wall_ms_t at)
{
    buf_init(line, JOURNAL_LINE_BYTES_MAX);
    json_write_init(j, line);
    json_object(j);
    json_put_text(j, "kind", kind);
    json_put_int(j, "at", at.ms);
}

static err_t put_body(struct json_write *j, struct slice body)
{
    if (slice_is_utf8(body)) {
        json_put_slice_if(j, "body", body);
        return err_ok();
    }
    size_t room = sodium_base64_ENCODED_LEN(body.len, sodium_base64_VARIANT_ORIGINAL);
    CLEANUP_PTR(heap) char *text = malloc(room);
    if (text == NULL) {
        return ERR(NO_MEMORY);
    }
    (void)sodium_bin2base64(text, room, (const unsigned char *)body.ptr, body.len,
                            sodium_base64_VARIANT_ORIGINAL);
    json_put_text(j, "body64", text);
    return err_ok();
}

err_t journal_call(struct world *w, const struct journal_call *entry)
{
    CLEANUP(buf) struct buf line = {0};
    struct json_write j;
    const struct request *r = entry->request;
    if (w->replaying) {
        return err_ok();
    }
    begin(&j, &line, wall_known(entry->due) ? "late" : "call", entry->at);
    if (wall_known(entry->due)) {
        json_put_int(&j, "due", entry->due.ms);
    }
    json_put_bool(&j, "admin", entry->is_admin);
    json_put_slice(&j, "method", r->method);
    json_put_slice(&j, "uri", r->uri);
    json_put_slice_if(&j, "host", r->host);
    json_put_slice_if(&j, "type", r->content_type);
    json_put_slice_if(&j, "idem", r->idempotency_key);
    json_put_slice_if(&j, "key", entry->caller);
    TRY(put_body(&j, r->body));
    json_put_int(&j, "fault", (int64_t)entry->fault);
    json_put_int(&j, "late", (int64_t)entry->late);
    json_put_int(&j, "seq", (int64_t)w->ledger.count + 1);
    json_put_slice_if(&j, "ledger", entry->ledger_line);
    json_end(&j);
    TRY(json_write_done(&j));
    return append(w, &line);
}

err_t journal_fault(struct world *w, wall_ms_t at, uint64_t fault)
{
    CLEANUP(buf) struct buf line = {0};
    struct json_write j;
    if (w->replaying) {
        return err_ok();
    }
    begin(&j, &line, "fault", at);
    json_put_int(&j, "fault", (int64_t)fault);
    json_end(&j);
    TRY(json_write_done(&j));
    return append(w, &line);
}

err_t journal_attempt(struct world *w, uint64_t delivery, const struct attempt *result)
{
    CLEANUP(buf) struct buf line = {0};
    struct json_write j;
    begin(&j, &line, "attempt", result->at);
    json_put_int(&j, "delivery", (int64_t)delivery);
    json_put_int(&j, "status", result->status);
    json_put_int(&j, "took_ms", result->took_ms);
    if (result->timed_out) {
        json_put_bool(&j, "timed_out", true);
    }
    if (result->retry_after_s > 0) {
        json_put_int(&j, "retry_after_s", result->retry_after_s);
    }
    json_end(&j);
    TRY(json_write_done(&j));
    return append(w, &line);
}

static err_t read_body(struct arena *arena, const struct json *line, struct slice *ret_body)
{
    struct slice text = json_string(json_find(line, "body64"));
    *ret_body = json_string(json_find(line, "body"));
    if (slice_empty(text)) {
        return err_ok();
    }
    size_t len = 0;
    char *bytes = arena_alloc(arena, text.len);
    if (bytes == NULL) {
        return ERR(ARENA_FULL);
    }
    if (sodium_base642bin((unsigned char *)bytes, text.len, text.ptr, text.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        return ERR(SYNTAX);
    }
    *ret_body = slice_from(bytes, len);
    return err_ok();
}

static err_t read_request(struct arena *arena, const struct json *line, struct request *request)
{
    *request = (struct request){
        .method = json_string(json_find(line, "method")),
        .uri = json_string(json_find(line, "uri")),
        .host = json_string(json_find(line, "host")),
        .content_type = json_string(json_find(line, "type")),
        .idempotency_key = json_string(json_find(line, "idem")),
    };
    (void)slice_split(request->uri, '?', &request->path, &request->query);
    return read_body(arena, line, &request->body);
}

static err_t replay_call(struct world *w, struct arena *arena, const struct json *line)
{
    struct request request = {0};
    struct answer answer = {.status = 500, .fd = -1};
    struct slice caller = json_string(json_find(line, "key"));
    TRY(read_request(arena, line, &request));
    if (slice_equal(json_string(json_find(line, "kind")), SLICE("late"))) {
        wall_ms_t due = {json_i64(json_find(line, "due"), 0)};
        return late_add(w, &request, caller, due, NULL);
    }
    late_remove(w, (uint64_t)json_i64(json_find(line, "late"), 0));
    buf_init(&answer.body, HTTP_BODY_BYTES_MAX);
    struct call c = {.world = w,
                     .store = &w->store,
                     .arena = arena,
                     .request = &request,
                     .answer = &answer,
                     .is_support = support_path(request.path),
                     .now = clock_now(&w->clock)};
    world_apply(w, &c, caller, json_bool(json_find(line, "admin"), false));
    buf_deinit(&answer.body);
    if (answer.fd >= 0) {
        (void)close(answer.fd);
    }
    struct slice text = json_string(json_find(line, "ledger"));
    uint64_t seq = (uint64_t)json_i64(json_find(line, "seq"), 0);
    return slice_empty(text) ? err_ok() : ledger_restore(&w->ledger, seq, text);
}

static err_t replay_line(struct world *w, struct arena *arena, const struct json *line)
{
    struct slice kind = json_string(json_find(line, "kind"));
    wall_ms_t at = {json_i64(json_find(line, "at"), 1)};
    clock_fix(&w->clock, at);
    faults_replay(&w->faults, (uint64_t)json_i64(json_find(line, "fault"), 0));
    if (slice_equal(kind, SLICE("call")) || slice_equal(kind, SLICE("late"))) {
        return replay_call(w, arena, line);
    }
    if (slice_equal(kind, SLICE("attempt"))) {
        const struct attempt result = {
            .at = at,
            .took_ms = json_i64(json_find(line, "took_ms"), 0),
            .status = (unsigned)json_i64(json_find(line, "status"), 0),
            .timed_out = json_bool(json_find(line, "timed_out"), false),
            .retry_after_s = json_i64(json_find(line, "retry_after_s"), 0),
            .error = json_i64(json_find(line, "status"), 0) == 0 ? SLICE("no answer")
                                                                 : (struct slice){0},
        };
        struct delivery *d =
            outbox_find(&w->outbox, (uint64_t)json_i64(json_find(line, "delivery"), 0));
        if (d == NULL) {
            return ERR(SYNTAX);
        }
        outbox_replay_result(&w->outbox, d, &result);
        return err_ok();
    }
    return slice_equal(kind, SLICE("fault")) ? err_ok() : ERR(SYNTAX);
}

static err_t check_start(const struct json *line, const struct world_config *config,
                         const char *scenario_hash, struct why *why)
{
    if (json_i64(json_find(line, "seed"), -1) != (int64_t)config->seed ||
        !slice_equal(json_string(json_find(line, "scenario")), slice_of(scenario_hash))) {
        why_set(why, "the state directory was made with another --seed or --scenario");
        return ERR(CONFIG);
    }
    return err_ok();
}

static err_t write_start(struct world *w, const struct world_config *config,
                         const char *scenario_hash)
{
    CLEANUP(buf) struct buf line = {0};
    struct json_write j;
    begin(&j, &line, "start", clock_now(&w->clock));
    json_put_int(&j, "seed", (int64_t)config->seed);
    json_put_text(&j, "scenario", scenario_hash);
    json_end(&j);
    TRY(json_write_done(&j));
    return append(w, &line);
}

struct replay {
    struct world *w;
    const struct world_config *config;
    const char *scenario_hash;
    size_t lines;
};

static err_t take_line(struct replay *r, struct slice text, struct why *why)
{
    CLEANUP(arena) struct arena arena = {0};
    const struct json *line = NULL;
    arena_init(&arena, JOURNAL_ARENA_BYTES_MAX);
    r->lines++;
    err_t e = json_parse(&arena, text, NULL, NULL, &line);
    if (!err_failed(e)) {
        e = r->lines == 1 ? check_start(line, r->config, r->scenario_hash, why)
                          : replay_line(r->w, &arena, line);
    }
    if (err_failed(e) && !err_is(e, ERR_CONFIG)) {
        why_set(why, "journal.jsonl, line %zu: %s", r->lines, err_text(e));
    }
    return e;
}

static err_t read_all(struct replay *r, struct why *why)
{
    CLEANUP(buf) struct buf text = {0};
    uint64_t at = 0;
    size_t seen = 0; /* bytes at the front of `text` that hold no line feed */
    buf_init(&text, JOURNAL_LINE_BYTES_MAX + JOURNAL_READ_BYTES);
    while (at < r->w->journal.bytes) {
        char *room = NULL;
        TRY(buf_reserve(&text, JOURNAL_READ_BYTES, &room));
        ssize_t n = pread(r->w->journal.fd, room, JOURNAL_READ_BYTES, (off_t)at);
        if (n <= 0) {
            return ERR(IO);
        }
        buf_grew(&text, (size_t)n);
        at += (uint64_t)n;
        size_t start = 0;
        size_t end = seen + slice_find(slice_sub(buf_slice(&text), seen, text.len), '\n');
        while (end < text.len) {
            TRY(take_line(r, slice_sub(buf_slice(&text), start, end), why));
            start = end + 1;
            end = start + slice_find(slice_sub(buf_slice(&text), start, text.len), '\n');
        }
        buf_drop_front(&text, start);
        seen = text.len;
    }
    return err_ok();
}

err_t journal_replay(struct world *w, const struct world_config *config, struct why *why)
{
    char scenario_hash[TEXT_SHA256_BYTES + 1];
    text_sha256(config->scenario_text, scenario_hash);
    if (w->journal.bytes == 0) {
        return write_start(w, config, scenario_hash);
    }
    struct replay replay = {.w = w, .config = config, .scenario_hash = scenario_hash};
    w->replaying = true;
    err_t e = read_all(&replay, why);
    w->replaying = false;
    clock_fix(&w->clock, (wall_ms_t){0});
    return e;
}
