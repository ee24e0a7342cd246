/* make_v1 — writes the files of tests/golden/v1/, once, by hand.
 *
 *     ninja -C BUILD make_v1 && BUILD/tests/make_v1 tests/golden/v1
 *
 * A file that is there already is left alone: what the first version wrote is history, and a record
 * that would come out differently today is a broken promise, not a reason to write it again. A new
 * version gets a folder and a program of its own. */
#include "tests/golden/v1_records.h"

#include <stdio.h>

static int fail(const char *what, const char *name)
{
    (void)fprintf(stderr, "make_v1: %s: %s\n", name, what);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        return fail("usage: make_v1 FOLDER", "arguments");
    }
    static struct any_record record;
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_DEAD_BYTES_MAX);
    for (size_t i = 0; i < v1_count(); i++) {
        char name[V1_NAME_BYTES];
        v1_at(i, name, &record);
        char path[4096];
        int len = snprintf(path, sizeof path, "%s/%s.bin", argv[1], name);
        if (len < 0 || (size_t)len >= sizeof path) {
            return fail("the folder's name is too long", name);
        }
        FILE *file = fopen(path, "wbx");
        if (file == NULL) {
            (void)fprintf(stderr, "make_v1: %s is there already, or cannot be made\n", path);
            continue;
        }
        buf_reset(&bytes);
        err_t e = any_encode(&record, &bytes);
        size_t written = err_failed(e) ? 0 : fwrite(bytes.ptr, 1, bytes.len, file);
        int closed = fclose(file);
        if (err_failed(e) || written != bytes.len || closed != 0) {
            return fail(err_failed(e) ? err_text(e) : "cannot be written", path);
        }
    }
    return 0;
}
