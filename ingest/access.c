#include "ingest/access.h"

#include "base/buf.h"
#include "json/json_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAITING_BYTES_MAX = 1024 * 1024, TRACE_ID_AT = 3, TRACE_ID_END = 35 };

struct access {
    int fd;
    bool is_file; /* which takes what it is given; a pipe takes PIPE_BUF without waiting */
    struct buf lines;
    uint64_t dropped;
};

err_t access_new(const char *path, struct why *why, struct access **ret_access)
{
    CLEANUP_PTR(access) struct access *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return ERR(NO_MEMORY);
    }
    buf_init(&a->lines, WAITING_BYTES_MAX);
    a->fd = strcmp(path, "-") == 0 ? dup(STDERR_FILENO)
                                   : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (a->fd < 0) {
        int error = errno;
        char reason[96];
        if (strerror_r(error, reason, sizeof reason) != 0) {
            reason[0] = '\0';
        }
        why_set(why, "--access-log %s cannot be written to: %s", path, reason);
        return error == EACCES || error == EPERM ? ERR(PERMISSION) : ERR(IO);
    }
    struct stat about;
    a->is_file = fstat(a->fd, &about) == 0 && S_ISREG(about.st_mode);
    *ret_access = TAKE(a);
    return err_ok();
}

void access_free(struct access *a)
{
    if (a == NULL) {
        return;
    }
    access_flush(a);
    if (a->fd >= 0) {
        (void)close(a->fd);
    }
    buf_deinit(&a->lines);
    free(a);
}

static err_t write_line(struct buf *out, const struct access_entry *e)
{
    char time[INSTANT_TEXT_BYTES];
    struct json_write w;
    instant_format_iso8601(e->at, time);
    json_write_init(&w, out);
    json_object(&w);
    json_put_text(&w, "time", time);
    json_put_text(&w, "endpoint", endpoint_label(e->endpoint));
    json_put_int(&w, "status", e->status);
    json_put_int(&w, "ms", e->took_ms);
    json_put_int(&w, "bytes", (int64_t)e->bytes);
    if (e->accepted + e->dead > 0) {
        json_put_int(&w, "accepted", (int64_t)e->accepted);
    }
    if (e->dead > 0) {
        json_put_int(&w, "dead", (int64_t)e->dead);
    }
    json_put_slice_if(&w, "account", e->account);
    json_put_slice_if(&w, "store", e->store);
    json_put_slice_if(&w, "trace", slice_sub(e->traceparent, TRACE_ID_AT, TRACE_ID_END));
    json_put_slice_if(&w, "peer", slice_of(e->client));
    json_put_slice_if(&w, "proxy", slice_of(e->proxy));
    json_put_slice_if(&w, "scheme", slice_of(e->scheme));
    json_end(&w);
    TRY(json_write_done(&w));
    return buf_append_char(out, '\n');
}

void access_add(struct access *a, const struct access_entry *entry)
{
    if (a == NULL) {
        return;
    }
    size_t before = a->lines.len;
    if (err_failed(write_line(&a->lines, entry))) {
        a->lines.len = before;
        a->dropped++;
    }
}

/* Bytes that can be written now without waiting. */
static size_t room(const struct access *a)
{
    if (a->is_file) {
        return a->lines.len;
    }
    struct pollfd pipe = {.fd = a->fd, .events = POLLOUT};
    bool takes = poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLOUT) != 0;
    return !takes ? 0 : a->lines.len < PIPE_BUF ? a->lines.len : PIPE_BUF;
}

void access_flush(struct access *a)
{
    if (a == NULL) {
        return;
    }
    if (a->dropped > 0 && !err_failed(buf_printf(&a->lines, "{\"dropped\":%llu}\n",
                                                 (unsigned long long)a->dropped))) {
        a->dropped = 0;
    }
    for (size_t bytes = room(a); bytes > 0; bytes = room(a)) {
        ssize_t written = write(a->fd, a->lines.ptr, bytes);
        if (written <= 0) {
            return; /* a full disk, or nobody reads: the lines wait, bounded */
        }
        buf_drop_front(&a->lines, (size_t)written);
    }
}
