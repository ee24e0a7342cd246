#include "ctl/read_file.h"

#include "ctl/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

err_t read_file(struct arena *arena, const char *path, size_t bytes_max, struct why *why,
                struct slice *ret_text)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        int error = errno;
        char reason[64];
        read_file_reason(error, reason, sizeof reason);
        why_set(why, "cannot open %s: %s", path, reason);
        return error == EACCES || error == EPERM ? ERR(PERMISSION) : ERR(IO);
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
