#include "ctl/out.h"

#include "base/check.h"
#include "base/slice.h"
#include "ctl/text.h"
#include "rt/clock_sys.h"

#include <utf8proc.h>

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    LINE_BYTES_MAX = 1024 * 1024,
    TABLE_BYTES_MAX = 64 * 1024 * 1024,
    ROWS_MAX = 100 * 1000,
    WIDTH_USUAL = 80,
    WIDTH_MIN = 20,
    COLUMN_MIN = 6, /* a column is not cut to less */
    GAP = 2,
    QUIET_MS = 1000,
    AGAIN_MS = 200,
};

void out_begin(struct out_line *o, FILE *file)
{
    o->file = file;
    buf_init(&o->text, LINE_BYTES_MAX);
    json_write_init(&o->json, &o->text);
    json_object(&o->json);
}

void out_end(struct out_line *o)
{
    out_quiet();
    json_end(&o->json);
    if (!err_failed(json_write_done(&o->json))) {
        (void)fprintf(o->file, "%s\n", buf_text(&o->text));
        (void)fflush(o->file);
    }
    buf_deinit(&o->text);
}

/* ---- the terminal */

static bool is_terminal(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

size_t out_width(FILE *file)
{
    struct winsize size = {0};
    uint64_t width = 0;
    const char *said = getenv("COLUMNS");
    if (!is_terminal(file)) {
        return 0;
    }
    bool is_said = said != NULL && !err_failed(slice_to_u64(slice_of(said), &width)) && width > 0;
    if (!is_said) {
        bool is_told = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
        width = is_told ? size.ws_col : WIDTH_USUAL;
    }
    return width < WIDTH_MIN ? WIDTH_MIN : (size_t)width;
}

const char *out_style(FILE *file, enum out_style style)
{
    static const char *const codes[] = {"\x1b[0m",  "\x1b[1m",  "\x1b[2m",
                                        "\x1b[32m", "\x1b[33m", "\x1b[31m"};
    const char *refused = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool is_plain = (refused != NULL && refused[0] != '\0') || term == NULL ||
                    strcmp(term, "dumb") == 0 || !is_terminal(file);
    return is_plain ? "" : codes[style];
}

/* ---- tables */

struct out_cell {
    size_t at, len, width; /* of the table's text; columns that it takes on a screen */
    enum out_style style;
};
struct out_row {
    struct out_cell cells[OUT_COLUMNS_MAX];
};
struct out_table {
    size_t columns;
    struct buf text; /* of all cells, one behind the other */
    struct out_row *rows;
    size_t count;
    size_t size;
};

struct out_table *out_table_new(size_t columns)
{
    CHECK(columns > 0 && columns <= OUT_COLUMNS_MAX);
    struct out_table *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    t->columns = columns;
    buf_init(&t->text, TABLE_BYTES_MAX);
    return t;
}

/* How many columns of a screen the first character of `text` takes, and how many bytes it has. */
static size_t width_of_first(struct slice text, size_t *ret_bytes)
{
    utf8proc_int32_t c = -1;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &c);
    *ret_bytes = used < 1 ? 1 : (size_t)used;
    return used < 1 ? 1 : (size_t)utf8proc_charwidth(c);
}

/* The bytes of `text` that fit into `width` columns; *ret_width: what they take. */
static size_t fitting(struct slice text, size_t width, size_t *ret_width)
{
    size_t at = 0;
    *ret_width = 0;
    while (at < text.len) {
        size_t bytes = 0;
        size_t more = width_of_first(slice_sub(text, at, text.len), &bytes);
        if (*ret_width + more > width) {
            break;
        }
        *ret_width += more;
        at += bytes;
    }
    return at;
}

void out_table_add(struct out_table *t, const char *const *cells)
{
    if (t->count == ROWS_MAX) {
        return;
    }
    if (t->count == t->size) {
        t->size = t->size == 0 ? 16 : t->size * 2;
        struct out_row *rows = realloc(t->rows, t->size * sizeof *rows);
        CHECK(rows != NULL);
        t->rows = rows;
    }
    struct out_row *row = &t->rows[t->count++];
    for (size_t i = 0; i < t->columns; i++) {
        struct out_cell *cell = &row->cells[i];
        *cell =
            (struct out_cell){.at = t->text.len, .style = t->count == 1 ? OUT_STRONG : OUT_PLAIN};
        err_t e = text_tame(&t->text, slice_of(cells[i]));
        cell->len = t->text.len - cell->at;
        (void)fitting(slice_sub(buf_slice(&t->text), cell->at, t->text.len), SIZE_MAX,
                      &cell->width);
        CHECK(!err_failed(e) || t->text.len > 0); /* a table that is full ends with what it has */
    }
}

void out_table_style(struct out_table *t, size_t column, enum out_style style)
{
    CHECK(column < t->columns && t->count > 0);
    t->rows[t->count - 1].cells[column].style = style;
}

/* Takes from the widest until the whole fits. */
static void narrow(size_t widths[OUT_COLUMNS_MAX], size_t columns, size_t limit)
{
    for (;;) {
        size_t whole = GAP * (columns - 1);
        size_t widest = 0;
        for (size_t i = 0; i < columns; i++) {
            whole += widths[i];
            widest = widths[i] > widths[widest] ? i : widest;
        }
        if (whole <= limit || widths[widest] <= COLUMN_MIN) {
            return;
        }
        widths[widest]--;
    }
}

static void print_cell(const struct out_table *t, const struct out_cell *cell, size_t width,
                       bool is_last, FILE *file)
{
    struct slice text = slice_sub(buf_slice(&t->text), cell->at, cell->at + cell->len);
    size_t shown = cell->width;
    const char *more = "";
    if (cell->width > width) {
        text = slice_sub(text, 0, fitting(text, width - 1, &shown));
        shown++;
        more = "…";
    }
    const char *on = cell->style == OUT_PLAIN ? "" : out_style(file, cell->style);
    (void)fprintf(file, "%s%.*s%s%s%*s", on, SLICE_ARG(text), more,
                  on[0] == '\0' ? "" : out_style(file, OUT_PLAIN),
                  is_last ? 0 : (int)(width - shown + GAP), "");
}

void out_table_print(const struct out_table *t, FILE *file)
{
    size_t widths[OUT_COLUMNS_MAX] = {0};
    size_t limit = out_width(file);
    out_quiet();
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < t->columns; j++) {
            size_t width = t->rows[i].cells[j].width;
            widths[j] = width > widths[j] ? width : widths[j];
        }
    }
    if (limit > 0) {
        narrow(widths, t->columns, limit);
    }
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < t->columns; j++) {
            print_cell(t, &t->rows[i].cells[j], widths[j], j + 1 == t->columns, file);
        }
        (void)fprintf(file, "\n");
    }
}

void out_table_free(struct out_table *t)
{
    if (t != NULL) {
        buf_deinit(&t->text);
        free(t->rows);
        free(t);
    }
}

/* ---- what takes long */

static struct {
    bool is_begun, is_shown;
    mono_ms_t since, told;
} busy; /* of the process: it has one stderr */

void out_quiet(void)
{
    if (busy.is_shown) {
        (void)fprintf(stderr, "\r\x1b[K");
    }
    busy.is_begun = false;
    busy.is_shown = false;
}

void out_busy(const char *what, uint64_t count)
{
    struct clock clock = clock_sys();
    mono_ms_t now = clock_mono(&clock);
    if (!busy.is_begun) {
        busy.is_begun = true;
        busy.since = now;
        busy.told = now;
    }
    if (mono_since(now, busy.since).ms < QUIET_MS || mono_since(now, busy.told).ms < AGAIN_MS ||
        !is_terminal(stderr)) {
        return;
    }
    char text[160];
    size_t width = 0;
    text_set(text, sizeof text, "%s …", what);
    if (count > 0) {
        text_add(text, sizeof text, " %llu", (unsigned long long)count);
    }
    struct slice line = slice_of(text);
    line = slice_sub(line, 0, fitting(line, out_width(stderr) - 1, &width));
    (void)fprintf(stderr, "\r%.*s\x1b[K", SLICE_ARG(line));
    busy.told = now;
    busy.is_shown = true;
}
