/* out — how the operator's tool answers: one JSON object a line for machines, tables for people. */
#ifndef CTL_OUT_H
#define CTL_OUT_H

#include "base/buf.h"
#include "json/json_write.h"

#include <stddef.h>
#include <stdio.h>

/* One object a line:  out_begin(&o, stdout);  json_put_text(&o.json, …);  out_end(&o); */
struct out_line {
    FILE *file;
    struct buf text;
    struct json_write json;
};
void out_begin(struct out_line *o, FILE *file);
void out_end(struct out_line *o);

/* Rows of cells to columns that line up; the first row is the heading. A cell is cut at 60 bytes.
 */
enum { OUT_COLUMNS_MAX = 8 };
struct out_table;
struct out_table *out_table_new(size_t columns);
void out_table_add(struct out_table *t, const char *const *cells);
void out_table_print(const struct out_table *t, FILE *file);
void out_table_free(struct out_table *t);

#endif
