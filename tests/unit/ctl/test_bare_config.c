/* bare_config.c: what leaves a deployment has nothing to log in with. */
#include "ctl/bare_config.h"
#include "event/file_place.h"
#include "tests/support/unit.h"

static const unsigned char secret[] = "a-secret-that-must-not-be-seen";

static struct sealed box(void)
{
    return (struct sealed){slice_from(secret, sizeof secret - 1)};
}

static struct config_record account(void)
{
    struct config_record record = {.kind = CONFIG_ACCOUNT};
    record.body.account.name = SLICE("acme");
    record.body.account.subdomain = SLICE("acme");
    return record;
}

/* Each by itself is found, and gone afterwards; what decides stays. */
static void each_credential_of_an_account_goes(void **unused)
{
    (void)unused;
    struct config_record with[6];
    for (size_t i = 0; i < COUNT_OF(with); i++) {
        with[i] = account();
    }
    with[0].body.account.key_secret = box();
    with[1].body.account.api_token = box();
    with[2].body.account.oauth_client_secret = box();
    with[3].body.account.email = SLICE("ops@acme.example");
    with[4].body.account.webhook_secrets.count = 1;
    with[5].body.account.signing_secrets[0] = box();
    with[5].body.account.signing_secret_count = 1;
    for (size_t i = 0; i < COUNT_OF(with); i++) {
        EXPECT("found", bare_config_has_secrets(&with[i]));
        bare_config(&with[i]);
        EXPECT("gone", !bare_config_has_secrets(&with[i]));
        EXPECT("the rest stays", slice_equal(with[i].body.account.subdomain, SLICE("acme")));
    }
    struct config_record none = account();
    EXPECT("none", !bare_config_has_secrets(&none));
}

static void each_credential_of_a_store_goes(void **unused)
{
    (void)unused;
    struct config_record with[3] = {
        {.kind = CONFIG_STORE}, {.kind = CONFIG_STORE}, {.kind = CONFIG_STORE}};
    with[0].body.store.bot_secret = box();
    with[1].body.store.tokens.count = 1;
    with[2].body.store.signing_secrets[0] = box();
    with[2].body.store.signing_secret_count = 1;
    for (size_t i = 0; i < COUNT_OF(with); i++) {
        with[i].body.store.name = SLICE("shoes");
        EXPECT("found", bare_config_has_secrets(&with[i]));
        bare_config(&with[i]);
        EXPECT("gone", !bare_config_has_secrets(&with[i]));
        EXPECT("the rest stays", slice_equal(with[i].body.store.name, SLICE("shoes")));
    }
    struct config_record deployment = {.kind = CONFIG_DEPLOYMENT};
    EXPECT("a deployment has none", !bare_config_has_secrets(&deployment));
}

/* Of a bot's address what decides about files stays, and nothing behind it. */
static void a_token_in_a_bots_address_goes(void **unused)
{
    (void)unused;
    static const struct {
        const char *url, *bare;
    } rows[] = {
        {"https://bot.example/turn?token=s3cret", "https://bot.example"},
        {"https://bot.example:8443/s3cret", "https://bot.example:8443"},
        {"https://s3cret@bot.example/turn", "none:"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_record record = {.kind = CONFIG_STORE};
        record.body.store.bot_url = slice_of(rows[i].url);
        bare_config(&record);
        EXPECT_SLICE(rows[i].url, record.body.store.bot_url, slice_of(rows[i].bare));
    }
}

/* What a shadow is given has no address that egress would call; whether there is a bot, which the
 * core asks, stays. */
static void nobody_is_called(void **unused)
{
    (void)unused;
    struct config_record with[4] = {account(), account(), account(), {.kind = CONFIG_STORE}};
    with[1].body.account.subdomain = with[2].body.account.subdomain = SLICE("");
    with[1].body.account.conversations_url = SLICE("https://api.smooch.example/sc");
    with[2].body.account.support_url = SLICE("http://127.0.0.1:7002");
    with[3].body.store.bot_url = SLICE("https://bot.example/turn");
    with[3].body.store.bot_private_allowed = true;
    for (size_t i = 0; i < COUNT_OF(with); i++) {
        EXPECT("calls", bare_config_calls(&with[i]));
        bare_config_of_nobody(&with[i]);
        EXPECT("calls nobody", !bare_config_calls(&with[i]));
        const struct account *a = &with[i].body.account;
        const struct store *s = &with[i].body.store;
        struct slice file = SLICE("https://acme.zendesk.com/sc/attachments/1");
        EXPECT("nor for a file",
               file_place(i < 3 ? a : NULL, i < 3 ? NULL : s, file) == FILE_PLACE_ELSEWHERE);
    }
    EXPECT("a bot is there", with[3].body.store.bot_url.len > 0);
    EXPECT("with no leave", !with[3].body.store.bot_private_allowed);
    struct config_record none = {.kind = CONFIG_STORE};
    bare_config_of_nobody(&none);
    EXPECT("none stays none", none.body.store.bot_url.len == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_credential_of_an_account_goes),
        cmocka_unit_test(each_credential_of_a_store_goes),
        cmocka_unit_test(a_token_in_a_bots_address_goes),
        cmocka_unit_test(nobody_is_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
