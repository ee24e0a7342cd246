#include "ctl/draw.h"

#include "ctl/out.h"

enum { KIND_BYTES = 10 };

static enum out_style style_of(struct slice kind)
{
    static const struct {
        const char *kind;
        enum out_style style;
    } styles[] = {
        {"customer", OUT_STRONG}, {"agent", OUT_STRONG}, {"say", OUT_GOOD},
        {"owner", OUT_WARN},      {"rule", OUT_WARN},    {"operator", OUT_WARN},
        {"NOT DONE", OUT_BAD},    {"done", OUT_FAINT},   {"ask", OUT_FAINT},
        {"call", OUT_FAINT},
    };
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
        if (slice_equal(slice_trim(kind), slice_of(styles[i].kind))) {
            return styles[i].style;
        }
    }
    return OUT_PLAIN;
}

void draw_line(FILE *file, wall_ms_t at, struct slice key, struct slice line)
{
    char time[INSTANT_TEXT_BYTES];
    struct slice kind = slice_sub(line, 0, line.len < KIND_BYTES ? line.len : KIND_BYTES);
    struct slice rest = slice_sub(line, kind.len, line.len);
    enum out_style style = style_of(kind);
    const char *on = style == OUT_PLAIN ? "" : out_style(file, style);
    const char *off = on[0] == '\0' ? "" : out_style(file, OUT_PLAIN);
    instant_format_iso8601(at, time);
    (void)fprintf(file, "%s  ", time);
    if (key.len > 0) {
        (void)fprintf(file, "%-40.*s ", SLICE_ARG(key));
    }
    (void)fprintf(file, "%s%.*s%s%.*s\n", on, SLICE_ARG(kind), off, SLICE_ARG(rest));
}
