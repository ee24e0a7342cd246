/* step_talk — what a command says of its steps: before they are done, and when one failed. */
#ifndef CTL_STEP_TALK_H
#define CTL_STEP_TALK_H

#include "ctl/steps.h"

struct step_talk {
    bool json;
    bool planned; /* they are only going to be done */
};

/* Of struct steps: `arg` is the talk. A line on stdout. */
void step_talk_say(void *arg, const char *what);
/* With json: one object on stdout with the failed step, the status of Zendesk, its words and
 * request id, and the way by hand. Right after the failure. */
void step_talk_failed(const struct step_talk *t, const struct steps *s);
/* Without json: the way by hand, on stderr, under what was said of the failure. */
void step_talk_by_hand(const struct step_talk *t, const struct steps *s);

#endif
