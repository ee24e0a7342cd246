/* The rig in a process of its own, which tells its parent what it has committed. */
#include "tests/unit/processor/rig.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAME_OFFSET = -1, FRAME_END = -2 }; /* key is its metadata; it came to its end */
struct frame {
    int topic; /* or one of these */
    int32_t partition;
    int64_t offset;
    size_t key, value;
};

static void put_all(struct rig *r, const void *bytes, size_t len)
{
    const char *from = bytes;
    while (len > 0) {
        ssize_t written = write(r->pipe, from, len);
        if (written <= 0) {
            (void)raise(SIGKILL);
        }
        from += written;
        len -= (size_t)written;
    }
}

static void put_frame(struct rig *r, const struct frame *frame, struct slice key,
                      struct slice value)
{
    put_all(r, frame, sizeof *frame);
    put_all(r, key.ptr, key.len);
    put_all(r, value.ptr, value.len);
}

void rig_tell_parent(struct rig *r)
{
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
            size_t count = log_double_count(r->log, (enum topic)topic, p);
            while (r->told[topic][p] < count) {
                const struct log_record *record =
                    log_double_at(r->log, (enum topic)topic, p, r->told[topic][p]++);
                struct frame frame = {topic, p, record->offset, record->key.len, record->value.len};
                put_frame(r, &frame, record->key, record->value);
            }
        }
    }
    for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
        struct slice metadata = slice_of(r->log->committed[p].metadata);
        struct frame frame = {FRAME_OFFSET, p, r->log->committed[p].offset, metadata.len, 0};
        put_frame(r, &frame, metadata, SLICE(""));
    }
}

static bool get_all(int fd, void *room, size_t len)
{
    char *to = room;
    while (len > 0) {
        ssize_t got = read(fd, to, len);
        if (got <= 0) {
            return false;
        }
        to += got;
        len -= (size_t)got;
    }
    return true;
}

/* True when it came to its end. */
static bool hear_child(struct rig *r, int fd)
{
    struct frame frame = {0};
    while (get_all(fd, &frame, sizeof frame) && frame.topic != FRAME_END) {
        char *room = malloc(frame.key + frame.value + 1);
        EXPECT("room", room != NULL && get_all(fd, room, frame.key + frame.value));
        struct slice key = slice_from(room, frame.key);
        struct slice value = slice_from(room + frame.key, frame.value);
        if (frame.topic == FRAME_OFFSET) {
            struct bus_offset offset = {frame.partition, frame.offset, key};
            log_double_commit(r->log, &offset);
        } else {
            struct bus_message message = {.topic = (enum topic)frame.topic,
                                          .partition = frame.partition,
                                          .key = key,
                                          .value = value};
            EXPECT("in order", log_double_append(r->log, &message) == frame.offset);
        }
        free(room);
    }
    return frame.topic == FRAME_END;
}

static void be_child(struct rig *r, bool is_killed)
{
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        for (int32_t p = 0; p < RIG_PARTITIONS; p++) {
            r->told[topic][p] = log_double_count(r->log, (enum topic)topic, p);
        }
    }
    rig_start(r);
    rig_run(r);
    if (!is_killed) {
        rig_finish(r);
        struct frame frame = {.topic = FRAME_END};
        put_frame(r, &frame, SLICE(""), SLICE(""));
    }
    (void)raise(SIGKILL); /* what it has of this process is not for it to clean up */
}

bool rig_child(struct rig *r, bool is_killed)
{
    int ends[2];
    EXPECT("a pipe", pipe(ends) == 0);
    pid_t pid = fork();
    EXPECT("a child", pid >= 0);
    if (pid == 0) {
        (void)close(ends[0]);
        r->pipe = ends[1];
        be_child(r, is_killed);
    }
    (void)close(ends[1]);
    r->owner++;
    bool is_done = hear_child(r, ends[0]);
    (void)close(ends[0]);
    int status = 0;
    EXPECT("ended", waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
    EXPECT("killed", WTERMSIG(status) == SIGKILL);
    clock_double_advance(&r->clock, span_s(2));
    return is_done;
}
