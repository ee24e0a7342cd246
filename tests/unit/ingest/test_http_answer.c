/* Answers, byte for byte. */
#include "ingest/core/http_answer.h"
#include "tests/support/unit.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define PROBLEM "\r\nContent-Type: application/problem+json"

static const struct {
    const char *why;
    struct http_answer answer;
    const char *text;
} rows[] = {
    {"accepted",
     {.status = 200, .body = {"{}", 2}},
     "HTTP/1.1 200 OK\r\nDate: " DATE
     "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"},
    {"to HEAD: all but the body",
     {.status = 404, .body = {"{\"x\":1}", 7}, .to_head = true},
     "HTTP/1.1 404 Not Found\r\nDate: " DATE PROBLEM "\r\nContent-Length: 7\r\n\r\n"},
    {"the last of its connection",
     {.status = 400, .body = {"{}", 2}, .close = true, .http10 = true},
     "HTTP/1.1 400 Bad Request\r\nDate: " DATE PROBLEM
     "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"},
    {"HTTP/1.0 is told that it goes on",
     {.status = 200, .body = {"{}", 2}, .http10 = true},
     "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nContent-Type: application/json\r\nContent-Length: 2"
     "\r\nConnection: keep-alive\r\n\r\n{}"},
    {"when to come again",
     {.status = 503, .body = {"{}", 2}, .retry_after_s = 55},
     "HTTP/1.1 503 Service Unavailable\r\nDate: " DATE PROBLEM
     "\r\nContent-Length: 2\r\nRetry-After: 55\r\n\r\n{}"},
    {"what would be a secret",
     {.status = 401, .body = {"{}", 2}, .challenge = "Bearer realm=\"tieline\""},
     "HTTP/1.1 401 Unauthorized\r\nDate: " DATE PROBLEM
     "\r\nContent-Length: 2\r\nWWW-Authenticate: Bearer realm=\"tieline\"\r\n\r\n{}"},
    {"what is allowed",
     {.status = 405, .body = {"{}", 2}},
     "HTTP/1.1 405 Method Not Allowed\r\nDate: " DATE PROBLEM
     "\r\nContent-Length: 2\r\nAllow: POST\r\n\r\n{}"},
};

static void writes_answers(void **state)
{
    (void)state;
    char out[HTTP_ANSWER_HEAD_BYTES_MAX + 16];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_answer answer = rows[i].answer;
        answer.date = SLICE(DATE);
        size_t len = http_answer_write(&answer, out);
        EXPECT_SLICE(rows[i].why, slice_from(out, len), slice_of(rows[i].text));
    }
}

/* The most that an answer can say fits into what is kept free for it. */
static void fits(void **state)
{
    (void)state;
    char out[HTTP_ANSWER_HEAD_BYTES_MAX];
    struct http_answer answer = {
        .status = 405,
        .date = SLICE(DATE),
        .challenge = "Bearer realm=\"tieline\"",
        .retry_after_s = 4294967295U,
        .http10 = true,
    };
    EXPECT("everything at once", http_answer_write(&answer, out) < HTTP_ANSWER_HEAD_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_answers),
        cmocka_unit_test(fits),
    };
    return cmocka_run_group_tests_name("ingest/http_answer", tests, NULL, NULL);
}
