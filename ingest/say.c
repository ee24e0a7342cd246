#include "ingest/say.h"

static const char *const texts[SAY_WARNING_COUNT] = {
    [SAY_UNCONFIRMED] = "records were not confirmed",
    [SAY_NOT_HANDED] = "a request could not be handed to the log",
    [SAY_UNTIMELY] = "signed rightly, but at another time: is this machine's clock right?",
    [SAY_MALFORMED] = "a trusted proxy says what cannot be read of its client",
};

void say_refusal(struct say *s, mono_ms_t now, enum endpoint endpoint, unsigned status,
                 const char *why, int64_t took_ms)
{
    if (refusals_say(&s->refusals, endpoint, status, now)) {
        log_info(s->log, "a request was not taken", LOG_STR("endpoint", endpoint_label(endpoint)),
                 LOG_INT("status", status), LOG_STR("why", why), LOG_INT("ms", took_ms));
    }
}

void say_failed(struct say *s, mono_ms_t now, enum say_warning what, enum endpoint endpoint,
                err_t error)
{
    if (thin_say(&s->warnings[what], now)) {
        log_warn(s->log, texts[what], LOG_STR("endpoint", endpoint_label(endpoint)),
                 LOG_ERR(error));
    }
}

void say_untimely(struct say *s, mono_ms_t now, struct slice store)
{
    if (thin_say(&s->warnings[SAY_UNTIMELY], now)) {
        log_warn(s->log, texts[SAY_UNTIMELY], LOG_SLICE("store", store));
    }
}

void say_malformed(struct say *s, mono_ms_t now, const char *proxy, const char *taken)
{
    if (thin_say(&s->warnings[SAY_MALFORMED], now)) {
        log_warn(s->log, texts[SAY_MALFORMED], LOG_STR("proxy", proxy), LOG_STR("taken", taken));
    }
}

void say_rest(struct say *s, mono_ms_t now)
{
    struct refusals_rest rest = {.count = 0};
    while (refusals_next(&s->refusals, now, &rest)) {
        log_info(s->log, "more requests were not taken",
                 LOG_STR("endpoint", endpoint_label(rest.endpoint)), LOG_INT("status", rest.status),
                 LOG_INT("count", rest.count));
    }
    for (size_t i = 0; i < SAY_WARNING_COUNT; i++) {
        uint64_t more = thin_rest(&s->warnings[i], now);
        if (more > 0) {
            log_warn(s->log, "more of the same", LOG_STR("message", texts[i]),
                     LOG_INT("count", more));
        }
    }
}
