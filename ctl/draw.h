/* draw — a line of the timeline as a person sees it: when, of which conversation, what. */
#ifndef CTL_DRAW_H
#define CTL_DRAW_H

#include "base/instant.h"
#include "base/slice.h"

#include <stdio.h>

/* key   empty = all lines are of one conversation
 * line  of timeline.h; its kind, the first ten columns, is coloured where there are colours */
void draw_line(FILE *file, wall_ms_t at, struct slice key, struct slice line);

#endif
