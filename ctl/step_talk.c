#include "ctl/step_talk.h"

#include "ctl/out.h"

#include <stdio.h>

void step_talk_say(void *arg, const char *what)
{
    const struct step_talk *t = arg;
    if (t->json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, t->planned ? "planned" : "step", what);
        out_end(&o);
    } else {
        (void)printf("%s %s\n", t->planned ? "  -" : "  *", what);
    }
    (void)fflush(stdout);
}

void step_talk_failed(const struct step_talk *t, const struct steps *s)
{
    if (!t->json) {
        return;
    }
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

void step_talk_by_hand(const struct step_talk *t, const struct steps *s)
{
    const char *text = steps_by_hand(s->at);
    if (!t->json && text[0] != '\0') {
        (void)fprintf(stderr, "By hand: %s.\n", text);
    }
}
