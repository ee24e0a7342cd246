/* replay — runs a fuzz target once on each file of the folders, or files, that are named.
 *
 * It is what a build without libFuzzer links, so that committed inputs are tested by every compiler
 * and sanitizer. An empty corpus is an error: a test of nothing must not pass. */
#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096 };

/* The whole file on the heap, exactly as long as it is, so that a read past its end is seen. */
static uint8_t *read_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    uint8_t *bytes = NULL;
    struct stat about;
    if (fstat(fileno(file), &about) == 0 && about.st_size >= 0) {
        size_t len = (size_t)about.st_size;
        bytes = malloc(len == 0 ? 1 : len);
        if (bytes != NULL && fread(bytes, 1, len, file) != len) {
            free(TAKE(bytes));
        }
        *ret_len = len;
    }
    (void)fclose(file);
    return bytes;
}

static bool replay_file(const char *path)
{
    size_t len = 0;
    CLEANUP_PTR(heap) uint8_t *bytes = read_file(path, &len);
    if (bytes == NULL) {
        perror(path);
        return false;
    }
    (void)printf("%s (%zu bytes)\n", path, len);
    (void)fflush(stdout); /* the last line names the input that aborted */
    (void)LLVMFuzzerTestOneInput(bytes, len);
    return true;
}

static bool replay_folder(const char *path, size_t *count)
{
    struct dirent **entries = NULL;
    int found = scandir(path, &entries, NULL, alphasort);
    if (found < 0) {
        perror(path);
        return false;
    }
    bool good = true;
    for (int i = 0; i < found; i++) {
        char file[PATH_BYTES];
        int written = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        bool hidden = entries[i]->d_name[0] == '.';
        if (good && !hidden) {
            good = written > 0 && (size_t)written < sizeof file && replay_file(file);
            (*count)++;
        }
        free(entries[i]);
    }
    free(entries);
    return good;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        struct stat about;
        if (stat(argv[i], &about) != 0) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        bool good = false;
        if (S_ISDIR(about.st_mode)) {
            good = replay_folder(argv[i], &count);
        } else {
            good = replay_file(argv[i]);
            count++;
        }
        if (!good) {
            return EXIT_FAILURE;
        }
    }
    (void)printf("%zu inputs\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
