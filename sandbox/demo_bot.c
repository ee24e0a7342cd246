#include "sandbox/demo_bot.h"

#include "base/check.h"
#include "json/json_read.h"
#include "json/json_write.h"
#include "sandbox/clock.h"
#include "sandbox/demo_chat.h"
#include "sandbox/demo_turn.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { DEMO_ARENA_BYTES_MAX = 32 * 1024 * 1024 };

err_t demo_bot_init(struct demo_bot *bot)
{
    pthread_condattr_t attributes;
    CHECK(pthread_mutex_init(&bot->lock, NULL) == 0);
    CHECK(pthread_condattr_init(&attributes) == 0);
    CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&bot->pause_end, &attributes) == 0);
    TRY(table_new(DEMO_COUNTED_MAX, 1, &bot->counts));
    TRY(table_new(DEMO_COUNTED_MAX, 1, &bot->notices));
    TRY(demo_heard_init(&bot->heard));
    return table_new(DEMO_REMEMBERED_MAX + 1, 1, &bot->remembered);
}

void demo_bot_deinit(struct demo_bot *bot)
{
    for (size_t i = 0; i < DEMO_REMEMBERED_MAX; i++) {
        free(bot->ring[i].id);
        free(bot->ring[i].body);
    }
    table_free(bot->counts);
    table_free(bot->notices);
    demo_heard_deinit(&bot->heard);
    table_free(bot->remembered);
    (void)pthread_mutex_destroy(&bot->lock);
    (void)pthread_cond_destroy(&bot->pause_end);
}

static void lock(struct demo_bot *bot)
{
    CHECK(pthread_mutex_lock(&bot->lock) == 0);
}

static void unlock(struct demo_bot *bot)
{
    CHECK(pthread_mutex_unlock(&bot->lock) == 0);
}

void demo_bot_pause(void *context, int64_t ms)
{
    struct demo_bot *bot = context;
    struct timespec until = {0};
    CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
    int64_t nanoseconds = until.tv_nsec + (ms % 1000) * 1000000;
    until.tv_sec += (time_t)(ms / 1000 + nanoseconds / 1000000000);
    until.tv_nsec = (long)(nanoseconds % 1000000000);
    lock(bot);
    int waited = 0;
    while (!bot->stopping && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&bot->pause_end, &bot->lock, &until);
    }
    unlock(bot);
}

void demo_bot_stop(struct demo_bot *bot)
{
    lock(bot);
    bot->stopping = true;
    CHECK(pthread_cond_broadcast(&bot->pause_end) == 0);
    unlock(bot);
}

static wall_ms_t now(void)
{
    struct clock clock = {.newest = {0}};
    return clock_now(&clock);
}

static void say(struct answer *answer, unsigned status, const char *json)
{
    answer->status = status;
    answer->content_type = "application/json";
    buf_reset(&answer->body);
    if (err_failed(buf_append_text(&answer->body, json))) {
        answer->status = 500;
    }
}

/* Counts in the pointer itself; full = not counted. */
static void count(struct table *table, struct slice key)
{
    uintptr_t n = (uintptr_t)table_get(table, key) + 1;
    if (err_failed(table_put(table, key, (void *)n, NULL))) {
        return;
    }
}

/* Thread: holds the lock. */
static bool answer_again(const struct demo_bot *bot, struct slice id, struct answer *answer)
{
    const struct demo_memory *memory = slice_empty(id) ? NULL : table_get(bot->remembered, id);
    if (memory == NULL) {
        return false;
    }
    say(answer, memory->status, "");
    if (err_failed(buf_append(&answer->body, slice_from(memory->body, memory->body_len)))) {
        answer->status = 500;
    }
    return true;
}

/* Thread: holds the lock. */
static void remember(struct demo_bot *bot, struct slice id, const struct answer *answer)
{
    struct demo_memory *memory = &bot->ring[bot->ring_next];
    char *kept_id = slice_empty(id) ? NULL : strndup(id.ptr, id.len);
    char *kept_body = malloc(answer->body.len + 1);
    if (kept_id == NULL || kept_body == NULL) {
        free(kept_id);
        free(kept_body);
        return;
    }
    if (memory->id != NULL) {
        (void)table_remove(bot->remembered, slice_of(memory->id));
        free(memory->id);
        free(memory->body);
    }
    memcpy(kept_body, buf_text(&answer->body), answer->body.len);
    *memory = (struct demo_memory){
        .id = kept_id, .status = answer->status, .body = kept_body, .body_len = answer->body.len};
    if (!err_failed(table_put(bot->remembered, id, memory, NULL))) {
        bot->ring_next = (bot->ring_next + 1) % DEMO_REMEMBERED_MAX;
    }
}

struct turn {
    struct slice store, id;
    const struct json *json;
};

static err_t post_later(struct demo_bot *bot, const struct turn *turn, int64_t wait_ms)
{
    CLEANUP(buf) struct buf reply = {0};
    struct demo_answer ignored = {0};
    buf_init(&reply, DEMO_ANSWER_BYTES_MAX);
    TRY(demo_turn(turn->json, turn->store, true, &reply, &ignored));
    return demo_later_add(bot->later, turn->store, turn->id, buf_slice(&reply), wait_ms);
}

static void answer_turn(struct demo_bot *bot, const struct turn *turn, struct answer *answer)
{
    CLEANUP(buf) struct buf text = {0};
    struct demo_answer order = {0};
    lock(bot);
    count(bot->counts, turn->id);
    bot->total++;
    bool again = answer_again(bot, turn->id, answer);
    unlock(bot);
    if (again) {
        return;
    }
    buf_init(&text, DEMO_ANSWER_BYTES_MAX);
    if (err_failed(demo_turn(turn->json, turn->store, false, &text, &order)) || order.fails) {
        say(answer, 500, "{\"error\":\"failed on request\"}"); /* not kept: it may be asked again */
        return;
    }
    say(answer, order.is_later ? 202 : 200, order.is_later ? "" : buf_text(&text));
    if (order.slow_ms > 0) {
        demo_bot_pause(bot, order.slow_ms);
    }
    /* Two tries of one turn at once: the first to come here posts, the others say the same. */
    lock(bot);
    bool is_first = table_get(bot->remembered, turn->id) == NULL;
    if (is_first) {
        remember(bot, turn->id, answer);
    }
    unlock(bot);
    if (order.is_later && is_first && err_failed(post_later(bot, turn, order.later_ms))) {
        say(answer, 503, "{\"error\":\"too much to post later\"}");
    }
}

static bool is_signed(const struct demo_bot *bot, const struct request *request)
{
    for (size_t i = 0; i < bot->key_count; i++) {
        if (demo_signed(&bot->keys[i], http_header(request, "webhook-id"),
                        http_header(request, "webhook-timestamp"),
                        http_header(request, "webhook-signature"), request->body, now())) {
            return true;
        }
    }
    return bot->key_count == 0;
}

static void take_post(struct demo_bot *bot, const struct request *request, struct slice store,
                      struct answer *answer)
{
    CLEANUP(arena) struct arena arena = {0};
    struct turn turn = {.store = store, .id = http_header(request, "webhook-id")};
    arena_init(&arena, DEMO_ARENA_BYTES_MAX);
    if (!is_signed(bot, request)) {
        say(answer, 401, "{\"error\":\"the signature does not fit\"}");
        return;
    }
    if (err_failed(json_parse(&arena, request->body, NULL, NULL, &turn.json))) {
        say(answer, 400, "{\"error\":\"the body is not JSON\"}");
        return;
    }
    struct slice type = json_string(json_find(turn.json, "type"));
    if (slice_equal(type, SLICE("turn"))) {
        answer_turn(bot, &turn, answer);
        return;
    }
    lock(bot);
    count(bot->notices, type);
    demo_heard_take(&bot->heard, turn.id, store, request->body);
    unlock(bot);
    say(answer, 200, "{}");
}

static bool has_key(const struct demo_bot *bot, const struct request *request)
{
    struct slice given = http_header(request, "Authorization");
    struct slice bearer = SLICE("Bearer ");
    for (size_t i = 0; slice_starts_with(given, bearer) && i < bot->key_count; i++) {
        if (demo_key_is(&bot->keys[i], slice_sub(given, bearer.len, given.len))) {
            return true;
        }
    }
    return bot->key_count == 0;
}

static void take_chat(struct demo_bot *bot, const struct request *request, struct slice store,
                      struct answer *answer)
{
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf text = {0};
    const struct json *json = NULL;
    struct demo_answer order = {0};
    bool is_right = false;
    arena_init(&arena, DEMO_ARENA_BYTES_MAX);
    buf_init(&text, DEMO_ANSWER_BYTES_MAX);
    if (!has_key(bot, request)) {
        say(answer, 401, "{\"error\":{\"message\":\"Incorrect API key provided\"}}");
        return;
    }
    if (err_failed(json_parse(&arena, request->body, NULL, NULL, &json)) ||
        err_failed(demo_chat(&arena, json, store, &text, &is_right, &order))) {
        say(answer, 400, "{\"error\":{\"message\":\"The body could not be read\"}}");
        return;
    }
    lock(bot);
    bot->total++;
    unlock(bot);
    if (order.fails) {
        say(answer, 500, "{\"error\":{\"message\":\"failed on request\"}}");
        return;
    }
    say(answer, is_right ? 200 : 400, buf_text(&text));
    int64_t wait_ms = order.slow_ms > order.later_ms ? order.slow_ms : order.later_ms;
    if (wait_ms > 0) {
        demo_bot_pause(bot, wait_ms);
    }
}

/* "/openai/STORE/v1/chat/completions": the store; empty for other addresses. */
static struct slice chat_store(struct slice path)
{
    struct slice prefix = SLICE("/openai/");
    struct slice suffix = SLICE("/v1/chat/completions");
    bool is_chat = path.len > prefix.len + suffix.len && slice_starts_with(path, prefix) &&
                   slice_ends_with(path, suffix);
    return is_chat ? slice_sub(path, prefix.len, path.len - suffix.len) : SLICE("");
}

static void put_counts(struct json_write *w, const char *key, const struct table *table)
{
    json_key(w, key);
    json_object(w);
    for (size_t i = 0; i < table_count(table); i++) {
        struct slice name = {0};
        uintptr_t n = (uintptr_t)table_at(table, i, &name);
        json_key_slice(w, name);
        json_uint(w, n);
    }
    json_end(w);
}

static void show_counts(struct demo_bot *bot, bool of_turns, struct answer *answer)
{
    struct json_write w;
    say(answer, 200, "");
    lock(bot);
    json_write_init(&w, &answer->body);
    json_object(&w);
    if (of_turns) {
        json_put_int(&w, "total", (int64_t)bot->total);
        json_put_int(&w, "distinct", (int64_t)table_count(bot->counts));
    }
    put_counts(&w, of_turns ? "turns" : "notices", of_turns ? bot->counts : bot->notices);
    json_end(&w);
    unlock(bot);
    if (err_failed(json_write_done(&w))) {
        say(answer, 500, "{}");
    }
}

static void show_heard(struct demo_bot *bot, struct slice query, struct answer *answer)
{
    struct slice name = {0};
    struct slice from = {0};
    uint64_t first = 0;
    say(answer, 200, "");
    (void)slice_split(query, '=', &name, &from);
    lock(bot);
    bool is_shown = (slice_empty(from) || !err_failed(slice_to_u64(from, &first))) &&
                    !err_failed(demo_heard_show(&bot->heard, (size_t)first, &answer->body));
    unlock(bot);
    if (!is_shown) {
        say(answer, 400, "{\"error\":\"`from` must be a number, and what is shown must fit\"}");
    }
}

/* Any file that is asked for is there: its bytes are its path. Who judges a test knows them by it.
 */
static void show_file(struct slice path, struct answer *answer)
{
    say(answer, 200, "");
    answer->content_type = "image/png";
    if (err_failed(buf_append(&answer->body, path))) {
        say(answer, 500, "{}");
    }
}

void demo_bot_serve(void *context, const struct request *request, struct answer *answer)
{
    struct demo_bot *bot = context;
    struct slice prefix = SLICE("/bot/");
    bool is_get = slice_equal(request->method, SLICE("GET"));
    answer->date = now();
    if (is_get && slice_equal(request->path, SLICE("/turns"))) {
        show_counts(bot, true, answer);
    } else if (is_get && slice_equal(request->path, SLICE("/notices"))) {
        show_counts(bot, false, answer);
    } else if (is_get && slice_equal(request->path, SLICE("/heard"))) {
        show_heard(bot, request->query, answer);
    } else if (is_get && slice_starts_with(request->path, SLICE("/files/"))) {
        show_file(request->path, answer);
    } else if (is_get && slice_equal(request->path, SLICE("/livez"))) {
        say(answer, 200, "{\"status\":\"ok\"}");
    } else if (slice_equal(request->method, SLICE("POST")) &&
               slice_starts_with(request->path, prefix) && request->path.len > prefix.len) {
        take_post(bot, request, slice_sub(request->path, prefix.len, request->path.len), answer);
    } else if (slice_equal(request->method, SLICE("POST")) && chat_store(request->path).len > 0) {
        take_chat(bot, request, chat_store(request->path), answer);
    } else {
        say(answer, 404, "{\"error\":\"there is POST /bot/{store} and GET /turns\"}");
    }
}
