/* login.c: with which secrets, and where, a command logs in. */
#include "ctl/login.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench {
    struct arena arena;
    char folder[32];
    char path[64];
    unsigned char public_key[SEAL_PUBLIC_KEY_BYTES];
    struct seal_key *key;
};

static void bench_init(struct bench *b)
{
    struct why why = {""};
    *b = (struct bench){.folder = "/tmp/test-login-XXXXXX"};
    arena_init(&b->arena, 1024 * 1024);
    EXPECT("a folder", mkdtemp(b->folder) != NULL);
    (void)snprintf(b->path, sizeof b->path, "%s/key", b->folder);
    EXPECT_OK(why.text, seal_key_make(b->path, SEAL_EGRESS, &why, b->public_key));
    EXPECT_OK(why.text, seal_key_load(b->path, SEAL_EGRESS, &why, &b->key));
}

static void bench_deinit(struct bench *b)
{
    seal_key_free(b->key);
    unlink(b->path);
    rmdir(b->folder);
    arena_deinit(&b->arena);
}

static struct sealed seal(struct bench *b, const unsigned char *public_key, const char *secret)
{
    CLEANUP(buf) struct buf box;
    struct sealed sealed;
    buf_init(&box, 4096);
    EXPECT_OK("sealed", seal_close(public_key, slice_of(secret), &box));
    EXPECT_OK("kept", arena_copy(&b->arena, buf_slice(&box), &sealed.box));
    return sealed;
}

static bool is(const char *text, const char *wanted)
{
    return strcmp(text, wanted) == 0;
}

static void the_published_secrets_are_opened(void **state)
{
    (void)state;
    struct bench b;
    struct login login;
    struct why why = {""};
    bench_init(&b);
    const struct account account = {
        .name = SLICE("acme"),
        .subdomain = SLICE("acme"),
        .app_id = SLICE("a1"),
        .key_id = SLICE("k1"),
        .key_secret = seal(&b, b.public_key, "hush-key"),
        .oauth_client_id = SLICE("tieline"),
        .oauth_client_secret = seal(&b, b.public_key, "hush-oauth"),
    };
    EXPECT_OK(why.text, login_from_published(&account, b.key, &b.arena, &why, &login));
    EXPECT("Zendesk's usual addresses",
           is(login.zendesk.support_url, "https://acme.zendesk.com") &&
               is(login.zendesk.conversations_url, "https://acme.zendesk.com/sc"));
    EXPECT("row 29: the OAuth client",
           is(login.zendesk.client_id, "tieline") && is(login.zendesk.client_secret, "hush-oauth"));
    EXPECT("the key", is(login.zendesk.app_id, "a1") && is(login.zendesk.key_id, "k1") &&
                          is(login.zendesk.key_secret, "hush-key"));
    EXPECT("no token", is(login.zendesk.api_token, "") && is(login.zendesk.email, ""));
    login_deinit(&login);
    bench_deinit(&b);
}

static void what_cannot_be_opened_is_said(void **state)
{
    (void)state;
    struct bench b;
    struct login login;
    struct why why = {""};
    unsigned char other[SEAL_PUBLIC_KEY_BYTES] = {9};
    bench_init(&b);
    struct account account = {.name = SLICE("acme"), .subdomain = SLICE("acme")};
    EXPECT_CODE("nothing to log in with",
                login_from_published(&account, b.key, &b.arena, &why, &login), ERR_CONFIG);
    account.email = SLICE("a@acme.example");
    account.api_token = seal(&b, other, "hush");
    EXPECT_CODE("row 32: no key file", login_from_published(&account, NULL, &b.arena, &why, &login),
                ERR_CONFIG);
    EXPECT("it says which", strstr(why.text, "--key-file") != NULL);
    EXPECT("another key's",
           err_failed(login_from_published(&account, b.key, &b.arena, &why, &login)));
    EXPECT("no secret is told", strstr(why.text, "hush") == NULL);
    bench_deinit(&b);
}

static void a_draft_has_them_in_the_open(void **state)
{
    (void)state;
    struct bench b;
    struct login login;
    struct why why = {""};
    bench_init(&b);
    const struct draft_account draft = {
        .account = {.name = SLICE("acme"),
                    .support_url = SLICE("http://127.0.0.1:1"),
                    .email = SLICE("a@acme.example")},
        .api_token = {.text = SLICE("hush")},
    };
    EXPECT_OK(why.text, login_from_draft(&draft, &b.arena, &why, &login));
    EXPECT("row 24: mail and token", is(login.zendesk.support_url, "http://127.0.0.1:1") &&
                                         is(login.zendesk.email, "a@acme.example") &&
                                         is(login.zendesk.api_token, "hush"));
    EXPECT("row 1: no messaging", is(login.zendesk.conversations_url, ""));
    login_deinit(&login);
    bench_deinit(&b);
}

static int start(void **state)
{
    (void)state;
    return err_failed(seal_init(true)) ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_secrets_are_opened),
        cmocka_unit_test(what_cannot_be_opened_is_said),
        cmocka_unit_test(a_draft_has_them_in_the_open),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
