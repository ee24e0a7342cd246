/* plan.c with plan_seal.c and diff.c: what `apply` would write, and what it says of it. */
#include "ctl/diff.h"
#include "ctl/plan.h"
#include "ctl/pretty.h"
#include "event/config_log.h"
#include "tests/unit/ctl/checked.h"

static const char file_text[] =
    "{\"accounts\":{\"acme\":{\"subdomain\":\"acme\",\"conversations\":{\"app_id\":\"a\",\"key_"
    "id\":\"k\","
    "\"key_secret\":{\"env\":\"HUSH\"},\"integration_id\":\"65f1\",\"webhook_secrets\":[{\"env\":"
    "\"HUSH\"}]}}},"
    "\"stores\":{\"shoes\":{\"account\":\"acme\",\"widget\":\"w\",\"welcome\":\"Hi\","
    "\"bot\":{\"url\":\"https://"
    "bot.example.com\",\"secret\":{\"env\":\"HUSH\"}},\"tokens\":[{\"env\":\"HUSH\"}],\"signing_"
    "secrets\":[{\"env\":\"HUSH\"}]}}}";

struct bench {
    struct arena arena;
    struct config_log *log;
    const struct config_set *set;
    struct public_keys keys;
    int64_t offset;
};

static void bench_init(struct bench *b)
{
    *b = (struct bench){0};
    arena_init(&b->arena, 64 * 1024 * 1024);
    EXPECT_OK("log", config_log_new(&b->log));
    EXPECT_OK("set", config_log_at(b->log, INT64_MAX, &b->set));
    /* any two points of the curve will do for public keys */
    b->keys.ingest[0] = 9;
    b->keys.egress[0] = 9;
}

static void bench_deinit(struct bench *b)
{
    config_log_free(b->log);
    arena_deinit(&b->arena);
}

static void plan_text(struct bench *b, const char *text, const struct public_keys *keys,
                      struct plan *plan)
{
    struct config_file file;
    struct why why = {""};
    checked_read(text, b->set, &file);
    EXPECT("no errors", file.problems.errors == 0);
    EXPECT_OK(why.text,
              plan_make(&b->arena, &file, b->set, keys, 16, (struct slice){NULL, 0}, &why, plan));
    /* The plan borrows from the file; these tests look at it only as encoded. */
    for (size_t i = 0; i < plan->count; i++) {
        struct diff d;
        EXPECT_OK("told", diff_entry(&plan->entries[i], &d));
        EXPECT("no secret is told", strstr(buf_text(&d.lines), "hush") == NULL);
        diff_deinit(&d);
    }
    config_file_deinit(&file);
}

static void publish(struct bench *b, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];
        struct why why = {""};
        if (entry->change != PLAN_SAME) {
            EXPECT_OK(why.text,
                      config_log_add(b->log, b->offset++, entry->key, entry->value, &why));
        }
    }
    EXPECT_OK("set", config_log_at(b->log, INT64_MAX, &b->set));
}

static void twice_changes_nothing(void **state)
{
    (void)state;
    struct bench b;
    struct plan plan;
    bench_init(&b);
    plan_text(&b, file_text, &b.keys, &plan);
    EXPECT("deployment, account, store", plan.count == 3 && plan.changes == 3);
    EXPECT_SLICE("in this order", plan.entries[1].key, SLICE("account/acme"));
    publish(&b, &plan);
    EXPECT("id_key was made", config_account(b.set, SLICE("acme"))->id_key.len == IDENT_KEY_BYTES);
    EXPECT("partitions", config_deployment(b.set)->partitions == 16);
    EXPECT("the webhook's secret is sealed, with its store",
           config_store(b.set, SLICE("shoes"))->signing_secret_count == 1 &&
               config_store(b.set, SLICE("shoes"))->signing_secrets[0].box.len > 4);
    plan_text(&b, file_text, NULL, &plan);
    EXPECT("nothing, with the published keys", plan.changes == 0);
    plan_text(&b, file_text, &b.keys, &plan);
    EXPECT("nothing, with the same keys again", plan.changes == 0);
    bench_deinit(&b);
}

static void a_change_keeps_the_id_key(void **state)
{
    (void)state;
    struct bench b;
    struct plan plan;
    bench_init(&b);
    plan_text(&b, file_text, &b.keys, &plan);
    publish(&b, &plan);
    unsigned char before[IDENT_KEY_BYTES];
    memcpy(before, config_account(b.set, SLICE("acme"))->id_key.ptr, sizeof before);
    setenv("HUSH", "hush, hush", 1);
    plan_text(&b, file_text, NULL, &plan);
    setenv("HUSH", "hush", 1);
    EXPECT("a new secret changes what holds it",
           plan.changes == 2 && plan.entries[0].change == PLAN_SAME);
    publish(&b, &plan);
    EXPECT("the id_key stays for ever",
           memcmp(before, config_account(b.set, SLICE("acme"))->id_key.ptr, 32) == 0);
    bench_deinit(&b);
}

static void without_keys_it_says_how_to_make_them(void **state)
{
    (void)state;
    struct bench b;
    struct plan plan;
    struct config_file file;
    struct why why = {""};
    bench_init(&b);
    checked_read(file_text, b.set, &file);
    EXPECT_CODE("no keys",
                plan_make(&b.arena, &file, b.set, NULL, 16, (struct slice){NULL, 0}, &why, &plan),
                ERR_CONFIG);
    EXPECT("the remedy", strstr(why.text, "tieline keygen") != NULL);
    config_file_deinit(&file);
    bench_deinit(&b);
}

/* What connect published stays where the file does not name it, and only there. */
static void what_zendesk_gave_stays(void **state)
{
    (void)state;
    static const char silent[] =
        "{\"accounts\":{\"acme\":{\"subdomain\":\"acme\",\"conversations\":{\"app_id\":\"a\",\"key_"
        "id\":\"k\",\"key_secret\":{\"env\":\"HUSH\"}}}},"
        "\"stores\":{\"shoes\":{\"account\":\"acme\",\"widget\":\"w\",\"welcome\":\"Hi\","
        "\"bot\":{\"url\":\"https://bot.example.com\",\"secret\":{\"env\":\"HUSH\"}},"
        "\"tokens\":[{\"env\":\"HUSH\"}]}}}";
    static const char no_messaging[] =
        "{\"accounts\":{\"acme\":{\"subdomain\":\"acme\",\"support\":{\"email\":\"a@acme.example\","
        "\"api_token\":{\"env\":\"HUSH\"}}}}}";
    struct bench b;
    struct plan plan;
    bench_init(&b);
    plan_text(&b, file_text, &b.keys, &plan);
    publish(&b, &plan);
    plan_text(&b, silent, NULL, &plan);
    EXPECT("integration, shared secret and signing secret stay", plan.changes == 0);
    plan_text(&b, no_messaging, NULL, &plan);
    publish(&b, &plan);
    EXPECT("not where messaging is given up",
           config_account(b.set, SLICE("acme"))->integration_id.len == 0 &&
               config_account(b.set, SLICE("acme"))->webhook_secrets.count == 0);
    bench_deinit(&b);
}

/* Row 36. */
static void off_and_gone(void **state)
{
    (void)state;
    struct bench b;
    struct plan plan;
    struct why why = {""};
    bench_init(&b);
    plan_text(&b, file_text, &b.keys, &plan);
    publish(&b, &plan);
    const struct account *account = config_account(b.set, SLICE("acme"));
    const struct store *stores[] = {config_store(b.set, SLICE("shoes"))};
    EXPECT_OK(why.text, plan_off(&b.arena, b.set, NULL, stores, 1, false, &why, &plan));
    EXPECT("the store alone", plan.count == 1 && plan.changes == 1);
    EXPECT_OK(why.text, plan_off(&b.arena, b.set, account, stores, 1, false, &why, &plan));
    publish(&b, &plan);
    account = config_account(b.set, SLICE("acme"));
    stores[0] = config_store(b.set, SLICE("shoes"));
    EXPECT("switched off", !account->enabled && !stores[0]->enabled);
    EXPECT("the id_key stays for ever", account->id_key.len == IDENT_KEY_BYTES);
    EXPECT_OK(why.text, plan_off(&b.arena, b.set, account, stores, 1, false, &why, &plan));
    EXPECT("once", plan.changes == 0);
    EXPECT_OK(why.text, plan_off(&b.arena, b.set, account, stores, 1, true, &why, &plan));
    EXPECT("gone even so", plan.changes == 2 && plan.entries[0].value.len == 0);
    publish(&b, &plan);
    EXPECT("gone", config_account(b.set, SLICE("acme")) == NULL &&
                       config_store(b.set, SLICE("shoes")) == NULL);
    EXPECT("the deployment stays", config_deployment(b.set) != NULL);
    bench_deinit(&b);
}

static void the_public_address_is_remembered(void **state)
{
    (void)state;
    struct bench b;
    struct plan plan;
    struct config_file file;
    struct why why = {""};
    bench_init(&b);
    checked_read(file_text, b.set, &file);
    EXPECT_OK(why.text, plan_make(&b.arena, &file, b.set, &b.keys, 16,
                                  SLICE("https://tieline.example.com"), &why, &plan));
    publish(&b, &plan);
    EXPECT_OK(why.text,
              plan_make(&b.arena, &file, b.set, NULL, 16, (struct slice){NULL, 0}, &why, &plan));
    EXPECT("no change", plan.changes == 0);
    EXPECT_SLICE("kept", config_deployment(b.set)->public_url,
                 SLICE("https://tieline.example.com"));
    config_file_deinit(&file);
    bench_deinit(&b);
}

static void only_what_the_file_names(void **state)
{
    (void)state;
    struct bench b;
    struct plan plan;
    bench_init(&b);
    plan_text(&b, file_text, &b.keys, &plan);
    publish(&b, &plan);
    static const char hats[] = "{\"stores\":{\"hats\":{\"account\":\"acme\",\"widget\":\"v\"}}}";
    plan_text(&b, hats, NULL, &plan);
    EXPECT("a store of a published account", plan.count == 2 && plan.changes == 1);
    publish(&b, &plan);
    EXPECT("the other stays", config_store(b.set, SLICE("shoes")) != NULL);

    struct config_file file;
    static const char taken[] = "{\"stores\":{\"caps\":{\"account\":\"acme\",\"widget\":\"w\"}}}";
    checked_read(taken, b.set, &file);
    EXPECT("row 113, against what is published",
           checked_find(&file, "already taken: the stores \"shoes\" and \"caps\" (published") !=
                   NULL ||
               checked_find(&file, "\"shoes\"") != NULL);
    EXPECT("an error", file.problems.errors == 1);
    config_file_deinit(&file);
    bench_deinit(&b);
}

static void members_that_differ_are_named(void **state)
{
    (void)state;
    struct diff d;
    struct plan_entry entry = {.change = PLAN_CHANGED};
    entry.before = (struct config_record){.kind = CONFIG_STORE};
    entry.after = (struct config_record){.kind = CONFIG_STORE};
    entry.before.body.store.widget_id = SLICE("old");
    entry.after.body.store.widget_id = SLICE("new\n");
    entry.after.body.store.bot_secret.box = SLICE("box");
    entry.after.body.store.after_release = AFTER_RELEASE_END;
    EXPECT_OK("told", diff_entry(&entry, &d));
    EXPECT_TEXT("in words", buf_text(&d.lines),
                "    widget: \"old\" → \"new\\n\"\n    after_release: \"resume\" → \"end\"\n    "
                "bot.secret: set\n");
    EXPECT("and by name", d.count == 3);
    diff_deinit(&d);
}

static void pretty_json(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf out;
    buf_init(&out, 4096);
    EXPECT_OK("printed", pretty_print(SLICE("{\"a\":[1,\"},\\\"{\"],\"b\":{},\"c\":[]}"), &out));
    EXPECT_TEXT("a line for each member", buf_text(&out),
                "{\n  \"a\": [\n    1,\n    \"},\\\"{\"\n  ],\n  \"b\": {},\n  \"c\": []\n}\n");
}

static int set_environment(void **state)
{
    (void)state;
    return setenv("HUSH", "hush", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twice_changes_nothing),
        cmocka_unit_test(a_change_keeps_the_id_key),
        cmocka_unit_test(without_keys_it_says_how_to_make_them),
        cmocka_unit_test(what_zendesk_gave_stays),
        cmocka_unit_test(off_and_gone),
        cmocka_unit_test(the_public_address_is_remembered),
        cmocka_unit_test(only_what_the_file_names),
        cmocka_unit_test(members_that_differ_are_named),
        cmocka_unit_test(pretty_json),
    };
    return cmocka_run_group_tests(tests, set_environment, NULL);
}
