#include "base/err.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct err_row {
    const char *name;
    enum err_class class;
    int exit_status;
    const char *text;
};

static const struct err_row rows[ERR_COUNT] = {
#define X(code_, class_, exit_, text_) {#code_, ERR_CLASS_##class_, exit_, text_},
    ERR_TABLE(X)
#undef X
};

static const struct err_row *row_of(err_t e)
{
    CHECK((size_t)e.code < ERR_COUNT);
    return &rows[e.code];
}

enum err_class err_class(err_t e)
{
    return row_of(e)->class;
}
int err_exit_status(err_t e)
{
    return row_of(e)->exit_status;
}
const char *err_name(err_t e)
{
    return row_of(e)->name;
}
const char *err_text(err_t e)
{
    return row_of(e)->text;
}

const char *err_class_name(enum err_class class)
{
    switch (class) {
    case ERR_CLASS_OK: return "ok";
    case ERR_CLASS_TRANSIENT: return "transient";
    case ERR_CLASS_BACKPRESSURE: return "backpressure";
    case ERR_CLASS_POISON: return "poison";
    case ERR_CLASS_FATAL: return "fatal";
    case ERR_CLASS_BUG: return "bug";
    }
    BUG("error class out of range");
}

void why_set(struct why *why, const char *format, ...)
{
    if (why == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
}

void why_prefix(struct why *why, const char *format, ...)
{
    if (why == NULL) {
        return;
    }
    struct why old = *why;
    va_list args;
    va_start(args, format);
    int written = vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    if (written >= 0 && (size_t)written < sizeof why->text) {
        size_t room = sizeof why->text - (size_t)written;
        size_t copied = strnlen(old.text, room - 1);
        memcpy(why->text + written, old.text, copied);
        why->text[(size_t)written + copied] = '\0';
    }
}
