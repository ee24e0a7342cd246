/* The secrets of webhooks as they are opened: two of them while one replaces the other, none that
 * everybody knows, and none left when the configuration changes. */
#include "ingest/signing.h"
#include "tests/support/unit.h"

static struct signing *signing;
static struct log *quiet;
static struct seal_key *key;
static unsigned char public_key[SEAL_PUBLIC_KEY_BYTES];
static char key_file[] = "/tmp/tieline-key-XXXXXX/ingest.key";

static int set_up(void **state)
{
    (void)state;
    struct why why = {{0}};
    char *slash = strrchr(key_file, '/');
    EXPECT_OK("sodium", seal_init(false));
    *slash = '\0';
    EXPECT("a folder", mkdtemp(key_file) != NULL);
    *slash = '/';
    EXPECT_OK(why.text, seal_key_make(key_file, SEAL_INGEST, &why, public_key));
    EXPECT_OK(why.text, seal_key_load(key_file, SEAL_INGEST, &why, &key));
    quiet = log_new("test", LOG_FORMAT_JSON, LOG_ERROR);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(key_file);
    *strrchr(key_file, '/') = '\0';
    (void)rmdir(key_file);
    seal_key_free(key);
    log_free(quiet);
    return 0;
}

static void close_box(const char *secret, struct buf *box)
{
    buf_init(box, 8192);
    EXPECT_OK("closed", seal_close(public_key, slice_of(secret), box));
}

static void opens_both_while_one_replaces_the_other(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf first;
    CLEANUP(buf) struct buf second;
    close_box("old-secret", &first);
    close_box("new-secret", &second);
    EXPECT_OK("signing", signing_new(key, quiet, &signing));
    const struct sealed both[] = {{buf_slice(&first)}, {buf_slice(&second)}};
    for (int round = 0; round < 2; round++) {
        struct signing_secrets s = signing_open(signing, (struct auth_boxes){both, 2}, SLICE("a"));
        EXPECT("both", s.count == 2 && !s.incomplete);
        EXPECT_SLICE("in order", s.secret[0], SLICE("old-secret"));
        EXPECT_SLICE("in order", s.secret[1], SLICE("new-secret"));
    }
    struct signing_secrets one =
        signing_open(signing, (struct auth_boxes){both + 1, 1}, SLICE("a"));
    EXPECT("only the new one", one.count == 1);
    EXPECT_SLICE("only the new one", one.secret[0], SLICE("new-secret"));
    signing_forget(signing);
    one = signing_open(signing, (struct auth_boxes){both, 2}, SLICE("a"));
    EXPECT("opened again", one.count == 2);
    signing_free(signing);
}

static void leaves_out_what_is_none(void **state)
{
    (void)state;
    CLEANUP(buf) struct buf known;
    CLEANUP(buf) struct buf good;
    close_box("dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==", &known);
    close_box("good", &good);
    EXPECT_OK("signing", signing_new(key, quiet, &signing));
    const struct sealed boxes[] = {{buf_slice(&known)}, {buf_slice(&good)}};
    struct signing_secrets s = signing_open(signing, (struct auth_boxes){boxes, 2}, SLICE("a"));
    EXPECT("the public one is left out", s.count == 1 && !s.incomplete);
    EXPECT_SLICE("the public one is left out", s.secret[0], SLICE("good"));
    const struct sealed broken[] = {{SLICE("no box")}};
    s = signing_open(signing, (struct auth_boxes){broken, 1}, SLICE("a"));
    EXPECT("sealed to another key", s.count == 0 && s.incomplete);
    const struct sealed half[] = {{buf_slice(&good)}, {SLICE("no box")}};
    for (int round = 0; round < 2; round++) {
        s = signing_open(signing, (struct auth_boxes){half, 2}, SLICE("a"));
        EXPECT("one of two: said, and said again", s.count == 1 && s.incomplete);
        EXPECT_SLICE("the one that opened counts", s.secret[0], SLICE("good"));
    }
    signing_free(signing);
    EXPECT_OK("without a key", signing_new(NULL, quiet, &signing));
    s = signing_open(signing, (struct auth_boxes){boxes, 2}, SLICE("a"));
    EXPECT("without a key none", s.count == 0 && s.incomplete);
    signing_free(signing);
}

/* More webhooks than are kept open at a time. */
static void keeps_a_bounded_number(void **state)
{
    (void)state;
    EXPECT_OK("signing", signing_new(key, quiet, &signing));
    for (int i = 0; i < 600; i++) {
        CLEANUP(buf) struct buf box;
        char secret[24];
        (void)snprintf(secret, sizeof secret, "secret-%d", i);
        close_box(secret, &box);
        const struct sealed boxes[] = {{buf_slice(&box)}};
        struct signing_secrets s = signing_open(signing, (struct auth_boxes){boxes, 1}, SLICE("a"));
        EXPECT("each", s.count == 1 && slice_equal(s.secret[0], slice_of(secret)));
    }
    signing_free(signing);
    signing_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_both_while_one_replaces_the_other),
        cmocka_unit_test(leaves_out_what_is_none),
        cmocka_unit_test(keeps_a_bounded_number),
    };
    return cmocka_run_group_tests_name("ingest/signing", tests, set_up, tear_down);
}
