#include "ctl/published.h"

enum { STEP_MS = 1000, IDLE_STEPS_MAX = 30 };

/* A key of ours; what stands under another one holds nothing that could be lost. */
static bool is_ours(struct slice key)
{
    return slice_starts_with(key, SLICE("account/")) || slice_starts_with(key, SLICE("store/")) ||
           slice_equal(key, SLICE("deployment"));
}

static err_t take(struct published *p, const struct bus_record *record, struct why *why)
{
    struct why text = {""};
    err_t e = config_log_add(p->log, record->offset, record->key, record->value, &text);
    if (err_failed(e) && err_class(e) == ERR_CLASS_POISON && !is_ours(record->key)) {
        return err_ok();
    }
    if (err_failed(e)) {
        why_set(why, "the published configuration of \"%.*s\" (offset %lld) cannot be read: %s",
                SLICE_ARG(slice_cut_utf8(record->key, 100)), (long long)record->offset, text.text);
    }
    return e;
}

static err_t read_on(struct reader_port *port, struct reader *reader, struct published *p,
                     struct why *why)
{
    int idle = 0;
    for (;;) {
        struct bus_record record;
        enum reader_status status = READER_IDLE;
        TRY(reader_next(port, reader, span_ms(STEP_MS), &record, &status));
        if (status == READER_END) {
            return err_ok();
        }
        if (status == READER_RECORD) {
            TRY(take(p, &record, why));
            idle = 0;
        } else if (++idle > IDLE_STEPS_MAX) {
            why_set(why, "the topic of the configuration could not be read to its end within %d s",
                    IDLE_STEPS_MAX * STEP_MS / 1000);
            return ERR(TIMEOUT);
        }
    }
}

err_t published_read(struct reader_port *port, struct why *why, struct published *ret)
{
    CLEANUP(published) struct published p = {NULL, NULL};
    TRY(config_log_new(&p.log));
    struct reader *reader = NULL;
    TRY(reader_open(port, TOPIC_CONFIG, 0, READER_FROM_START, &reader));
    err_t e = read_on(port, reader, &p, why);
    port->ops->close(reader);
    TRY(e);
    TRY(config_log_at(p.log, INT64_MAX, &p.set));
    ret->log = TAKE(p.log);
    ret->set = p.set;
    return err_ok();
}

err_t published_check_here(const struct published *p, struct why *why)
{
    const struct deployment *deployment = config_deployment(p->set);
    if (deployment == NULL || deployment->moved_into.len == 0) {
        return err_ok();
    }
    why_set(why, "this deployment was moved: it goes on under `--prefix %.*s`",
            SLICE_ARG(deployment->moved_into));
    return ERR(CONFIG);
}

err_t published_read_if(struct reader_port *port, struct why *why, struct published *ret)
{
    err_t e = published_read(port, why, ret);
    return err_failed(e) && err_class(e) == ERR_CLASS_POISON ? err_ok() : e;
}

void published_deinit(struct published *p)
{
    config_log_free(p->log);
    *p = (struct published){NULL, NULL};
}
