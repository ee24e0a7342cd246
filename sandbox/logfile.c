#include "sandbox/logfile.h"

#include "base/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOGFILE_PATH_BYTES = 4096 };

static int open_nameless(void)
{
    char path[] = "/tmp/tieline-sandbox-XXXXXX";
    int fd = mkstemp(path);
    if (fd >= 0) {
        (void)unlink(path);
    }
    return fd;
}

/* Where the last whole line ends. */
static uint64_t whole_bytes(int fd, uint64_t bytes)
{
    char c = 0;
    while (bytes > 0 && pread(fd, &c, 1, (off_t)bytes - 1) == 1 && c != '\n') {
        bytes--;
    }
    return bytes;
}

err_t logfile_open(struct logfile *f, const char *dir, const char *name, struct why *why)
{
    char path[LOGFILE_PATH_BYTES];
    struct stat status = {0};
    int fd = -1;
    if (dir == NULL) {
        fd = open_nameless();
    } else {
        int len = snprintf(path, sizeof path, "%s/%s", dir, name);
        if (len > 0 && (size_t)len < sizeof path) {
            fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        }
    }
    if (fd < 0 || fstat(fd, &status) != 0) {
        why_set(why, "cannot open %s in %s: %s", name, dir == NULL ? "/tmp" : dir, strerror(errno));
        return ERR(IO);
    }
    uint64_t bytes = whole_bytes(fd, (uint64_t)status.st_size);
    if (ftruncate(fd, (off_t)bytes) != 0) {
        why_set(why, "cannot cut %s: %s", name, strerror(errno));
        (void)close(fd);
        return ERR(IO);
    }
    *f = (struct logfile){.fd = fd, .durable = dir != NULL, .bytes = bytes, .synced = bytes};
    CHECK(pthread_mutex_init(&f->lock, NULL) == 0);
    CHECK(pthread_cond_init(&f->synced_more, NULL) == 0);
    return err_ok();
}

void logfile_close(struct logfile *f)
{
    if (f->fd > 0) {
        (void)close(f->fd);
        (void)pthread_mutex_destroy(&f->lock);
        (void)pthread_cond_destroy(&f->synced_more);
    }
    *f = (struct logfile){.fd = -1};
}

err_t logfile_append(struct logfile *f, struct slice line)
{
    size_t done = 0;
    while (done < line.len) {
        ssize_t n = pwrite(f->fd, line.ptr + done, line.len - done, (off_t)(f->bytes + done));
        if (n < 0 && errno != EINTR) {
            return ERR(IO);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    f->bytes += line.len;
    return err_ok();
}

err_t logfile_sync(struct logfile *f, uint64_t bytes)
{
    bool failed = false;
    if (!f->durable) {
        return err_ok();
    }
    CHECK(pthread_mutex_lock(&f->lock) == 0);
    while (f->synced < bytes && !failed) {
        if (f->syncing) {
            CHECK(pthread_cond_wait(&f->synced_more, &f->lock) == 0);
            continue;
        }
        f->syncing = true;
        CHECK(pthread_mutex_unlock(&f->lock) == 0);
        struct stat status = {0};
        failed = fstat(f->fd, &status) != 0 || fdatasync(f->fd) != 0;
        CHECK(pthread_mutex_lock(&f->lock) == 0);
        f->syncing = false;
        if (!failed && (uint64_t)status.st_size > f->synced) {
            f->synced = (uint64_t)status.st_size;
        }
        CHECK(pthread_cond_broadcast(&f->synced_more) == 0);
    }
    CHECK(pthread_mutex_unlock(&f->lock) == 0);
    return failed ? ERR(IO) : err_ok();
}
