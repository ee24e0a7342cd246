/* err — an error is a code; its class says what to do about it.
 *
 * Policy hangs on the class alone, in one switch per loop:
 *
 *   TRANSIENT     the same thing may work later: retry with backoff
 *   BACKPRESSURE  too much at once: pause the source, then go on
 *   POISON        this input can never work: dead-letter it and go on
 *   FATAL         this process cannot work: stop with the code's sysexits status
 *   BUG           we broke our own rule: abort
 *
 * A value is returned, never thrown away: functions that return err_t are MUST_USE. TRY is the only
 * macro in the tree that returns. What a person needs to know beside the code travels in `struct
 * why`. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum err_class {
    ERR_CLASS_OK = 0,
    ERR_CLASS_TRANSIENT,
    ERR_CLASS_BACKPRESSURE,
    ERR_CLASS_POISON,
    ERR_CLASS_FATAL,
    ERR_CLASS_BUG,
};

/* code, class, sysexits status, text (lower case, no full stop) */
#define ERR_TABLE(X)                                                                               \
    X(OK, OK, 0, "ok")                                                                             \
    X(NO_MEMORY, FATAL, 75, "out of memory")                                                       \
    X(ARENA_FULL, POISON, 65, "the value needs more memory than its limit allows")                 \
    X(BUF_FULL, POISON, 65, "the text is longer than its limit")                                   \
    X(TABLE_FULL, BACKPRESSURE, 75, "the table is full")                                           \
    X(NOT_FOUND, POISON, 65, "there is no such thing")                                             \
    X(SYNTAX, POISON, 65, "the bytes are not in the form they must have")                          \
    X(TOO_DEEP, POISON, 65, "nested more deeply than the limit")                                   \
    X(TOO_LARGE, POISON, 65, "larger than the limit")                                              \
    X(DUPLICATE, POISON, 65, "the same key or id stands there twice")                              \
    X(MISSING, POISON, 65, "a member that is needed is missing")                                   \
    X(WRONG_TYPE, POISON, 65, "a member has another type than it must have")                       \
    X(RANGE, POISON, 65, "a value is outside its range")                                           \
    X(UTF8, POISON, 65, "the text is not valid UTF-8")                                             \
    X(UNKNOWN_SCHEMA, POISON, 65, "written by a newer version than this one can read")             \
    X(CRASHED, POISON, 70, "the program crashed on it time and again")                             \
    X(STATE, BUG, 70, "called in a state that does not allow it")                                  \
    X(USAGE, FATAL, 64, "used wrongly")                                                            \
    X(CONFIG, FATAL, 78, "the configuration is wrong")                                             \
    X(UNAVAILABLE, TRANSIENT, 69, "a service is not available")                                    \
    X(TIMEOUT, TRANSIENT, 75, "no answer in time")                                                 \
    X(QUEUE_FULL, BACKPRESSURE, 75, "the queue is full")                                           \
    X(IO, FATAL, 74, "input or output failed")                                                     \
    X(PERMISSION, FATAL, 77, "not permitted")                                                      \
    X(CRYPTO, POISON, 65, "the sealed value cannot be opened with this key")                       \
    X(FENCED, FATAL, 75, "another copy with this name has taken over")                             \
    X(TXN_ABORT, TRANSIENT, 75, "the transaction must be aborted")                                 \
    X(TXN_UNKNOWN, TRANSIENT, 75, "whether the transaction was committed is not known")            \
    X(NO_TOPIC, FATAL, 78, "a topic is missing")                                                   \
    X(NO_OFFSET, FATAL, 78, "a committed offset is missing")

enum err_code {
#define X(code, class, exit_status, text) ERR_##code,
    ERR_TABLE(X)
#undef X
        ERR_COUNT
};

typedef struct err {
    enum err_code code;
    const char *where; /* "file:line" of the place that found it; NULL for OK */
} err_t;

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#define ERR_STRING_(x) #x
#define ERR_STRING(x) ERR_STRING_(x)
#define ERR(code_) ((err_t){ERR_##code_, __FILE__ ":" ERR_STRING(__LINE__)})

static inline err_t err_ok(void)
{
    return (err_t){ERR_OK, NULL};
}
static inline bool err_failed(err_t e)
{
    return e.code != ERR_OK;
}
static inline bool err_is(err_t e, enum err_code code)
{
    return e.code == code;
}

/* Returns from the calling function with the error of `expr`, if it has one. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        err_t try_err_ = (expr);                                                                   \
        if (err_failed(try_err_)) {                                                                \
            return try_err_;                                                                       \
        }                                                                                          \
    } while (0)

enum err_class err_class(err_t e);
const char *err_class_name(enum err_class class);
int err_exit_status(err_t e);  /* sysexits status, 0 for OK */
const char *err_name(err_t e); /* "NO_TOPIC" */
const char *err_text(err_t e); /* "a topic is missing" */

/* What a person must know about a failure: bounded text, written by the function that failed. */
enum { WHY_BYTES = 512 };
struct why {
    char text[WHY_BYTES];
};

/* Sets the text (cut at the limit). `why` may be NULL: then nothing happens. */
void why_set(struct why *why, const char *format, ...) PRINTF_LIKE(2, 3);
/* Puts text before what stands there: "field `x`: " + "must be a number". */
void why_prefix(struct why *why, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
