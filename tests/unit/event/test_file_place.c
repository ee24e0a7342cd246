/* Whose file an address names: the origin decides, and no trick with it. Row 105. */
#include "event/file_place.h"
#include "tests/support/unit.h"

static const struct account account = {
    .subdomain = {"acme", 4},
    .conversations_url = {"https://api.smooch.io:444/x", 27},
};
static const struct store store = {.bot_url = {"http://127.0.0.1:9000/bot", 25}};

static void test_places(void **state)
{
    static const struct {
        const char *why, *url;
        enum file_place want;
    } rows[] = {
        {"of its conversations", "https://api.smooch.io:444/a", FILE_PLACE_ZENDESK},
        {"in any case", "HTTPS://API.smooch.io:444/a", FILE_PLACE_ZENDESK},
        {"of its subdomain", "https://acme.zendesk.com/sc/attachments/v2/1/a.png",
         FILE_PLACE_ZENDESK},
        {"of its subdomain, in any case", "https://ACME.Zendesk.COM/a", FILE_PLACE_ZENDESK},
        {"with nothing behind it", "https://acme.zendesk.com?x=1", FILE_PLACE_ZENDESK},
        {"the bot's", "http://127.0.0.1:9000/files/1", FILE_PLACE_BOT},
        {"another port", "http://127.0.0.1:9001/files/1", FILE_PLACE_ELSEWHERE},
        {"no port where one is set", "https://api.smooch.io/a", FILE_PLACE_ELSEWHERE},
        {"a port where none is set", "https://acme.zendesk.com:8443/a", FILE_PLACE_ELSEWHERE},
        {"a port that is none", "https://acme.zendesk.com:/a", FILE_PLACE_ELSEWHERE},
        {"more digits of a port", "http://127.0.0.1:90001/files/1", FILE_PLACE_ELSEWHERE},
        {"a dot at the end: a name of its own", "https://acme.zendesk.com./a",
         FILE_PLACE_ELSEWHERE},
        {"and before a port", "https://api.smooch.io.:444/a", FILE_PLACE_ELSEWHERE},
        {"another scheme", "http://acme.zendesk.com/a", FILE_PLACE_ELSEWHERE},
        {"another account's", "https://globex.zendesk.com/a", FILE_PLACE_ELSEWHERE},
        {"a name that begins alike", "https://acme.zendesk.com.evil.example/a",
         FILE_PLACE_ELSEWHERE},
        {"a name that ends alike", "https://xacme.zendesk.com/a", FILE_PLACE_ELSEWHERE},
        {"a user's name in it", "https://acme.zendesk.com@evil.example/a", FILE_PLACE_ELSEWHERE},
        {"a user and a password", "https://a:b@acme.zendesk.com/a", FILE_PLACE_ELSEWHERE},
        {"a user without a name", "https://@acme.zendesk.com/a", FILE_PLACE_ELSEWHERE},
        {"a port before a user", "https://api.smooch.io:444@evil.example/a", FILE_PLACE_ELSEWHERE},
        {"an escape", "https://acme.zendesk.com%2Fevil.example/a", FILE_PLACE_ELSEWHERE},
        {"a backslash, which some take for a slash", "https://evil.example\\acme.zendesk.com/a",
         FILE_PLACE_ELSEWHERE},
        {"another scheme altogether", "file:///etc/passwd", FILE_PLACE_ELSEWHERE},
        {"nothing", "", FILE_PLACE_ELSEWHERE},
        {"no host", "https:///a", FILE_PLACE_ELSEWHERE},
    };
    static const struct account none = {.enabled = true};
    static const struct store no_bot = {.enabled = true};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why, file_place(&account, &store, slice_of(rows[i].url)) == rows[i].want);
        EXPECT(rows[i].why,
               file_place(&none, &no_bot, slice_of(rows[i].url)) == FILE_PLACE_ELSEWHERE);
        EXPECT(rows[i].why, file_place(NULL, NULL, slice_of(rows[i].url)) == FILE_PLACE_ELSEWHERE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
