#include "tests/bench/upstream_answer.h"

#include "base/err.h"

#include <stdio.h>

/* The number behind "/conversations/" or "/tickets/". */
static uint64_t lane_of(struct slice path)
{
    struct slice rest = slice_sub(path, 0, slice_find(path, '?'));
    bool is_next = false;
    while (!slice_empty(rest)) {
        struct slice segment = {0};
        struct slice tail = {0};
        (void)slice_split(rest, '/', &segment, &tail);
        uint64_t lane = 0;
        if (is_next) {
            return err_failed(slice_to_u64(segment, &lane)) ? 0 : lane;
        }
        is_next =
            slice_equal(segment, SLICE("conversations")) || slice_equal(segment, SLICE("tickets"));
        rest = tail;
    }
    return 0;
}

/* Length of the body, as the headers tell it. */
static bool body_length(struct slice headers, uint64_t *ret_length)
{
    *ret_length = 0;
    while (!slice_empty(headers)) {
        struct slice line = {0};
        struct slice tail = {0};
        struct slice name = {0};
        struct slice value = {0};
        (void)slice_split(headers, '\n', &line, &tail);
        if (slice_split(line, ':', &name, &value) &&
            slice_equal_nocase(name, SLICE("content-length"))) {
            return !err_failed(slice_to_u64(slice_trim(value), ret_length));
        }
        headers = tail;
    }
    return true;
}

/* Where the empty line ends; 0 = it is not there yet. */
static size_t head_end(struct slice bytes)
{
    for (size_t i = 3; i < bytes.len; i++) {
        if (bytes.ptr[i] == '\n' && bytes.ptr[i - 1] == '\r' && bytes.ptr[i - 2] == '\n') {
            return i + 1;
        }
    }
    return 0;
}

bool upstream_request_parse(struct slice bytes, size_t bytes_max,
                            struct upstream_request *ret_request, size_t *ret_len)
{
    struct upstream_request r = {0};
    struct slice line = {0};
    struct slice headers = {0};
    uint64_t length = 0;
    size_t head = head_end(bytes);
    *ret_len = 0;
    if (head == 0) {
        return bytes.len < bytes_max;
    }
    if (!slice_split(slice_sub(bytes, 0, head), '\n', &line, &headers) ||
        !slice_split(line, ' ', &r.method, &line) || !slice_split(line, ' ', &r.path, &line) ||
        !body_length(headers, &length) || length > bytes_max - head) {
        return false;
    }
    if (bytes.len < head + length) {
        return true;
    }
    r.body = slice_sub(bytes, head, head + (size_t)length);
    r.is_read = slice_equal(r.method, SLICE("GET"));
    r.lane = lane_of(r.path);
    *ret_request = r;
    *ret_len = head + (size_t)length;
    return true;
}

static int ticket_body(const struct upstream_request *r, unsigned long long id, char *text,
                       size_t size)
{
    if (r->is_read && r->lane == 0) {
        return snprintf(text, size, "{\"tickets\":[],\"count\":0}");
    }
    if (r->is_read) {
        return snprintf(text, size,
                        "{\"ticket\":{\"id\":%llu,\"updated_at\":\"2020-01-01T00:00:00Z\","
                        "\"status\":\"open\",\"assignee_id\":null},\"audits\":[]}",
                        (unsigned long long)r->lane);
    }
    return snprintf(text, size,
                    "{\"ticket\":{\"id\":%llu,\"updated_at\":\"2020-01-01T00:00:00Z\"}}", id);
}

static int conversation_body(const struct upstream_request *r, unsigned long long id, char *text,
                             size_t size)
{
    if (!r->is_read) {
        return snprintf(
            text, size,
            "{\"messages\":[{\"id\":\"%024llx\",\"received\":\"2020-01-01T00:00:00.000Z\"}]}", id);
    }
    if (slice_ends_with(r->path, SLICE("/messages"))) {
        return snprintf(text, size, "{\"messages\":[],\"meta\":{\"hasMore\":false}}");
    }
    return snprintf(text, size, "{\"conversation\":{\"id\":\"%llu\"}}",
                    (unsigned long long)r->lane);
}

size_t upstream_answer(const struct upstream_request *request, uint64_t number, const char *date,
                       char text[UPSTREAM_ANSWER_BYTES])
{
    char body[UPSTREAM_ANSWER_BYTES / 2];
    bool is_ticket = slice_starts_with(request->path, SLICE("/api/"));
    int bytes = is_ticket ? ticket_body(request, number, body, sizeof body)
                          : conversation_body(request, number, body, sizeof body);
    bool is_new = slice_equal(request->method, SLICE("POST"));
    int len = snprintf(text, UPSTREAM_ANSWER_BYTES,
                       "HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: application/json\r\n"
                       "Content-Length: %d\r\n\r\n%s",
                       is_new ? "201 Created" : "200 OK", date, bytes, body);
    return (size_t)len;
}
