/* seal.c and seal_key.c. */
#include "rt/seal.h"
#include "tests/support/unit.h"

#include <string.h>
#include <sys/stat.h>

static char folder[] = "/tmp/test-seal-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (err_failed(seal_init(true)) || mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/key", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void only_the_key_file_opens(void **state)
{
    (void)state;
    unsigned char public_key[SEAL_PUBLIC_KEY_BYTES];
    struct why why = {""};
    EXPECT_OK(why.text, seal_key_make(path, SEAL_EGRESS, &why, public_key));
    struct stat status;
    EXPECT("0600", stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    EXPECT_CODE("not overwritten", seal_key_make(path, SEAL_EGRESS, &why, public_key), ERR_IO);

    struct seal_key *key = NULL;
    EXPECT_OK(why.text, seal_key_load(path, SEAL_EGRESS, &why, &key));
    CLEANUP(buf) struct buf box;
    buf_init(&box, 4096);
    EXPECT_OK("closed", seal_close(public_key, SLICE("hush"), &box));
    EXPECT("not readable", box.len == 48 + 4 && memcmp(box.ptr + 48, "hush", 4) != 0);
    char *secret = NULL;
    size_t len = 0;
    EXPECT_OK("opened", seal_open(key, buf_slice(&box), &secret, &len));
    EXPECT_SLICE("the same", ((struct slice){secret, len}), SLICE("hush"));
    EXPECT("and a NUL", secret[len] == '\0');
    seal_secret_free(secret);
    box.ptr[box.len - 1] ^= 1;
    EXPECT_CODE("changed", seal_open(key, buf_slice(&box), &secret, &len), ERR_CRYPTO);
    EXPECT_CODE("too short", seal_open(key, SLICE("x"), &secret, &len), ERR_CRYPTO);
    EXPECT_CODE("empty", seal_open(key, SLICE(""), &secret, &len), ERR_CRYPTO);
    seal_key_free(key);

    EXPECT_CODE("of the other program", seal_key_load(path, SEAL_INGEST, &why, &key), ERR_SYNTAX);
    EXPECT("both are named", strstr(why.text, "tieline-egress-key") != NULL &&
                                 strstr(why.text, "tieline-ingest-key") != NULL);
    EXPECT("chmod", chmod(path, 0644) == 0);
    EXPECT_CODE("others may read it", seal_key_load(path, SEAL_EGRESS, &why, &key), ERR_PERMISSION);
    EXPECT("the remedy", strstr(why.text, "chmod 600") != NULL);
    unlink(path);
    EXPECT_CODE("absent", seal_key_load(path, SEAL_EGRESS, &why, &key), ERR_IO);
}

static void repeatable_boxes_show_change_only(void **state)
{
    (void)state;
    unsigned char public_key[SEAL_PUBLIC_KEY_BYTES];
    struct why why = {""};
    struct seal_key *key = NULL;
    EXPECT_OK(why.text, seal_key_make(path, SEAL_INGEST, &why, public_key));
    EXPECT_OK(why.text, seal_key_load(path, SEAL_INGEST, &why, &key));
    static const struct {
        const char *why, *place, *secret;
        bool same;
    } rows[] = {
        {"the same again", "account/acme key_secret", "hush", true},
        {"another secret", "account/acme key_secret", "hush!", false},
        {"another place", "account/acme api_token", "hush", false},
    };
    CLEANUP(buf) struct buf first;
    buf_init(&first, 4096);
    EXPECT_OK("closed",
              seal_close_repeatable(public_key, slice_of(rows[0].place), SLICE("hush"), &first));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf) struct buf box;
        buf_init(&box, 4096);
        char *secret = NULL;
        size_t len = 0;
        EXPECT_OK("closed", seal_close_repeatable(public_key, slice_of(rows[i].place),
                                                  slice_of(rows[i].secret), &box));
        EXPECT(rows[i].why, slice_equal(buf_slice(&first), buf_slice(&box)) == rows[i].same);
        EXPECT_OK("opens like any", seal_open(key, buf_slice(&box), &secret, &len));
        EXPECT_TEXT("the secret", secret, rows[i].secret);
        seal_secret_free(secret);
    }
    seal_key_free(key);
    unlink(path);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
    } rows[] = {
        {"empty", ""},
        {"not JSON", "-----BEGIN KEY-----"},
        {"no type", "{\"public\":\"\",\"private\":\"\"}"},
        {"no keys", "{\"type\":\"tieline-egress-key\"}"},
        {"short keys",
         "{\"type\":\"tieline-egress-key\",\"public\":\"AAAA\",\"private\":\"AAAA\"}"},
        {"keys that do not belong together",
         "{\"type\":\"tieline-egress-key\",\"public\":"
         "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
         "\"private\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\"}"},
        {"a public that is longer",
         "{\"type\":\"tieline-egress-key\",\"public\":"
         "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FILE *file = fopen(path, "w");
        EXPECT("written", file != NULL && fputs(rows[i].text, file) >= 0 && fclose(file) == 0);
        EXPECT("chmod", chmod(path, 0600) == 0);
        struct seal_key *key = NULL;
        struct why why = {""};
        EXPECT_CODE(rows[i].why, seal_key_load(path, SEAL_EGRESS, &why, &key), ERR_SYNTAX);
        EXPECT(rows[i].why, strstr(why.text, path) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_key_file_opens),
        cmocka_unit_test(repeatable_boxes_show_change_only),
        cmocka_unit_test(damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
