#include "ctl/step_talk.h"

#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/out.h"

#include <stdio.h>

/* A line before each step. */
static void say(void *arg, const char *what)
{
    const struct step_talk *t = arg;
    if (t->json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, t->planned ? "planned" : "step", what);
        out_end(&o);
    } else {
        out_quiet();
        (void)printf("%s %s\n", t->planned ? "  -" : "  *", what);
    }
    (void)fflush(stdout);
}

void step_talk_init(struct step_talk *t, const char *program, const struct options *options,
                    struct steps *s)
{
    *t = (struct step_talk){.program = program, .json = options_switch(options, "json")};
    s->say = say;
    s->say_arg = t;
}

err_t step_talk_go(struct step_talk *t, struct steps *s, const struct options *options,
                   err_t (*go)(void *arg), void *arg, int *ret_status, bool *ret_done)
{
    *ret_status = 0;
    *ret_done = false;
    s->dry = true;
    t->planned = true;
    TRY(go(arg));
    if (s->changes == 0) {
        if (!t->json) {
            out_quiet();
            (void)printf("Nothing to change.\n");
        }
        *ret_done = true;
        return err_ok();
    }
    if (options_switch(options, "dry-run")) {
        return err_ok();
    }
    if (!options_switch(options, "yes")) {
        *ret_status = ask_person(t->program, "Do this?", "do it", !t->json);
    }
    if (*ret_status != 0) {
        return err_ok();
    }
    s->dry = false;
    s->changes = 0;
    t->planned = false;
    s->at = STEP_NONE;
    TRY(s->lease == NULL ? err_ok() : lease_take(s->lease));
    err_t e = go(arg);
    lease_drop(s->lease);
    *ret_done = !err_failed(e);
    return e;
}

static void tell_parts(const struct steps *s)
{
    const struct rest_failure *failure = &s->zendesk->failure;
    struct out_line o;
    out_begin(&o, stdout);
    json_put_text(&o.json, "failed", s->zendesk->why->text);
    json_put_text(&o.json, "step", failure->step);
    json_put_int(&o.json, "status", failure->status);
    json_put_text(&o.json, "error", failure->text);
    json_put_text(&o.json, "request_id", failure->request_id);
    json_put_text(&o.json, "by_hand", steps_by_hand(s->at));
    out_end(&o);
}

int step_talk_failed(const struct step_talk *t, const struct steps *s, err_t err)
{
    const char *by_hand = steps_by_hand(s->at);
    if (t->json) {
        tell_parts(s);
    }
    int status = command_failed(t->program, err, s->zendesk->why);
    if (!t->json && by_hand[0] != '\0') {
        (void)fprintf(stderr, "By hand: %s.\n", by_hand);
    }
    return status;
}
