#include "rt/nearest.h"

#include <stdint.h>

enum { WORD_BYTES_MAX = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t nearest_distance(struct slice a, struct slice b)
{
    if (a.len > WORD_BYTES_MAX || b.len > WORD_BYTES_MAX) {
        return SIZE_MAX;
    }
    /* rows i-2, i-1 and i of the usual table, reused in turn */
    size_t rows[3][WORD_BYTES_MAX + 1];
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1;
            size_t best = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
                best = least(best, rows[(i - 2) % 3][j - 2] + 1);
            }
            row[j] = best;
        }
    }
    return rows[a.len % 3][b.len];
}

const char *nearest_name(struct slice word, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        struct slice name = slice_of(names[i]);
        size_t longer = name.len > word.len ? name.len : word.len;
        size_t distance = nearest_distance(word, name);
        if (distance < best_distance && distance <= (longer + 2) / 3) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}
