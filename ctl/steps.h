/* steps — what a command changes at Zendesk, one step after the other: each is said before it is
 * done, or, in a dry run, only said.
 *
 *     struct json_write *w = steps_begin(&s);   members of the body
 *     steps_change(&s, STEP_TRIGGER, "make the trigger …", "POST", path, &answer);
 *
 * A dry run has no answer: what would have an id then is called steps_new (steps_id()). */
#ifndef CTL_STEPS_H
#define CTL_STEPS_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "ctl/lease.h"
#include "ctl/zendesk.h"
#include "json/json_write.h"

#include <stdbool.h>

/* What a step is about: which of the two APIs takes it, and how a person does it by hand. */
enum step_kind {
    STEP_NONE,
    STEP_LOGIN,       /* Support: OAuth client or API token */
    STEP_KEY,         /* Conversations: the key */
    STEP_BOT_USER,    /* Support */
    STEP_BRANDS,      /* Support */
    STEP_INTEGRATION, /* Conversations */
    STEP_SWITCHBOARD, /* Conversations */
    STEP_LINE,        /* Conversations */
    STEP_RESPONDER,   /* Conversations */
    STEP_WEBHOOK,     /* Support */
    STEP_TRIGGER,     /* Support */
    STEP_PUBLISH,     /* the log, not Zendesk */
};

struct steps {
    struct zendesk *zendesk;
    bool dry;
    struct lease *lease;                      /* kept while changes are made; NULL = none */
    void (*say)(void *arg, const char *what); /* NULL = nobody is told */
    void *say_arg;
    unsigned changes;  /* said so far */
    enum step_kind at; /* the newest step, tried or done */
    struct buf body;
    struct json_write json;
};

void steps_init(struct steps *s, struct zendesk *zendesk);
void steps_deinit(struct steps *s);
DEFINE_CLEANUP(steps, struct steps, steps_deinit)

/* An object that has been begun; steps_change() ends it. */
struct json_write *steps_begin(struct steps *s);

/* path  of Support "/api/v2/…"; of Conversations what follows the app. As zendesk_support(). */
MUST_USE err_t steps_change(struct steps *s, enum step_kind kind, const char *what,
                            const char *method, const char *path, struct rest_answer *ret);
/* DELETE, without a body. What is gone already (404) is no error. */
MUST_USE err_t steps_remove(struct steps *s, enum step_kind kind, const char *what,
                            const char *path);
/* What is done without a call to Zendesk: only said and counted. As lease_keep(). */
MUST_USE err_t steps_say(struct steps *s, enum step_kind kind, const char *what);

/* An id of an answer. CONFIG, with `why`: there is none, and the run is not dry. */
MUST_USE err_t steps_id(struct steps *s, const char *what, const struct json *at,
                        struct slice *ret_id);
/* Is it one that is only going to be? */
bool steps_is_new(struct slice id);

/* The way by hand, in the words of Zendesk's own screens; "" where there is none. */
const char *steps_by_hand(enum step_kind kind);

#endif
