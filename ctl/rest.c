#include "ctl/rest.h"

#include "base/buf.h"
#include "base/limits.h"
#include "ctl/out.h"
#include "ctl/text.h"
#include "ctl/url.h"
#include "rt/stop.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TIMEOUT_S = 20,
    URL_BYTES = 4096,
    ERROR_BYTES_MAX = 200,
    REDIRECTIONS_MAX = 5,
    TRIES_MAX = 4,
    PATIENCE_S = 90,
};

struct rest {
    CURL *curl;
    const char *base;
    enum rest_login_kind login;
    struct curl_slist *headers;
    const char *step; /* of the call that is under way */
    char request_id[REST_ID_BYTES];
    uint64_t retry_after_s; /* as the newest answer asks; 0 = it does not */
    struct rest_failure failure;
    struct buf answer;
};

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct rest *r = arg;
    return err_failed(buf_append(&r->answer, (struct slice){bytes, size * count})) ? 0
                                                                                   : size * count;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct rest *r = arg;
    struct slice name;
    struct slice value;
    if (slice_split((struct slice){bytes, size * count}, ':', &name, &value) &&
        (slice_equal_nocase(name, SLICE("x-request-id")) ||
         slice_equal_nocase(name, SLICE("x-zendesk-request-id")))) {
        text_set(r->request_id, sizeof r->request_id, "%.*s", SLICE_ARG(slice_trim(value)));
    } else if (value.len > 0 && slice_equal_nocase(name, SLICE("retry-after")) &&
               err_failed(slice_to_u64(slice_trim(value), &r->retry_after_s))) {
        r->retry_after_s = 0; /* a date: Zendesk gives seconds */
    }
    return size * count;
}

/* libcurl asks at least once a second. */
static int on_progress(void *arg, curl_off_t to_get, curl_off_t got, curl_off_t to_send,
                       curl_off_t sent)
{
    const struct rest *r = arg;
    (void)to_get, (void)got, (void)to_send, (void)sent;
    out_busy(r->step, 0);
    return 0;
}

static CURLcode log_in(struct rest *r, const struct rest_login *login)
{
    CURLcode code = CURLE_OK;
    if (login->kind == REST_OAUTH) {
        code = curl_easy_setopt(r->curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        return code != CURLE_OK ? code
                                : curl_easy_setopt(r->curl, CURLOPT_XOAUTH2_BEARER, login->secret);
    }
    if (login->kind != REST_NOBODY) {
        code = curl_easy_setopt(r->curl, CURLOPT_USERNAME, login->user);
        code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_PASSWORD, login->secret);
    }
    return code;
}

/* libcurl's setter is variadic; what could fail here is memory alone. */
static bool set_up(struct rest *r, const struct rest_login *login)
{
    struct url url;
    bool is_local = url_parse(slice_of(r->base), &url) == NULL && url_is_loopback(&url);
    CURLcode code = CURLE_OK;
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_NOSIGNAL, 1L);
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, on_body);
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_WRITEDATA, r);
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_HEADERFUNCTION, on_header);
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_HEADERDATA, r);
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->headers);
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_NOPROGRESS, 0L);
    code =
        code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_XFERINFODATA, r);
    code = code != CURLE_OK ? code : log_in(r, login);
    if (is_local) { /* no proxy of the environment stands before this machine itself */
        code = code != CURLE_OK ? code : curl_easy_setopt(r->curl, CURLOPT_PROXY, "");
    }
    return code == CURLE_OK;
}

err_t rest_new(const char *base, const struct rest_login *login, struct rest **ret_rest)
{
    struct rest *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return ERR(NO_MEMORY);
    }
    r->base = base;
    r->login = login->kind;
    buf_init(&r->answer, LIMIT_ANSWER_BYTES_MAX);
    r->curl = curl_easy_init();
    r->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (r->curl == NULL || r->headers == NULL || !set_up(r, login)) {
        rest_free(r);
        return ERR(NO_MEMORY);
    }
    *ret_rest = r;
    return err_ok();
}

void rest_free(struct rest *r)
{
    if (r == NULL) {
        return;
    }
    curl_easy_cleanup(r->curl);
    curl_slist_free_all(r->headers);
    buf_deinit(&r->answer);
    free(r);
}

/* Support names the members at fault: {"details":{"title":[{"description":"Title: cannot be
 * blank"}]}}
 */
static struct slice detail_text(const struct json *body)
{
    const struct json *details = json_find(body, "details");
    const struct json *list =
        details == NULL || details->type != JSON_OBJECT ? NULL : details->first;
    bool is_list = list != NULL && list->type == JSON_ARRAY;
    return json_string(json_find(is_list ? list->first : NULL, "description"));
}

/* What the other side says is wrong: {"errors":[{"title":…}]} of Conversations; {"error":…,
 * "description":…,"details":…} or {"error":{"title":…,"message":…}} of
 * Support; else nothing. */
static struct slice error_text(const struct json *body)
{
    const struct json *errors = json_find(body, "errors");
    if (errors != NULL && errors->type == JSON_ARRAY && errors->first != NULL) {
        struct slice detail = json_string(json_find(errors->first, "detail"));
        return slice_empty(detail) ? json_string(json_find(errors->first, "title")) : detail;
    }
    struct slice text = detail_text(body);
    text = slice_empty(text) ? json_string(json_find(body, "description")) : text;
    text = slice_empty(text) ? json_string(json_find(body, "error")) : text;
    text = slice_empty(text) ? json_string(json_find(body, "error.message")) : text;
    return slice_empty(text) ? json_string(json_find(body, "error.title")) : text;
}

struct hint {
    long status;
    enum rest_login_kind login;
    const char *text;
};
static const struct hint hints[] = {
    {401, REST_KEY, " (are key id and secret right, and of this account?)"},
    {403, REST_KEY,
     " (the key needs app scope: make it under Conversations API, not in an integration)"},
    {404, REST_KEY, " (is the App ID right, and is messaging part of the plan?)"},
    {400, REST_NOBODY, " (are client id and secret of the OAuth client right?)"},
    {401, REST_NOBODY, " (are client id and secret of the OAuth client right?)"},
    {401, REST_TOKEN, " (are mail address and API token right, and the token active?)"},
    {401, REST_OAUTH, " (is the OAuth client of this account?)"},
    {403, REST_TOKEN, " (the user must be an administrator)"},
    {403, REST_OAUTH, " (the OAuth client must belong to an administrator)"},
};

static const char *hint(const struct rest *r, long status)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (hints[i].status == status && hints[i].login == r->login) {
            return hints[i].text;
        }
    }
    return "";
}

static err_t perform(struct rest *r, const char *step, struct why *why)
{
    r->step = step;
    CURLcode code = curl_easy_perform(r->curl);
    if (code != CURLE_OK) {
        why_set(why, "could not %s: %s: %s", step, r->base, curl_easy_strerror(code));
        return ERR(UNAVAILABLE);
    }
    return err_ok();
}

static err_t send_request(struct rest *r, const char *method, const char *path, struct slice body,
                          const char *step, struct why *why)
{
    char url[URL_BYTES];
    text_set(url, sizeof url, "%s%s", r->base, path);
    buf_reset(&r->answer);
    r->request_id[0] = '\0';
    r->retry_after_s = 0;
    const char *sent = body.len == 0 ? NULL : body.ptr;
    /* libcurl sends a request again by itself when a connection that was used before dies under it:
     * what changes something goes over a new one. */
    long is_fresh = strcmp(method, "GET") != 0;
    if (curl_easy_setopt(r->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_FRESH_CONNECT, is_fresh) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE, (long)body.len) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, sent) != CURLE_OK ||
        (sent == NULL && curl_easy_setopt(r->curl, CURLOPT_HTTPGET, 1L) != CURLE_OK) ||
        curl_easy_setopt(r->curl, CURLOPT_CUSTOMREQUEST, method) != CURLE_OK) {
        return ERR(NO_MEMORY);
    }
    return perform(r, step, why);
}

struct slice rest_text(const struct rest *r)
{
    return buf_slice(&r->answer);
}

const struct rest_failure *rest_failure(const struct rest *r)
{
    return &r->failure;
}

static void note_failure(struct rest *r, const char *step, long status, struct slice text)
{
    r->failure.status = status;
    text_set(r->failure.step, sizeof r->failure.step, "%s", step);
    text_set(r->failure.text, sizeof r->failure.text, "%.*s", SLICE_ARG(text));
    text_set(r->failure.request_id, sizeof r->failure.request_id, "%s", r->request_id);
}

static void wait_s(uint64_t seconds)
{
    const struct timespec step = {0, 200 * 1000 * 1000};
    for (uint64_t i = 0; i < 5 * seconds && !stop_requested(); i++) {
        (void)nanosleep(&step, NULL);
    }
}

/* What Zendesk has no room for now (429) has not been done: it is sent again when Zendesk says. */
static err_t send_patiently(struct rest *r, const char *method, const char *path, struct slice body,
                            const char *step, struct why *why)
{
    for (int try = 1;; try++) {
        long status = 0;
        TRY(send_request(r, method, path, body, step, why));
        bool full = curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
                    status == 429 && r->retry_after_s > 0 && r->retry_after_s <= PATIENCE_S;
        if (!full || try == TRIES_MAX || stop_requested()) {
            return err_ok();
        }
        out_quiet();
        (void)fprintf(stderr, "%s asks to wait %llu s\n", r->base,
                      (unsigned long long)r->retry_after_s);
        wait_s(r->retry_after_s);
    }
}

/* What a script can do about it: mend the login (77), try again later (75), mend what it says. */
static err_t refused_with(long status)
{
    if (status == 401 || status == 403) {
        return ERR(PERMISSION);
    }
    bool is_passing = status == 408 || status == 429 || status > 499;
    return is_passing ? ERR(TIMEOUT) : ERR(CONFIG);
}

err_t rest_call(struct rest *r, const char *step, const char *method, const char *path,
                struct slice body, struct arena *arena, struct why *why,
                struct rest_answer *ret_answer)
{
    r->failure = (struct rest_failure){0};
    *ret_answer = (struct rest_answer){0, NULL};
    TRY(send_patiently(r, method, path, body, step, why));
    struct rest_answer answer = {0, NULL};
    if (curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &answer.status) != CURLE_OK) {
        return ERR(UNAVAILABLE);
    }
    if (r->answer.len > 0 &&
        err_failed(json_parse(arena, buf_slice(&r->answer), NULL, NULL, &answer.body))) {
        answer.body = NULL;
    }
    *ret_answer = answer;
    if (answer.status < 200 || answer.status > 299) {
        struct slice text = slice_cut_utf8(error_text(answer.body), ERROR_BYTES_MAX);
        note_failure(r, step, answer.status, text);
        why_set(why, "could not %s: %s answered %ld%s%.*s%s%s%s", step, r->base, answer.status,
                text.len > 0 ? ": " : "", SLICE_ARG(text), hint(r, answer.status),
                r->request_id[0] == '\0' ? "" : ", request ", r->request_id);
        return refused_with(answer.status);
    }
    return err_ok();
}

err_t rest_header(struct rest *r, const char *line)
{
    struct curl_slist *headers = curl_slist_append(r->headers, line);
    if (headers == NULL) {
        return ERR(NO_MEMORY);
    }
    r->headers = headers;
    return curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK ? err_ok()
                                                                              : ERR(NO_MEMORY);
}

err_t rest_reach(struct rest *r, const char *step, struct why *why)
{
    if (curl_easy_setopt(r->curl, CURLOPT_URL, r->base) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK) {
        return ERR(NO_MEMORY);
    }
    err_t e = perform(r, step, why);
    bool is_back = curl_easy_setopt(r->curl, CURLOPT_CONNECT_ONLY, 0L) == CURLE_OK;
    return err_failed(e) || is_back ? e : ERR(NO_MEMORY);
}

err_t rest_peek(struct rest *r, const char *step, const char *path, struct why *why,
                long *ret_status, const char **ret_type)
{
    char url[URL_BYTES];
    const char *type = NULL;
    text_set(url, sizeof url, "%s%s", r->base, path);
    if (curl_easy_setopt(r->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_NOBODY, 1L) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_FOLLOWLOCATION, 1L) != CURLE_OK ||
        curl_easy_setopt(r->curl, CURLOPT_MAXREDIRS, (long)REDIRECTIONS_MAX) != CURLE_OK) {
        return ERR(NO_MEMORY);
    }
    TRY(perform(r, step, why));
    if (curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, ret_status) != CURLE_OK ||
        curl_easy_getinfo(r->curl, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK) {
        return ERR(UNAVAILABLE);
    }
    *ret_type = type == NULL ? "" : type;
    return err_ok();
}
