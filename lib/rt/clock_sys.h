/* clock_sys — port/clock.h for real; the only place that asks the system for the time. */
#ifndef RT_CLOCK_SYS_H
#define RT_CLOCK_SYS_H

#include "port/clock.h"

/* CLOCK_REALTIME and CLOCK_BOOTTIME (counts a suspended machine's time, as sessions do). Any
 * thread. */
struct clock clock_sys(void);

#endif
