/* reactor — one thread waits on several file descriptors and calls what belongs to each.
 *
 *     add(fd, events, callback) ──▶ epoll set ──▶ run_once(timeout) ──▶ callback(arg, events)…
 *
 * A callback may add, modify and remove any descriptor, also its own; one that was removed is not
 * called any more, even if it was ready in the same round. Level-triggered. One thread. */
#ifndef RT_REACTOR_H
#define RT_REACTOR_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/instant.h"

#include <stdint.h>
#include <sys/epoll.h>

struct reactor;

/* events  EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP as reported */
typedef void (*reactor_callback)(void *arg, uint32_t events);

/* NO_MEMORY, IO (no descriptors left). */
MUST_USE err_t reactor_new(struct reactor **ret_reactor);
void reactor_free(struct reactor *r); /* accepts NULL; closes no descriptor but its own */
DEFINE_CLEANUP_PTR(reactor, struct reactor, reactor_free)

/* fd      open, not added yet; stays the caller's, who removes it before closing it
 * events  EPOLLIN, EPOLLOUT or both; 0 waits for errors only
 * Errors  NO_MEMORY, IO. */
MUST_USE err_t reactor_add(struct reactor *r, int fd, uint32_t events, reactor_callback callback,
                           void *arg);
/* CHECK: `fd` was added. IO. */
MUST_USE err_t reactor_modify(struct reactor *r, int fd, uint32_t events);
/* Does nothing when `fd` was not added. */
void reactor_remove(struct reactor *r, int fd);

/* Waits up to `timeout` (0 = looks only, negative = for ever) and calls back for what is ready, at
 * most 256 in a round. A signal ends the wait early. IO. */
MUST_USE err_t reactor_run_once(struct reactor *r, span_ms_t timeout);

#endif
