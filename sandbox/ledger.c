#include "sandbox/ledger.h"

#include "json/json_read.h"
#include "json/json_write.h"
#include "sandbox/text.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    LEDGER_ATTEMPTS_MAX = 1000 * 1000,
    LEDGER_LINES_MAX = 64 * 1000 * 1000,
    LEDGER_LINE_BYTES_MAX = 128 * 1024,
    LEDGER_READ_BYTES = 64 * 1024
};

static err_t note_line(struct ledger *l, uint64_t end)
{
    if (l->count == l->room) {
        size_t room = l->room == 0 ? 1024 : l->room * 2;
        if (room > LEDGER_LINES_MAX) {
            return ERR(TABLE_FULL);
        }
        uint64_t *grown = realloc(l->line_ends, room * sizeof *grown);
        if (grown == NULL) {
            return ERR(NO_MEMORY);
        }
        l->line_ends = grown;
        l->room = room;
    }
    l->line_ends[l->count++] = end;
    return err_ok();
}

/* How often these same bytes were sent to this path; the count stands in the pointer itself. */
static uint64_t count_attempt(struct ledger *l, struct slice method, struct slice path,
                              struct slice body_hash)
{
    CLEANUP(buf) struct buf key = {0};
    char hash[TEXT_SHA256_BYTES + 1];
    buf_init(&key, LEDGER_LINE_BYTES_MAX);
    if (err_failed(buf_printf(&key, "%.*s %.*s %.*s", SLICE_ARG(method), SLICE_ARG(path),
                              SLICE_ARG(body_hash)))) {
        return 1;
    }
    text_sha256(buf_slice(&key), hash);
    uintptr_t count = (uintptr_t)table_get(l->attempts, slice_of(hash)) + 1;
    if (err_failed(table_put(l->attempts, slice_of(hash), (void *)count, NULL))) {
        table_clear(l->attempts); /* full: counting starts again */
    }
    return count;
}

static bool is_write(struct slice method)
{
    return !slice_equal(method, SLICE("GET")) && !slice_equal(method, SLICE("HEAD"));
}

/* A line of an earlier run: its place, and one more attempt of the same bytes. */
static err_t read_line(struct ledger *l, struct arena *scratch, struct slice line, uint64_t end)
{
    const struct json *root = NULL;
    arena_reset(scratch);
    TRY(json_parse(scratch, line, NULL, NULL, &root));
    struct slice method = json_string(json_find(root, "method"));
    if (is_write(method)) {
        (void)count_attempt(l, method, json_string(json_find(root, "path")),
                            json_string(json_find(root, "body_sha256")));
    }
    return note_line(l, end);
}

static err_t read_lines(struct ledger *l)
{
    CLEANUP(buf) struct buf text = {0};
    CLEANUP(arena) struct arena scratch = {0};
    uint64_t at = 0;   /* read so far */
    uint64_t done = 0; /* lines understood */
    buf_init(&text, LEDGER_LINE_BYTES_MAX + LEDGER_READ_BYTES);
    arena_init(&scratch, LEDGER_LINE_BYTES_MAX * 8);
    while (at < l->file.bytes) {
        char *room = NULL;
        TRY(buf_reserve(&text, LEDGER_READ_BYTES, &room));
        ssize_t n = pread(l->file.fd, room, LEDGER_READ_BYTES, (off_t)at);
        if (n <= 0) {
            return ERR(IO);
        }
        buf_grew(&text, (size_t)n);
        at += (uint64_t)n;
        size_t end = slice_find(buf_slice(&text), '\n');
        size_t start = 0;
        while (end < text.len) {
            done += end + 1 - start;
            TRY(read_line(l, &scratch, slice_sub(buf_slice(&text), start, end), done));
            start = end + 1;
            end = start + slice_find(slice_sub(buf_slice(&text), start, text.len), '\n');
        }
        buf_drop_front(&text, start);
    }
    return err_ok();
}

err_t ledger_open(struct ledger *l, const char *dir, struct why *why)
{
    *l = (struct ledger){.file = {.fd = -1}};
    TRY(table_new(LEDGER_ATTEMPTS_MAX, 1, &l->attempts));
    TRY(logfile_open(&l->file, dir, "ledger.jsonl", why));
    err_t e = read_lines(l);
    if (err_failed(e)) {
        why_set(why, "ledger.jsonl cannot be read: %s", err_text(e));
    }
    return e;
}

void ledger_close(struct ledger *l)
{
    logfile_close(&l->file);
    free(l->line_ends);
    table_free(l->attempts);
    *l = (struct ledger){.file = {.fd = -1}};
}

static void put_or_null(struct json_write *w, const char *key, struct slice text)
{
    json_key(w, key);
    if (slice_empty(text)) {
        json_null(w);
    } else {
        json_slice(w, text);
    }
}

static err_t render(struct buf *line, uint64_t seq, uint64_t attempt, const char *body_hash,
                    const struct ledger_entry *entry)
{
    struct json_write w;
    char time[INSTANT_TEXT_BYTES];
    instant_format_iso8601(entry->time, time);
    json_write_init(&w, line);
    json_object(&w);
    json_key(&w, "seq");
    json_uint(&w, seq);
    json_put_text(&w, "time", time);
    json_put_slice(&w, "method", entry->method);
    json_put_slice(&w, "path", entry->path);
    json_put_int(&w, "status", entry->status);
    put_or_null(&w, "object_type", slice_of(entry->object_type));
    put_or_null(&w, "object_id", entry->object_id);
    put_or_null(&w, "conversation", entry->conversation);
    put_or_null(&w, "idempotency_key", entry->idempotency_key);
    put_or_null(&w, "external_id", entry->external_id);
    json_key(&w, "metadata");
    if (slice_empty(entry->metadata_json)) {
        json_null(&w);
    } else {
        json_raw(&w, entry->metadata_json);
    }
    json_key(&w, "attempt");
    json_uint(&w, attempt);
    json_put_bool(&w, "applied", entry->applied);
    json_put_text(&w, "body_sha256", body_hash);
    json_end(&w);
    TRY(json_write_done(&w));
    return buf_append_char(line, '\n');
}

err_t ledger_render(struct ledger *l, struct arena *arena, const struct ledger_entry *entry,
                    struct slice *ret_line)
{
    CLEANUP(buf) struct buf line = {0};
    char body_hash[TEXT_SHA256_BYTES + 1];
    text_sha256(entry->body, body_hash);
    buf_init(&line, LEDGER_LINE_BYTES_MAX);
    uint64_t attempt = 1;
    if (is_write(entry->method)) {
        attempt = count_attempt(l, entry->method, entry->path, slice_of(body_hash));
    }
    TRY(render(&line, l->count + 1, attempt, body_hash, entry));
    return arena_copy(arena, buf_slice(&line), ret_line);
}

err_t ledger_append(struct ledger *l, struct slice line)
{
    TRY(logfile_append(&l->file, line));
    return note_line(l, l->file.bytes);
}

err_t ledger_restore(struct ledger *l, uint64_t seq, struct slice line)
{
    if (seq <= l->count) {
        return err_ok();
    }
    return ledger_append(l, line);
}

void ledger_range(const struct ledger *l, uint64_t seq, uint64_t *ret_from, uint64_t *ret_bytes)
{
    uint64_t from = 0;
    if (seq > l->count) {
        from = l->file.bytes;
    } else if (seq > 1) {
        from = l->line_ends[seq - 2];
    }
    *ret_from = from;
    *ret_bytes = l->file.bytes - from;
}
