/* Where a request ends, by RFC 9112 §6 and §7.1: what would be the next one is never taken for its
 * body, nor the other way round. */
#include "base/limits.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/http_message.h"

#define POST "POST /x HTTP/1.1\r\nHost: x\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define NEXT "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

#define ROW(want, body, why, text)                                                                 \
    {                                                                                              \
        why, {text, sizeof(text) - 1}, want, body                                                  \
    }

static const struct {
    const char *why;
    struct slice bytes; /* NEXT stands behind each that is whole */
    unsigned want;      /* 0 = whole */
    const char *body;
} rows[] = {
    ROW(0, "", "6.3: a GET without length has no body", "GET / HTTP/1.1\r\nHost: x\r\n\r\n" NEXT),
    ROW(0, "", "6.3: length 0", POST "Content-Length: 0\r\n\r\n" NEXT),
    ROW(0, "hello", "6.2: a length", POST "Content-Length: 5\r\n\r\nhello" NEXT),
    ROW(0, "hello", "6.2: zeros before it", POST "Content-Length: 0005\r\n\r\nhello" NEXT),
    ROW(0, "hello", "6.2: a GET may have one",
        "GET / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH:5\r\n\r\nhello" NEXT),
    ROW(400, "", "6.3: length and chunked",
        POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.3: chunked and length",
        POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.3: two lengths",
        POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" NEXT),
    ROW(400, "", "6.3: two equal lengths",
        POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" NEXT),
    ROW(400, "", "6.3: a list of lengths", POST "Content-Length: 5, 5\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: a sign", POST "Content-Length: +5\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: below zero", POST "Content-Length: -5\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: far below zero",
        POST "Content-Length: -123456789123456789123456789\r\n\r\n"),
    ROW(400, "", "6.2: hexadecimal", POST "Content-Length: 0x5\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: a fraction", POST "Content-Length: 5.0\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: an exponent", POST "Content-Length: 5e0\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: a blank inside", POST "Content-Length: 1 2\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: letters behind it", POST "Content-Length: 5a\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: a semicolon behind it", POST "Content-Length: 5;x\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: nothing", POST "Content-Length:\r\n\r\nhello" NEXT),
    ROW(400, "", "6.2: digits of another script",
        POST "Content-Length: \xD9\xA5\r\n\r\nhello" NEXT),
    ROW(0, "hello", "7.1: one chunk", CHUNKED "5\r\nhello\r\n0\r\n\r\n" NEXT),
    ROW(0, "hello", "7.1: three", CHUNKED "1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n" NEXT),
    ROW(0, "", "7.1: none", CHUNKED "0\r\n\r\n" NEXT),
    ROW(0, "", "7.1: many zeros end it", CHUNKED "000\r\n\r\n" NEXT),
    ROW(0, "hello worlds", "7.1: a size in capitals",
        CHUNKED "C\r\nhello worlds\r\n0\r\n\r\n" NEXT),
    ROW(0, "hello worlds", "7.1: and in small letters",
        CHUNKED "0c\r\nhello worlds\r\n0\r\n\r\n" NEXT),
    ROW(0, "0\r\n\r\n", "7.1: what looks like the end is not",
        CHUNKED "5\r\n0\r\n\r\n\r\n0\r\n\r\n" NEXT),
    ROW(0, "a", "7.1: the name of the coding in any case",
        POST "transfer-encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "7.1: no size", CHUNKED "\r\nhello\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "7.1: a size that is none", CHUNKED "xyz\r\n"),
    ROW(400, "", "7.1: a sign", CHUNKED "+5\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: below zero", CHUNKED "-5\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: 0x", CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: an underscore", CHUNKED "0_5\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a blank before the size", CHUNKED " 5\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a blank behind the size", CHUNKED "5 \r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a size beyond 64 bits", CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a size behind a NUL", CHUNKED "5\0\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a bare LF behind the size", CHUNKED "5\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a bare CR behind the size", CHUNKED "5\rhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: CR CR LF behind the size", CHUNKED "5\r\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a chunk longer than its size", CHUNKED "4\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a chunk shorter than its size", CHUNKED "6\r\nhello\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: another byte for the LF behind the size",
        CHUNKED "5\rXhello\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "7.1: another byte for the CR behind the data",
        CHUNKED "5\r\nhelloX\n0\r\n\r\n" NEXT),
    ROW(400, "", "7.1: another byte for the LF behind the data",
        CHUNKED "5\r\nhello\rX0\r\n\r\n" NEXT),
    ROW(400, "", "7.1: another byte for the LF at the end", CHUNKED "0\r\n\rX" NEXT),
    ROW(400, "", "7.1: a bare LF behind the data", CHUNKED "5\r\nhello\n0\r\n\r\n"),
    ROW(400, "", "7.1: a bare CR behind the data", CHUNKED "5\r\nhello\r0\r\n\r\n"),
    ROW(400, "", "7.1: nothing behind the data", CHUNKED "5\r\nhello0\r\n\r\n"),
    ROW(400, "", "7.1: a blank line more", CHUNKED "5\r\nhello\r\n\r\n0\r\n\r\n"),
    ROW(400, "", "7.1: a bare LF at the end", CHUNKED "0\r\n\n" NEXT),
    ROW(400, "", "7.1: a bare LF behind the last size", CHUNKED "0\n\r\n" NEXT),
    ROW(0, "a", "7.1.1: an extension", CHUNKED "1;x\r\na\r\n0\r\n\r\n" NEXT),
    ROW(0, "a", "7.1.1: with a value", CHUNKED "1;x=y\r\na\r\n0;z\r\n\r\n" NEXT),
    ROW(0, "a", "7.1.1: quoted", CHUNKED "1;x=\"y;\\\"z\"\r\na\r\n0\r\n\r\n" NEXT),
    ROW(0, "a", "7.1.1: bad blanks are passed over",
        CHUNKED "1 ;\tx = y ; z\r\na\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "7.1.1: no name", CHUNKED "1;\r\na\r\n0\r\n\r\n"),
    ROW(400, "", "7.1.1: no value", CHUNKED "1;x=\r\na\r\n0\r\n\r\n"),
    ROW(400, "", "7.1.1: a quote left open", CHUNKED "1;x=\"y\r\na\r\n0\r\n\r\n"),
    ROW(400, "", "7.1.1: something behind the quote", CHUNKED "1;x=\"y\"z\r\na\r\n0\r\n\r\n"),
    ROW(400, "", "7.1.1: a bare LF in it", CHUNKED "1;x\na\r\n0\r\n\r\n"),
    ROW(400, "", "7.1.1: a bare CR in it", CHUNKED "1;\rx\r\na\r\n0\r\n\r\n"),
    ROW(400, "", "7.1.1: a NUL in it", CHUNKED "1;x=\0\r\na\r\n0\r\n\r\n"),
    ROW(400, "", "7.1.1: a blank at its end", CHUNKED "1;x \r\na\r\n0\r\n\r\n"),
    ROW(0, "a", "7.1.2: trailers say nothing",
        CHUNKED "1\r\na\r\n0\r\nX: y\r\nContent-Length: 9\r\n\r\n" NEXT),
    ROW(400, "", "7.1.2: a trailer without colon", CHUNKED "0\r\nX\r\n\r\n"),
    ROW(400, "", "7.1.2: a trailer with a bare LF", CHUNKED "0\r\nX: y\n\r\n"),
    ROW(400, "", "7.1.2: a folded trailer", CHUNKED "0\r\nX: y\r\n z\r\n\r\n"),
    ROW(400, "", "7.1.2: a blank before its colon", CHUNKED "0\r\nX : y\r\n\r\n"),
    ROW(400, "", "6.3: chunked is not the last",
        POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.3: chunked is not there", POST "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.3: identity is no coding any more",
        POST "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" NEXT),
    ROW(501, "", "6.1: a coding we do not know",
        POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" NEXT),
    ROW(501, "", "6.1: the same in two lines",
        POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" NEXT),
    ROW(400, "", "7.1: chunked twice",
        POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "7.1: chunked in two lines",
        POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.1: something that looks like it",
        POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.1: a parameter", POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.1: in quotes", POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.1: a comma before it",
        POST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.1: a comma behind it",
        POST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "6.1: nothing", POST "Transfer-Encoding:\r\n\r\n" NEXT),
    ROW(400, "", "6.1: a vertical tab before it",
        POST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" NEXT),
    ROW(400, "", "5.1: a blank behind its name", POST "Transfer-Encoding : chunked\r\n\r\n" NEXT),
    ROW(400, "", "6.1: in HTTP/1.0",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
};

static void finds_the_end(void **state)
{
    (void)state;
    static struct message m;
    static size_t cuts[1024];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *why = rows[i].why;
        struct slice bytes = rows[i].bytes;
        for (size_t len = 0; len <= bytes.len + 1;
             len++) { /* in two at every place, byte by byte */
            size_t one = len;
            if (len < bytes.len) {
                cuts[len] = len;
            }
            if (len <= bytes.len) {
                message_read(bytes, &one, 1, &m);
            } else {
                message_read(bytes, cuts, bytes.len, &m);
            }
            if (m.status != rows[i].want || m.whole != (rows[i].want == 0)) {
                fail_msg("%s: got %u, expected %u (cut at %zu)", why, m.status, rows[i].want, len);
            }
            if (m.whole) {
                EXPECT_SLICE(why, slice_from(m.body, m.body_len), slice_of(rows[i].body));
                EXPECT_SLICE(why, slice_sub(bytes, m.taken, bytes.len), SLICE(NEXT));
            }
        }
    }
}

/* What has no end is cut off before it costs anything. */
static void bounds_notes(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *before;
        const char *again;
    } endless[] = {
        {"an extension", CHUNKED "1;", "x"},
        {"extensions", CHUNKED, "1;xyz\r\na\r\n"},
        {"a trailer", CHUNKED "0\r\nX: ", "y"},
        {"trailers", CHUNKED "0\r\n", "X: y\r\n"},
    };
    static char text[8 * LIMIT_CHUNK_NOTES_BYTES_MAX];
    static struct message m;
    for (size_t i = 0; i < COUNT_OF(endless); i++) {
        size_t len = strlen(endless[i].before);
        size_t step = strlen(endless[i].again);
        memcpy(text, endless[i].before, len);
        for (; len + step <= sizeof text; len += step) {
            memcpy(text + len, endless[i].again, step);
        }
        const size_t cuts[] = {100, 2000, 4000, LIMIT_CHUNK_NOTES_BYTES_MAX + 100};
        message_read(slice_from(text, len), NULL, 0, &m);
        EXPECT(endless[i].why, m.status == 431);
        message_read(slice_from(text, len), cuts, COUNT_OF(cuts), &m);
        EXPECT(endless[i].why, m.status == 431);
    }
}

static void large_lengths(void **state)
{
    (void)state;
    struct head head = {.length = UINT64_MAX};
    struct http_body body;
    struct slice piece = {0};
    struct fault fault = {0};
    size_t at = 0;
    http_body_init(&body, &head);
    EXPECT("a piece", http_body_read(&body, SLICE("abc"), &at, &piece, &fault) == HTTP_BODY_PIECE);
    EXPECT_SLICE("all of it", piece, SLICE("abc"));
    EXPECT("and more", http_body_read(&body, SLICE("abc"), &at, &piece, &fault) == HTTP_BODY_MORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_end),
        cmocka_unit_test(bounds_notes),
        cmocka_unit_test(large_lengths),
    };
    return cmocka_run_group_tests_name("ingest/http_body", tests, NULL, NULL);
}
