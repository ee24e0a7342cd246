#include "tests/bench/tally.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct samples {
    uint32_t *us;
    size_t count;
};

struct seen {
    int64_t at_ns;
    uint64_t next; /* sequence number that is due */
};

struct tally {
    uint64_t writes, reads;
    int64_t first_ns, last_ns, first_write_ns, last_write_ns, first_wall_ms;
    uint64_t lanes, repeated, skipped;
    struct samples way, turn;
    struct seen seen[TALLY_LANES_MAX];
};

err_t tally_new(struct tally **ret_tally)
{
    CLEANUP_PTR(tally) struct tally *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return ERR(NO_MEMORY);
    }
    t->way.us = calloc(TALLY_SAMPLES_MAX, sizeof *t->way.us);
    t->turn.us = calloc(TALLY_SAMPLES_MAX, sizeof *t->turn.us);
    if (t->way.us == NULL || t->turn.us == NULL) {
        return ERR(NO_MEMORY);
    }
    *ret_tally = TAKE(t);
    return err_ok();
}

void tally_free(struct tally *t)
{
    if (t == NULL) {
        return;
    }
    free(t->way.us);
    free(t->turn.us);
    free(t);
}

void tally_clear(struct tally *t)
{
    uint32_t *way = t->way.us;
    uint32_t *turn = t->turn.us;
    memset(t, 0, sizeof *t);
    t->way.us = way;
    t->turn.us = turn;
}

static void sample(struct samples *s, int64_t ns)
{
    if (s->count < TALLY_SAMPLES_MAX) {
        int64_t us = ns < 0 ? 0 : ns / 1000;
        s->us[s->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    }
}

static int64_t wall_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum { MARK_NUMBERS = 3 }; /* lane, sequence, written */

/* The numbers of the mark; false when there is none. */
static bool mark_of(struct slice body, uint64_t ret_numbers[MARK_NUMBERS])
{
    struct slice head = {0};
    struct slice rest = {0};
    bool is_good = slice_split(body, '~', &head, &rest);
    for (size_t i = 0; is_good && i < MARK_NUMBERS; i++) {
        struct slice number = {0};
        is_good = slice_split(rest, '~', &number, &rest) &&
                  !err_failed(slice_to_u64(number, &ret_numbers[i]));
    }
    return is_good;
}

static void lane_seen(struct tally *t, int64_t now_ns, uint64_t lane, uint64_t sequence)
{
    if (lane >= TALLY_LANES_MAX) {
        return;
    }
    struct seen *seen = &t->seen[lane];
    if (seen->next == 0) {
        t->lanes++;
    } else {
        sample(&t->turn, now_ns - seen->at_ns);
    }
    seen->at_ns = now_ns;
    if (sequence < seen->next) {
        t->repeated++;
        return;
    }
    t->skipped += sequence - seen->next;
    seen->next = sequence + 1;
}

void tally_request(struct tally *t, int64_t now_ns, bool is_read, struct slice body)
{
    uint64_t mark[MARK_NUMBERS] = {0};
    if (t->writes + t->reads == 0) {
        t->first_ns = now_ns;
        t->first_wall_ms = wall_ms();
    }
    t->last_ns = now_ns;
    if (is_read) {
        t->reads++;
        return;
    }
    if (t->writes++ == 0) {
        t->first_write_ns = now_ns;
    }
    t->last_write_ns = now_ns;
    if (!mark_of(body, mark)) {
        return;
    }
    lane_seen(t, now_ns, mark[0], mark[1]);
    if (mark[2] > 0 && mark[2] <= INT64_MAX) {
        sample(&t->way, now_ns - (int64_t)mark[2]);
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t first = 0;
    uint32_t second = 0;
    memcpy(&first, a, sizeof first);
    memcpy(&second, b, sizeof second);
    return (first > second) - (first < second);
}

static double percentile(const struct samples *s, size_t percent)
{
    return s->count == 0 ? 0 : (double)s->us[s->count * percent / 100] / 1000;
}

void tally_print(struct tally *t, FILE *out)
{
    qsort(t->way.us, t->way.count, sizeof *t->way.us, by_size);
    qsort(t->turn.us, t->turn.count, sizeof *t->turn.us, by_size);
    (void)fprintf(out,
                  "{\"writes\":%llu,\"reads\":%llu,\"first_ns\":%lld,\"last_ns\":%lld,"
                  "\"first_write_ns\":%lld,\"last_write_ns\":%lld,\"first_wall_ms\":%lld,"
                  "\"lanes\":%llu,\"repeated\":%llu,\"skipped\":%llu,\"way_p50_ms\":%.3f,"
                  "\"way_p99_ms\":%.3f,\"turn_p50_ms\":%.3f,\"turn_p99_ms\":%.3f}\n",
                  (unsigned long long)t->writes, (unsigned long long)t->reads,
                  (long long)t->first_ns, (long long)t->last_ns, (long long)t->first_write_ns,
                  (long long)t->last_write_ns, (long long)t->first_wall_ms,
                  (unsigned long long)t->lanes, (unsigned long long)t->repeated,
                  (unsigned long long)t->skipped, percentile(&t->way, 50), percentile(&t->way, 99),
                  percentile(&t->turn, 50), percentile(&t->turn, 99));
    (void)fflush(out);
}

void tally_count(const struct tally *t, FILE *out)
{
    (void)fprintf(out, "{\"writes\":%llu,\"reads\":%llu}\n", (unsigned long long)t->writes,
                  (unsigned long long)t->reads);
    (void)fflush(out);
}
