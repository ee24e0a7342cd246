/* connect_ready — whether Zendesk is as it must be before anything is made in it: credentials of
 * both APIs and what they may do, the bot's user, the brands and widgets that stores name. Reads
 * alone. */
#ifndef CTL_CONNECT_READY_H
#define CTL_CONNECT_READY_H

#include "ctl/connect_view.h"
#include "ctl/steps.h"

/* Row 21: the login is somebody of the team. Support alone. */
MUST_USE err_t connect_login_works(struct steps *s);

/* CONFIG, with `why`: what is wrong and what to do; s->at says where by hand. As zendesk_open(). */
MUST_USE err_t connect_ready(struct steps *s, const struct connect_view *view);

#endif
