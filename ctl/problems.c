#include "ctl/problems.h"

#include "base/check.h"
#include "ctl/out.h"
#include "ctl/text.h"
#include "json/json_read.h"

#include <stdarg.h>
#include <stdlib.h>

void problems_init(struct problems *p, const char *file)
{
    *p = (struct problems){.file = file};
    p->list = calloc(PROBLEMS_MAX, sizeof *p->list);
    CHECK(p->list != NULL);
}

void problems_deinit(struct problems *p)
{
    free(p->list);
    *p = (struct problems){0};
}

PRINTF_LIKE(5, 0)
static void add(struct problems *p, bool warning, size_t offset, const char *path,
                const char *format, va_list args)
{
    *(warning ? &p->warnings : &p->errors) += 1;
    if (p->kept == PROBLEMS_MAX) {
        return;
    }
    struct problem *problem = &p->list[p->kept++];
    problem->warning = warning;
    problem->offset = offset;
    text_set(problem->path, sizeof problem->path, "%s", path);
    (void)vsnprintf(problem->text, sizeof problem->text, format, args);
}

void problems_error(struct problems *p, size_t offset, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(p, false, offset, path, format, args);
    va_end(args);
}

void problems_warn(struct problems *p, size_t offset, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(p, true, offset, path, format, args);
    va_end(args);
}

static int by_offset(const void *a, const void *b)
{
    const struct problem *first = a;
    const struct problem *second = b;
    return (first->offset > second->offset) - (first->offset < second->offset);
}

static void print_json(const struct problems *p, const struct problem *problem, size_t line,
                       size_t column, FILE *out)
{
    struct out_line o;
    out_begin(&o, out);
    json_put_text(&o.json, "severity", problem->warning ? "warning" : "error");
    json_put_text(&o.json, "file", p->file);
    json_put_int(&o.json, "line", (int64_t)line);
    json_put_int(&o.json, "column", (int64_t)column);
    json_put_text(&o.json, "path", problem->path);
    json_put_text(&o.json, "message", problem->text);
    out_end(&o);
}

void problems_print(struct problems *p, bool json, FILE *out)
{
    qsort(p->list, p->kept, sizeof *p->list, by_offset);
    for (size_t i = 0; i < p->kept; i++) {
        const struct problem *problem = &p->list[i];
        size_t line = 1;
        size_t column = 1;
        json_place(p->text, problem->offset, &line, &column);
        if (json) {
            print_json(p, problem, line, column, out);
            continue;
        }
        (void)fprintf(out, "%s:%zu:%zu: %s%s%s%s\n", p->file, line, column,
                      problem->warning ? "warning: " : "", problem->path,
                      problem->path[0] == '\0' ? "" : ": ", problem->text);
    }
    size_t more = p->errors + p->warnings - p->kept;
    if (more > 0 && !json) {
        (void)fprintf(out, "%s: and %zu more\n", p->file, more);
    }
}
