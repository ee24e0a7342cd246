/* bare_config.c: what leaves a deployment has nothing to log in with. */
#include "ctl/bare_config.h"
#include "event/codec.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_credential_of_an_account_goes),
        cmocka_unit_test(each_credential_of_a_store_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
