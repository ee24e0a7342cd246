/* bare_calls — what calls cost with libcurl alone: curl_multi, epoll, and nothing of Tieline.
 *
 *     bare_calls URL COUNT LANES
 *
 * Makes COUNT requests at URL, as many at a time as there are lanes, each lane one after the other;
 * with the options that egress/http_exchange.c sets, on handles that are set up once. The upstream
 * measures; this prints one JSON line of what it took. */
#include "tests/bench/load.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

enum {
    URL_BYTES = 256,
    EVENTS_MAX = 256,
    CALL_MS = 15 * 1000,
    LANES_MAX = 1000,
    ANSWER_MAX = 8192
};

struct lane {
    CURL *easy;
    uint64_t number; /* from 1 */
    uint64_t sequence;
    size_t body_len, body_read;
    size_t answer_len;
    char body[LOAD_BODY_BYTES];
    char answer[ANSWER_MAX];
};

struct bench {
    const char *url;
    CURLM *multi;
    int epoll;
    long timer_ms; /* -1 = none */
    uint64_t left; /* to be begun */
    uint64_t out;
    struct curl_slist *headers;
    struct lane *lanes;
};

static size_t on_body_wanted(char *room, size_t size, size_t count, void *arg)
{
    struct lane *lane = arg;
    size_t left = lane->body_len - lane->body_read;
    size_t bytes = size * count < left ? size * count : left;
    memcpy(room, lane->body + lane->body_read, bytes);
    lane->body_read += bytes;
    return bytes;
}

static int on_rewind(void *arg, curl_off_t offset, int origin)
{
    (void)arg, (void)offset, (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

static size_t on_received(char *bytes, size_t size, size_t count, void *arg)
{
    struct lane *lane = arg;
    size_t len = size * count;
    if (len > ANSWER_MAX - lane->answer_len) {
        return 0;
    }
    memcpy(lane->answer + lane->answer_len, bytes, len);
    lane->answer_len += len;
    return len;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct bench *b = arg;
    struct epoll_event event = {.data.fd = fd};
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(b->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events |= what == CURL_POLL_IN || what == CURL_POLL_INOUT ? (uint32_t)EPOLLIN : 0U;
    event.events |= what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? (uint32_t)EPOLLOUT : 0U;
    int how = known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    (void)curl_multi_assign(b->multi, fd, b);
    return epoll_ctl(b->epoll, how, fd, &event);
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    (void)multi;
    ((struct bench *)arg)->timer_ms = timeout_ms;
    return 0;
}

static void lane_open(struct bench *b, struct lane *lane, uint64_t number)
{
    lane->number = number;
    lane->easy = curl_easy_init();
    CURLcode bad = lane->easy == NULL ? CURLE_OUT_OF_MEMORY : CURLE_OK;
#define SET(option, value) bad = bad != CURLE_OK ? bad : curl_easy_setopt(lane->easy, option, value)
    SET(CURLOPT_PRIVATE, lane);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)CALL_MS);
    SET(CURLOPT_USERAGENT, "bare");
    SET(CURLOPT_HTTPHEADER, b->headers);
    SET(CURLOPT_WRITEFUNCTION, on_received);
    SET(CURLOPT_WRITEDATA, lane);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_READFUNCTION, on_body_wanted);
    SET(CURLOPT_READDATA, lane);
    SET(CURLOPT_SEEKFUNCTION, on_rewind);
    SET(CURLOPT_SEEKDATA, lane);
    if (bad != CURLE_OK) {
        load_fail("%s", curl_easy_strerror(bad));
    }
}

static void lane_begin(struct bench *b, struct lane *lane)
{
    static const char effect[] = "00112233445566778899aabbccddeeff";
    char path[LOAD_PATH_BYTES];
    char url[URL_BYTES];
    (void)load_path(LOAD_MESSAGE, lane->number, path);
    (void)snprintf(url, sizeof url, "%s/v2/apps/" LOAD_APP "%s", b->url, path);
    lane->body_len =
        load_body(LOAD_MESSAGE, lane->number, lane->sequence++, effect, load_now_ns(), lane->body);
    lane->body_read = 0;
    lane->answer_len = 0;
    CURLcode bad = CURLE_OK;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)lane->body_len);
#undef SET
    if (bad != CURLE_OK || curl_multi_add_handle(b->multi, lane->easy) != CURLM_OK) {
        load_fail("a request cannot be begun");
    }
    b->left--;
    b->out++;
}

static void act(struct bench *b, curl_socket_t fd, int events)
{
    int running = 0;
    int queued = 0;
    CURLMsg *message = NULL;
    (void)curl_multi_socket_action(b->multi, fd, events, &running);
    while ((message = curl_multi_info_read(b->multi, &queued)) != NULL) {
        struct lane *lane = NULL;
        long status = 0;
        CURLcode result = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &lane);
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        if (result != CURLE_OK || status != 201) {
            load_fail("a call was answered %ld: %s", status, curl_easy_strerror(result));
        }
        (void)curl_multi_remove_handle(b->multi, lane->easy);
        b->out--;
        if (b->left > 0) {
            lane_begin(b, lane);
        }
    }
}

static void run(struct bench *b)
{
    while (b->out > 0) {
        struct epoll_event events[EVENTS_MAX];
        int wait = b->timer_ms < 0 || b->timer_ms > CALL_MS ? CALL_MS : (int)b->timer_ms;
        int count = epoll_wait(b->epoll, events, EVENTS_MAX, wait);
        for (int i = 0; i < count; i++) {
            int what = ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                       ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                       ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
            act(b, events[i].data.fd, what);
        }
        if (b->timer_ms == 0 || count == 0) {
            b->timer_ms = -1;
            act(b, CURL_SOCKET_TIMEOUT, 0);
        }
    }
}

static void open_bench(struct bench *b, size_t lanes)
{
    static const char *const headers[] = {
        "Authorization: Basic YmVuY2g6YmVuY2g=", "Accept: application/json",
        "Content-Type: application/json", "Expect:"};
    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    b->multi = curl_multi_init();
    b->lanes = calloc(lanes, sizeof *b->lanes);
    if (b->epoll < 0 || b->multi == NULL || b->lanes == NULL) {
        load_fail("no memory");
    }
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        b->headers = curl_slist_append(b->headers, headers[i]);
    }
    (void)curl_multi_setopt(b->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(b->multi, CURLMOPT_SOCKETDATA, b);
    (void)curl_multi_setopt(b->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(b->multi, CURLMOPT_TIMERDATA, b);
    (void)curl_multi_setopt(b->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)LANES_MAX);
    (void)curl_multi_setopt(b->multi, CURLMOPT_MAXCONNECTS, (long)LANES_MAX);
    for (size_t i = 0; i < lanes; i++) {
        lane_open(b, &b->lanes[i], i + 1);
    }
}

static void close_bench(struct bench *b, size_t lanes)
{
    for (size_t i = 0; i < lanes; i++) {
        curl_easy_cleanup(b->lanes[i].easy);
    }
    (void)curl_multi_cleanup(b->multi);
    curl_slist_free_all(b->headers);
    free(b->lanes);
}

int main(int argc, char **argv)
{
    struct rusage usage = {0};
    if (argc != 4) {
        load_fail("usage: bare_calls URL COUNT LANES");
    }
    uint64_t count = load_number(argv[2], LOAD_CALLS_MAX);
    size_t lanes = (size_t)load_number(argv[3], LANES_MAX);
    struct bench b = {.url = argv[1], .left = count, .timer_ms = 0};
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    open_bench(&b, lanes);
    for (size_t i = 0; i < lanes && b.left > 0; i++) {
        lane_begin(&b, &b.lanes[i]);
    }
    run(&b);
    (void)getrusage(RUSAGE_SELF, &usage);
    double cpu_us = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    (void)printf("{\"cpu_us_per_event\":%.2f,\"rss_mb\":%.1f}\n", cpu_us / (double)count,
                 (double)usage.ru_maxrss / 1024);
    close_bench(&b, lanes);
    curl_global_cleanup();
    return 0;
}
