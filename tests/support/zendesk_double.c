#include "tests/support/zendesk_double.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { KEY_LIVES_MS = 2 * 60 * 60 * 1000, EFFECT_LEN = 32 };

void zendesk_double_init(struct zendesk_double *z, uint64_t seed)
{
    memset(z, 0, sizeof *z);
    rng_seed(&z->rng, seed);
    z->next_ticket = 1000;
}

/* ---- text */

/* What stands between `before` and the next quote; empty = nothing. */
static struct slice quoted_after(struct slice text, const char *before)
{
    size_t len = strlen(before);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, before, len) == 0) {
            struct slice rest = slice_sub(text, i + len, text.len);
            return slice_sub(rest, 0, slice_find(rest, '"'));
        }
    }
    return (struct slice){0};
}

struct slice zendesk_double_effect(struct slice body)
{
    struct slice id = quoted_after(body, "\"tieline.effect\":\"");
    return id.len == EFFECT_LEN ? id : (struct slice){0};
}

static bool has(struct slice text, const char *what)
{
    size_t len = strlen(what);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, what, len) == 0) {
            return true;
        }
    }
    return false;
}

/* The number that follows `before` in an address; -1 = none. */
static int64_t number_after(struct slice url, const char *before)
{
    size_t len = strlen(before);
    for (size_t i = 0; i + len <= url.len; i++) {
        if (memcmp(url.ptr + i, before, len) != 0) {
            continue;
        }
        int64_t number = -1;
        for (size_t k = i + len; k < url.len && url.ptr[k] >= '0' && url.ptr[k] <= '9'; k++) {
            number = (number < 0 ? 0 : number * 10) + (url.ptr[k] - '0');
        }
        return number;
    }
    return -1;
}

static uint64_t hash_of(struct slice text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static void copy_text(char *to, size_t size, struct slice text)
{
    (void)snprintf(to, size, "%.*s", SLICE_ARG(text));
}

/* Zendesk's stamps: whole seconds. */
static void stamp_of(wall_ms_t at, char text[INSTANT_TEXT_BYTES])
{
    instant_format_iso8601(at, text);
    text[19] = 'Z';
    text[20] = '\0';
}

static wall_ms_t whole(wall_ms_t at)
{
    return (wall_ms_t){at.ms / 1000 * 1000};
}

static PRINTF_LIKE(3, 4) void add(struct zendesk_double *z, size_t *len, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int count = vsnprintf(z->body + *len, sizeof z->body - *len, format, args);
    va_end(args);
    CHECK(count >= 0 && (size_t)count < sizeof z->body - *len);
    *len += (size_t)count;
}

static struct zendesk_reply plain(uint32_t status, const char *body)
{
    return (struct zendesk_reply){.status = status, .body = body};
}

static wall_ms_t shown_from(struct zendesk_double *z, wall_ms_t now, span_ms_t lag)
{
    return wall_add(now, span_ms((int64_t)rng_below(&z->rng, (uint64_t)lag.ms + 1)));
}

/* ---- messaging */

static struct zendesk_reply message_posted(struct zendesk_double *z, wall_ms_t now,
                                           int64_t conversation, struct slice body)
{
    CHECK(z->message_count < ZENDESK_MARKS_MAX);
    struct zendesk_mark *mark = &z->messages[z->message_count++];
    *mark = (struct zendesk_mark){.place = conversation, .at = now};
    mark->shown_from = shown_from(z, now, z->message_lag);
    copy_text(mark->effect, sizeof mark->effect, zendesk_double_effect(body));
    size_t len = 0;
    add(z, &len, "{\"messages\":[{\"id\":\"m%zu\"}]}", z->message_count);
    struct zendesk_reply reply = plain(201, z->body);
    reply.is_applied = true;
    return reply;
}

static struct zendesk_reply messages_listed(struct zendesk_double *z, wall_ms_t now,
                                            int64_t conversation)
{
    size_t len = 0;
    const char *comma = "";
    add(z, &len, "{\"messages\":[");
    for (size_t i = 0; i < z->message_count; i++) {
        const struct zendesk_mark *mark = &z->messages[i];
        char at[INSTANT_TEXT_BYTES];
        instant_format_iso8601(mark->at, at);
        if (mark->place == conversation && !wall_before(now, mark->shown_from)) {
            add(z, &len,
                "%s{\"id\":\"m%zu\",\"received\":\"%s\",\"author\":{\"type\":\"business\"},"
                "\"metadata\":{\"tieline.effect\":\"%s\"}}",
                comma, i + 1, at, mark->effect);
            comma = ",";
        }
    }
    add(z, &len, "],\"meta\":{\"hasMore\":false}}");
    return plain(200, z->body);
}

static struct zendesk_reply conversation_read(struct zendesk_double *z, int64_t conversation)
{
    size_t len = 0;
    bool is_humans = z->humans[conversation];
    add(z, &len,
        "{\"conversation\":{\"id\":\"%" PRId64 "\",\"activeSwitchboardIntegration\":"
        "{\"id\":\"%s\",\"name\":\"%s\",\"integrationType\":\"%s\"}}}",
        conversation, is_humans ? "aw1" : "bot1", is_humans ? "zd-agentWorkspace" : "bot1",
        is_humans ? "zd:agentWorkspace" : "custom");
    return plain(200, z->body);
}

static struct zendesk_reply conversations_serve(struct zendesk_double *z, wall_ms_t now,
                                                const struct zendesk_request *request)
{
    int64_t conversation = number_after(request->url, "/conversations/c");
    if (conversation < 0 || conversation >= ZENDESK_CONVERSATIONS_MAX) {
        return plain(404, "{\"errors\":[{\"code\":\"conversation_not_found\"}]}");
    }
    bool is_post = slice_equal(request->method, SLICE("POST"));
    if (has(request->url, "/messages")) {
        return is_post ? message_posted(z, now, conversation, request->body)
                       : messages_listed(z, now, conversation);
    }
    if (is_post) { /* passed to who is named */
        z->humans[conversation] = has(request->body, "\"zd-agentWorkspace\"");
        struct zendesk_reply reply = plain(200, "{}");
        reply.is_applied = true;
        return reply;
    }
    return conversation_read(z, conversation);
}

/* ---- tickets */

static struct zendesk_ticket *ticket_by_id(struct zendesk_double *z, int64_t id)
{
    for (size_t i = 0; i < z->ticket_count; i++) {
        if (z->tickets[i].id == id) {
            return &z->tickets[i];
        }
    }
    return NULL;
}

static struct zendesk_ticket *ticket_add(struct zendesk_double *z, int64_t id, wall_ms_t now)
{
    CHECK(z->ticket_count < ZENDESK_TICKETS_MAX);
    struct zendesk_ticket *ticket = &z->tickets[z->ticket_count++];
    *ticket = (struct zendesk_ticket){.id = id, .made = now, .updated = whole(now)};
    return ticket;
}

void zendesk_double_ticket(struct zendesk_double *z, int64_t id, wall_ms_t now)
{
    (void)ticket_add(z, id, now);
}

void zendesk_double_agent(struct zendesk_double *z, int64_t ticket, bool takes, wall_ms_t now)
{
    struct zendesk_ticket *t = ticket_by_id(z, ticket);
    CHECK(t != NULL);
    t->updated = whole(now);
    t->is_humans = takes;
}

static struct zendesk_reply ticket_told(struct zendesk_double *z, uint32_t status, int64_t id)
{
    size_t len = 0;
    add(z, &len, "{\"ticket\":{\"id\":%" PRId64 "}}", id);
    return plain(status, z->body);
}

static struct zendesk_reply ticket_made(struct zendesk_double *z, wall_ms_t now,
                                        const struct zendesk_request *request)
{
    uint64_t hash = hash_of(request->body);
    for (size_t i = 0; i < z->ticket_count && !slice_empty(request->key); i++) {
        const struct zendesk_ticket *t = &z->tickets[i];
        if (slice_equal(slice_of(t->key), request->key) &&
            wall_since(now, t->made).ms < KEY_LIVES_MS) {
            return t->body_hash == hash ? ticket_told(z, 201, t->id)
                                        : plain(400, "{\"error\":\"IdempotentRequestError\"}");
        }
    }
    struct zendesk_ticket *t = ticket_add(z, z->next_ticket++, now);
    t->body_hash = hash;
    t->shown_from = shown_from(z, now, z->ticket_lag);
    copy_text(t->key, sizeof t->key, request->key);
    copy_text(t->external_id, sizeof t->external_id,
              quoted_after(request->body, "\"external_id\":\""));
    struct zendesk_reply reply = ticket_told(z, 201, t->id);
    reply.is_applied = true;
    return reply;
}

static struct zendesk_reply tickets_listed(struct zendesk_double *z, wall_ms_t now,
                                           struct slice url)
{
    size_t len = 0;
    const char *comma = "";
    add(z, &len, "{\"tickets\":[");
    for (size_t i = 0; i < z->ticket_count; i++) {
        const struct zendesk_ticket *t = &z->tickets[i];
        if (t->external_id[0] != '\0' && has(url, t->external_id) &&
            !wall_before(now, t->shown_from)) {
            add(z, &len, "%s{\"id\":%" PRId64 ",\"external_id\":\"%s\"}", comma, t->id,
                t->external_id);
            comma = ",";
        }
    }
    add(z, &len, "],\"next_page\":null}");
    return plain(200, z->body);
}

static struct zendesk_reply ticket_changed(struct zendesk_double *z, wall_ms_t now,
                                           struct zendesk_ticket *t, struct slice body)
{
    char stamp[INSTANT_TEXT_BYTES];
    stamp_of(t->updated, stamp);
    struct slice given = quoted_after(body, "\"updated_stamp\":\"");
    if (has(body, "\"safe_update\":true") && !slice_equal(given, slice_of(stamp))) {
        return plain(409, "{\"error\":\"UpdateConflict\"}");
    }
    CHECK(z->audit_count < ZENDESK_MARKS_MAX);
    struct zendesk_mark *mark = &z->audits[z->audit_count++];
    *mark = (struct zendesk_mark){.place = t->id, .at = now};
    mark->shown_from = shown_from(z, now, z->audit_lag);
    copy_text(mark->effect, sizeof mark->effect, zendesk_double_effect(body));
    t->updated = whole(now);
    struct zendesk_reply reply = ticket_told(z, 200, t->id);
    reply.is_applied = true;
    reply.is_human_ticket = t->is_humans;
    return reply;
}

static struct zendesk_reply audits_listed(struct zendesk_double *z, wall_ms_t now, int64_t id)
{
    size_t len = 0;
    const char *comma = "";
    add(z, &len, "{\"audits\":[");
    for (size_t i = z->audit_count; i-- > 0;) {
        const struct zendesk_mark *mark = &z->audits[i];
        if (mark->place == id && !wall_before(now, mark->shown_from)) {
            char at[INSTANT_TEXT_BYTES];
            stamp_of(mark->at, at);
            add(z, &len,
                "%s{\"id\":%zu,\"ticket_id\":%" PRId64 ",\"created_at\":\"%s\",\"author_id\":900,"
                "\"via\":{\"channel\":\"api\"},\"metadata\":{\"custom\":{\"tieline.effect\":\"%s\"}"
                "},\"events\":[{\"id\":%zu,\"type\":\"Comment\"}]}",
                comma, i + 1, id, at, mark->effect, i + 1);
            comma = ",";
        }
    }
    add(z, &len, "],\"next_page\":null}");
    return plain(200, z->body);
}

/* Its comments, newest first: each update made one. */
static struct zendesk_reply comments_listed(struct zendesk_double *z, wall_ms_t now, int64_t id)
{
    size_t len = 0;
    const char *comma = "";
    add(z, &len, "{\"comments\":[");
    for (size_t i = z->audit_count; i-- > 0;) {
        const struct zendesk_mark *mark = &z->audits[i];
        if (mark->place == id && !wall_before(now, mark->shown_from)) {
            char at[INSTANT_TEXT_BYTES];
            stamp_of(mark->at, at);
            add(z, &len,
                "%s{\"id\":%zu,\"audit_id\":%zu,\"author_id\":900,\"public\":true,\"body\":\"hi\","
                "\"created_at\":\"%s\"}",
                comma, i + 1, i + 1, at);
            comma = ",";
        }
    }
    add(z, &len, "],\"users\":[{\"id\":900,\"role\":\"agent\"}],\"meta\":{\"has_more\":false}}");
    return plain(200, z->body);
}

static struct zendesk_reply audit_read(struct zendesk_double *z, wall_ms_t now, int64_t id,
                                       int64_t number)
{
    if (number < 1 || (size_t)number > z->audit_count || z->audits[number - 1].place != id ||
        wall_before(now, z->audits[number - 1].shown_from)) {
        return plain(404, "{\"error\":\"RecordNotFound\"}");
    }
    size_t len = 0;
    char at[INSTANT_TEXT_BYTES];
    stamp_of(z->audits[number - 1].at, at);
    add(z, &len,
        "{\"audit\":{\"id\":%" PRId64 ",\"ticket_id\":%" PRId64
        ",\"created_at\":\"%s\",\"author_id\":900,\"via\":{\"channel\":\"api\"},"
        "\"metadata\":{\"custom\":{\"tieline.effect\":\"%s\"}}}}",
        number, id, at, z->audits[number - 1].effect);
    return plain(200, z->body);
}

static struct zendesk_reply ticket_read(struct zendesk_double *z, const struct zendesk_ticket *t)
{
    size_t len = 0;
    char stamp[INSTANT_TEXT_BYTES];
    stamp_of(t->updated, stamp);
    add(z, &len,
        "{\"ticket\":{\"id\":%" PRId64 ",\"assignee_id\":%d,\"subject\":\"s\",\"status\":\"open\","
        "\"updated_at\":\"%s\"}}",
        t->id, t->is_humans ? 555 : 900, stamp);
    return plain(200, z->body);
}

static struct zendesk_reply support_serve(struct zendesk_double *z, wall_ms_t now,
                                          const struct zendesk_request *request)
{
    int64_t id = number_after(request->url, "/tickets/");
    if (id < 0) {
        return slice_equal(request->method, SLICE("POST")) ? ticket_made(z, now, request)
                                                           : tickets_listed(z, now, request->url);
    }
    struct zendesk_ticket *t = ticket_by_id(z, id);
    if (t == NULL) {
        return plain(404, "{\"error\":\"RecordNotFound\"}");
    }
    if (slice_equal(request->method, SLICE("PUT"))) {
        return ticket_changed(z, now, t, request->body);
    }
    if (has(request->url, "/audits/")) {
        return audit_read(z, now, id, number_after(request->url, "/audits/"));
    }
    if (has(request->url, "/audits")) {
        return audits_listed(z, now, id);
    }
    return has(request->url, "/comments") ? comments_listed(z, now, id) : ticket_read(z, t);
}

struct zendesk_reply zendesk_double_serve(struct zendesk_double *z, wall_ms_t now,
                                          const struct zendesk_request *request)
{
    if (has(request->url, "bot.example")) {
        struct zendesk_reply reply = plain(200, "{\"messages\":[{\"markdown\":\"a word\"}]}");
        reply.is_applied = true;
        return reply;
    }
    return has(request->url, "/api/v2/") ? support_serve(z, now, request)
                                         : conversations_serve(z, now, request);
}
