#include "ctl/write_file.h"

#include "ctl/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static err_t failed(const char *verb, const char *path, struct why *why)
{
    int error = errno;
    char reason[64];
    read_file_reason(error, reason, sizeof reason);
    why_set(why, "cannot %s %s: %s", verb, path, reason);
    return error == EACCES || error == EPERM || error == EROFS ? ERR(PERMISSION) : ERR(IO);
}

static bool write_all(int fd, struct slice text)
{
    while (text.len > 0) {
        ssize_t count = write(fd, text.ptr, text.len);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        text = slice_sub(text, count > 0 ? (size_t)count : 0, text.len);
    }
    return true;
}

err_t write_file(const char *path, mode_t mode, struct slice text, struct why *why)
{
    char beside[PATH_BYTES];
    int len = snprintf(beside, sizeof beside, "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof beside) {
        why_set(why, "the path is too long");
        return ERR(IO);
    }
    (void)unlink(beside); /* of a run that was killed */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return failed("make", beside, why);
    }
    bool written = write_all(fd, text) && fchmod(fd, mode) == 0;
    if (close(fd) != 0 || !written || rename(beside, path) != 0) {
        err_t e = failed("write", path, why);
        (void)unlink(beside);
        return e;
    }
    return err_ok();
}

err_t make_folder(const char *path, struct why *why)
{
    char part[PATH_BYTES];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part) {
        why_set(why, "\"%s\" is no folder's path", path);
        return ERR(IO);
    }
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return failed("make the folder", part, why);
        }
    }
    return err_ok();
}
