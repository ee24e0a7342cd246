/* config_file.c with config_shape.c, config_draft.c, config_secret.c, config_rules.c and
 * config_rules_widgets.c: what a configuration file may be, and what is said when it is not. */
#include "tests/unit/ctl/checked.h"

#define CONVERSATIONS                                                                              \
    "\"conversations\":{\"app_id\":\"a\",\"key_id\":\"k\",\"key_secret\":{\"env\":\"HUSH\"},"      \
    "\"key_login\":\"jwt\",\"integration_id\":\"65f1\",\"webhook_secrets\":[{\"env\":\"HUSH\"}]}"
#define ACME "\"acme\":{\"subdomain\":\"acme\"," CONVERSATIONS "}"
#define BOT "\"bot\":{\"url\":\"https://bot.example.com/x\"}"
#define FILE_OF(account, stores) "{\"accounts\":{" account "},\"stores\":{" stores "}}"
#define SUBDOMAIN(text) FILE_OF("\"acme\":{\"subdomain\":\"" text "\"," CONVERSATIONS "}", "")
#define STORE(members) FILE_OF(ACME, "\"shoes\":{\"account\":\"acme\"," members "}")
#define RULES(members) BOT ",\"handoff\":{\"rules\":{" members "}}"
#define SUPPORT(members) FILE_OF("\"acme\":{\"subdomain\":\"acme\",\"support\":{" members "}}", "")

struct row {
    const char *why, *text, *said;
};

/* Each text has one thing wrong. */
static const struct row errors[] = {
    {"not JSON: line and column", "{\"accounts\":{}\n \"stores\":{}}", ": expected"},
    {"an unknown key, the nearest named", FILE_OF("\"acme\":{\"subdomian\":\"x\"}", ""),
     "accounts.acme.subdomian: unknown key; did you mean \"subdomain\"?"},
    {"a key at the wrong place", FILE_OF("\"acme\":{\"app_id\":\"x\"}", ""),
     "it belongs to accounts.*.conversations.app_id"},
    {"a key of nothing", "{\"password\":1}",
     "unknown key; known here are $schema, accounts, stores"},
    {"a path is no key", STORE("\"bot.url\":\"https://x\""), "stores.shoes.bot.url: unknown key"},
    {"a doubled key", "{\"stores\":{},\"stores\":{}}", "stores"},
    {"a name", FILE_OF("\"Acme Inc\":{\"subdomain\":\"a\"," CONVERSATIONS "}", ""),
     "a name has small letters"},
    {"a type", STORE("\"enabled\":\"yes\"," BOT),
     "stores.shoes.enabled: expected true or false, found \"yes\""},
    {"a number that is no id", STORE("\"brand\":1.5," BOT), "expected an id in quotes, found 1.5"},
    {"a choice", STORE("\"after_release\":\"resum\"," BOT), "did you mean \"resume\"?"},
    {"an array of secrets", STORE("\"tokens\":{\"env\":\"HUSH\"}," BOT),
     "expected an array of one secret"},
    {"three secrets", STORE("\"tokens\":[{\"env\":\"A\"},{\"env\":\"B\"},{\"env\":\"C\"}]," BOT),
     "or two while"},
    {"a secret written out", STORE("\"tokens\":[\"hush\"]," BOT),
     "a secret does not stand in this file"},
    {"a secret of two places", STORE("\"tokens\":[{\"env\":\"A\",\"file\":\"B\"}]," BOT),
     "expected {\"env\":\"NAME\"}"},
    {"a secret that is not set", STORE("\"tokens\":[{\"env\":\"NOT_SET\"}]," BOT),
     "variable NOT_SET is not set"},
    {"a secret file that is not there", STORE("\"tokens\":[{\"file\":\"/nonexistent\"}]," BOT),
     "cannot open /nonexistent"},
    {"an empty secret", STORE("\"tokens\":[{\"file\":\"/dev/null\"}]," BOT), "the secret is empty"},
    {"an account without a side", FILE_OF("\"acme\":{\"subdomain\":\"a\"}", ""),
     "needs \"conversations\""},
    {"phrases that are no texts", STORE("\"handoff\":{\"phrases\":[\"\"]}," BOT),
     "expected a text in quotes"},
    {"a rule that does not exist", STORE("\"handoff\":{\"rules\":{\"askd\":false}}," BOT),
     "did you mean \"asked\"?"},
    {"row 72: a threshold that is no number", STORE(RULES("\"low_confidence\":\"60%\"")),
     "rules.low_confidence: expected a number, found \"60%\""},
    {"row 72: a threshold in percent", STORE(RULES("\"low_confidence\":60")),
     "expected a number above 0 and at most 1"},
    {"row 74: no list of actions", STORE(RULES("\"action\":\"refund\"")),
     "expected an array of at most"},
    {"row 73: a threshold of no scale", STORE(RULES("\"low_rating\":1e400")),
     "expected a number from -100 to 100"},
    {"row 72: nothing is below 0", STORE(RULES("\"low_confidence\":0")),
     "leave it out to switch it off"},
    {"store of an unknown account", FILE_OF(ACME, "\"shoes\":{\"account\":\"acm\"," BOT "}"),
     "there is no account \"acm\" in this file; did you mean \"acme\"?"},
    {"row 15: a full address", SUBDOMAIN("https://acme.zendesk.com/agent"), "write \"acme\""},
    {"row 15: a host", SUBDOMAIN("acme.zendesk.com"), "write \"acme\""},
    {"row 15: capitals", SUBDOMAIN("Acme"), "in small letters"},
    {"row 15: nothing", SUBDOMAIN(""), "the account's own subdomain alone"},
    {"row 19: App ID", FILE_OF("\"acme\":{\"subdomain\":\"a\",\"conversations\":{}}", ""),
     "\"app_id\" is missing"},
    {"row 19: Key ID", FILE_OF("\"acme\":{\"subdomain\":\"a\",\"conversations\":{}}", ""),
     "\"key_id\" is missing"},
    {"row 19: Secret", FILE_OF("\"acme\":{\"subdomain\":\"a\",\"conversations\":{}}", ""),
     "\"key_secret\" is missing"},
    {"row 19: a widget without any of them",
     FILE_OF("\"acme\":{\"subdomain\":\"a\",\"support\":{\"oauth\":{\"client_id\":\"c\","
             "\"client_secret\":{\"env\":\"HUSH\"}}}}",
             "\"shoes\":{\"account\":\"acme\",\"widget\":\"w\"," BOT "}"),
     "stores.shoes.widget: its account has no \"conversations\""},
    {"row 33: no TLS", SUPPORT("\"url\":\"http://acme.zendesk.com\""),
     "http:// would send secrets in the clear"},
    {"row 33: another scheme", SUPPORT("\"url\":\"ftp://acme.zendesk.com\""),
     "must begin with https://"},
    {"a password in an address", SUPPORT("\"url\":\"https://a:b@acme.zendesk.com\""),
     "no user name and no password"},
    {"a mail address alone", SUPPORT("\"email\":\"a@b.example\""), "\"api_token\" is missing"},
    {"a token alone", SUPPORT("\"api_token\":{\"env\":\"HUSH\"}"), "\"email\" is missing"},
    {"no login", SUPPORT("\"bot_user_id\":1"), "\"oauth\" is missing"},
    {"bot without TLS", STORE("\"bot\":{\"url\":\"http://bot.example.com\"}"),
     "customers' words in the clear"},
    {"bot at a private address", STORE("\"bot\":{\"url\":\"https://10.0.0.7\"}"),
     "\"allow_private_address\": true"},
    {"bot too patient", STORE("\"bot\":{\"url\":\"https://b.example\",\"timeout\":\"3m\"}"),
     "from 1s to 120s"},
    {"bot too hasty", STORE("\"bot\":{\"url\":\"https://b.example\",\"timeout\":\"900ms\"}"),
     "from 1s to 120s"},
    {"a time without quotes", STORE("\"bot\":{\"url\":\"https://b.example\",\"timeout\":20}"),
     "a time in quotes"},
    {"row 113: one widget, two stores",
     FILE_OF(ACME, "\"shoes\":{\"account\":\"acme\",\"widget\":\"w\"," BOT
                   "},\"hats\":{\"account\":\"acme\",\"widget\":\"w\"," BOT "}"),
     "stores.hats.widget: already taken: the stores \"shoes\" and \"hats\""},
    {"row 111: two fallbacks",
     FILE_OF(ACME, "\"shoes\":{\"account\":\"acme\"," BOT
                   "},\"hats\":{\"account\":\"acme\",\"widget\":\"\"," BOT "}"),
     "stores.hats.widget: the stores \"shoes\" and \"hats\" both have no widget"},
    {"row 115: the integration's id", STORE("\"widget\":\"65f1\"," BOT),
     "this is the id of the account's Conversations integration"},
};

static void every_error_is_named_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        struct config_file file;
        checked_read(errors[i].text, NULL, &file);
        const struct problem *found = checked_find(&file, errors[i].said);
        if (found == NULL || found->warning) {
            problems_print(&file.problems, false, stderr);
            fail_msg("%s: not said: %s", errors[i].why, errors[i].said);
        }
        config_file_deinit(&file);
    }
}

static void warnings_are_no_errors(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"row 116: several brands and a fallback",
         FILE_OF(ACME, "\"shoes\":{\"account\":\"acme\",\"widget\":\"w\"," BOT
                       "},\"hats\":{\"account\":\"acme\"," BOT "}"),
         "stores.hats: has no widget while its account has several stores"},
        {"row 23: a store without a bot", STORE("\"widget\":\"w\""),
         "stores.shoes: has no \"bot\""},
        {"row 69: a share link",
         STORE(BOT ",\"author\":{\"avatar_url\":\"https://drive.google.com/file/d/XY/view\"}"),
         "https://drive.google.com/uc?export=view&id=XY"},
        {"row 69: a page", STORE(BOT ",\"author\":{\"avatar_url\":\"https://example.com/me\"}"),
         "does not end like"},
        {"row 77: no rule is left",
         STORE(BOT ",\"handoff\":{\"rules\":{\"asked\":false,\"bot\":false,\"bot_failed\":false,"
                   "\"bot_timed_out\":false}}"),
         "stores.shoes.handoff.rules: all rules are switched off"},
        {"a token that ends", SUPPORT("\"email\":\"a@b.example\",\"api_token\":{\"env\":\"HUSH\"}"),
         "2027-04-30"},
        {"nothing in it", "{}", "names no account and no store"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_file file;
        checked_read(rows[i].text, NULL, &file);
        const struct problem *found = checked_find(&file, rows[i].said);
        if (found == NULL || !found->warning || file.problems.errors > 0) {
            problems_print(&file.problems, false, stderr);
            fail_msg("%s: not said, or as an error: %s", rows[i].why, rows[i].said);
        }
        config_file_deinit(&file);
    }
}

static void what_is_right_passes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"row 33: loopback needs no TLS",
         SUPPORT("\"url\":\"http://127.0.0.1:99\",\"oauth\":{\"client_id\":\"c\","
                 "\"client_secret\":{\"env\":\"HUSH\"}}"),
         ""},
        {"row 110: a widget for each",
         FILE_OF(ACME, "\"shoes\":{\"account\":\"acme\",\"widget\":\"v\"," BOT
                       "},\"hats\":{\"account\":\"acme\",\"widget\":\"w\"," BOT "}"),
         ""},
        {"row 111: one fallback", STORE(BOT), ""},
        {"row 109: the same widget id on another account is another widget",
         FILE_OF(ACME ",\"other\":{\"subdomain\":\"o\"," CONVERSATIONS "}",
                 "\"shoes\":{\"account\":\"acme\",\"widget\":\"w\"," BOT
                 "},\"hats\":{\"account\":\"other\",\"widget\":\"w\"," BOT "}"),
         ""},
        {"comments", "// one\n{/* two */\"accounts\":{" ACME "}}", ""},
        {"a private bot that is wanted",
         STORE("\"bot\":{\"url\":\"http://127.0.0.1:1\",\"allow_private_address\":true}"), ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_file file;
        checked_read(rows[i].text, NULL, &file);
        if (file.problems.errors > 0) {
            problems_print(&file.problems, false, stderr);
            fail_msg("%s", rows[i].why);
        }
        config_file_deinit(&file);
    }
}

static void all_problems_are_said_with_their_places(void **state)
{
    (void)state;
    struct config_file file;
    checked_read("{\n  \"acounts\": {},\n  \"stores\": {\n    \"a\": {\"account\": 1}\n  }\n}\n",
                 NULL, &file);
    char path[] = "/tmp/test-ctl-XXXXXX";
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "w+");
    file.problems.file = "shop.json";
    problems_print(&file.problems, false, out);
    char text[4096] = "";
    rewind(out);
    size_t len = fread(text, 1, sizeof text - 1, out);
    text[len] = '\0';
    EXPECT("the first",
           strstr(text, "shop.json:2:3: acounts: unknown key; did you mean \"accounts\"?\n") ==
               text);
    EXPECT("the second",
           strstr(text, "\nshop.json:4:22: stores.a.account: expected a name") != NULL);
    EXPECT("closed", fclose(out) == 0);
    unlink(path);
    config_file_deinit(&file);
}

static void values_reach_the_draft(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(
        STORE("\"brand\":360002783572,\"widget\":\"w\",\"after_release\":\"end\",\"default_"
              "responder\":true,"
              "\"welcome\":\"Hi\",\"author\":{\"name\":\"Bot\"},\"tokens\":[{\"env\":\"HUSH\"}],"
              "\"signing_secrets\":[{\"env\":\"HUSH\"},{\"env\":\"HUSH\"}],"
              "\"bot\":{\"url\":\"https://bot.example.com/x\",\"timeout\":\"1500ms\"}"),
        NULL, &file);
    const struct draft_store *s = config_file_store(&file, SLICE("shoes"));
    const struct draft_account *a = config_file_account(&file, SLICE("acme"));
    EXPECT("both there", s != NULL && a != NULL && file.problems.errors == 0);
    EXPECT_SLICE("an id as a number", s->store.brand_id, SLICE("360002783572"));
    EXPECT("choice", s->store.after_release == AFTER_RELEASE_END && s->store.default_responder);
    EXPECT("time", s->store.bot_timeout.ms == 1500 && s->store.bot_kind == BOT_HTTP);
    EXPECT("default", s->store.enabled && a->account.enabled);
    EXPECT("how the key signs in", a->account.key_login == KEY_LOGIN_JWT);
    EXPECT_SLICE("resolved", s->tokens.secret[0].text, SLICE("hush"));
    EXPECT("two at a time, to rotate", s->signing_secrets.count == 2);
    EXPECT_SLICE("resolved", s->signing_secrets.secret[1].text, SLICE("hush"));
    EXPECT_SLICE("default of the target", a->account.agent_target, SLICE("zd-agentWorkspace"));
    config_file_deinit(&file);
}

static void the_hand_over_is_on_until_switched_off(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(STORE(BOT), NULL, &file);
    const struct store *s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("live, all usual rules", s->handoff_live && s->reasons_off == 0);
    EXPECT("no others", s->reasons_on == 0);
    EXPECT("row 103: the customer is told", s->handoff_notice.len > 0 && s->session_ended.len > 0);
    config_file_deinit(&file);
    checked_read(
        STORE(BOT ",\"handoff\":{\"live\":false,\"rules\":{\"bot_failed\":false},\"notice\":\"\","
                  "\"phrases\":[\" a person \",\"mensch\"],\"group\":77,\"tags\":\"a,b\"}"),
        NULL, &file);
    s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("switched off", !s->handoff_live && s->reasons_off == REASON_BIT(REASON_BOT_FAILED));
    EXPECT("row 103: the text is off", s->handoff_notice.len == 0 && s->session_ended.len > 0);
    EXPECT("phrases", s->phrase_count == 2);
    EXPECT_SLICE("trimmed", s->phrases[0], SLICE("a person"));
    EXPECT_SLICE("group", s->handoff_group_id, SLICE("77"));
    config_file_deinit(&file);
}

static void more_rules_when_asked_for(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(STORE(RULES("\"low_confidence\":0.6")), NULL, &file);
    EXPECT("good", file.problems.errors == 0);
    const struct store *s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("row 72", s->reasons_on == REASON_BIT(REASON_LOW_CONFIDENCE));
    EXPECT("row 72: per store, as given", s->low_confidence >= 0.6 && s->low_confidence <= 0.6);
    config_file_deinit(&file);
}

static void rules_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        uint32_t on;
    } rows[] = {
        {"row 80: on", STORE(RULES("\"unresolved\":true")), REASON_BIT(REASON_UNRESOLVED)},
        {"row 76: on", STORE(RULES("\"frustrated\":true")), REASON_BIT(REASON_FRUSTRATED)},
        {"row 73: on", STORE(RULES("\"low_rating\":2")), REASON_BIT(REASON_LOW_RATING)},
        {"row 74: on", STORE(RULES("\"action\":[\"refund\"]")), REASON_BIT(REASON_ACTION)},
        {"row 74: none listed", STORE(RULES("\"action\":[]")), 0},
        {"row 80: off", STORE(RULES("\"unresolved\":false")), 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_file file;
        checked_read(rows[i].text, NULL, &file);
        const struct store *s = &config_file_store(&file, SLICE("shoes"))->store;
        EXPECT(rows[i].why, file.problems.errors == 0 && s->reasons_on == rows[i].on);
        config_file_deinit(&file);
    }
}

static int set_environment(void **state)
{
    (void)state;
    return setenv("HUSH", "hush", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_is_named_where_it_stands),
        cmocka_unit_test(warnings_are_no_errors),
        cmocka_unit_test(what_is_right_passes),
        cmocka_unit_test(all_problems_are_said_with_their_places),
        cmocka_unit_test(values_reach_the_draft),
        cmocka_unit_test(the_hand_over_is_on_until_switched_off),
        cmocka_unit_test(more_rules_when_asked_for),
        cmocka_unit_test(rules_by_name),
    };
    return cmocka_run_group_tests(tests, set_environment, NULL);
}
