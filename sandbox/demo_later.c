#include "sandbox/demo_later.h"

#include "base/buf.h"
#include "base/check.h"

#include <curl/curl.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    LATER_TRIES_MAX = 60,
    LATER_AGAIN_MS = 1000,
    LATER_TIMEOUT_MS = 10000,
    LATER_TEXT_BYTES_MAX = 1024 * 1024,
};

struct post {
    int64_t due_ms; /* CLOCK_MONOTONIC */
    unsigned tries;
    struct buf url, authorization, id, body;
    struct post *next;
};

struct demo_later {
    const struct demo_later_config *config;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool stopping;
    struct post *first; /* soonest first */
    size_t count;
};

static int64_t mono_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void post_free(struct post *p)
{
    buf_deinit(&p->url);
    buf_deinit(&p->authorization);
    buf_deinit(&p->id);
    buf_deinit(&p->body);
    free(p);
}

static size_t swallow(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

/* True when it need not be tried again. */
static bool send_post(CURL *easy, const struct post *p)
{
    struct curl_slist *headers = NULL;
    const char *const lines[] = {"Content-Type: application/json",
                                 "Expect:", buf_text(&p->authorization), buf_text(&p->id)};
    long status = 0;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct curl_slist *longer = curl_slist_append(headers, lines[i]);
        headers = longer == NULL ? headers : longer;
    }
    curl_easy_reset(easy);
    (void)curl_easy_setopt(easy, CURLOPT_URL, buf_text(&p->url));
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_text(&p->body));
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.len);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)LATER_TIMEOUT_MS);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    CURLcode code = curl_easy_perform(easy);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    if (code == CURLE_OK && status >= 300 && status < 500) {
        (void)fprintf(stderr, "tieline-demo-bot: a later answer was refused with %ld\n", status);
    }
    return code == CURLE_OK && status < 500;
}

static void insert(struct demo_later *later, struct post *p)
{
    struct post **at = &later->first;
    while (*at != NULL && (*at)->due_ms <= p->due_ms) {
        at = &(*at)->next;
    }
    p->next = *at;
    *at = p;
    later->count++;
}

/* Waits for the first that is due and takes it out; NULL = the end. Thread: holds the lock. */
static struct post *wait_for_due(struct demo_later *later)
{
    while (!later->stopping) {
        struct post *p = later->first;
        int64_t now = mono_ms();
        if (p != NULL && p->due_ms <= now) {
            later->first = p->next;
            later->count--;
            return p;
        }
        if (p == NULL) {
            CHECK(pthread_cond_wait(&later->changed, &later->lock) == 0);
        } else {
            struct timespec until = {.tv_sec = (time_t)(p->due_ms / 1000),
                                     .tv_nsec = (long)(p->due_ms % 1000) * 1000000};
            (void)pthread_cond_timedwait(&later->changed, &later->lock, &until);
        }
    }
    return NULL;
}

static void *work(void *context)
{
    struct demo_later *later = context;
    CURL *easy = curl_easy_init();
    CHECK(pthread_mutex_lock(&later->lock) == 0);
    for (struct post *p = wait_for_due(later); p != NULL; p = wait_for_due(later)) {
        CHECK(pthread_mutex_unlock(&later->lock) == 0);
        bool finished = easy == NULL || send_post(easy, p) || ++p->tries >= LATER_TRIES_MAX;
        CHECK(pthread_mutex_lock(&later->lock) == 0);
        if (finished) {
            post_free(p);
        } else {
            p->due_ms = mono_ms() + LATER_AGAIN_MS;
            insert(later, p);
        }
    }
    CHECK(pthread_mutex_unlock(&later->lock) == 0);
    curl_easy_cleanup(easy);
    return NULL;
}

err_t demo_later_start(const struct demo_later_config *config, struct demo_later **ret_later)
{
    pthread_condattr_t attributes;
    struct demo_later *later = calloc(1, sizeof *later);
    if (later == NULL) {
        return ERR(NO_MEMORY);
    }
    later->config = config;
    bool fine = pthread_mutex_init(&later->lock, NULL) == 0 &&
                pthread_condattr_init(&attributes) == 0 &&
                pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&later->changed, &attributes) == 0 &&
                pthread_create(&later->thread, NULL, work, later) == 0;
    if (!fine) {
        free(later);
        return ERR(UNAVAILABLE);
    }
    *ret_later = later;
    return err_ok();
}

void demo_later_stop(struct demo_later *later)
{
    if (later == NULL) {
        return;
    }
    CHECK(pthread_mutex_lock(&later->lock) == 0);
    later->stopping = true;
    CHECK(pthread_cond_broadcast(&later->changed) == 0);
    CHECK(pthread_mutex_unlock(&later->lock) == 0);
    CHECK(pthread_join(later->thread, NULL) == 0);
    while (later->first != NULL) {
        struct post *p = later->first;
        later->first = p->next;
        post_free(p);
    }
    (void)pthread_mutex_destroy(&later->lock);
    (void)pthread_cond_destroy(&later->changed);
    free(later);
}

static struct slice token_of(const struct demo_later_config *config, struct slice store)
{
    for (size_t i = 0; i < config->token_count; i++) {
        if (slice_equal(config->tokens[i].store, store)) {
            return config->tokens[i].token;
        }
    }
    return (struct slice){0};
}

static err_t fill(const struct demo_later_config *config, struct post *p, struct slice store,
                  struct slice id, struct slice body)
{
    buf_init(&p->url, LATER_TEXT_BYTES_MAX);
    buf_init(&p->authorization, LATER_TEXT_BYTES_MAX);
    buf_init(&p->id, LATER_TEXT_BYTES_MAX);
    buf_init(&p->body, LATER_TEXT_BYTES_MAX);
    TRY(buf_printf(&p->url, "%.*s/api/v1/stores/%.*s/events", SLICE_ARG(config->ingest),
                   SLICE_ARG(store)));
    TRY(buf_printf(&p->authorization, "Authorization: Bearer %.*s",
                   SLICE_ARG(token_of(config, store))));
    TRY(buf_printf(&p->id, "Idempotency-Key: %.*s", SLICE_ARG(id)));
    return buf_append(&p->body, body);
}

err_t demo_later_add(struct demo_later *later, struct slice store, struct slice id,
                     struct slice body, int64_t wait_ms)
{
    if (slice_empty(later->config->ingest)) {
        return err_ok();
    }
    struct post *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return ERR(NO_MEMORY);
    }
    err_t e = fill(later->config, p, store, id, body);
    p->due_ms = mono_ms() + wait_ms;
    CHECK(pthread_mutex_lock(&later->lock) == 0);
    if (!err_failed(e) && later->count >= DEMO_LATER_MAX) {
        e = ERR(QUEUE_FULL);
    }
    if (!err_failed(e)) {
        insert(later, p);
        CHECK(pthread_cond_signal(&later->changed) == 0);
    }
    CHECK(pthread_mutex_unlock(&later->lock) == 0);
    if (err_failed(e)) {
        post_free(p);
    }
    return e;
}
