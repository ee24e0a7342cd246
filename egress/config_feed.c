#include "egress/config_feed.h"

#include "kafka/table.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct config_feed {
    struct log *log;
    struct kafka_table *table;
    struct config_log *records;
    int fd;
    bool was_whole;
};

err_t config_feed_new(const struct kafka_options *options, struct log *log, struct why *why,
                      struct config_feed **ret_feed)
{
    CLEANUP_PTR(config_feed) struct config_feed *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return ERR(NO_MEMORY);
    }
    f->log = log;
    f->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (f->fd < 0) {
        return ERR(IO);
    }
    TRY(config_log_new(&f->records));
    TRY(kafka_table_new(options, TOPIC_CONFIG, f->fd, log, why, &f->table));
    *ret_feed = TAKE(f);
    return err_ok();
}

void config_feed_free(struct config_feed *f)
{
    if (f == NULL) {
        return;
    }
    kafka_table_free(f->table);
    config_log_free(f->records);
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    free(f);
}

int config_feed_fd(const struct config_feed *f)
{
    return f->fd;
}

err_t config_feed_take(struct config_feed *f, const struct config_set **ret_set)
{
    uint64_t count = 0;
    ssize_t taken = read(f->fd, &count, sizeof count);
    (void)taken; /* empty is fine */
    struct bus_record record = {0};
    bool is_got = true;
    while (is_got) {
        TRY(kafka_table_next(f->table, &record, &is_got));
        if (!is_got) {
            break;
        }
        struct why why = {{0}};
        err_t e = config_log_add(f->records, record.offset, record.key, record.value, &why);
        if (err_failed(e) && err_class(e) != ERR_CLASS_POISON) {
            return e;
        }
        if (err_failed(e)) {
            log_error(f->log, "a configuration record cannot be read", LOG_STR("why", why.text),
                      LOG_INT("offset", record.offset), LOG_ERR(e));
        }
    }
    f->was_whole = f->was_whole || kafka_table_age_ms(f->table) != INT64_MAX;
    *ret_set = NULL;
    return f->was_whole ? config_log_at(f->records, INT64_MAX, ret_set) : err_ok();
}
