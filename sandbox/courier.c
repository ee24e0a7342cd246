#include "sandbox/courier.h"

#include "base/check.h"
#include "sandbox/journal.h"
#include "sandbox/support_hooks.h"

#include <curl/curl.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    COURIER_IN_FLIGHT_MAX = 256,
    COURIER_IDLE_MS = 60 * 1000,
    COURIER_ANSWER_BYTES_MAX = 64 * 1024,
};

struct parcel {
    struct delivery *delivery;
    CURL *easy;
    struct curl_slist *headers;
    struct buf body;
    size_t answered; /* bytes of the answer, thrown away */
    int64_t started_ms;
    struct parcel *next;
};

struct courier {
    struct world *world;
    CURLM *multi;
    pthread_t thread;
    atomic_bool stopping;
    struct parcel *under_way;
    struct parcel *spare; /* easy handles to use again */
    size_t count;
};

static int64_t mono_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wake(void *context)
{
    struct courier *courier = context;
    (void)curl_multi_wakeup(courier->multi);
}

/* What the receiver says is not read beyond its status. */
static size_t swallow(char *bytes, size_t size, size_t count, void *context)
{
    struct parcel *p = context;
    (void)bytes;
    p->answered += size * count;
    return p->answered > COURIER_ANSWER_BYTES_MAX ? 0 : size * count;
}

static err_t write_body(const struct store *store, const struct delivery *d, struct buf *body)
{
    struct json_write w;
    buf_reset(body);
    if (d->webhook->support != NULL) { /* the text of the trigger, as it is */
        return buf_append(body, buf_slice(&d->events));
    }
    json_write_init(&w, body);
    json_object(&w);
    json_key(&w, "app");
    json_object(&w);
    json_put_slice(&w, "id", store->app_id);
    json_end(&w);
    json_key(&w, "webhook");
    json_object(&w);
    json_put_slice(&w, "id", d->webhook->id);
    json_put_text(&w, "version", "v2");
    json_end(&w);
    json_end(&w);
    TRY(json_write_done(&w));
    body->len--; /* the brace; buf keeps a NUL behind what is appended next */
    TRY(buf_append_text(body, ",\"events\":["));
    TRY(buf_append(body, buf_slice(&d->events)));
    return buf_append_text(body, "]}");
}

/* support_hooks_header_fn; context = struct parcel. */
static err_t add_header(void *context, const char *line)
{
    struct parcel *p = context;
    struct curl_slist *longer = curl_slist_append(p->headers, line);
    if (longer == NULL) {
        return ERR(NO_MEMORY);
    }
    p->headers = longer;
    return err_ok();
}

static err_t write_headers(const struct delivery *d, struct parcel *p)
{
    char secret[512];
    curl_slist_free_all(p->headers);
    p->headers = NULL;
    TRY(add_header(p, "Expect:"));
    if (d->webhook->support != NULL) {
        return support_hooks_headers(d, buf_slice(&p->body), add_header, p);
    }
    (void)snprintf(secret, sizeof secret, "X-API-Key: %.*s", SLICE_ARG(d->webhook->secret));
    TRY(add_header(p, "Content-Type: application/json"));
    TRY(add_header(p, "User-Agent: tieline-sandbox"));
    return add_header(p, secret);
}

static void set_options(const struct world *w, struct parcel *p)
{
    CURL *easy = p->easy;
    const struct support_hook *support = p->delivery->webhook->support;
    const struct limits_of_sandbox *limits = &w->store.limits;
    int64_t timeout_ms =
        support == NULL ? limits->webhook_timeout_ms : limits->support_webhook_timeout_ms;
    curl_easy_reset(easy);
    (void)curl_easy_setopt(easy, CURLOPT_URL, p->delivery->webhook->target.ptr);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, p->headers);
    (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_text(&p->body));
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.len);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    if (support != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, support->method.ptr);
        /* libcurl sends again by itself when a connection that it had kept breaks */
        (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    }
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, p);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, p);
}

static struct parcel *get_parcel(struct courier *courier)
{
    struct parcel *p = courier->spare;
    if (p != NULL) {
        courier->spare = p->next;
        p->next = NULL;
        return p;
    }
    p = calloc(1, sizeof *p);
    CURL *easy = p == NULL ? NULL : curl_easy_init();
    if (easy == NULL) {
        free(p);
        return NULL;
    }
    p->easy = easy;
    buf_init(&p->body, OUTBOX_BODY_BYTES_MAX + 4096);
    return p;
}

/* Thread: courier, holds the world's lock. */
static bool send_one(struct courier *courier, struct delivery *d)
{
    struct world *w = courier->world;
    struct parcel *p = get_parcel(courier);
    if (p == NULL) {
        return false;
    }
    p->delivery = d;
    p->answered = 0;
    p->started_ms = mono_ms();
    if (err_failed(write_body(&w->store, d, &p->body)) || err_failed(write_headers(d, p))) {
        p->next = courier->spare;
        courier->spare = p;
        return false;
    }
    set_options(w, p);
    CHECK(curl_multi_add_handle(courier->multi, p->easy) == CURLM_OK);
    p->next = courier->under_way;
    courier->under_way = p;
    courier->count++;
    return true;
}

/* Reports and journals; what cannot be written must not have happened: then the try is repeated
 * after a restart. */
static void report(struct world *w, struct delivery *d, struct attempt result)
{
    result.at = clock_now(&w->clock);
    outbox_result(&w->outbox, d, &result);
    if (err_failed(journal_attempt(w, d->id, &result))) {
        (void)fprintf(stderr, "tieline-sandbox: the journal cannot be written\n");
    }
}

static void put_back(struct courier *courier, struct parcel *p)
{
    struct parcel **at = &courier->under_way;
    while (*at != p) {
        at = &(*at)->next;
    }
    *at = p->next;
    p->next = courier->spare;
    courier->spare = p;
    courier->count--;
}

/* Thread: courier, holds the world's lock. */
static void take_answers(struct courier *courier)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(courier->multi, &left); message != NULL;
         message = curl_multi_info_read(courier->multi, &left)) {
        struct parcel *p = NULL;
        long status = 0;
        curl_off_t retry_after = 0;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        CHECK(curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&p) == CURLE_OK);
        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
        bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && status > 0);
        (void)curl_multi_remove_handle(courier->multi, easy);
        report(courier->world, p->delivery,
               (struct attempt){.status = answered ? (unsigned)status : 0,
                                .error = answered ? (struct slice){0}
                                                  : slice_of(curl_easy_strerror(code)),
                                .timed_out = code == CURLE_OPERATION_TIMEDOUT,
                                .retry_after_s = answered ? retry_after : 0,
                                .took_ms = mono_ms() - p->started_ms});
        put_back(courier, p);
    }
}

static void send_ready(struct courier *courier)
{
    struct world *w = courier->world;
    while (courier->count < COURIER_IN_FLIGHT_MAX) {
        struct delivery *d = outbox_take(&w->outbox, clock_now(&w->clock));
        if (d == NULL) {
            return;
        }
        if (d->webhook->removed || !send_one(courier, d)) {
            report(w, d, (struct attempt){.error = SLICE("not sent")});
        }
    }
}

static int wait_ms(struct world *w, wall_ms_t late_due)
{
    wall_ms_t now = clock_now(&w->clock);
    wall_ms_t due = outbox_next_due(&w->outbox);
    if (!wall_known(due) || (wall_known(late_due) && wall_before(late_due, due))) {
        due = late_due;
    }
    int64_t wait = wall_known(due) ? wall_since(due, now).ms : COURIER_IDLE_MS;
    return (int)(wait < 0 ? 0 : wait > COURIER_IDLE_MS ? COURIER_IDLE_MS : wait);
}

static void *work(void *context)
{
    struct courier *courier = context;
    struct world *w = courier->world;
    while (!atomic_load(&courier->stopping)) {
        int running = 0;
        wall_ms_t late_due = {0};
        world_lock(w);
        take_answers(courier);
        world_apply_late(w, &late_due);
        send_ready(courier);
        int wait = wait_ms(w, late_due);
        world_unlock(w);
        (void)curl_multi_perform(courier->multi, &running);
        world_lock(w);
        take_answers(courier);
        bool more = courier->world->outbox.ready != NULL && courier->count < COURIER_IN_FLIGHT_MAX;
        world_unlock(w);
        if (!more) {
            (void)curl_multi_poll(courier->multi, NULL, 0, wait, NULL);
            (void)curl_multi_perform(courier->multi, &running);
        }
    }
    return NULL;
}

err_t courier_start(struct world *w, struct courier **ret_courier)
{
    struct courier *courier = calloc(1, sizeof *courier);
    if (courier == NULL) {
        return ERR(NO_MEMORY);
    }
    courier->world = w;
    courier->multi = curl_multi_init();
    if (courier->multi == NULL) {
        free(courier);
        return ERR(NO_MEMORY);
    }
    (void)curl_multi_setopt(courier->multi, CURLMOPT_MAXCONNECTS, (long)COURIER_IN_FLIGHT_MAX);
    if (pthread_create(&courier->thread, NULL, work, courier) != 0) {
        (void)curl_multi_cleanup(courier->multi);
        free(courier);
        return ERR(UNAVAILABLE);
    }
    world_lock(w);
    w->courier = courier;
    w->wake = wake;
    world_unlock(w);
    wake(courier);
    *ret_courier = courier;
    return err_ok();
}

static void free_parcels(struct courier *courier, struct parcel *list)
{
    while (list != NULL) {
        struct parcel *next = list->next;
        (void)curl_multi_remove_handle(courier->multi, list->easy);
        curl_easy_cleanup(list->easy);
        curl_slist_free_all(list->headers);
        buf_deinit(&list->body);
        free(list);
        list = next;
    }
}

void courier_stop(struct courier *courier)
{
    if (courier == NULL) {
        return;
    }
    atomic_store(&courier->stopping, true);
    wake(courier);
    CHECK(pthread_join(courier->thread, NULL) == 0);
    world_lock(courier->world);
    courier->world->wake = NULL;
    world_unlock(courier->world);
    free_parcels(courier, courier->under_way);
    free_parcels(courier, courier->spare);
    (void)curl_multi_cleanup(courier->multi);
    free(courier);
}
