/* clock_double — port/clock.h whose time stands still until a test moves it. */
#ifndef TESTS_SUPPORT_CLOCK_DOUBLE_H
#define TESTS_SUPPORT_CLOCK_DOUBLE_H

#include "port/clock.h"

struct clock_double {
    wall_ms_t wall;
    mono_ms_t mono;
    span_ms_t ticks; /* by which it moves each time somebody looks; 0 = stands still */
};

/* Starts on a morning in September 2026. */
void clock_double_init(struct clock_double *c);
struct clock clock_double_port(struct clock_double *c);
void clock_double_advance(struct clock_double *c, span_ms_t by);

#endif
