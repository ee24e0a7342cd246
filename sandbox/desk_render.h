/* desk_render — records of the Support half as the JSON of its API. */
#ifndef SANDBOX_DESK_RENDER_H
#define SANDBOX_DESK_RENDER_H

#include "sandbox/call.h"

/* Each writes one object. */
void render_ticket(struct call *c, const struct ticket *ticket);
void render_audit(struct call *c, const struct ticket *ticket, const struct audit *audit);
void render_comment(struct call *c, const struct comment *comment);
void render_person(struct call *c, const struct person *person);
void render_trigger(struct call *c, const struct trigger *trigger);
void render_support_hook(struct call *c, const struct support_hook *hook);

/* What a comment has in common in the list and in the event of an audit; into an open object. */
void render_comment_members(struct json_write *w, const struct comment *comment);
/* Whole seconds, as Support writes times; not known = null. */
void render_seconds(struct json_write *w, const char *key, wall_ms_t time);

#endif
