#include "tests/support/peer_double.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

struct peer_double_call {
    struct peer_double_call *next;
    mono_ms_t began;
    mono_ms_t at;
    uint64_t cookie;
    struct peer_reply reply;
    char *body;
    char *rate[4]; /* remaining, limit, reset, endpoint */
};

void peer_double_init(struct peer_double *p, struct clock_double *clock,
                      struct peer_reply (*reply)(void *, const struct peer_seen *, size_t),
                      void *arg)
{
    *p = (struct peer_double){.clock = clock, .reply = reply, .arg = arg};
}

static void call_free(struct peer_double_call *call)
{
    if (call != NULL) {
        free(call->body);
        for (size_t i = 0; i < 4; i++) {
            free(call->rate[i]);
        }
        free(call);
    }
}

static struct slice keep(struct slice s)
{
    char *copy = malloc(s.len + 1);
    CHECK(copy != NULL);
    if (s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    copy[s.len] = '\0';
    return slice_from(copy, s.len);
}

static void slice_free(struct slice s)
{
    free((void *)(uintptr_t)s.ptr);
}

void peer_double_deinit(struct peer_double *p)
{
    while (p->first != NULL) {
        struct peer_double_call *next = p->first->next;
        call_free(p->first);
        p->first = next;
    }
    call_free(p->told);
    for (size_t i = 0; i < p->seen_count; i++) {
        slice_free(p->seen[i].method);
        slice_free(p->seen[i].url);
        slice_free(p->seen[i].body);
        slice_free(p->seen[i].headers);
    }
    free(p->seen);
}

static struct slice headers_keep(const struct peer_request *request)
{
    size_t len = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        len += request->headers[i].len + 1;
    }
    char *text = malloc(len + 1);
    CHECK(text != NULL);
    size_t at = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        memcpy(text + at, request->headers[i].ptr, request->headers[i].len);
        at += request->headers[i].len;
        text[at++] = '\n';
    }
    text[at] = '\0';
    return slice_from(text, at);
}

static char *text_keep(const char *text)
{
    return text == NULL ? NULL : (char *)(uintptr_t)keep(slice_of(text)).ptr;
}

static err_t submit(void *self, const struct peer_request *request)
{
    struct peer_double *p = self;
    struct peer_seen *seen = realloc(p->seen, (p->seen_count + 1) * sizeof *seen);
    CHECK(seen != NULL);
    p->seen = seen;
    seen[p->seen_count] = (struct peer_seen){
        .method = keep(request->method),
        .url = keep(request->url),
        .body = keep(request->body),
        .headers = headers_keep(request),
        .deadline = request->deadline,
        .private_allowed = request->private_allowed,
        .answer_bytes_max = request->answer_bytes_max,
        .at = p->clock->mono,
    };
    size_t index = p->seen_count++;
    struct peer_double_call *call = calloc(1, sizeof *call);
    CHECK(call != NULL);
    call->reply = p->reply(p->arg, &p->seen[index], index);
    call->body = text_keep(call->reply.body);
    call->rate[0] = text_keep(call->reply.rate_remaining);
    call->rate[1] = text_keep(call->reply.rate_limit);
    call->rate[2] = text_keep(call->reply.rate_reset);
    call->rate[3] = text_keep(call->reply.rate_endpoint);
    call->cookie = request->cookie;
    call->began = p->clock->mono;
    span_ms_t after = call->reply.after;
    if (after.ms > request->deadline.ms) {
        after = request->deadline;
        call->reply.result = PEER_TIMED_OUT;
    }
    call->at = mono_add(p->clock->mono, after);
    struct peer_double_call **place = &p->first;
    while (*place != NULL && !mono_before(call->at, (*place)->at)) {
        place = &(*place)->next;
    }
    call->next = *place;
    *place = call;
    p->in_flight++;
    p->in_flight_most = p->in_flight > p->in_flight_most ? p->in_flight : p->in_flight_most;
    return err_ok();
}

static err_t collect(void *self, struct peer_answer *ret_answer, bool *ret_got)
{
    struct peer_double *p = self;
    struct peer_double_call *call = p->first;
    *ret_got = call != NULL && !mono_before(p->clock->mono, call->at);
    if (!*ret_got) {
        return err_ok();
    }
    p->first = call->next;
    p->in_flight--;
    call_free(p->told);
    p->told = call;
    bool is_answered = call->reply.result == PEER_ANSWERED;
    *ret_answer = (struct peer_answer){
        .cookie = call->cookie,
        .result = call->reply.result,
        .status = is_answered ? call->reply.status : 0,
        .body = is_answered ? slice_of(call->body) : (struct slice){0},
        .retry_after = call->reply.retry_after,
        .date = is_answered ? p->clock->wall : (wall_ms_t){0},
        .rate_remaining = slice_of(call->rate[0]),
        .rate_limit = slice_of(call->rate[1]),
        .rate_reset = slice_of(call->rate[2]),
        .rate_endpoint = slice_of(call->rate[3]),
        .content_type = slice_of(is_answered ? call->reply.content_type : NULL),
        .is_too_large = call->reply.is_too_large,
        .error = is_answered ? (struct slice){0} : SLICE("as the test wants it"),
        .took = mono_since(p->clock->mono, call->began),
    };
    return err_ok();
}

static size_t in_flight(void *self)
{
    return ((struct peer_double *)self)->in_flight;
}

struct peer peer_double_port(struct peer_double *p)
{
    static const struct peer_ops ops = {submit, collect, in_flight};
    return (struct peer){&ops, p};
}

bool peer_double_next(const struct peer_double *p, mono_ms_t *ret_at)
{
    if (p->first != NULL) {
        *ret_at = p->first->at;
    }
    return p->first != NULL;
}
