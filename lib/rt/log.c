#include "rt/log.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/instant.h"
#include "json/json_write.h"
#include "rt/clock_sys.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_BYTES_MAX = 8 * 1024,
    FIELD_BYTES_MAX = 1024,
    SAME_PER_SECOND_MAX = 10,
    SLOT_COUNT = 128, /* messages whose rate is watched */
};

/* How often a message was written in the second that began at `since`. */
struct slot {
    char message[96];
    mono_ms_t since;
    uint32_t written;
    uint32_t kept_back;
};

struct log {
    const char *program;
    bool json;
    enum log_level level;
    struct clock clock;
    pthread_mutex_t lock;
    struct buf line;
    struct slot slots[SLOT_COUNT];
};

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG: return "debug";
    case LOG_INFO: return "info";
    case LOG_WARN: return "warn";
    case LOG_ERROR: return "error";
    default: BUG("no such level");
    }
}

struct log *log_new(const char *program, enum log_format format, enum log_level level)
{
    struct log *log = calloc(1, sizeof *log);
    CHECK(log != NULL);
    log->program = program;
    log->json = format == LOG_FORMAT_JSON || (format == LOG_FORMAT_AUTO && !isatty(STDERR_FILENO));
    log->level = level;
    log->clock = clock_sys();
    CHECK(pthread_mutex_init(&log->lock, NULL) == 0);
    buf_init(&log->line, LINE_BYTES_MAX);
    return log;
}

/* One write a line, so that lines of several processes on one terminal stay whole. What cannot be
 * written is lost: there is nowhere to say so. */
static void put_line(const struct buf *line)
{
    struct slice rest = buf_slice(line);
    while (rest.len > 0) {
        ssize_t count = write(STDERR_FILENO, rest.ptr, rest.len);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return;
        }
        rest = slice_sub(rest, (size_t)count, rest.len);
    }
}

static err_t json_line(struct log *log, const char *time, enum log_level level, const char *message,
                       const struct log_field *fields, size_t count, uint32_t kept_back)
{
    struct json_write w;
    json_write_init(&w, &log->line);
    json_object(&w);
    json_put_text(&w, "time", time);
    json_put_text(&w, "level", level_name(level));
    json_put_text(&w, "program", log->program);
    json_put_text(&w, "message", message);
    for (size_t i = 0; i < count; i++) {
        json_key(&w, fields[i].name);
        switch (fields[i].type) {
        case LOG_FIELD_INT: json_int(&w, fields[i].number); break;
        case LOG_FIELD_BOOL: json_boolean(&w, fields[i].number != 0); break;
        case LOG_FIELD_SLICE:
        default: json_slice(&w, slice_cut_utf8(fields[i].text, FIELD_BYTES_MAX)); break;
        }
    }
    if (kept_back > 0) {
        json_put_int(&w, "kept_back", kept_back);
    }
    json_end(&w);
    return json_write_done(&w);
}

/* Control bytes would let a value forge a line or drive the terminal. */
static err_t text_value(struct buf *out, struct slice text)
{
    text = slice_cut_utf8(text, FIELD_BYTES_MAX);
    bool plain = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        plain = plain && c > ' ' && c != '"' && c != '\\' && c != '=' && c < 0x7f;
    }
    if (plain) {
        return buf_append(out, text);
    }
    TRY(buf_append_char(out, '"'));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < ' ' || c == 0x7f) {
            TRY(buf_printf(out, "\\x%02x", c));
        } else {
            if (c == '"' || c == '\\') {
                TRY(buf_append_char(out, '\\'));
            }
            TRY(buf_append_char(out, text.ptr[i]));
        }
    }
    return buf_append_char(out, '"');
}

static err_t text_line(struct log *log, const char *time, enum log_level level, const char *message,
                       const struct log_field *fields, size_t count, uint32_t kept_back)
{
    struct buf *out = &log->line;
    TRY(buf_printf(out, "%.12s %-5s %-9s %s", time + 11, level_name(level), log->program, message));
    for (size_t i = 0; i < count; i++) {
        TRY(buf_printf(out, "%s%s=", i == 0 ? "  " : " ", fields[i].name));
        switch (fields[i].type) {
        case LOG_FIELD_INT: TRY(buf_printf(out, "%lld", (long long)fields[i].number)); break;
        case LOG_FIELD_BOOL: TRY(buf_printf(out, "%s", fields[i].number ? "true" : "false")); break;
        case LOG_FIELD_SLICE:
        default: TRY(text_value(out, fields[i].text)); break;
        }
    }
    if (kept_back > 0) {
        TRY(buf_printf(out, " kept_back=%u", kept_back));
    }
    return err_ok();
}

static void write_line(struct log *log, enum log_level level, const char *message,
                       const struct log_field *fields, size_t count, uint32_t kept_back)
{
    char time[INSTANT_TEXT_BYTES];
    instant_format_iso8601(clock_wall(&log->clock), time);
    buf_reset(&log->line);
    err_t e = log->json ? json_line(log, time, level, message, fields, count, kept_back)
                        : text_line(log, time, level, message, fields, count, kept_back);
    if (err_failed(e)) { /* too long: the message alone says more than nothing */
        buf_reset(&log->line);
        e = log->json ? json_line(log, time, level, message, NULL, 0, kept_back)
                      : text_line(log, time, level, message, NULL, 0, kept_back);
    }
    if (!err_failed(e) && !err_failed(buf_append_char(&log->line, '\n'))) {
        put_line(&log->line);
    }
}

static void say_kept_back(struct log *log, struct slot *slot)
{
    if (slot->kept_back > 0) {
        const struct log_field about = LOG_STR("about", slot->message);
        write_line(log, LOG_WARN, "equal messages kept back", &about, 1, slot->kept_back);
        slot->kept_back = 0;
    }
}

static struct slot *slot_of(struct log *log, const char *message)
{
    uint32_t hash = 2166136261u;
    for (const char *c = message; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    }
    struct slot *slot = &log->slots[hash % SLOT_COUNT];
    if (strncmp(slot->message, message, sizeof slot->message - 1) != 0) {
        say_kept_back(log, slot);
        *slot = (struct slot){0};
        (void)snprintf(slot->message, sizeof slot->message, "%s", message);
    }
    return slot;
}

void log_write(struct log *log, enum log_level level, const char *message,
               const struct log_field *fields, size_t count)
{
    if (level < log->level) {
        return;
    }
    CHECK(pthread_mutex_lock(&log->lock) == 0);
    struct slot *slot = slot_of(log, message);
    mono_ms_t now = clock_mono(&log->clock);
    if (slot->written == 0 || mono_since(now, slot->since).ms >= 1000) {
        slot->since = now;
        slot->written = 0;
    }
    if (slot->written < SAME_PER_SECOND_MAX) {
        slot->written++;
        uint32_t kept_back = slot->kept_back;
        slot->kept_back = 0;
        write_line(log, level, message, fields, count, kept_back);
    } else {
        slot->kept_back++;
    }
    CHECK(pthread_mutex_unlock(&log->lock) == 0);
}

void log_free(struct log *log)
{
    if (log == NULL) {
        return;
    }
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        say_kept_back(log, &log->slots[i]);
    }
    CHECK(pthread_mutex_destroy(&log->lock) == 0);
    buf_deinit(&log->line);
    free(log);
}
