#include "ctl/child.h"

#include "base/check.h"
#include "ctl/read_file.h"
#include "ctl/text.h"
#include "rt/clock_sys.h"
#include "rt/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TAIL_BYTES = 300,
    QUICK_MS = 5000,
    PAUSE_MS_MAX = 10 * 1000,
    CANNOT_RUN = 127,
    DESCRIPTORS_MAX = 1024
};

void child_init(struct child *c, const char *name, const char *program, const char *log_dir)
{
    *c = (struct child){.name = name, .out = -1};
    child_argument(c, program);
    text_set(c->log_path, sizeof c->log_path, "%s/%s.log", log_dir, name);
}

void child_argument(struct child *c, const char *argument)
{
    CHECK(c->argument_count + 1 < CHILD_ARGUMENTS_MAX);
    c->arguments[c->argument_count++] = argument;
}

void child_flag(struct child *c, const char *flag, const char *value)
{
    child_argument(c, flag);
    child_argument(c, value);
}

static err_t failed(const struct child *c, const char *what, struct why *why)
{
    char reason[64];
    read_file_reason(errno, reason, sizeof reason);
    why_set(why, "%s: cannot %s: %s", c->name, what, reason);
    return ERR(IO);
}

/* In the new process: only calls that are safe after a fork of many threads. */
_Noreturn static void become(const struct child *c, pid_t parent, int out, int log)
{
    sigset_t none;
    struct sigaction usual = {.sa_handler = SIG_DFL};
    (void)sigemptyset(&none);
    (void)sigemptyset(&usual.sa_mask);
    bool fine = prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL) == 0 &&
                setsid() >= 0 && sigaction(SIGPIPE, &usual, NULL) == 0 &&
                sigprocmask(SIG_SETMASK, &none, NULL) == 0 && dup2(out, STDOUT_FILENO) >= 0 &&
                dup2(log, STDERR_FILENO) >= 0;
    int in = open("/dev/null", O_RDONLY);
    fine = fine && in >= 0 && dup2(in, STDIN_FILENO) >= 0;
    /* Not every library marks its sockets close-on-exec; the embedded broker's are in this process.
     */
    for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS_MAX; fd++) {
        (void)close(fd);
    }
    if (fine && getppid() == parent) { /* else the parent died before prctl */
        (void)execv(c->arguments[0], (char *const *)(uintptr_t)c->arguments);
    }
    _exit(CANNOT_RUN);
}

err_t child_start(struct child *c, mono_ms_t now, struct why *why)
{
    int ends[2];
    CHECK(c->pid == 0);
    int log = open(c->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) {
        return failed(c, "open its log", why);
    }
    if (pipe(ends) != 0) {
        close(log);
        return failed(c, "make a pipe", why);
    }
    const pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        become(c, parent, ends[1], log);
    }
    close(ends[1]);
    close(log);
    if (pid < 0) {
        close(ends[0]);
        return failed(c, "start", why);
    }
    CHECK(fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    c->pid = pid;
    c->out = ends[0];
    c->line_len = 0;
    c->ready = false;
    c->started = now;
    return err_ok();
}

void child_read(struct child *c)
{
    char bytes[1024];
    ssize_t count = 1;
    while (c->out >= 0 && count > 0) {
        count = read(c->out, bytes, sizeof bytes);
        for (ssize_t i = 0; i < count && !c->ready; i++) {
            if (bytes[i] == '\n') {
                c->ready = true;
            } else if (c->line_len < sizeof c->line - 1) {
                c->line[c->line_len++] = bytes[i];
            }
        }
        if (count == 0) { /* it has closed it */
            close(c->out);
            c->out = -1;
        }
    }
    c->line[c->line_len] = '\0';
}

/* The last bytes of its log, in one line. */
static void tail_of_log(const struct child *c, char *text, size_t size)
{
    text[0] = '\0';
    int fd = open(c->log_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = end > (off_t)size - 1 ? end - (off_t)size + 1 : 0;
    ssize_t count = pread(fd, text, size - 1, from);
    close(fd);
    size_t len = count > 0 ? (size_t)count : 0;
    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    text[len] = '\0';
}

void child_describe_end(const struct child *c, char *text, size_t size)
{
    if (WIFSIGNALED(c->status)) {
        text_set(text, size, "signal %d", WTERMSIG(c->status));
    } else {
        text_set(text, size, "exit status %d", WEXITSTATUS(c->status));
    }
}

static err_t ended_early(const struct child *c, struct why *why)
{
    char end[64];
    char tail[TAIL_BYTES];
    child_describe_end(c, end, sizeof end);
    tail_of_log(c, tail, sizeof tail);
    why_set(why, "%s ended before it was ready (%s); %s says: %s", c->name, end, c->log_path,
            tail[0] == '\0' ? "(nothing)" : tail);
    return ERR(UNAVAILABLE);
}

err_t child_wait_ready(struct child *c, span_ms_t patience, struct arena *arena, struct why *why,
                       const struct json **ret_ready)
{
    struct clock clock = clock_sys();
    const mono_ms_t deadline = mono_add(clock_mono(&clock), patience);
    while (!c->ready) {
        struct pollfd fds[] = {{.fd = c->out, .events = POLLIN},
                               {.fd = stop_fd(), .events = POLLIN}};
        (void)poll(fds, 2, 100);
        child_read(c);
        if (!c->ready && child_ended(c, clock_mono(&clock))) {
            return ended_early(c, why);
        }
        if (!c->ready && (stop_requested() || !mono_before(clock_mono(&clock), deadline))) {
            why_set(why, "%s was not ready within %lld s, see %s", c->name,
                    (long long)patience.ms / 1000, c->log_path);
            return ERR(TIMEOUT);
        }
    }
    const struct json *ready = NULL;
    if (err_failed(json_parse(arena, (struct slice){c->line, c->line_len}, NULL, why, &ready))) {
        why_prefix(why, "%s: its ready line: ", c->name);
        return ERR(SYNTAX);
    }
    if (ret_ready != NULL) {
        *ret_ready = ready;
    }
    return err_ok();
}

static void down(struct child *c)
{
    c->pid = 0;
    if (c->out >= 0) {
        close(c->out);
        c->out = -1;
    }
}

bool child_ended(struct child *c, mono_ms_t now)
{
    if (c->pid == 0 || waitpid(c->pid, &c->status, WNOHANG) != c->pid) {
        return false;
    }
    child_read(c);
    down(c);
    /* At once the first time; who ends right after the start waits longer each time. */
    c->quick_ends = mono_since(now, c->started).ms < QUICK_MS ? c->quick_ends + 1 : 0;
    int64_t pause =
        c->quick_ends == 0 ? 0 : (int64_t)250 << (c->quick_ends > 6 ? 6 : c->quick_ends);
    c->again_at = mono_add(now, span_ms(pause > PAUSE_MS_MAX ? PAUSE_MS_MAX : pause));
    return true;
}

void child_wait_end(struct child *c, span_ms_t patience)
{
    struct clock clock = clock_sys();
    if (c->pid == 0) {
        return;
    }
    const mono_ms_t deadline = mono_add(clock_mono(&clock), patience);
    while (waitpid(c->pid, &c->status, WNOHANG) == 0) {
        if (!mono_before(clock_mono(&clock), deadline)) {
            (void)kill(c->pid, SIGKILL);
        }
        child_read(c);
        (void)poll(NULL, 0, 10);
    }
    down(c);
}

void child_stop(struct child *c, span_ms_t patience)
{
    if (c->pid != 0) {
        (void)kill(c->pid, SIGTERM);
        child_wait_end(c, patience);
    }
}
