#include "rt/health.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/instant.h"
#include "json/json_write.h"
#include "rt/clock_sys.h"
#include "rt/listen.h"

#include <microhttpd.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BEAT_MS_MAX = 30 * 1000,
    READY_BEAT_MS_MAX = 1500, /* a loop that waits longer for its broker is not ready */
    CONDITIONS_MAX = 16,
    REASON_BYTES = 200,
    CONNECTIONS_MAX = 16,
    CONNECTION_TIMEOUT_S = 10,
    PAGE_BYTES_MAX = 8 * 1024 * 1024,
};

struct condition {
    const char *name;
    bool holds;
    char reason[REASON_BYTES];
};

struct health {
    struct MHD_Daemon *daemon;
    struct metrics *metrics;
    struct metric *ready; /* 1 while /readyz says 200; set when it is asked for */
    struct clock clock;
    char address[LISTEN_TEXT_BYTES];
    _Atomic int64_t beat_ms;
    pthread_mutex_t lock; /* conditions */
    struct condition conditions[CONDITIONS_MAX];
    size_t condition_count;
};

struct page {
    unsigned status;
    const char *type;
    struct buf *text;
};

void health_beat(struct health *h)
{
    atomic_store(&h->beat_ms, clock_mono(&h->clock).ms);
}

const char *health_address(const struct health *h)
{
    return h->address;
}

static struct condition *condition_of(struct health *h, const char *name)
{
    for (size_t i = 0; i < h->condition_count; i++) {
        if (strcmp(h->conditions[i].name, name) == 0) {
            return &h->conditions[i];
        }
    }
    CHECK(h->condition_count < CONDITIONS_MAX);
    struct condition *condition = &h->conditions[h->condition_count++];
    condition->name = name;
    return condition;
}

void health_set(struct health *h, const char *name, bool holds, const char *reason)
{
    CHECK(pthread_mutex_lock(&h->lock) == 0);
    struct condition *condition = condition_of(h, name);
    condition->holds = holds;
    (void)snprintf(condition->reason, sizeof condition->reason, "%s", reason == NULL ? "" : reason);
    CHECK(pthread_mutex_unlock(&h->lock) == 0);
}

bool health_ready(const struct health *h)
{
    struct health *mutable = (struct health *)(uintptr_t)h; /* the lock alone changes */
    bool ready = true;
    CHECK(pthread_mutex_lock(&mutable->lock) == 0);
    for (size_t i = 0; i < h->condition_count; i++) {
        ready = ready && h->conditions[i].holds;
    }
    CHECK(pthread_mutex_unlock(&mutable->lock) == 0);
    return ready;
}

static err_t livez(struct health *h, struct page *page)
{
    int64_t age = clock_mono(&h->clock).ms - atomic_load(&h->beat_ms);
    if (age > BEAT_MS_MAX) {
        page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        return buf_printf(page->text, "the loop has not moved for %lld s\n", (long long)age / 1000);
    }
    return buf_append_text(page->text, "ok\n");
}

static err_t list_conditions(struct health *h, struct page *page)
{
    for (size_t i = 0; i < h->condition_count; i++) {
        const struct condition *condition = &h->conditions[i];
        if (!condition->holds) {
            page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
            const char *reason = condition->reason[0] == '\0' ? "not yet" : condition->reason;
            TRY(buf_printf(page->text, "%s: %s\n", condition->name, reason));
        }
    }
    int64_t age = clock_mono(&h->clock).ms - atomic_load(&h->beat_ms);
    if (age > READY_BEAT_MS_MAX) {
        page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        TRY(buf_printf(page->text, "loop: waits for something since %lld ms\n", (long long)age));
    }
    return page->text->len > 0 ? err_ok() : buf_append_text(page->text, "ready\n");
}

static err_t readyz(struct health *h, struct page *page)
{
    CHECK(pthread_mutex_lock(&h->lock) == 0);
    err_t e = list_conditions(h, page);
    CHECK(pthread_mutex_unlock(&h->lock) == 0);
    return e;
}

static err_t metrics_page(struct health *h, struct page *page)
{
    TRY(readyz(h, page));
    metric_set(h->ready, NULL, page->status == MHD_HTTP_OK ? 1 : 0);
    page->status = MHD_HTTP_OK;
    buf_reset(page->text);
    page->type = "text/plain; version=0.0.4; charset=utf-8";
    return metrics_render(h->metrics, page->text);
}

static err_t render(struct health *h, const char *url, const char *method, struct page *page)
{
    static const struct {
        const char *path;
        err_t (*render)(struct health *, struct page *);
    } pages[] = {{"/livez", livez}, {"/readyz", readyz}, {"/metrics", metrics_page}};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(url, pages[i].path) != 0) {
            continue;
        }
        if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
            page->status = MHD_HTTP_METHOD_NOT_ALLOWED;
            return buf_append_text(page->text, "GET and HEAD only\n");
        }
        return pages[i].render(h, page);
    }
    page->status = MHD_HTTP_NOT_FOUND;
    return buf_append_text(page->text, "here are /livez, /readyz and /metrics\n");
}

static enum MHD_Result answer(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **seen)
{
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)seen;
    CLEANUP(buf) struct buf text;
    buf_init(&text, PAGE_BYTES_MAX);
    struct page page = {MHD_HTTP_OK, "text/plain; charset=utf-8", &text};
    if (err_failed(render(self, url, method, &page))) {
        page.status = MHD_HTTP_INTERNAL_SERVER_ERROR;
        buf_reset(&text);
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(
        text.len, (void *)(uintptr_t)buf_text(&text), MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result done = MHD_add_response_header(response, "Content-Type", page.type);
    if (page.status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        done = MHD_add_response_header(response, "Allow", "GET, HEAD");
    }
    if (done == MHD_YES) {
        done = MHD_queue_response(connection, page.status, response);
    }
    MHD_destroy_response(response);
    return done;
}

/* Signals belong to the loop's thread. */
static struct MHD_Daemon *start(struct health *h, int fd)
{
    sigset_t all;
    sigset_t before;
    CHECK(sigfillset(&all) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL, answer, h,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_END);
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return daemon;
}

static void register_metrics(struct health *h)
{
    h->ready = metrics_register(h->metrics, METRIC_GAUGE, "tieline_ready",
                                "1 while /readyz answers 200.", NULL, 1);
    struct metric *started =
        metrics_register(h->metrics, METRIC_GAUGE, "tieline_start_time_seconds",
                         "When the program started, seconds since 1970.", NULL, 1);
    metric_set(started, NULL, (double)clock_wall(&h->clock).ms / 1000.0);
}

err_t health_new(const char *host, uint16_t port, struct metrics *metrics, struct why *why,
                 struct health **ret_health)
{
    struct health *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return ERR(NO_MEMORY);
    }
    h->metrics = metrics;
    h->clock = clock_sys();
    CHECK(pthread_mutex_init(&h->lock, NULL) == 0);
    health_beat(h);
    health_set(h, "start", false, "starting");
    int fd = -1;
    err_t e = listen_open(host, port, why, &fd, h->address);
    if (!err_failed(e)) {
        register_metrics(h);
        h->daemon = start(h, fd);
        if (h->daemon == NULL) {
            close(fd);
            why_set(why, "cannot serve %s: no thread or memory", h->address);
            e = ERR(UNAVAILABLE);
        }
    }
    if (err_failed(e)) {
        health_free(h);
        return e;
    }
    *ret_health = h;
    return err_ok();
}

void health_free(struct health *h)
{
    if (h == NULL) {
        return;
    }
    if (h->daemon != NULL) {
        MHD_stop_daemon(h->daemon);
    }
    CHECK(pthread_mutex_destroy(&h->lock) == 0);
    free(h);
}

/* sd_notify(3): one datagram to the named socket; '@' stands for the abstract namespace. */
static void tell_systemd(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof address.sun_path) {
        return;
    }
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') {
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    static const char text[] = "READY=1";
    (void)sendto(fd, text, sizeof text - 1, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    close(fd);
}

void health_announce(struct health *h, const char *program, const char *listen)
{
    CLEANUP(buf) struct buf line;
    buf_init(&line, 1024);
    struct json_write w;
    json_write_init(&w, &line);
    json_object(&w);
    json_put_bool(&w, "ready", true);
    json_put_text(&w, "program", program);
    if (listen != NULL) {
        json_put_text(&w, "listen", listen);
    }
    json_put_text(&w, "admin", h->address);
    json_end(&w);
    CHECK(!err_failed(json_write_done(&w)));
    health_set(h, "start", true, NULL);
    /* Whoever started us may have closed stdout; that is no reason to stop. */
    (void)printf("%s\n", buf_text(&line));
    (void)fflush(stdout);
    const char *notify = getenv("NOTIFY_SOCKET");
    if (notify != NULL) {
        tell_systemd(notify);
    }
}
