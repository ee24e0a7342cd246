#include "ctl/url.h"
#include "tests/support/unit.h"

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *wrong, *host, *port, *path;
        bool loopback, is_private;
    } rows[] = {
        {"plain", "https://a.example", NULL, "a.example", "", "", false, false},
        {"all parts", "https://a.example:8443/x/y", NULL, "a.example", "8443", "/x/y", false,
         false},
        {"v6", "http://[::1]:80", NULL, "::1", "80", "", true, true},
        {"v6 of a private range", "https://[fd00::1]/", NULL, "fd00::1", "", "/", false, true},
        {"loopback", "http://127.9.9.9", NULL, "127.9.9.9", "", "", true, true},
        {"localhost", "http://LocalHost", NULL, "LocalHost", "", "", true, true},
        {"a name that only begins so", "http://localhost.example", NULL, "localhost.example", "",
         "", false, false},
        {"private", "https://172.31.0.1", NULL, "172.31.0.1", "", "", false, true},
        {"just not private", "https://172.32.0.1", NULL, "172.32.0.1", "", "", false, false},
        {"no scheme", "a.example", "must begin", "", "", "", false, false},
        {"no host", "https://", "must have a host", "", "", "", false, false},
        {"port 0", "https://a:0", "must have a port", "", "", "", false, false},
        {"port of letters", "https://a:b", "must have a port", "", "", "", false, false},
        {"a user", "https://u@a", "must hold no user", "", "", "", false, false},
        {"a blank", "https://a b", "must hold no blanks", "", "", "", false, false},
        {"a fragment", "https://a/#x", "must have no #", "", "", "", false, false},
        {"an open bracket", "https://[::1", "must close", "", "", "", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct url url = {0};
        const char *wrong = url_parse(slice_of(rows[i].text), &url);
        if (rows[i].wrong != NULL) {
            EXPECT(rows[i].why, wrong != NULL);
            EXPECT(rows[i].why, slice_starts_with(slice_of(wrong), slice_of(rows[i].wrong)));
            continue;
        }
        EXPECT(rows[i].why, wrong == NULL);
        EXPECT_SLICE(rows[i].why, url.host, slice_of(rows[i].host));
        EXPECT_SLICE(rows[i].why, url.port, slice_of(rows[i].port));
        EXPECT_SLICE(rows[i].why, url.path, slice_of(rows[i].path));
        EXPECT(rows[i].why, url_is_loopback(&url) == rows[i].loopback);
        EXPECT(rows[i].why, url_is_private(&url) == rows[i].is_private);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
