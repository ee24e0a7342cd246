#include "ingest/core/framing.h"

#include "ingest/core/http_bytes.h"
#include "ingest/core/http_target.h"

struct found {
    size_t count;
    struct slice value; /* the last */
};

static struct found find(const struct head *head, struct slice name)
{
    struct found found = {0};
    for (size_t i = 0; i < head->field_count; i++) {
        const struct head_field *field = &head->fields[i];
        if (field->name.len == name.len && slice_equal_nocase(field->name, name)) {
            found.count++;
            found.value = field->value;
        }
    }
    return found;
}

struct slice head_value(const struct head *head, struct slice name)
{
    struct found found = find(head, name);
    return found.count == 1 ? found.value : (struct slice){0};
}

static struct fault fault(unsigned status, const char *detail)
{
    return (struct fault){status, detail};
}
static const struct fault none = {0};

static struct fault judge_host(const struct head *head)
{
    struct found host = find(head, SLICE("Host"));
    if (host.count > 1) {
        return fault(400, "the request has more than one Host");
    }
    if (host.count == 0) {
        return head->http10 ? none : fault(400, "the request has no Host");
    }
    return http_host_valid(host.value) ? none : fault(400, "Host is not a host and a port");
}

/* Only a list that ends in chunked says where the body ends (RFC 9112 §6.3); of those we know the
 * one that has nothing else. */
static struct fault judge_codings(const struct head *head)
{
    bool last_is_chunked = false;
    size_t others = 0;
    for (size_t i = 0; i < head->field_count; i++) {
        if (!slice_equal_nocase(head->fields[i].name, SLICE("Transfer-Encoding"))) {
            continue;
        }
        struct slice rest = head->fields[i].value;
        struct slice coding = {0};
        for (bool more = true; more;) {
            more = slice_split(rest, ',', &coding, &rest);
            coding = slice_trim(coding);
            if (coding.len == 0 || !http_bytes_all(coding, HTTP_TOKEN)) {
                return fault(400, "Transfer-Encoding is not a list of codings");
            }
            if (last_is_chunked) {
                return fault(400, "chunked must be the last Transfer-Encoding, and stand once");
            }
            last_is_chunked = slice_equal_nocase(coding, SLICE("chunked"));
            others += last_is_chunked ? 0 : 1;
        }
    }
    if (!last_is_chunked) {
        return fault(400, "chunked must be the last Transfer-Encoding");
    }
    return others == 0 ? none : fault(501, "send the body chunked and in no other coding");
}

static struct fault judge_length(struct head *head)
{
    struct found length = find(head, SLICE("Content-Length"));
    struct found coding = find(head, SLICE("Transfer-Encoding"));
    if (length.count > 0 && coding.count > 0) {
        return fault(400, "the request has both Content-Length and Transfer-Encoding");
    }
    if (coding.count > 0) {
        head->chunked = true;
        return head->http10 ? fault(400, "HTTP/1.0 has no Transfer-Encoding") : judge_codings(head);
    }
    if (length.count > 1) {
        return fault(400, "the request has more than one Content-Length");
    }
    if (length.count == 0) {
        return slice_equal(head->method, SLICE("POST"))
                   ? fault(411, "send the length of the body in Content-Length, or chunked")
                   : none;
    }
    err_t error = slice_to_u64(length.value, &head->length);
    if (err_is(error, ERR_SYNTAX)) {
        return fault(400, "Content-Length is not a number");
    }
    if (err_failed(error)) {
        head->length = UINT64_MAX;
    }
    return none;
}

static bool has_member(const struct head *head, struct slice name, struct slice member)
{
    for (size_t i = 0; i < head->field_count; i++) {
        if (!slice_equal_nocase(head->fields[i].name, name)) {
            continue;
        }
        struct slice rest = head->fields[i].value;
        struct slice one = {0};
        for (bool more = true; more;) {
            more = slice_split(rest, ',', &one, &rest);
            if (slice_equal_nocase(slice_trim(one), member)) {
                return true;
            }
        }
    }
    return false;
}

/* HTTP/1.0 has no expectations (RFC 9110 §10.1.1). */
static struct fault judge_expectation(struct head *head)
{
    struct found expect = find(head, SLICE("Expect"));
    if (expect.count == 0 || head->http10) {
        return none;
    }
    head->expects_continue =
        expect.count == 1 && slice_equal_nocase(expect.value, SLICE("100-continue"));
    return head->expects_continue ? none : fault(417, "expect 100-continue or nothing");
}

struct fault framing_judge(struct head *head)
{
    struct slice connection = SLICE("Connection");
    head->chunked = false;
    head->length = 0;
    head->expects_continue = false;
    head->keep_alive = !has_member(head, connection, SLICE("close")) &&
                       (!head->http10 || has_member(head, connection, SLICE("keep-alive")));
    struct fault found = judge_host(head);
    if (found.status == 0) {
        found = judge_length(head);
    }
    return found.status == 0 ? judge_expectation(head) : found;
}
