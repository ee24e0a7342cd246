/* out — how the operator's tool answers: one JSON object a line for machines, tables for people,
 * and, where a person sits at a terminal, colours and a sign of life.
 *
 * A terminal is as wide as COLUMNS says, else as it says itself. Colours are off where NO_COLOR is
 * set, and on a terminal that is "dumb". What is piped is never cut and never coloured. */
#ifndef CTL_OUT_H
#define CTL_OUT_H

#include "base/buf.h"
#include "json/json_write.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One object a line:  out_begin(&o, stdout);  json_put_text(&o.json, …);  out_end(&o); */
struct out_line {
    FILE *file;
    struct buf text;
    struct json_write json;
};
void out_begin(struct out_line *o, FILE *file);
void out_end(struct out_line *o);

/* Columns of a terminal, at least 20; 0 = no terminal, so nothing is cut. */
size_t out_width(FILE *file);

enum out_style { OUT_PLAIN, OUT_STRONG, OUT_FAINT, OUT_GOOD, OUT_WARN, OUT_BAD };
/* What switches a style on; "" where there are no colours. OUT_PLAIN ends it. */
const char *out_style(FILE *file, enum out_style style);

/* Rows of cells to columns that line up; the first row is the heading. A cell is one line: what a
 * terminal would obey is taken out. Where the whole is wider than the terminal, the widest columns
 * are cut, and "…" says so. */
enum { OUT_COLUMNS_MAX = 8 };
struct out_table;
struct out_table *out_table_new(size_t columns);
void out_table_add(struct out_table *t, const char *const *cells);
/* Of one cell of the newest row. */
void out_table_style(struct out_table *t, size_t column, enum out_style style);
void out_table_print(const struct out_table *t, FILE *file);
void out_table_free(struct out_table *t);

/* A sign of life: "reading `events` … 120000", on stderr and on a terminal alone, from a second
 * after the first call on. Call it as often as you like; the line is written over itself.
 * count  how far it is; 0 = nobody can tell */
void out_busy(const char *what, uint64_t count);
/* Wipes it, and the second counts anew. Before anything else is written; out_end() and
 * out_table_print() do it themselves. */
void out_quiet(void);

#endif
