#include "ctl/out.h"

#include "base/check.h"
#include "ctl/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 1024 * 1024, CELL_BYTES = 61, ROWS_MAX = 100 * 1000 };

void out_begin(struct out_line *o, FILE *file)
{
    o->file = file;
    buf_init(&o->text, LINE_BYTES_MAX);
    json_write_init(&o->json, &o->text);
    json_object(&o->json);
}

void out_end(struct out_line *o)
{
    json_end(&o->json);
    if (!err_failed(json_write_done(&o->json))) {
        (void)fprintf(o->file, "%s\n", buf_text(&o->text));
        (void)fflush(o->file);
    }
    buf_deinit(&o->text);
}

struct out_row {
    char cells[OUT_COLUMNS_MAX][CELL_BYTES];
};
struct out_table {
    size_t columns;
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
    return t;
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
        text_set(row->cells[i], CELL_BYTES, "%s", cells[i]);
    }
}

void out_table_print(const struct out_table *t, FILE *file)
{
    int widths[OUT_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < t->columns; j++) {
            int width = (int)strlen(t->rows[i].cells[j]);
            widths[j] = width > widths[j] ? width : widths[j];
        }
    }
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < t->columns; j++) {
            bool is_last = j + 1 == t->columns;
            (void)fprintf(file, "%-*s%s", is_last ? 0 : widths[j], t->rows[i].cells[j],
                          is_last ? "\n" : "  ");
        }
    }
}

void out_table_free(struct out_table *t)
{
    if (t != NULL) {
        free(t->rows);
        free(t);
    }
}
