#include "sandbox/support_hooks.h"

#include "json/json_read.h"
#include "sandbox/ticket_events.h"
#include "sandbox/ticket_words.h"
#include "sandbox/world.h"

#include <sodium.h>

#include <stdio.h>
#include <time.h>

enum { HEADER_BYTES_MAX = 8192 };

static err_t queue(struct save *s, struct support_hook *hook, struct slice body)
{
    struct world *world = s->c->world;
    struct delivery *d = NULL;
    struct slice id = {0};
    struct slice invocation = {0};
    const struct fault *fault =
        faults_take_webhook(&world->faults, hook->hook.target, SLICE("conditional_ticket_events"));
    bool held = fault != NULL && fault->kind == FAULT_REORDER_WEBHOOKS;
    int64_t hold_ms = held ? fault->ms : 0;
    unsigned copies = fault != NULL && fault->kind == FAULT_DUPLICATE_WEBHOOK ? 1 : 0;
    TRY(ids_next(&s->c->store->ids, s->c->arena, &id));
    TRY(arena_printf(s->c->arena, &invocation, "01%.*s", SLICE_ARG(id)));
    TRY(outbox_add(&world->outbox, &hook->hook, s->ticket->id_text, world->cause, s->c->now,
                   span_ms(hold_ms), &d));
    d->copies = copies;
    TRY(outbox_put_event(d, hook->subscription, invocation, body));
    ticket_event_webhook(s, hook, body);
    return err_ok();
}

void support_hooks_call(struct save *s, struct support_hook *hook, struct slice body)
{
    struct slice filled = {0};
    if (hook->active && !hook->hook.removed && ticket_placeholders(s, body, &filled)) {
        (void)call_ok(s->c, queue(s, hook, filled));
    }
}

void support_hooks_sign(struct slice secret, struct slice timestamp, struct slice body,
                        char signature[SUPPORT_HOOKS_SIGNATURE_BYTES])
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.ptr, secret.len);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)timestamp.ptr,
                                        timestamp.len);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.ptr, body.len);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    (void)sodium_bin2base64(signature, SUPPORT_HOOKS_SIGNATURE_BYTES, mac, sizeof mac,
                            sodium_base64_VARIANT_ORIGINAL);
}

static struct slice host_time(char text[INSTANT_TEXT_BYTES])
{
    struct timespec real = {0};
    (void)clock_gettime(CLOCK_REALTIME, &real);
    instant_format_iso8601((wall_ms_t){(int64_t)real.tv_sec * 1000}, text);
    text[19] = 'Z'; /* whole seconds */
    text[20] = '\0';
    return slice_of(text);
}

/* Adds one header; a line feed in a value would begin another one. */
static err_t add_line(support_hooks_header_fn add, void *context, struct slice name,
                      const char *before, struct slice value)
{
    CLEANUP(buf) struct buf line = {0};
    buf_init(&line, HEADER_BYTES_MAX);
    if (slice_find(value, '\n') < value.len || slice_find(name, '\n') < name.len) {
        return err_ok();
    }
    TRY(buf_printf(&line, "%.*s: %s%.*s", SLICE_ARG(name), before, SLICE_ARG(value)));
    return add(context, buf_text(&line));
}

static err_t add_login(const struct support_hook *hook, support_hooks_header_fn add, void *context)
{
    CLEANUP(buf) struct buf plain = {0};
    char coded[HEADER_BYTES_MAX];
    buf_init(&plain, HEADER_BYTES_MAX / 2);
    switch (hook->login) {
    case LOGIN_BEARER:
        return add_line(add, context, SLICE("authorization"), "Bearer ", hook->login_secret);
    case LOGIN_API_KEY: return add_line(add, context, hook->login_name, "", hook->login_secret);
    case LOGIN_BASIC:
        TRY(buf_printf(&plain, "%.*s:%.*s", SLICE_ARG(hook->login_name),
                       SLICE_ARG(hook->login_secret)));
        (void)sodium_bin2base64(coded, sizeof coded, (const unsigned char *)buf_text(&plain),
                                plain.len, sodium_base64_VARIANT_ORIGINAL);
        return add_line(add, context, SLICE("authorization"), "Basic ", slice_of(coded));
    case LOGIN_NONE: break;
    }
    return err_ok();
}

static err_t add_custom(const struct support_hook *hook, support_hooks_header_fn add, void *context)
{
    CLEANUP(arena) struct arena scratch = {0};
    const struct json *headers = NULL;
    arena_init(&scratch, 256 * 1024);
    if (slice_empty(hook->headers_json)) {
        return err_ok();
    }
    TRY(json_parse(&scratch, hook->headers_json, NULL, NULL, &headers));
    JSON_EACH(header, headers)
    {
        TRY(add_line(add, context, header->key, "", json_id(header)));
    }
    return err_ok();
}

err_t support_hooks_headers(const struct delivery *d, struct slice body,
                            support_hooks_header_fn add, void *context)
{
    const struct support_hook *hook = d->webhook->support;
    char time[INSTANT_TEXT_BYTES];
    char signature[SUPPORT_HOOKS_SIGNATURE_BYTES];
    struct slice timestamp = host_time(time);
    support_hooks_sign(hook->hook.secret, timestamp, body, signature);
    TRY(add(context, "Content-Type: application/json; charset=utf-8"));
    TRY(add(context, "User-Agent: Zendesk Webhook"));
    TRY(add(context, "x-zendesk-account-id: 21700001"));
    TRY(add_line(add, context, SLICE("x-zendesk-webhook-id"), "", hook->hook.id));
    TRY(add_line(add, context, SLICE("x-zendesk-webhook-invocation-id"), "",
                 buf_slice(&d->event_ids)));
    TRY(add_line(add, context, SLICE("x-zendesk-webhook-signature"), "", slice_of(signature)));
    TRY(add_line(add, context, SLICE("x-zendesk-webhook-signature-timestamp"), "", timestamp));
    TRY(add_custom(hook, add, context));
    return add_login(hook, add, context);
}
