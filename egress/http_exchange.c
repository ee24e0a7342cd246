#include "egress/http_exchange.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/planted.h"
#include "egress/address.h"
#include "egress/core/zendesk.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECT_MS_MAX = 10 * 1000,
    DNS_CACHE_S = 30,
    IDLE_CONNECTION_S = 30,
    CONNECTION_LIFE_S = 600,
    RETRY_AFTER_S_MAX = 3600,
    REQUEST_BODY_BYTES_MAX = LIMIT_FILE_REQUEST_BYTES_MAX,
    KEPT_BYTES_MAX = 64 * 1024, /* of an idle exchange's buffer */
};

err_t exchange_new(struct exchange **ret_exchange)
{
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL) {
        return ERR(NO_MEMORY);
    }
    buf_init(&x->body, REQUEST_BODY_BYTES_MAX);
    buf_init(&x->received, LIMIT_ANSWER_BYTES_MAX);
    x->easy = curl_easy_init();
    if (x->easy == NULL) {
        exchange_free(x);
        return ERR(NO_MEMORY);
    }
    *ret_exchange = x;
    return err_ok();
}

static void headers_wipe(struct exchange *x)
{
    for (struct curl_slist *header = x->headers; header != NULL; header = header->next) {
        sodium_memzero(header->data, strlen(header->data));
    }
    curl_slist_free_all(x->headers);
    x->headers = NULL;
}

/* Large memory goes back: the next exchange may need little. */
static void buf_empty(struct buf *b, size_t size_max)
{
    if (b->size > KEPT_BYTES_MAX || b->size_max != size_max) {
        buf_deinit(b);
        buf_init(b, size_max);
    }
    buf_reset(b);
}

void exchange_reset(struct exchange *x)
{
    /* libcurl counts for the life of a handle how often it tried on another connection, and after
     * five times does so no more: a handle that opened one begins anew. */
    long opened = 0;
    bool is_worn =
        curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &opened) != CURLE_OK || opened > 0;
    if (x->is_set_up && is_worn) {
        curl_easy_reset(x->easy);
        x->is_set_up = false;
    }
    /* What all requests have in common stays set. */
    (void)curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(x->easy, CURLOPT_URL, NULL);
    headers_wipe(x);
    x->pool = NULL;
    x->next = NULL;
    x->prev = NULL;
    if (x->body.ptr != NULL) { /* a client's secret or an access token may be there */
        sodium_memzero(x->body.ptr, x->body.len);
    }
    if (x->received.ptr != NULL) {
        sodium_memzero(x->received.ptr, x->received.len);
    }
    buf_empty(&x->body, REQUEST_BODY_BYTES_MAX);
    buf_empty(&x->received, LIMIT_ANSWER_BYTES_MAX);
    x->body_read = 0;
    x->was_refused = false;
    x->is_too_large = false;
    x->request_id[0] = '\0';
    x->rate_remaining[0] = '\0';
    x->content_type[0] = '\0';
    x->rate_limit[0] = '\0';
    x->rate_reset[0] = '\0';
    x->rate_endpoint[0] = '\0';
    x->date = (wall_ms_t){0};
    x->answer = (struct peer_answer){0};
}

void exchange_free(struct exchange *x)
{
    if (x == NULL) {
        return;
    }
    if (x->easy != NULL) {
        curl_easy_cleanup(x->easy);
    }
    headers_wipe(x);
    buf_deinit(&x->body);
    buf_deinit(&x->received);
    free(x);
}

/* ---- callbacks */

static size_t on_body_wanted(char *room, size_t size, size_t count, void *arg)
{
    struct exchange *x = arg;
    size_t left = x->body.len - x->body_read;
    size_t bytes = size * count < left ? size * count : left;
    if (x->body_read > 0) {
        CRASH_POINT(E3);
    } else if (CRASH_PLANNED(E3)) {
        bytes = (bytes + 1) / 2;
    }
    if (bytes > 0) {
        memcpy(room, x->body.ptr + x->body_read, bytes);
        x->body_read += bytes;
    }
    return bytes;
}

/* There is no way back to the beginning: a request is sent once. */
static int on_rewind(void *arg, curl_off_t offset, int origin)
{
    struct exchange *x = arg;
    (void)offset;
    (void)origin;
    x->body_read = MUTANT(seek_guard) ? 0 : x->body_read;
    return MUTANT(seek_guard) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t on_received(char *bytes, size_t size, size_t count, void *arg)
{
    struct exchange *x = arg;
    size_t len = size * count;
    if (err_failed(buf_append(&x->received, slice_from(bytes, len)))) {
        x->is_too_large = true;
        return 0;
    }
    return len;
}

static void header_keep(char text[EXCHANGE_HEADER_BYTES], struct slice value)
{
    value = slice_sub(value, 0, EXCHANGE_HEADER_BYTES - 1);
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
}

/* Of several endpoints that count this request the one that is used up tells when the next may go,
 * of two such the one that is so for longer. */
static void endpoint_keep(struct exchange *x, struct slice value)
{
    struct slice kept = slice_of(x->rate_endpoint);
    bool was_used_up = zendesk_rate_remaining(kept) == 0;
    bool is_used_up = zendesk_rate_remaining(value) == 0;
    bool is_longer = zendesk_rate_member(value, "resets") > zendesk_rate_member(kept, "resets");
    if (!was_used_up || (is_used_up && is_longer)) {
        header_keep(x->rate_endpoint, value);
    }
}

static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct exchange *x = arg;
    struct slice line = slice_from(bytes, size * count);
    struct slice name = {0};
    struct slice value = {0};
    if (slice_starts_with(line, SLICE("HTTP/"))) {
        CRASH_POINT(E4); /* the status line: nothing comes before it */
        return line.len;
    }
    if (!slice_split(line, ':', &name, &value)) {
        return line.len;
    }
    value = slice_trim(value);
    if (slice_equal_nocase(name, SLICE("date"))) {
        wall_ms_t date = {0};
        if (!err_failed(instant_parse_http_date(value, &date))) {
            x->date = date;
        }
        return line.len;
    }
    const struct {
        const char *name;
        char *place;
    } rows[] = {
        {"x-request-id", x->request_id},
        {"x-zendesk-request-id", x->request_id},
        {"x-rate-limit-remaining", x->rate_remaining},
        {"ratelimit-remaining", x->rate_remaining},
        {"x-rate-limit", x->rate_limit},
        {"ratelimit-limit", x->rate_limit},
        {"ratelimit-reset", x->rate_reset},
        {"content-type", x->content_type},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (slice_equal_nocase(name, slice_of(rows[i].name))) {
            header_keep(rows[i].place, value);
            return line.len;
        }
    }
    struct slice of_endpoint = SLICE("zendesk-ratelimit-");
    if (slice_equal_nocase(slice_sub(name, 0, of_endpoint.len), of_endpoint)) {
        endpoint_keep(x, value);
    }
    return line.len;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *x = arg;
    bool is_loopback = address_is_loopback(&address->addr, address->addrlen);
    bool is_allowed = purpose == CURLSOCKTYPE_IPCXN &&
                      address_is_host(&address->addr, address->addrlen) &&
                      (x->private_allowed || address_is_public(&address->addr, address->addrlen)) &&
                      (!x->is_plain || is_loopback);
    if (!is_allowed) {
        x->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- preparing */

/* As strndup(), which some checkers let read beyond the end: a login ends where its locked page
 * does. */
static char *copy_text(struct slice text)
{
    char *copy = malloc(text.len + 1);
    if (copy != NULL) {
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = '\0';
    }
    return copy;
}

static err_t headers_add(struct exchange *x, struct slice header)
{
    if (slice_has_nul(header) || slice_find(header, '\r') < header.len ||
        slice_find(header, '\n') < header.len) {
        return ERR(SYNTAX);
    }
    CLEANUP_PTR(heap) char *text = copy_text(header);
    struct curl_slist *longer = text == NULL ? NULL : curl_slist_append(x->headers, text);
    if (text != NULL) { /* a login may be among them */
        sodium_memzero(text, header.len);
    }
    if (longer == NULL) {
        return ERR(NO_MEMORY);
    }
    x->headers = longer;
    return err_ok();
}

/* What all requests of a handle have in common. */
static CURLcode set_up(struct exchange *x, const char *agent)
{
    CURL *e = x->easy;
    CURLcode bad = CURLE_OK;
#define SET(option, value) bad = bad != CURLE_OK ? bad : curl_easy_setopt(e, option, value)
    SET(CURLOPT_PRIVATE, x);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_PROXY, ""); /* not from the environment: it would bypass the address check */
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    /* Else the loop would wait for a name server after the deadline. */
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_CACHE_S);
    SET(CURLOPT_MAXAGE_CONN, (long)IDLE_CONNECTION_S);
    SET(CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFE_S);
    SET(CURLOPT_USERAGENT, agent);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
    SET(CURLOPT_OPENSOCKETDATA, x);
    SET(CURLOPT_WRITEFUNCTION, on_received);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, x);
    return bad;
}

/* What one request is: where to, for how long, with what. */
static CURLcode set_request(struct exchange *x, const struct peer_request *request, const char *url,
                            const char *method)
{
    CURL *e = x->easy;
    long deadline = (long)request->deadline.ms;
    CURLcode bad = CURLE_OK;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_HTTPHEADER, x->headers);
    SET(CURLOPT_TIMEOUT_MS, deadline);
    SET(CURLOPT_CONNECTTIMEOUT_MS, deadline < CONNECT_MS_MAX ? deadline : CONNECT_MS_MAX);
    if (x->is_get) {
        SET(CURLOPT_HTTPGET, 1L);
        return bad;
    }
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_CUSTOMREQUEST, method);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.len);
    SET(CURLOPT_READFUNCTION, on_body_wanted);
    SET(CURLOPT_READDATA, x);
    SET(CURLOPT_SEEKFUNCTION, on_rewind);
    SET(CURLOPT_SEEKDATA, x);
    /* Nothing to rewind: nothing would stop a resend. */
    bool is_fresh = x->body.len == 0 && !MUTANT(seek_guard);
    SET(CURLOPT_FRESH_CONNECT, is_fresh ? 1L : 0L);
#undef SET
    return bad;
}

static err_t of_setting(CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK: return err_ok();
    case CURLE_OUT_OF_MEMORY: return ERR(NO_MEMORY);
    default: return ERR(SYNTAX);
    }
}

err_t exchange_prepare(struct exchange *x, const struct peer_request *request, const char *agent,
                       mono_ms_t now)
{
    CHECK(request->deadline.ms > 0 && x->headers == NULL);
    if (slice_has_nul(request->url) || slice_empty(request->method) || request->method.len > 16) {
        return ERR(SYNTAX);
    }
    x->began = now;
    x->answer.cookie = request->cookie;
    x->private_allowed = request->private_allowed;
    x->is_plain = !slice_equal_nocase(slice_sub(request->url, 0, 8), SLICE("https://"));
    if (request->answer_bytes_max > 0) {
        x->received.size_max = request->answer_bytes_max;
    }
    TRY(buf_append(&x->body, request->body));
    for (size_t i = 0; i < request->header_count; i++) {
        TRY(headers_add(x, request->headers[i]));
    }
    TRY(headers_add(x, SLICE("Expect:"))); /* no round trip before the body */
    if (x->body.len == 0) {
        TRY(headers_add(x, SLICE("Content-Type:"))); /* libcurl's own for a POST */
    }
    char method[20];
    (void)snprintf(method, sizeof method, "%.*s", SLICE_ARG(request->method));
    CLEANUP_PTR(heap) char *url = copy_text(request->url);
    if (url == NULL) {
        return ERR(NO_MEMORY);
    }
    bool is_get = strcmp(method, "GET") == 0;
    if (x->is_set_up && x->is_get != is_get) {
        curl_easy_reset(x->easy); /* what a request with a body needs is not for one without */
        x->is_set_up = false;
    }
    x->is_get = is_get;
    if (!x->is_set_up) {
        TRY(of_setting(set_up(x, agent)));
        x->is_set_up = true;
    }
    return of_setting(set_request(x, request, url, method));
}

/* ---- finishing */

/* How far it came. What libcurl counts as sent, or took to send it, has left or was about to; also
 * when it then tried another connection and that failed. */
static enum peer_result result_of(const struct exchange *x, CURLcode code)
{
    long head = 0;
    curl_off_t body = 0;
    (void)curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &head);
    (void)curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &body);
    bool is_sent = head > 0 || body > 0 || x->body_read > 0;
    switch ((int)code) {
    case CURLE_OK: return PEER_ANSWERED;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return PEER_REFUSED;
    case CURLE_OPERATION_TIMEDOUT: return is_sent ? PEER_TIMED_OUT : PEER_NOT_SENT;
    default: break;
    }
    if (!is_sent) {
        return x->was_refused ? PEER_REFUSED : PEER_NOT_SENT;
    }
    return PEER_LOST;
}

static struct slice error_of(const struct exchange *x, CURLcode code, enum peer_result result)
{
    if (x->is_too_large) {
        return SLICE("the answer is larger than its limit");
    }
    if (result == PEER_REFUSED && x->was_refused) {
        return SLICE("the address is none that may be called");
    }
    return result == PEER_ANSWERED ? (struct slice){0} : slice_of(curl_easy_strerror(code));
}

void exchange_finish(struct exchange *x, CURLcode code, mono_ms_t now)
{
    enum peer_result result = result_of(x, code);
    long status = 0;
    curl_off_t retry_after = 0;
    (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &retry_after);
    retry_after = retry_after < 0 ? 0 : retry_after;
    retry_after = retry_after > RETRY_AFTER_S_MAX ? RETRY_AFTER_S_MAX : retry_after;
    x->answer.result = result;
    x->answer.error = error_of(x, code, result);
    x->answer.is_too_large = x->is_too_large;
    x->answer.took = mono_since(now, x->began);
    if (result == PEER_ANSWERED) {
        x->answer.status = status > 0 ? (uint32_t)status : 0;
        x->answer.body = buf_slice(&x->received);
        x->answer.retry_after = span_s(retry_after);
        x->answer.date = x->date;
        x->answer.request_id = slice_of(x->request_id);
        x->answer.rate_remaining = slice_of(x->rate_remaining);
        x->answer.content_type = slice_of(x->content_type);
        x->answer.rate_limit = slice_of(x->rate_limit);
        x->answer.rate_reset = slice_of(x->rate_reset);
        x->answer.rate_endpoint = slice_of(x->rate_endpoint);
    }
}
