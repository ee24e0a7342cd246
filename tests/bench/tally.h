/* tally — what an upstream has seen: how many requests, between which moments, in which order, and
 * how long each was on its way.
 *
 * Whoever makes a request for a benchmark puts a mark into its body, "~LANE~SEQUENCE~WRITTEN~": the
 * number of its conversation or ticket, its own number within that, from 0, and the nanosecond of
 * CLOCK_MONOTONIC at which it was written, 0 = not known. Bounded: lanes and samples beyond the
 * limits are counted, not kept. One thread. */
#ifndef TESTS_BENCH_TALLY_H
#define TESTS_BENCH_TALLY_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TALLY_LANES_MAX = 1000 * 1000, TALLY_SAMPLES_MAX = 1000 * 1000 };

struct tally;

/* NO_MEMORY. */
MUST_USE err_t tally_new(struct tally **ret_tally);
void tally_free(struct tally *t); /* accepts NULL */
DEFINE_CLEANUP_PTR(tally, struct tally, tally_free)

void tally_clear(struct tally *t);

/* A request that has arrived whole.
 *
 * now_ns   of CLOCK_MONOTONIC
 * is_read  it asks and changes nothing: counted, but in no order and in no sample
 * body     with the mark in it; without one it only counts */
void tally_request(struct tally *t, int64_t now_ns, bool is_read, struct slice body);

/* One line of JSON: writes, reads, first_ns, last_ns, first_write_ns, last_write_ns, first_wall_ms,
 * lanes, repeated, skipped, and percentiles in milliseconds: way_p50_ms, way_p99_ms from written to
 * arrived; turn_p50_ms, turn_p99_ms from one request of a lane to its next. Sorts what it has kept.
 */
void tally_print(struct tally *t, FILE *out);

/* Only writes and reads. */
void tally_count(const struct tally *t, FILE *out);

#endif
