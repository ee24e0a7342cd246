#include "ctl/read_file.h"

#include "ctl/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void read_file_reason(int error, char *text, size_t size)
{
    if (strerror_r(error, text, size) != 0) {
        text_set(text, size, "error %d", error);
    }
}

static err_t read_all(int fd, const char *path, size_t bytes_max, struct buf *out, struct why *why)
{
    for (;;) {
        char *room = NULL;
        size_t chunk = bytes_max + 1 - out->len < 64 * 1024 ? bytes_max + 1 - out->len : 64 * 1024;
        if (chunk == 0) {
            why_set(why, "%s: larger than %zu bytes", path, bytes_max);
            return ERR(TOO_LARGE);
        }
        TRY(buf_reserve(out, chunk, &room));
        ssize_t count = read(fd, room, chunk);
        if (count < 0 && errno != EINTR) {
            char reason[64];
            read_file_reason(errno, reason, sizeof reason);
            why_set(why, "cannot read %s: %s", path, reason);
            return ERR(IO);
        }
        if (count == 0) {
            return err_ok();
        }
        buf_grew(out, count > 0 ? (size_t)count : 0);
    }
}

static err_t open_file(const char *path, struct why *why, int *ret_fd)
{
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*ret_fd < 0) {
        int error = errno;
        char reason[64];
        read_file_reason(error, reason, sizeof reason);
        why_set(why, "cannot open %s: %s", path, reason);
        return error == EACCES || error == EPERM ? ERR(PERMISSION) : ERR(IO);
    }
    return err_ok();
}

err_t read_file(struct arena *arena, const char *path, size_t bytes_max, struct why *why,
                struct slice *ret_text)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = STDIN_FILENO;
    if (!is_stdin) {
        TRY(open_file(path, why, &fd));
    }
    CLEANUP(buf) struct buf text;
    buf_init(&text, bytes_max + 1);
    err_t e = read_all(fd, path, bytes_max, &text, why);
    if (!is_stdin) {
        close(fd);
    }
    TRY(e);
    return arena_copy(arena, buf_slice(&text), ret_text);
}

static err_t map(int fd, const char *path, size_t bytes_max, struct why *why,
                 struct slice *ret_bytes)
{
    struct stat stat = {0};
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        why_set(why, "%s: not a file", path);
        return ERR(IO);
    }
    if ((uint64_t)stat.st_size > bytes_max) {
        why_set(why, "%s: larger than %zu bytes", path, bytes_max);
        return ERR(TOO_LARGE);
    }
    size_t size = (size_t)stat.st_size;
    if (size == 0) {
        return err_ok();
    }
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        char reason[64];
        read_file_reason(errno, reason, sizeof reason);
        why_set(why, "cannot read %s: %s", path, reason);
        return ERR(IO);
    }
    *ret_bytes = slice_from(bytes, size);
    return err_ok();
}

err_t read_file_map(const char *path, size_t bytes_max, struct why *why, struct slice *ret_bytes)
{
    int fd = -1;
    *ret_bytes = (struct slice){0};
    TRY(open_file(path, why, &fd));
    err_t e = map(fd, path, bytes_max, why, ret_bytes);
    close(fd);
    return e;
}

void read_file_unmap(struct slice bytes)
{
    if (bytes.len > 0) {
        (void)munmap((void *)(uintptr_t)bytes.ptr, bytes.len);
    }
}
