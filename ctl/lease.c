#include "ctl/lease.h"

#include "base/limits.h"
#include "ctl/text.h"
#include "rt/clock_sys.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { STEP_MS = 1000, IDLE_STEPS_MAX = 30, ARENA_BYTES = 1024 * 1024, KEY_BYTES = 256 };

/* ---- who we are */

static void read_line(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, text, size - 1);
    text[count < 0 ? 0 : (size_t)count] = '\0';
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* A process number means nothing after a reboot or in another container. */
static void know_oneself(struct lease_holder *own)
{
    unsigned char random[(LEASE_ID_BYTES - 1) / 2];
    char boot[64] = "";
    char space[64] = "";
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(own->id, sizeof own->id, random, sizeof random);
    if (gethostname(own->host, sizeof own->host - 1) != 0) {
        own->host[0] = '\0';
    }
    own->host[sizeof own->host - 1] = '\0';
    read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    ssize_t len = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[len < 0 ? 0 : (size_t)len] = '\0';
    text_set(own->place, sizeof own->place, "%.36s/%s", boot, space);
    own->pid = (int64_t)getpid();
}

static bool is_dead(const struct lease_holder *other, const struct lease_holder *own)
{
    return slice_equal(slice_of(other->place), slice_of(own->place)) && own->place[0] != '/' &&
           other->pid > 0 && kill((pid_t)other->pid, 0) != 0 && errno == ESRCH;
}

/* ---- the log */

static err_t send(struct lease *l, struct slice value)
{
    CLEANUP_PTR(append) struct append *append = NULL;
    char key[KEY_BYTES];
    text_set(key, sizeof key, "lease/%s", l->account);
    TRY(append_new(l->kafka, TOPIC_CONFIG, l->log, l->why, &append));
    const struct bus_message message = {
        .partition = 0,
        .key = slice_of(key),
        .value = value,
        .ce_type = SLICE("tieline.lease"),
        .ce_source = SLICE("tieline/ctl"),
    };
    TRY(append_send(append, &message));
    return append_wait(append, l->why);
}

static err_t read_on(struct lease *l, struct reader *reader, struct lease_log *log)
{
    CLEANUP(arena) struct arena arena;
    char key[KEY_BYTES];
    arena_init(&arena, ARENA_BYTES);
    text_set(key, sizeof key, "lease/%s", l->account);
    for (int idle = 0; idle <= IDLE_STEPS_MAX;) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_next(l->reader, reader, span_ms(STEP_MS), &record, &status));
        if (status == READER_END) {
            return err_ok();
        }
        idle = status == READER_IDLE ? idle + 1 : 0;
        if (status == READER_RECORD && slice_equal(record.key, slice_of(key))) {
            arena_reset(&arena);
            lease_log_add(log, record.time, record.value, &arena);
        }
    }
    why_set(l->why, "the topic of the configuration could not be read to its end");
    return ERR(TIMEOUT);
}

/* Who has it now. */
static err_t look(struct lease *l, struct lease_log *ret)
{
    struct reader *reader = NULL;
    TRY(reader_open(l->reader, TOPIC_CONFIG, 0, READER_FROM_START, &reader));
    *ret = (struct lease_log){.is_held = false};
    err_t e = read_on(l, reader, ret);
    l->reader->ops->close(reader);
    TRY(e);
    l->is_held = ret->is_held && slice_equal(slice_of(ret->holder.id), slice_of(l->own.id));
    return err_ok();
}

/* Says that we want it, and reads who has it then. */
static err_t ask(struct lease *l, const char *instead, struct lease_log *ret)
{
    struct clock clock = clock_sys();
    CLEANUP(buf) struct buf value;
    mono_ms_t before = clock_mono(&clock);
    buf_init(&value, LIMIT_LABEL_BYTES_MAX);
    TRY(lease_log_write(&l->own, instead, &value));
    TRY(send(l, buf_slice(&value)));
    TRY(look(l, ret));
    l->kept = before;
    return err_ok();
}

err_t lease_take(struct lease *l)
{
    struct lease_log log;
    know_oneself(&l->own);
    TRY(ask(l, "", &log));
    if (!l->is_held && (l->takes_over || is_dead(&log.holder, &l->own))) {
        char other[LEASE_ID_BYTES];
        text_set(other, sizeof other, "%s", log.holder.id);
        TRY(ask(l, other, &log));
    }
    if (l->is_held) {
        return err_ok();
    }
    char since[INSTANT_TEXT_BYTES];
    instant_format_iso8601(log.since, since);
    why_set(l->why,
            "another connect or disconnect of %s is at work: process %lld on %s, since %s. Wait "
            "until it is done; if it was killed there, --take-over, or wait %d minutes",
            l->account, (long long)log.holder.pid, log.holder.host, since, LEASE_S / 60);
    return ERR(TIMEOUT);
}

err_t lease_keep(struct lease *l)
{
    struct clock clock = clock_sys();
    struct lease_log log;
    if (l == NULL) {
        return err_ok();
    }
    bool is_young = mono_since(clock_mono(&clock), l->kept).ms < span_s(LEASE_S / 2).ms;
    TRY(is_young ? look(l, &log) : ask(l, "", &log));
    if (!l->is_held) {
        why_set(l->why,
                "stopped before this step: another connect or disconnect of %s has begun on %s; "
                "when that is done run this again",
                l->account, log.holder.host);
        return ERR(FENCED);
    }
    return err_ok();
}

void lease_drop(struct lease *l)
{
    struct clock clock = clock_sys();
    if (l == NULL || !l->is_held ||
        mono_since(clock_mono(&clock), l->kept).ms >= span_s(LEASE_S / 2).ms) {
        return;
    }
    struct why *why = l->why;
    struct why ignored = {""};
    CLEANUP(buf) struct buf value;
    buf_init(&value, LIMIT_LABEL_BYTES_MAX);
    l->why = &ignored; /* what there is to say is of the steps */
    err_t e = lease_log_write_done(&l->own, &value);
    e = err_failed(e) ? e : send(l, buf_slice(&value));
    l->is_held = err_failed(e);
    l->why = why;
}
