#include "tests/bench/load.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t load_now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void load_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("bench: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

uint64_t load_number(const char *text, uint64_t most)
{
    uint64_t value = 0;
    if (err_failed(slice_to_u64(slice_of(text), &value)) || value > most) {
        load_fail("`%s` is no number from 0 to %llu", text, (unsigned long long)most);
    }
    return value;
}

size_t load_path(enum load_kind kind, uint64_t lane, char text[LOAD_PATH_BYTES])
{
    unsigned long long id = lane;
    int len = 0;
    switch (kind) {
    case LOAD_MESSAGE:
        len = snprintf(text, LOAD_PATH_BYTES, "/conversations/%llu/messages", id);
        break;
    case LOAD_TICKET_CREATE: len = snprintf(text, LOAD_PATH_BYTES, "/api/v2/tickets"); break;
    case LOAD_TICKET_UPDATE:
        len = snprintf(text, LOAD_PATH_BYTES, "/api/v2/tickets/%llu", id);
        break;
    }
    return (size_t)len;
}

size_t load_body(enum load_kind kind, uint64_t lane, uint64_t sequence, const char *effect,
                 int64_t written_ns, char text[LOAD_BODY_BYTES])
{
    unsigned long long place = lane;
    unsigned long long number = sequence;
    long long written = written_ns;
    int len = 0;
    switch (kind) {
    case LOAD_MESSAGE:
        len = snprintf(text, LOAD_BODY_BYTES,
                       "{\"author\":{\"type\":\"user\"},\"content\":{\"type\":\"text\","
                       "\"text\":\"~%llu~%llu~%lld~ " LOAD_WORDS "\"},"
                       "\"metadata\":{\"tieline.effect\":\"%s\"}}",
                       place, number, written, effect);
        break;
    case LOAD_TICKET_CREATE:
    case LOAD_TICKET_UPDATE:
        len = snprintf(text, LOAD_BODY_BYTES,
                       "{\"ticket\":{\"external_id\":\"%s\",\"comment\":{\"body\":"
                       "\"~%llu~%llu~%lld~ " LOAD_WORDS "\"},"
                       "\"metadata\":{\"tieline.effect\":\"%s\"}}}",
                       effect, place, number, written, effect);
        break;
    }
    return (size_t)len;
}

static const char trace_head[] = "00-b0b0b0b0b0b0b0b0";

void load_trace(int64_t now_ns, char text[LOAD_TRACE_BYTES])
{
    (void)snprintf(text, LOAD_TRACE_BYTES, "%s%016llx-b0b0b0b0b0b0b0b0-01", trace_head,
                   (unsigned long long)now_ns);
}

int64_t load_trace_ns(struct slice trace)
{
    size_t head = sizeof trace_head - 1;
    int64_t ns = 0;
    if (trace.len != LOAD_TRACE_BYTES - 1 || memcmp(trace.ptr, trace_head, head) != 0) {
        return 0;
    }
    for (size_t i = 0; i < 16; i++) {
        int digit = (unsigned char)trace.ptr[head + i];
        ns = ns * 16 + (digit >= 'a' ? digit - 'a' + 10 : digit - '0');
    }
    return ns;
}
