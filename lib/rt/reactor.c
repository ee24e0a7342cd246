#include "rt/reactor.h"

#include "base/check.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READY_MAX = 256 };

/* One for each descriptor number; `generation` tells a number that was reused from the old one. */
struct entry {
    reactor_callback callback; /* NULL = not added */
    void *arg;
    uint32_t generation;
};

struct reactor {
    int epoll_fd;
    struct entry *entries; /* by descriptor */
    size_t size;
};

err_t reactor_new(struct reactor **ret_reactor)
{
    struct reactor *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return ERR(NO_MEMORY);
    }
    r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (r->epoll_fd < 0) {
        free(r);
        return ERR(IO);
    }
    *ret_reactor = r;
    return err_ok();
}

void reactor_free(struct reactor *r)
{
    if (r == NULL) {
        return;
    }
    close(r->epoll_fd);
    free(r->entries);
    free(r);
}

static err_t make_room(struct reactor *r, size_t wanted)
{
    if (wanted <= r->size) {
        return err_ok();
    }
    size_t size = r->size == 0 ? 64 : r->size;
    while (size < wanted) {
        size *= 2;
    }
    struct entry *entries = realloc(r->entries, size * sizeof *entries);
    if (entries == NULL) {
        return ERR(NO_MEMORY);
    }
    memset(entries + r->size, 0, (size - r->size) * sizeof *entries);
    r->entries = entries;
    r->size = size;
    return err_ok();
}

static struct epoll_event request(const struct reactor *r, int fd, uint32_t events)
{
    uint64_t generation = r->entries[fd].generation;
    return (struct epoll_event){.events = events, .data.u64 = generation << 32 | (uint32_t)fd};
}

err_t reactor_add(struct reactor *r, int fd, uint32_t events, reactor_callback callback, void *arg)
{
    CHECK(fd >= 0 && callback != NULL);
    TRY(make_room(r, (size_t)fd + 1));
    struct entry *entry = &r->entries[fd];
    CHECK(entry->callback == NULL);
    entry->generation++;
    struct epoll_event event = request(r, fd, events);
    if (epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        return ERR(IO);
    }
    entry->callback = callback;
    entry->arg = arg;
    return err_ok();
}

static bool is_added(const struct reactor *r, int fd)
{
    return fd >= 0 && (size_t)fd < r->size && r->entries[fd].callback != NULL;
}

err_t reactor_modify(struct reactor *r, int fd, uint32_t events)
{
    CHECK(is_added(r, fd));
    struct epoll_event event = request(r, fd, events);
    return epoll_ctl(r->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ? err_ok() : ERR(IO);
}

void reactor_remove(struct reactor *r, int fd)
{
    if (!is_added(r, fd)) {
        return;
    }
    r->entries[fd].callback = NULL;
    struct epoll_event unused = {0};
    /* Fails only where the descriptor was closed before, and then it has left the set by itself. */
    (void)epoll_ctl(r->epoll_fd, EPOLL_CTL_DEL, fd, &unused);
}

err_t reactor_run_once(struct reactor *r, span_ms_t timeout)
{
    struct epoll_event ready[READY_MAX];
    int wait = timeout.ms < 0 ? -1 : timeout.ms > INT_MAX ? INT_MAX : (int)timeout.ms;
    int count = epoll_wait(r->epoll_fd, ready, READY_MAX, wait);
    if (count < 0) {
        return errno == EINTR ? err_ok() : ERR(IO);
    }
    for (int i = 0; i < count; i++) {
        int fd = (int)(uint32_t)ready[i].data.u64;
        uint32_t generation = (uint32_t)(ready[i].data.u64 >> 32);
        if (is_added(r, fd) && r->entries[fd].generation == generation) {
            struct entry entry = r->entries[fd]; /* the callback may move the array */
            entry.callback(entry.arg, ready[i].events);
        }
    }
    return err_ok();
}
