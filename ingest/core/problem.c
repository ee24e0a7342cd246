#include "ingest/core/problem.h"

#include "json/json_write.h"

static const struct {
    unsigned status;
    const char *title;
} titles[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {431, "Request Header Fields Too Large"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

const char *problem_title(unsigned status)
{
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (titles[i].status == status) {
            return titles[i].title;
        }
    }
    return "Error";
}

err_t problem_write(const struct problem *problem, struct buf *out)
{
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_put_text(&w, "type", "about:blank");
    json_put_text(&w, "title", problem_title(problem->status));
    json_put_int(&w, "status", problem->status);
    json_put_slice_if(&w, "detail", problem->detail);
    json_put_slice_if(&w, "field", problem->field);
    json_end(&w);
    return json_write_done(&w);
}

unsigned problem_retry_after_s(enum endpoint endpoint)
{
    return endpoint == ENDPOINT_TICKETS ? 55 : 5;
}

const char *problem_challenge(enum endpoint endpoint)
{
    return endpoint == ENDPOINT_CONVERSATIONS ? "ApiKey realm=\"tieline\""
                                              : "Bearer realm=\"tieline\"";
}
