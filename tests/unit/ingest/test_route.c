/* Which door a request knocks at. Covers rows 26 (a URL for each connector), 39, 47. */
#include "ingest/core/route.h"
#include "tests/support/unit.h"

static const struct {
    const char *why;
    const char *method;
    const char *target;
    enum route_result result;
    enum endpoint endpoint;
    const char *name;
} rows[] = {
    {"row 26: the account's webhook", "POST", "/api/v1/connectors/maple/webhook", ROUTE_FOUND,
     ENDPOINT_CONVERSATIONS, "maple"},
    {"row 39: a store's tickets", "POST", "/api/v1/stores/bikes/tickets", ROUTE_FOUND,
     ENDPOINT_TICKETS, "bikes"},
    {"a store's events", "POST", "/api/v1/stores/bikes/events", ROUTE_FOUND, ENDPOINT_EVENTS,
     "bikes"},
    {"a target with scheme and host is legal", "POST",
     "http://door.example:8080/api/v1/stores/bikes/events", ROUTE_FOUND, ENDPOINT_EVENTS, "bikes"},
    {"any scheme spelling", "POST", "HTTPS://door.example/api/v1/stores/b/tickets", ROUTE_FOUND,
     ENDPOINT_TICKETS, "b"},
    {"a name that nobody can have is still a name", "POST", "/api/v1/stores/%2e%2e/events",
     ROUTE_FOUND, ENDPOINT_EVENTS, "%2e%2e"},
    {"another method", "GET", "/api/v1/stores/bikes/tickets", ROUTE_NO_METHOD, ENDPOINT_TICKETS,
     "bikes"},
    {"methods are case sensitive", "post", "/api/v1/stores/bikes/tickets", ROUTE_NO_METHOD,
     ENDPOINT_TICKETS, "bikes"},
    {"no name", "POST", "/api/v1/stores//tickets", ROUTE_NO_PATH, ENDPOINT_NONE, ""},
    {"nothing behind the name", "POST", "/api/v1/stores/bikes", ROUTE_NO_PATH, ENDPOINT_NONE, ""},
    {"one part more", "POST", "/api/v1/stores/bikes/tickets/1", ROUTE_NO_PATH, ENDPOINT_NONE, ""},
    {"a slash at the end", "POST", "/api/v1/stores/bikes/tickets/", ROUTE_NO_PATH, ENDPOINT_NONE,
     ""},
    {"paths are case sensitive", "POST", "/API/v1/stores/bikes/tickets", ROUTE_NO_PATH,
     ENDPOINT_NONE, ""},
    {"a connector has no tickets", "POST", "/api/v1/connectors/maple/tickets", ROUTE_NO_PATH,
     ENDPOINT_NONE, ""},
    {"dots are not resolved", "POST", "/x/../api/v1/stores/bikes/tickets", ROUTE_NO_PATH,
     ENDPOINT_NONE, ""},
    {"an asterisk", "OPTIONS", "*", ROUTE_NO_PATH, ENDPOINT_NONE, ""},
    {"only a host", "POST", "http://door.example", ROUTE_NO_PATH, ENDPOINT_NONE, ""},
    {"nothing at all", "", "", ROUTE_NO_PATH, ENDPOINT_NONE, ""},
};

static void finds_the_endpoint(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct route route = {0};
        enum route_result result =
            route_find(slice_of(rows[i].method), slice_of(rows[i].target), &route);
        EXPECT(rows[i].why, result == rows[i].result);
        EXPECT(rows[i].why, route.endpoint == rows[i].endpoint);
        EXPECT_SLICE(rows[i].why, route.name, slice_of(rows[i].name));
    }
}

static void names_endpoints(void **state)
{
    (void)state;
    EXPECT_TEXT("label", endpoint_label(ENDPOINT_TICKETS), "tickets");
    EXPECT_TEXT("label of a path that does not exist", endpoint_label(ENDPOINT_NONE), "none");
    EXPECT_TEXT("source", endpoint_source_label(ENDPOINT_TICKETS), "support");
    EXPECT("source", endpoint_source(ENDPOINT_EVENTS) == EVENT_FROM_PLATFORM);
    EXPECT("Zendesk's", endpoint_is_zendesk(ENDPOINT_CONVERSATIONS));
    EXPECT("not Zendesk's", !endpoint_is_zendesk(ENDPOINT_EVENTS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_endpoint),
        cmocka_unit_test(names_endpoints),
    };
    return cmocka_run_group_tests_name("ingest/route", tests, NULL, NULL);
}
