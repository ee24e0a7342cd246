/* worker — one thread for calls of librdkafka that may take longer than a loop may wait.
 *
 *     submit ─▶ busy ─▶ done ─▶ (take) ─▶ idle
 *                 └─ abandon: the owner goes on, the thread drops the job when it returns
 *
 * One job at a time. A job owns all that it touches, so that it can be abandoned: some calls of
 * librdkafka ignore their own timeouts, and a process must still be able to stop. */
#ifndef KAFKA_WORKER_H
#define KAFKA_WORKER_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* wake_fd  eventfd that is written when a job is done; -1 = none. NO_MEMORY. */
MUST_USE err_t worker_new(int wake_fd, struct worker **ret_worker);
/* Ends the thread; a job under way is abandoned and dropped when it returns. Accepts NULL. */
void worker_free(struct worker *w);
DEFINE_CLEANUP_PTR(worker, struct worker, worker_free)

/* run   is called on the worker's thread
 * drop  is called there if the job was abandoned; frees `job`
 * The worker must be idle. */
void worker_submit(struct worker *w, void (*run)(void *job), void (*drop)(void *job), void *job);
bool worker_busy(struct worker *w);    /* a job was submitted and not taken yet */
bool worker_is_done(struct worker *w); /* and can be taken */
/* The finished job, or NULL after `timeout_ms` (0 = look only). Then the worker is idle again. */
void *worker_take(struct worker *w, int64_t timeout_ms);

#endif
