#include "egress/core/bot.h"
#include "tests/support/unit.h"

#include <string.h>

/* The specification's own example, and vectors made with `openssl dgst -sha256 -mac HMAC`. */
static void test_signatures(void **state)
{
    (void)state;
    static const struct {
        const char *why, *secret, *id;
        int64_t at_ms;
        const char *body, *want;
    } rows[] = {
        {"the specification's example", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
         "msg_p5jXN8AQM9LWM0D4loKWxJek", INT64_C(1614265330) * 1000, "{\"test\": 2432232314}",
         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"a turn; milliseconds do not count", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
         "0123456789abcdef0123456789abcdef", INT64_C(1789377125) * 1000 + 331,
         "{\"type\":\"turn\",\"turn\":\"0123456789abcdef0123456789abcdef\"}",
         "v1,yPQADwhEACs61cBf+v3t+aAUsGfB3CjXPxcttIIydcw="},
        {"no prefix, no body", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "id", 0, "",
         "v1,u+jM393lOM6OGACLZrm7FfUsENahWipUTYgiDCB1LxQ="},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned char key[BOT_KEY_BYTES_MAX];
        size_t len = 0;
        char signature[BOT_SIGNATURE_BYTES];
        EXPECT_OK(rows[i].why, bot_key_decode(slice_of(rows[i].secret), key, &len));
        bot_sign(slice_from(key, len), slice_of(rows[i].id), (wall_ms_t){rows[i].at_ms},
                 slice_of(rows[i].body), signature);
        EXPECT_TEXT(rows[i].why, signature, rows[i].want);
    }
}

static void test_what_is_no_secret_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *secret;
        enum err_code code;
    } rows[] = {
        {"not base64", "whsec_!!!", ERR_SYNTAX},
        {"a pass phrase", "whsec_correct horse battery", ERR_SYNTAX},
        {"too short to be a key", "whsec_AAECAw==", ERR_RANGE},
        {"nothing", "", ERR_RANGE},
        {"only the prefix", "whsec_", ERR_RANGE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned char key[BOT_KEY_BYTES_MAX] = {0};
        size_t len = 7;
        EXPECT_CODE(rows[i].why, bot_key_decode(slice_of(rows[i].secret), key, &len), rows[i].code);
        EXPECT("nothing is written on failure", len == 7 && key[0] == 0);
    }
    char large[1024];
    memset(large, 'A', sizeof large);
    unsigned char key[BOT_KEY_BYTES_MAX];
    size_t len = 0;
    EXPECT_CODE("longer than any key", bot_key_decode(slice_from(large, sizeof large), key, &len),
                ERR_RANGE);
    EXPECT_OK(
        "the padding may be missing",
        bot_key_decode(SLICE("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"), key, &len));
    EXPECT("whole", len == 32 && key[31] == 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_what_is_no_secret_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
