/* What each request must get, section by section of RFC 9112 and 9110; and that it gets the same
 * however its bytes are cut: test_http_body.c has what comes behind the head. */
#include "base/limits.h"
#include "ingest/core/http_bytes.h"
#include "ingest/core/http_field.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/http_message.h"

enum { WHOLE = 0, MORE = 1 };

struct row {
    const char *why;
    struct slice bytes;
    unsigned want; /* WHOLE, MORE or the status */
};

#define ROW(want, why, text)                                                                       \
    {                                                                                              \
        why, {text, sizeof(text) - 1}, want                                                        \
    }
#define H "Host: door.example\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define LINE(text) text "\r\n" H "\r\n"
#define FIELDS(text) GET H text "\r\n"
#define HOSTS(text) GET text "\r\n"
#define POST(text) "POST /x HTTP/1.1\r\n" H text "\r\n"

static const struct row lines[] = {
    ROW(WHOLE, "3: the least", GET H "\r\n"),
    ROW(WHOLE, "2.2: an empty line before it is passed over", "\r\n" GET H "\r\n"),
    ROW(400, "2.2: a second one is not", "\r\n\r\n" GET H "\r\n"),
    ROW(400, "2.2: a bare LF is no empty line", "\n" GET H "\r\n"),
    ROW(400, "2.2: a bare CR is none either", "\rGET / HTTP/1.1\r\n" H "\r\n"),
    ROW(400, "2.2: a bare LF ends no request line", "GET / HTTP/1.1\n" H "\r\n"),
    ROW(400, "2.2: a bare LF ends no field", GET "Host: x\n\r\n"),
    ROW(400, "2.2: a bare LF ends no head", GET H "\n"),
    ROW(400, "2.2: a bare CR ends no request line", "GET / HTTP/1.1\rHost: x\r\n\r\n"),
    ROW(400, "2.2: CR CR LF ends no request line", "GET / HTTP/1.1\r\r\n" H "\r\n"),
    ROW(400, "2.2: CR CR LF ends no field", GET "Host: x\r\r\n\r\n"),
    ROW(400, "2.2: blanks before the first field", GET " " H "\r\n"),
    ROW(400, "2.2: a tab before the first field", GET "\t" H "\r\n"),
    ROW(400, "2.2: a NUL before the request", "\0" GET H "\r\n"),
    ROW(400, "2.2: a byte order mark", "\xEF\xBB\xBF" GET H "\r\n"),
    ROW(400, "2.2: TLS is not HTTP", "\x16\x03\x01\x02"),
    ROW(400, "2.2: an answer is no request", "HTTP/1.1 200 OK\r\n\r\n"),
    ROW(MORE, "2.2: half a method", "GE"),
    ROW(MORE, "2.2: half an end", GET H "\r"),
    ROW(MORE, "2.2: nothing but an empty line", "\r\n"),
    ROW(WHOLE, "3.1: methods are tokens, known or not", LINE("X-y!#$%&'*+.^_`|~0 / HTTP/1.1")),
    ROW(WHOLE, "3.1: a method's case counts; it is only another", LINE("get / HTTP/1.1")),
    ROW(400, "3.1: no method", LINE(" / HTTP/1.1")),
    ROW(400, "3.1: a blank first", LINE(" GET / HTTP/1.1")),
    ROW(400, "3.1: a bracket in a method", LINE("GE(T / HTTP/1.1")),
    ROW(400, "3.1: a quote in a method", LINE("GE\"T / HTTP/1.1")),
    ROW(400, "3.1: a NUL in a method", LINE("GE\0T / HTTP/1.1")),
    ROW(400, "3.1: a colon in a method", LINE("GET: / HTTP/1.1")),
    ROW(400, "3.1: bytes above ASCII in a method", LINE("G\xC3\x89T / HTTP/1.1")),
    ROW(WHOLE, "3: the longest method", LINE("M2345678901234567890123456789012 / HTTP/1.1")),
    ROW(501, "3: a longer one is of no server",
        LINE("M23456789012345678901234567890123 / HTTP/1.1")),
    ROW(400, "3: two blanks behind the method", LINE("GET  / HTTP/1.1")),
    ROW(400, "3: a tab behind the method", LINE("GET\t/ HTTP/1.1")),
    ROW(400, "3: two blanks behind the target", LINE("GET /  HTTP/1.1")),
    ROW(400, "3: a tab behind the target", LINE("GET /\tHTTP/1.1")),
    ROW(400, "3: a vertical tab", LINE("GET /\x0BHTTP/1.1")),
    ROW(400, "3: a blank behind the version", LINE("GET / HTTP/1.1 ")),
    ROW(400, "3: a blank in the target", LINE("GET /a b HTTP/1.1")),
    ROW(400, "3: a third word", LINE("GET / x HTTP/1.1")),
    ROW(400, "3: no version, as HTTP/0.9", "GET /\r\n"),
    ROW(400, "3: a blank in the version's place", "GET / \r\n"),
    ROW(400, "3: no target", LINE("GET HTTP/1.1")),
    ROW(WHOLE, "3.2.1: a path", LINE("GET /a/b;c=d/%7E:@!$&'()*+,=-._~ HTTP/1.1")),
    ROW(WHOLE, "3.2.1: a query", LINE("GET /a?b=c/?%20 HTTP/1.1")),
    ROW(WHOLE, "3.2.1: dots are only text", LINE("GET /a/../b/./ HTTP/1.1")),
    ROW(WHOLE, "3.2.1: two slashes are only text", LINE("GET //other.example/ HTTP/1.1")),
    ROW(400, "3.2.1: a path without slash", LINE("GET a/b HTTP/1.1")),
    ROW(400, "3.2.1: a fragment", LINE("GET /a#b HTTP/1.1")),
    ROW(400, "3.2.1: an escape of one digit", LINE("GET /%4 HTTP/1.1")),
    ROW(400, "3.2.1: an escape of no digits", LINE("GET /%zz HTTP/1.1")),
    ROW(400, "3.2.1: a lone percent sign at the end", LINE("GET /% HTTP/1.1")),
    ROW(400, "3.2.1: a backslash", LINE("GET /a\\b HTTP/1.1")),
    ROW(400, "3.2.1: angle brackets", LINE("GET /<a> HTTP/1.1")),
    ROW(400, "3.2.1: a quote", LINE("GET /\"a HTTP/1.1")),
    ROW(400, "3.2.1: braces", LINE("GET /{a} HTTP/1.1")),
    ROW(400, "3.2.1: brackets in a path", LINE("GET /[a] HTTP/1.1")),
    ROW(400, "3.2.1: a pipe", LINE("GET /a|b HTTP/1.1")),
    ROW(400, "3.2.1: bytes above ASCII", LINE("GET /\xC3\xA9 HTTP/1.1")),
    ROW(400, "3.2.1: a NUL", LINE("GET /\0 HTTP/1.1")),
    ROW(400, "3.2.1: a DEL", LINE("GET /\x7F HTTP/1.1")),
    ROW(WHOLE, "3.2.2: a URL", LINE("GET http://door.example/a HTTP/1.1")),
    ROW(WHOLE, "3.2.2: its scheme in any case", LINE("GET hTTp://door.example:8080/a HTTP/1.1")),
    ROW(WHOLE, "3.2.2: without path", LINE("GET http://door.example HTTP/1.1")),
    ROW(WHOLE, "3.2.2: a query without path", LINE("GET http://door.example?a HTTP/1.1")),
    ROW(WHOLE, "3.2.2: behind TLS", LINE("GET https://door.example/ HTTP/1.1")),
    ROW(WHOLE, "3.2.2: Host does not count then", LINE("GET http://other.example/ HTTP/1.1")),
    ROW(400, "3.2.2: a URL needs Host all the same", "GET http://x/ HTTP/1.1\r\n\r\n"),
    ROW(400, "3.2.2: no host in it", LINE("GET http:///a HTTP/1.1")),
    ROW(400, "9110 4.2.4: a user in it", LINE("GET http://me@door.example/ HTTP/1.1")),
    ROW(400, "3.2.2: another scheme", LINE("GET ftp://door.example/ HTTP/1.1")),
    ROW(400, "3.2.2: a scheme alone", LINE("GET http: HTTP/1.1")),
    ROW(400, "3.2.2: a port that is none", LINE("GET http://door.example:x/ HTTP/1.1")),
    ROW(WHOLE, "3.2.3: host and port of CONNECT", LINE("CONNECT door.example:443 HTTP/1.1")),
    ROW(400, "9110 9.3.6: CONNECT without port", LINE("CONNECT door.example HTTP/1.1")),
    ROW(400, "9110 9.3.6: CONNECT with an empty port", LINE("CONNECT door.example: HTTP/1.1")),
    ROW(400, "3.2.3: CONNECT to a path", LINE("CONNECT / HTTP/1.1")),
    ROW(400, "3.2.3: host and port of another method", LINE("GET door.example:443 HTTP/1.1")),
    ROW(WHOLE, "3.2.4: OPTIONS of the server itself", LINE("OPTIONS * HTTP/1.1")),
    ROW(400, "3.2.4: the star of another method", LINE("GET * HTTP/1.1")),
    ROW(400, "3.2.4: more than a star", LINE("OPTIONS ** HTTP/1.1")),
    ROW(WHOLE, "2.3: HTTP/1.0", LINE("GET / HTTP/1.0")),
    ROW(WHOLE, "9110 2.5: a later minor version is read as HTTP/1.1", LINE("GET / HTTP/1.2")),
    ROW(505, "2.3: HTTP/2.0", LINE("GET / HTTP/2.0")),
    ROW(505, "2.3: HTTP/0.9 in new clothes", LINE("GET / HTTP/0.9")),
    ROW(505, "9113 3.4: the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ROW(400, "2.3: lower case", LINE("GET / http/1.1")),
    ROW(400, "2.3: another protocol", LINE("GET / HTCPCP/1.0")),
    ROW(400, "2.3: a version of one digit", LINE("GET / HTTP/1")),
    ROW(400, "2.3: a minor version of two digits", LINE("GET / HTTP/1.10")),
    ROW(400, "2.3: a major version of two digits", LINE("GET / HTTP/11.1")),
    ROW(400, "2.3: a comma", LINE("GET / HTTP/1,1")),
    ROW(400, "2.3: no slash", LINE("GET / HTTP1.1")),
    ROW(400, "2.3: a letter", LINE("GET / HTTP/1.x")),
};

static const struct row fields[] = {
    ROW(WHOLE, "5: no value", FIELDS("X:\r\n")),
    ROW(WHOLE, "5: a value of blanks is none", FIELDS("X: \t \r\n")),
    ROW(WHOLE, "5: no blank behind the colon", FIELDS("X:y\r\n")),
    ROW(WHOLE, "5: many, and behind the value too", FIELDS("X: \t y \t\r\n")),
    ROW(WHOLE, "9110 5.5: a tab inside", FIELDS("X: a\tb\r\n")),
    ROW(WHOLE, "9110 5.5: bytes above ASCII", FIELDS("X: \xC3\xA9\xFF\r\n")),
    ROW(WHOLE, "9110 5.5: colons, quotes, brackets", FIELDS("X: a:\"b\"(c)<d>\r\n")),
    ROW(WHOLE, "9110 5.6.2: any token is a name", FIELDS("!#$%&'*+-.^_`|~0aZ: y\r\n")),
    ROW(WHOLE, "9110 5.2: the same name twice", FIELDS("X: 1\r\nX: 2\r\n")),
    ROW(400, "5.1: a blank before the colon", FIELDS("X : y\r\n")),
    ROW(400, "5.1: a tab before the colon", FIELDS("X\t: y\r\n")),
    ROW(400, "5.1: no name", FIELDS(": y\r\n")),
    ROW(400, "5.1: no colon", FIELDS("X\r\n")),
    ROW(400, "5.1: a blank in a name", FIELDS("X Y: z\r\n")),
    ROW(400, "5.1: brackets in a name", FIELDS("X[]: z\r\n")),
    ROW(400, "5.1: a slash in a name", FIELDS("X/Y: z\r\n")),
    ROW(400, "5.1: a NUL in a name", FIELDS("X\0Y: z\r\n")),
    ROW(400, "5.1: bytes above ASCII in a name", FIELDS("\xC3\xA9: z\r\n")),
    ROW(400, "5.2: a folded line", FIELDS("X: a\r\n b\r\n")),
    ROW(400, "5.2: folded with a tab", FIELDS("X: a\r\n\tb\r\n")),
    ROW(400, "5.2: a folded line of nothing", FIELDS("X: a\r\n \r\n")),
    ROW(400, "5.2: a folded Host", GET "Host:\r\n door.example\r\n\r\n"),
    ROW(400, "9110 5.5: a NUL", FIELDS("X: a\0b\r\n")),
    ROW(400, "9110 5.5: a bare CR", FIELDS("X: a\rb\r\n")),
    ROW(400, "9110 5.5: a bare LF", FIELDS("X: a\nY: b\r\n")),
    ROW(400, "9110 5.5: a bell", FIELDS("X: a\ab\r\n")),
    ROW(400, "9110 5.5: an escape", FIELDS("X: \x1B[0m\r\n")),
    ROW(400, "9110 5.5: a DEL", FIELDS("X: a\x7F\r\n")),
    ROW(400, "9110 5.5: a form feed behind the colon", FIELDS("X:\fy\r\n")),
    ROW(400, "2.2: a CR and a name behind it", GET H "\rX: y\r\n\r\n"),
    ROW(WHOLE, "3.2: a name and a port", HOSTS("Host: door.example:8080\r\n")),
    ROW(WHOLE, "3.2: an empty port", HOSTS("Host: door.example:\r\n")),
    ROW(WHOLE, "3.2: an address", HOSTS("Host: 127.0.0.1\r\n")),
    ROW(WHOLE, "3.2: an address of IPv6", HOSTS("hOST: [::1]:8080\r\n")),
    ROW(WHOLE, "3.2: an escaped name", HOSTS("Host: %41b\r\n")),
    ROW(WHOLE, "3.2: HTTP/1.0 needs none", "GET / HTTP/1.0\r\n\r\n"),
    ROW(400, "3.2: none", GET "\r\n"),
    ROW(400, "3.2: two", HOSTS("Host: a\r\nHost: b\r\n")),
    ROW(400, "3.2: two of the same", HOSTS("Host: a\r\nHost: a\r\n")),
    ROW(400, "3.2: two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    ROW(400, "9110 4.2.1: an empty one makes no URL", HOSTS("Host:\r\n")),
    ROW(400, "3.2: a path in it", HOSTS("Host: door.example/a\r\n")),
    ROW(400, "3.2: a URL", HOSTS("Host: http://door.example\r\n")),
    ROW(400, "3.2: a user in it", HOSTS("Host: me@door.example\r\n")),
    ROW(400, "3.2: two words", HOSTS("Host: a b\r\n")),
    ROW(400, "3.2: a list", HOSTS("Host: a, b\r\n")),
    ROW(400, "3.2: a port that is none", HOSTS("Host: a:b\r\n")),
    ROW(400, "3.2: a port that is too large", HOSTS("Host: a:65536\r\n")),
    ROW(400, "3.2: two ports", HOSTS("Host: a:1:2\r\n")),
    ROW(400, "3.2: a bracket left open", HOSTS("Host: [::1\r\n")),
    ROW(400, "3.2: something behind the bracket", HOSTS("Host: [::1]x\r\n")),
    ROW(400, "3.2: no address between the brackets", HOSTS("Host: [door]\r\n")),
    ROW(400, "3.2: half an escape", HOSTS("Host: a%4\r\n")),
    ROW(400, "3.2: a query in it", HOSTS("Host: a?b\r\n")),
    ROW(400, "3.2: bytes above ASCII", HOSTS("Host: \xC3\xA9\r\n")),
    ROW(WHOLE, "9110 10.1.1: expecting 100", POST("Content-Length: 0\r\nExpect: 100-Continue\r\n")),
    ROW(417, "9110 10.1.1: expecting anything else", FIELDS("Expect: 200-ok\r\n")),
    ROW(417, "9110 10.1.1: expecting it twice",
        FIELDS("Expect: 100-continue\r\nExpect: 100-continue\r\n")),
    ROW(WHOLE, "9110 10.1.1: in HTTP/1.0 it means nothing", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n"),
    ROW(411, "9110 15.5.12: a POST that says nothing of its body", POST("")),
};

static unsigned verdict(const struct message *m)
{
    return m->status != 0 ? m->status : m->whole ? WHOLE : MORE;
}

/* At once, byte by byte, and in two at every place. */
static void check_rows(const struct row *rows, size_t count)
{
    static struct message at_once;
    static struct message m;
    static size_t cuts[4096];
    for (size_t i = 0; i < count; i++) {
        struct slice bytes = rows[i].bytes;
        message_read(bytes, NULL, 0, &at_once);
        if (verdict(&at_once) != rows[i].want) {
            fail_msg("%s: got %u, expected %u", rows[i].why, verdict(&at_once), rows[i].want);
        }
        for (size_t len = 0; len < bytes.len; len++) {
            cuts[len] = len;
            message_read(bytes, &len, 1, &m);
            EXPECT(rows[i].why, verdict(&m) == rows[i].want && m.taken == at_once.taken);
        }
        message_read(bytes, cuts, bytes.len, &m);
        EXPECT(rows[i].why, verdict(&m) == rows[i].want && m.head_len == at_once.head_len);
        if (m.head_len > 0) {
            EXPECT_SLICE(rows[i].why, m.head.target, at_once.head.target);
            EXPECT(rows[i].why, m.head.field_count == at_once.head.field_count);
        }
    }
}

static void request_lines(void **state)
{
    (void)state;
    check_rows(lines, COUNT_OF(lines));
}

static void header_fields(void **state)
{
    (void)state;
    check_rows(fields, COUNT_OF(fields));
    EXPECT("a hundred classes and more", COUNT_OF(lines) + COUNT_OF(fields) > 140);
}

/* `before`, as many of `c` as make `len` in all, `behind`. */
static struct slice padded(struct slice before, char c, struct slice behind, size_t len)
{
    static char text[2 * LIMIT_HEADER_BYTES_MAX];
    memset(text, c, sizeof text);
    memcpy(text, before.ptr, before.len);
    memcpy(text + len - behind.len, behind.ptr, behind.len);
    return slice_from(text, len);
}

static void limits(void **state)
{
    (void)state;
    const struct slice behind = SLICE(" HTTP/1.1\r\n" H "\r\n");
    size_t others = sizeof "GET " - 1 + behind.len;
    struct row rows[] = {
        ROW(WHOLE, "the longest target", ""), ROW(414, "a target of one byte more", ""),
        ROW(WHOLE, "the largest head", ""),   ROW(431, "a head of one byte more", ""),
        ROW(431, "a line without end", ""),
    };
    struct slice get = SLICE("GET /");
    struct slice field = SLICE(GET H "X: ");
    const size_t len[] = {LIMIT_URI_BYTES_MAX + others, LIMIT_URI_BYTES_MAX + others + 1,
                          LIMIT_HEADER_BYTES_MAX, LIMIT_HEADER_BYTES_MAX + 1,
                          LIMIT_HEADER_BYTES_MAX + 100};
    static struct message m;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice end = i == 4 ? SLICE("y") : SLICE("\r\n\r\n");
        struct slice bytes =
            i < 2 ? padded(get, 'x', behind, len[i]) : padded(field, 'y', end, len[i]);
        const size_t cuts[] = {1, LIMIT_URI_BYTES_MAX, bytes.len - 3, bytes.len - 1};
        message_read(bytes, NULL, 0, &m);
        EXPECT(rows[i].why, verdict(&m) == rows[i].want);
        message_read(bytes, cuts, COUNT_OF(cuts), &m);
        EXPECT(rows[i].why, verdict(&m) == rows[i].want);
    }
}

static void counts_fields(void **state)
{
    (void)state;
    static char text[4096];
    static struct message m;
    size_t len = (size_t)snprintf(text, sizeof text, GET H);
    for (size_t i = 1; i < HEAD_FIELDS_MAX; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "X-%zu: %zu\r\n", i, i);
    }
    memcpy(text + len, "\r\n", 3);
    message_read(slice_from(text, len + 2), NULL, 0, &m);
    EXPECT("as many fields as may be", verdict(&m) == WHOLE);
    EXPECT("all are there", m.head.field_count == HEAD_FIELDS_MAX);
    memcpy(text + len, "Y: 1\r\n\r\n", 9);
    message_read(slice_from(text, len + 8), NULL, 0, &m);
    EXPECT("one more", verdict(&m) == 431);
}

static void shows_what_stands_there(void **state)
{
    (void)state;
    struct http_head h;
    struct head_field room[HEAD_FIELDS_MAX];
    struct slice bytes = SLICE("\r\nPOST /a?b HTTP/1.0\r\nA:\t b c \r\nb:\r\n\r\nnext");
    http_head_init(&h);
    EXPECT("nothing yet", http_head_blank(&h));
    EXPECT("whole", http_head_read(&h, bytes) == HTTP_HEAD_WHOLE);
    struct head head = http_head_view(&h, bytes, room);
    EXPECT("not what comes behind", h.at == bytes.len - 4 && !http_head_blank(&h));
    EXPECT_SLICE("method", head.method, SLICE("POST"));
    EXPECT_SLICE("target", head.target, SLICE("/a?b"));
    EXPECT("version", head.http10);
    EXPECT("two fields", head.field_count == 2);
    EXPECT_SLICE("without the blanks around it", head_value(&head, SLICE("a")), SLICE("b c"));
    EXPECT_SLICE("empty", head.fields[1].value, SLICE(""));
}

/* Each class of bytes, by the words of the RFCs. */
static void knows_bytes(void **state)
{
    (void)state;
    static const char digits[] = "0123456789", hex[] = "abcdefABCDEF";
    for (int c = 0; c < 256; c++) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c != 0 && strchr(digits, c) != NULL;
        bool unreserved = letter || digit || (c != 0 && strchr("-._~", c) != NULL);
        bool sub = c != 0 && strchr("!$&'()*+,;=", c) != NULL;
        bool token = letter || digit || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
        bool target = unreserved || sub || (c != 0 && strchr("%:@/?[]", c) != NULL);
        bool value = c == '\t' || (c >= ' ' && c != 0x7F);
        EXPECT("a token", http_byte_is((char)c, HTTP_TOKEN) == token);
        EXPECT("a value", http_byte_is((char)c, HTTP_VALUE) == value);
        EXPECT("a target", http_byte_is((char)c, HTTP_TARGET) == target);
        EXPECT("a host", http_byte_is((char)c, HTTP_HOST) == (unreserved || sub));
        EXPECT("a digit",
               http_byte_is((char)c, HTTP_HEX) == (digit || (c != 0 && strchr(hex, c) != NULL)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_lines), cmocka_unit_test(header_fields),
        cmocka_unit_test(limits),        cmocka_unit_test(counts_fields),
        cmocka_unit_test(knows_bytes),   cmocka_unit_test(shows_what_stands_there),
    };
    return cmocka_run_group_tests_name("ingest/http_head", tests, NULL, NULL);
}
