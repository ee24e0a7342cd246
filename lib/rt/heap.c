#include "rt/heap.h"

#include "base/slice.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

enum { LOOK_MS = 2000, WORTH_BYTES = 4 * 1024 * 1024, NOISE_BYTES = 64 * 1024 };

/* 0 = unknown. /proc/self/statm holds sizes in pages: all, resident, … */
static size_t resident_bytes(void)
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (fd >= 0) {
        (void)close(fd);
    }
    struct slice rest = slice_from(text, len < 0 ? 0 : (size_t)len);
    struct slice number = {0};
    uint64_t pages = 0;
    (void)slice_split(rest, ' ', &number, &rest);
    (void)slice_split(rest, ' ', &number, &rest);
    if (err_failed(slice_to_u64(number, &pages))) {
        return 0;
    }
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

bool heap_settle(struct heap *heap, mono_ms_t now)
{
    if (mono_since(now, heap->looked).ms < LOOK_MS) {
        return false;
    }
    struct mallinfo2 info = mallinfo2();
    size_t before = heap->in_use;
    size_t moved = info.uordblks > before ? info.uordblks - before : before - info.uordblks;
    heap->looked = now;
    heap->in_use = info.uordblks;
    if (moved > NOISE_BYTES || info.fordblks < WORTH_BYTES ||
        resident_bytes() < heap->resident + WORTH_BYTES) {
        return false;
    }
    bool gave = malloc_trim(0) == 1;
    heap->resident = resident_bytes();
    return gave;
}
