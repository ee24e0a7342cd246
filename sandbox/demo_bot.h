/* demo_bot — the demo bot's endpoints, and what it remembers of the turns it got.
 *
 *     POST /bot/{store}   a turn (signed, when a secret is set), or a notice
 *     POST /openai/{store}/v1/chat/completions   the same bot as a model (demo_chat.h); the key of
 * its API is the secret GET  /turns         how often each webhook-id came:
 * {"total","distinct","turns":{id: n}} GET  /notices       how many notices of each type
 *     GET  /heard?from=N  the notices themselves (demo_heard.h)
 *
 * A webhook-id that comes again gets the answer that it got before. */
#ifndef SANDBOX_DEMO_BOT_H
#define SANDBOX_DEMO_BOT_H

#include "base/err.h"
#include "base/table.h"
#include "sandbox/demo_heard.h"
#include "sandbox/demo_later.h"
#include "sandbox/demo_sign.h"
#include "sandbox/http.h"

#include <pthread.h>
#include <stdbool.h>

enum { DEMO_SECRETS_MAX = 64, DEMO_REMEMBERED_MAX = 4096, DEMO_COUNTED_MAX = 1000 * 1000 };

/* An answer that was given, kept while there is room. */
struct demo_memory {
    char *id;
    unsigned status;
    char *body;
    size_t body_len;
};

struct demo_bot {
    struct demo_key keys[DEMO_SECRETS_MAX];
    size_t key_count; /* 0 = signatures are not checked */
    struct demo_later *later;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t pause_end;
    bool stopping;
    struct table *counts;  /* webhook-id → how often */
    struct table *notices; /* type → how many */
    struct demo_heard heard;
    uint64_t total;
    struct table *remembered; /* webhook-id → struct demo_memory */
    struct demo_memory ring[DEMO_REMEMBERED_MAX];
    size_t ring_next;
};

/* keys and `later` are the caller's to set. ERR_NO_MEMORY. */
MUST_USE err_t demo_bot_init(struct demo_bot *bot);
void demo_bot_deinit(struct demo_bot *bot);
/* http_serve_fn and http_pause_fn; context = struct demo_bot. */
void demo_bot_serve(void *context, const struct request *request, struct answer *answer);
void demo_bot_pause(void *context, int64_t ms);
/* Ends all pauses, now and later. */
void demo_bot_stop(struct demo_bot *bot);

#endif
