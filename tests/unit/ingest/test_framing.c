/* Heads that must be refused before anybody believes where the request ends. */
#include "base/limits.h"
#include "ingest/core/framing.h"
#include "tests/support/unit.h"

#define F(name, value)                                                                             \
    {                                                                                              \
        {name, sizeof(name) - 1},                                                                  \
        {                                                                                          \
            value, sizeof(value) - 1                                                               \
        }                                                                                          \
    }
#define HOST F("Host", "door.example")

static const struct {
    const char *why;
    const char *method;
    const char *version;
    struct head_field field[6];
    unsigned status;
    uint64_t length;
    bool chunked;
} rows[] = {
    {"a length", "POST", "HTTP/1.1", {HOST, F("Content-Length", "12")}, 0, 12, false},
    {"chunked", "POST", "HTTP/1.1", {HOST, F("Transfer-Encoding", "chunked")}, 0, 0, true},
    {"names and codings in any case",
     "POST",
     "HTTP/1.1",
     {F("hOST", "x"), F("transfer-ENCODING", "Chunked")},
     0,
     0,
     true},
    {"HTTP/1.0 needs no Host", "POST", "HTTP/1.0", {F("Content-Length", "0")}, 0, 0, false},
    {"GET needs no length", "GET", "HTTP/1.1", {HOST}, 0, 0, false},
    {"an IPv6 host", "GET", "HTTP/1.1", {F("Host", "[::1]:8080")}, 0, 0, false},
    {"an empty Host is legal", "GET", "HTTP/1.1", {F("Host", "")}, 0, 0, false},
    {"the largest body",
     "POST",
     "HTTP/1.1",
     {HOST, F("Content-Length", "1048576")},
     0,
     1048576,
     false},
    {"a byte more", "POST", "HTTP/1.1", {HOST, F("Content-Length", "1048577")}, 413, 0, false},
    {"beyond 64 bits",
     "POST",
     "HTTP/1.1",
     {HOST, F("Content-Length", "18446744073709551616")},
     413,
     0,
     false},
    {"length and chunked: which one counts?",
     "POST",
     "HTTP/1.1",
     {HOST, F("Content-Length", "3"), F("Transfer-Encoding", "chunked")},
     400,
     0,
     false},
    {"two lengths",
     "POST",
     "HTTP/1.1",
     {HOST, F("Content-Length", "3"), F("Content-Length", "30")},
     400,
     0,
     false},
    {"two equal lengths",
     "POST",
     "HTTP/1.1",
     {HOST, F("Content-Length", "3"), F("Content-Length", "3")},
     400,
     0,
     false},
    {"a list of lengths", "POST", "HTTP/1.1", {HOST, F("Content-Length", "3, 3")}, 400, 0, false},
    {"a signed length", "POST", "HTTP/1.1", {HOST, F("Content-Length", "+3")}, 400, 0, false},
    {"a negative length", "POST", "HTTP/1.1", {HOST, F("Content-Length", "-1")}, 400, 0, false},
    {"a hexadecimal length", "POST", "HTTP/1.1", {HOST, F("Content-Length", "0x3")}, 400, 0, false},
    {"an empty length", "POST", "HTTP/1.1", {HOST, F("Content-Length", "")}, 400, 0, false},
    {"a blank in the length",
     "POST",
     "HTTP/1.1",
     {HOST, F("Content-Length", "1 2")},
     400,
     0,
     false},
    {"no length at all", "POST", "HTTP/1.1", {HOST}, 411, 0, false},
    {"another coding", "POST", "HTTP/1.1", {HOST, F("Transfer-Encoding", "gzip")}, 400, 0, false},
    {"chunked last, but not alone",
     "POST",
     "HTTP/1.1",
     {HOST, F("Transfer-Encoding", "gzip, chunked")},
     400,
     0,
     false},
    {"something that only looks chunked",
     "POST",
     "HTTP/1.1",
     {HOST, F("Transfer-Encoding", "xchunked")},
     400,
     0,
     false},
    {"chunked twice",
     "POST",
     "HTTP/1.1",
     {HOST, F("Transfer-Encoding", "chunked"), F("Transfer-Encoding", "chunked")},
     400,
     0,
     false},
    {"an empty coding", "POST", "HTTP/1.1", {HOST, F("Transfer-Encoding", "")}, 400, 0, false},
    {"chunked in HTTP/1.0",
     "POST",
     "HTTP/1.0",
     {HOST, F("Transfer-Encoding", "chunked")},
     400,
     0,
     false},
    {"no Host", "POST", "HTTP/1.1", {F("Content-Length", "3")}, 400, 0, false},
    {"two Hosts", "POST", "HTTP/1.1", {HOST, HOST, F("Content-Length", "3")}, 400, 0, false},
    {"two Hosts in HTTP/1.0", "GET", "HTTP/1.0", {HOST, HOST}, 400, 0, false},
    {"a path as Host", "GET", "HTTP/1.1", {F("Host", "door.example/x")}, 400, 0, false},
    {"a user in Host", "GET", "HTTP/1.1", {F("Host", "me@door.example")}, 400, 0, false},
    {"a list as Host", "GET", "HTTP/1.1", {F("Host", "a b")}, 400, 0, false},
    {"a blank in a name", "GET", "HTTP/1.1", {HOST, F("X Y", "1")}, 400, 0, false},
    {"a blank behind a name", "GET", "HTTP/1.1", {HOST, F("Content-Length ", "3")}, 400, 0, false},
    {"an empty name", "GET", "HTTP/1.1", {HOST, F("", "1")}, 400, 0, false},
    {"a NUL in a value", "GET", "HTTP/1.1", {HOST, F("X", "a\0b")}, 400, 0, false},
    {"a line feed in a value", "GET", "HTTP/1.1", {HOST, F("X", "a\nb")}, 400, 0, false},
    {"a tab in a value is legal", "GET", "HTTP/1.1", {HOST, F("X", "a\tb")}, 0, 0, false},
    {"bytes above ASCII are legal", "GET", "HTTP/1.1", {HOST, F("X", "\xC3\xA9")}, 0, 0, false},
    {"HTTP/1.2", "GET", "HTTP/1.2", {HOST}, 400, 0, false},
    {"HTTP/2.0", "GET", "HTTP/2.0", {HOST}, 400, 0, false},
    {"lower case", "GET", "http/1.1", {HOST}, 400, 0, false},
    {"no version", "GET", "", {HOST}, 400, 0, false},
};

static void judges_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct head head = {
            .method = slice_of(rows[i].method),
            .target = SLICE("/"),
            .target_bytes = 1,
            .version = slice_of(rows[i].version),
            .fields = rows[i].field,
        };
        while (head.field_count < 6 && rows[i].field[head.field_count].name.ptr != NULL) {
            head.field_count++;
        }
        struct framing framing = framing_check(&head);
        EXPECT(rows[i].why, framing.status == rows[i].status);
        EXPECT(rows[i].why, (framing.detail == NULL) == (framing.status == 0));
        if (framing.status == 0) {
            EXPECT(rows[i].why, framing.length == rows[i].length);
            EXPECT(rows[i].why, framing.chunked == rows[i].chunked);
        }
    }
}

static void bounds_the_head(void **state)
{
    (void)state;
    static struct head_field fields[FRAMING_FIELDS_MAX + 1];
    static char large[LIMIT_HEADER_BYTES_MAX];
    memset(large, 'x', sizeof large);
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        fields[i] = (struct head_field){SLICE("X"), SLICE("1")};
    }
    fields[0] = (struct head_field){SLICE("Host"), SLICE("x")};
    struct head head = {SLICE("GET"), SLICE("/"), 1, SLICE("HTTP/1.1"), fields, FRAMING_FIELDS_MAX};
    EXPECT("as many fields as allowed", framing_check(&head).status == 0);
    head.field_count++;
    EXPECT("one field more", framing_check(&head).status == 431);
    head.field_count = 2;
    fields[1].value = slice_from(large, sizeof large);
    EXPECT("a field as large as all may be", framing_check(&head).status == 431);
    fields[1].value.len = 100;
    head.target_bytes = LIMIT_URI_BYTES_MAX;
    EXPECT("the longest target", framing_check(&head).status == 0);
    head.target_bytes++;
    EXPECT("a longer target", framing_check(&head).status == 414);
}

static void takes_no_doubled_field(void **state)
{
    (void)state;
    const struct head_field fields[] = {F("X-API-Key", "one"), F("x-api-key", "two"), F("A", "b")};
    struct head head = {.fields = fields, .field_count = 3};
    EXPECT_SLICE("which of two secrets is meant is not guessed",
                 head_value(&head, SLICE("X-API-Key")), SLICE(""));
    EXPECT_SLICE("any case", head_value(&head, SLICE("a")), SLICE("b"));
    EXPECT_SLICE("absent", head_value(&head, SLICE("C")), SLICE(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_heads),
        cmocka_unit_test(bounds_the_head),
        cmocka_unit_test(takes_no_doubled_field),
    };
    return cmocka_run_group_tests_name("ingest/framing", tests, NULL, NULL);
}
