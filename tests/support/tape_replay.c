#include "ctl/replay/capture_redact.h"
#include "ctl/replay/run.h"
#include "tests/support/tape.h"

static err_t differs(void *arg, const struct difference *d)
{
    const char **first = arg;
    *first = *first == NULL ? d->text : *first;
    return err_ok();
}

/* Nothing differs, and nothing was passed over: as many as were written. */
static const char *replay(const struct tape *t, struct capture *capture)
{
    const char *text = NULL;
    struct why why = {""};
    struct reader_port port = capture_port(capture);
    struct replay r = {.port = &port,
                       .span = {.key = capture->head.conversation},
                       .compares = true,
                       .watcher = {.arg = &text, .on_difference = differs}};
    if (err_failed(replay_run(&r, &why))) {
        return "a tape can be replayed";
    }
    if (r.differences > 0) {
        return text;
    }
    bool is_all = r.events == t->events && r.commands == t->commands &&
                  r.compared == t->commands + t->states && r.unknown == 0;
    return is_all ? NULL : "a replay compares all that was decided";
}

const char *tape_replay(const struct tape *t)
{
    struct why why = {""};
    struct capture capture = {0};
    const char *wrong = err_failed(capture_read(buf_slice(&t->file), &why, &capture))
                            ? "a tape can be read"
                            : replay(t, &capture);
    capture_deinit(&capture);
    return wrong;
}

static const char *redact(const struct tape *t, struct buf *out)
{
    static const unsigned char key[IDENT_KEY_BYTES] = "a key that nobody keeps";
    struct why why = {""};
    struct capture whole = {0};
    err_t e = capture_read(buf_slice(&t->file), &why, &whole);
    e = err_failed(e) ? e : capture_redact(&whole, key, out, &why);
    capture_deinit(&whole);
    return err_failed(e) ? "without its words a tape is decided as it was" : NULL;
}

const char *tape_replay_redacted(const struct tape *t, struct buf *out)
{
    struct why why = {""};
    struct capture capture = {0};
    const char *wrong = redact(t, out);
    if (wrong == NULL && err_failed(capture_read(buf_slice(out), &why, &capture))) {
        wrong = "a redacted capture can be read";
    }
    wrong = wrong == NULL ? replay(t, &capture) : wrong;
    capture_deinit(&capture);
    return wrong;
}
