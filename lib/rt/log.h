/* log — one record a line to stderr: JSON for machines, a readable line on a terminal.
 *
 *     log_info(log, "config taken up", LOG_INT("offset", 12), LOG_STR("account", name));
 *
 * Fields are typed and named; there is no way to put a body, a header or a secret in by accident,
 * because nobody hands whole requests to it. Equal messages are rate-limited (10 in a second, then
 * counted). Library code below a loop does not log: it returns reasons. Thread: any. */
#ifndef RT_LOG_H
#define RT_LOG_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log;

struct log_field {
    const char *name;
    enum { LOG_FIELD_SLICE, LOG_FIELD_INT, LOG_FIELD_BOOL } type;
    struct slice text;
    int64_t number;
};
#define LOG_SLICE(name_, value_) ((struct log_field){(name_), LOG_FIELD_SLICE, (value_), 0})
#define LOG_STR(name_, value_) LOG_SLICE((name_), slice_of(value_))
#define LOG_INT(name_, value_)                                                                     \
    ((struct log_field){(name_), LOG_FIELD_INT, {NULL, 0}, (int64_t)(value_)})
#define LOG_BOOL(name_, value_) ((struct log_field){(name_), LOG_FIELD_BOOL, {NULL, 0}, (value_)})
#define LOG_ERR(err_)                                                                              \
    LOG_STR("error", err_name(err_)), LOG_STR("reason", err_text(err_)), LOG_STR("at", (err_).where)

/* program  "ingest": stands in every record. Aborts when out of memory (start-up only). */
struct log *log_new(const char *program, enum log_format format, enum log_level level);
void log_free(struct log *log);

void log_write(struct log *log, enum log_level level, const char *message,
               const struct log_field *fields, size_t count);
#define LOG_AT_(log_, level_, message_, ...)                                                       \
    log_write((log_), (level_), (message_), (const struct log_field[]){__VA_ARGS__},               \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))
/* At least one field each: say what the message is about. */
#define log_debug(log_, message_, ...) LOG_AT_(log_, LOG_DEBUG, message_, __VA_ARGS__)
#define log_info(log_, message_, ...) LOG_AT_(log_, LOG_INFO, message_, __VA_ARGS__)
#define log_warn(log_, message_, ...) LOG_AT_(log_, LOG_WARN, message_, __VA_ARGS__)
#define log_error(log_, message_, ...) LOG_AT_(log_, LOG_ERROR, message_, __VA_ARGS__)

#endif
