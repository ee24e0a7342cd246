/* Secrets are opened once, and tokens that a key signs are made anew in time. */
#include "egress/core/jwt.h"
#include "egress/login.h"
#include "rt/seal.h"
#include "tests/support/clock_double.h"
#include "tests/support/unit.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/test-login-XXXXXX";
static char path[64];
static struct seal_key *key;
static char box[256];
static size_t box_len;
static struct clock_double clock_now;

static int make_key(void **state)
{
    (void)state;
    unsigned char public_key[SEAL_PUBLIC_KEY_BYTES];
    struct why why = {""};
    CLEANUP(buf) struct buf out;
    buf_init(&out, sizeof box);
    if (err_failed(seal_init(true)) || mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/key", folder);
    bool is_made = !err_failed(seal_key_make(path, SEAL_EGRESS, &why, public_key)) &&
                   !err_failed(seal_key_load(path, SEAL_EGRESS, &why, &key)) &&
                   !err_failed(seal_close(public_key, SLICE("hush-hush"), &out));
    if (is_made) {
        box_len = out.len;
        memcpy(box, out.ptr, out.len);
    }
    clock_double_init(&clock_now);
    return is_made ? 0 : -1;
}

static int remove_key(void **state)
{
    (void)state;
    seal_key_free(key);
    unlink(path);
    return rmdir(folder);
}

static struct account account_of(enum key_login how)
{
    return (struct account){
        .name = SLICE("acme"),
        .key_id = SLICE("app_6ac7d3e5"),
        .key_secret = {slice_from(box, box_len)},
        .key_login = how,
    };
}

static void test_a_key_signs_in_itself(void **state)
{
    (void)state;
    CLEANUP_PTR(login_keys) struct login_keys *keys = NULL;
    EXPECT_OK("keys", login_keys_new(key, clock_double_port(&clock_now), &keys));
    struct login login = login_keys_port(keys);
    struct account account = account_of(KEY_LOGIN_BASIC);
    struct slice header = {0};
    EXPECT_OK("header", login_conversations(&login, &account, &header));
    EXPECT_SLICE("id and secret", header,
                 SLICE("Authorization: Basic YXBwXzZhYzdkM2U1Omh1c2gtaHVzaA=="));
    account.key_id = (struct slice){0};
    login_forget(&login);
    EXPECT_CODE("no key", login_conversations(&login, &account, &header), ERR_MISSING);
}

static void test_a_key_signs_tokens(void **state)
{
    (void)state;
    CLEANUP_PTR(login_keys) struct login_keys *keys = NULL;
    EXPECT_OK("keys", login_keys_new(key, clock_double_port(&clock_now), &keys));
    struct login login = login_keys_port(keys);
    struct account account = account_of(KEY_LOGIN_JWT);
    static const struct {
        const char *why;
        int64_t after_s;
        bool is_new;
    } rows[] = {
        {"the first", 0, true},
        {"kept while it is young", JWT_RENEW_S - 1, false},
        {"made anew long before it ends", 1, true},
        {"and again", JWT_RENEW_S, true},
        {"the clock was set back", -3600, true},
    };
    char before[JWT_BYTES_MAX] = "";
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        clock_double_advance(&clock_now, span_s(rows[i].after_s < 0 ? 0 : rows[i].after_s));
        clock_now.wall.ms += rows[i].after_s < 0 ? rows[i].after_s * 1000 : 0;
        struct slice header = {0};
        EXPECT_OK(rows[i].why, login_conversations(&login, &account, &header));
        EXPECT(rows[i].why, slice_starts_with(header, SLICE("Authorization: Bearer eyJ")));
        bool is_new = !slice_equal(header, slice_of(before));
        EXPECT(rows[i].why, is_new == rows[i].is_new);
        (void)snprintf(before, sizeof before, "%.*s", SLICE_ARG(header));
    }
}

static void test_a_box_for_another(void **state)
{
    (void)state;
    CLEANUP_PTR(login_keys) struct login_keys *keys = NULL;
    EXPECT_OK("keys", login_keys_new(NULL, clock_double_port(&clock_now), &keys));
    struct login login = login_keys_port(keys);
    struct slice header = {0};
    for (int how = KEY_LOGIN_BASIC; how <= KEY_LOGIN_JWT; how++) {
        struct account account = account_of((enum key_login)how);
        EXPECT_CODE("no key file", login_conversations(&login, &account, &header), ERR_CRYPTO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_signs_in_itself),
        cmocka_unit_test(test_a_key_signs_tokens),
        cmocka_unit_test(test_a_box_for_another),
    };
    return cmocka_run_group_tests(tests, make_key, remove_key);
}
