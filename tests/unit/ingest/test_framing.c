/* What fields say of the message and of its connection; test_http_body.c has whole requests. */
#include "ingest/core/framing.h"
#include "ingest/core/http_target.h"
#include "tests/support/unit.h"

#define F(name, value)                                                                             \
    {                                                                                              \
        {name, sizeof(name) - 1},                                                                  \
        {                                                                                          \
            value, sizeof(value) - 1                                                               \
        }                                                                                          \
    }
#define HOST F("Host", "door.example")
#define LENGTH F("Content-Length", "3")

static const struct {
    const char *why;
    struct head_field field[4];
    bool http10;
    struct head want;
} rows[] = {
    {"a length", {HOST, LENGTH}, false, {.length = 3, .keep_alive = true}},
    {"chunked",
     {HOST, F("Transfer-Encoding", "chunked")},
     false,
     {.chunked = true, .keep_alive = true}},
    {"names and codings in any case",
     {F("hOST", "x"), F("transfer-ENCODING", "Chunked")},
     false,
     {.chunked = true, .keep_alive = true}},
    {"beyond 64 bits: whoever reads the body judges it",
     {HOST, F("Content-Length", "18446744073709551616")},
     false,
     {.length = UINT64_MAX, .keep_alive = true}},
    {"the last of its connection", {HOST, LENGTH, F("Connection", "close")}, false, {.length = 3}},
    {"close among others, in any case",
     {HOST, LENGTH, F("Connection", "keep-alive, ,CLOSE,x")},
     false,
     {.length = 3}},
    {"close in a second line",
     {HOST, LENGTH, F("Connection", "x"), F("connection", "close")},
     false,
     {.length = 3}},
    {"what only looks like it",
     {HOST, LENGTH, F("Connection", "closed, xclose")},
     false,
     {.length = 3, .keep_alive = true}},
    {"HTTP/1.0 ends of itself", {LENGTH}, true, {.length = 3}},
    {"unless it is asked to stay",
     {LENGTH, F("Connection", "Keep-Alive")},
     true,
     {.length = 3, .keep_alive = true}},
    {"close wins", {LENGTH, F("Connection", "keep-alive, close")}, true, {.length = 3}},
    {"waits for 100",
     {HOST, LENGTH, F("Expect", "100-continue")},
     false,
     {.length = 3, .keep_alive = true, .expects_continue = true}},
    {"HTTP/1.0 cannot wait for 100", {LENGTH, F("Expect", "100-continue")}, true, {.length = 3}},
};

static void judges_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct head head = {
            .method = SLICE("POST"),
            .target = SLICE("/"),
            .http10 = rows[i].http10,
            .fields = rows[i].field,
        };
        while (head.field_count < 4 && rows[i].field[head.field_count].name.ptr != NULL) {
            head.field_count++;
        }
        EXPECT(rows[i].why, framing_judge(&head).status == 0);
        EXPECT(rows[i].why, head.length == rows[i].want.length);
        EXPECT(rows[i].why, head.chunked == rows[i].want.chunked);
        EXPECT(rows[i].why, head.keep_alive == rows[i].want.keep_alive);
        EXPECT(rows[i].why, head.expects_continue == rows[i].want.expects_continue);
    }
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

/* test_http_head.c has the whole requests. */
static void knows_hosts_and_targets(void **state)
{
    (void)state;
    EXPECT("a host", http_host_valid(SLICE("a.b:1")));
    EXPECT("nothing", !http_host_valid(SLICE("")));
    EXPECT("a port alone", !http_host_valid(SLICE(":80")));
    EXPECT("a target", http_target_valid(SLICE("GET"), SLICE("/a")));
    EXPECT("nothing", !http_target_valid(SLICE("GET"), SLICE("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_heads),
        cmocka_unit_test(takes_no_doubled_field),
        cmocka_unit_test(knows_hosts_and_targets),
    };
    return cmocka_run_group_tests_name("ingest/framing", tests, NULL, NULL);
}
