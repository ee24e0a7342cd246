#include "ingest/core/http_answer.h"

#include "base/check.h"
#include "ingest/core/problem.h"

#include <string.h>

struct writer {
    char *out;
    size_t len;
};

static void put(struct writer *w, struct slice text)
{
    if (text.len > 0) {
        memcpy(w->out + w->len, text.ptr, text.len);
        w->len += text.len;
    }
}

static void put_number(struct writer *w, size_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(w, slice_from(digits + at, sizeof digits - at));
}

size_t http_answer_write(const struct http_answer *answer, char *out)
{
    struct writer w = {out, 0};
    put(&w, SLICE("HTTP/1.1 "));
    put_number(&w, answer->status);
    put(&w, SLICE(" "));
    put(&w, slice_of(problem_title(answer->status)));
    put(&w, SLICE("\r\nDate: "));
    put(&w, answer->date);
    put(&w, answer->status == 200 ? SLICE("\r\nContent-Type: application/json")
                                  : SLICE("\r\nContent-Type: application/problem+json"));
    put(&w, SLICE("\r\nContent-Length: "));
    put_number(&w, answer->body.len);
    if (answer->retry_after_s > 0) {
        put(&w, SLICE("\r\nRetry-After: "));
        put_number(&w, answer->retry_after_s);
    }
    if (answer->challenge != NULL) {
        put(&w, SLICE("\r\nWWW-Authenticate: "));
        put(&w, slice_of(answer->challenge));
    }
    if (answer->status == 405) {
        put(&w, SLICE("\r\nAllow: POST"));
    }
    if (answer->close) {
        put(&w, SLICE("\r\nConnection: close"));
    } else if (answer->http10) {
        put(&w, SLICE("\r\nConnection: keep-alive"));
    }
    put(&w, SLICE("\r\n\r\n"));
    CHECK(w.len <= HTTP_ANSWER_HEAD_BYTES_MAX);
    if (!answer->to_head) {
        put(&w, answer->body);
    }
    return w.len;
}
