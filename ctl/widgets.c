/* `tieline widgets`: the web widgets of an account, and which store answers in each (row 114). */
#include "ctl/command.h"
#include "ctl/one_account.h"
#include "ctl/out.h"
#include "ctl/text.h"
#include "rt/stop.h"

#include <stdio.h>

enum { ARENA_BYTES_MAX = 256 * 1024 * 1024, CELL_BYTES = 256, COLUMN_COUNT = 5 };

static const char program[] = "tieline widgets";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"key-file", OPTION_TEXT, NULL, false, false, "FILE",
     "egress's private key, to log in with what is published"},
    LOGIN_ADMIN_ROWS,
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of text"},
};

/* What is said of one widget. */
struct row {
    struct slice id;
    struct slice name;
    struct slice brand;
    struct slice brand_name;
    const struct store *store; /* NULL = silence */
    bool fallback;             /* it has all that no other store names */
    struct slice responder;    /* who answers first; empty = nobody, or unknown */
};

/* The store that names the widget, else the one that has all unmapped ones (row 111). */
static const struct store *store_of(const struct one_account *o, struct slice widget,
                                    bool *ret_fallback)
{
    const struct store *fallback = NULL;
    *ret_fallback = false;
    for (size_t i = 0; i < o->store_count; i++) {
        if (o->stores[i]->widget_id.len == 0) {
            fallback = o->stores[i];
        } else if (slice_equal(o->stores[i]->widget_id, widget)) {
            return o->stores[i];
        }
    }
    *ret_fallback = fallback != NULL;
    return fallback;
}

static struct row row_of(const struct one_account *o, const struct zendesk_list *brands,
                         const struct json *widget)
{
    struct row r = {
        .id = json_string(json_find(widget, "id")),
        .name = json_string(json_find(widget, "displayName")),
        .brand = json_id(json_find(widget, "brandId")),
        .responder = json_string(json_find(widget, "defaultResponder.name")),
    };
    r.brand_name = json_string(json_find(zendesk_find(brands, "id", r.brand), "name"));
    r.store = store_of(o, r.id, &r.fallback);
    return r;
}

static void print_json(const struct row *r)
{
    struct out_line o;
    out_begin(&o, stdout);
    json_put_slice(&o.json, "widget", r->id);
    json_put_slice(&o.json, "name", r->name);
    json_put_slice(&o.json, "brand", r->brand);
    json_put_slice(&o.json, "brand_name", r->brand_name);
    json_key(&o.json, "store");
    if (r->store == NULL) {
        json_null(&o.json);
    } else {
        json_slice(&o.json, r->store->name);
    }
    json_put_bool(&o.json, "fallback", r->fallback);
    json_put_slice(&o.json, "responder", r->responder);
    out_end(&o);
}

static void add_row(struct out_table *table, const struct row *r)
{
    char cells[COLUMN_COUNT][CELL_BYTES];
    const char *pointers[COLUMN_COUNT];
    text_set(cells[0], CELL_BYTES, "%.*s", SLICE_ARG(r->id));
    text_set(cells[1], CELL_BYTES, "%.*s", SLICE_ARG(r->name));
    text_set(cells[2], CELL_BYTES, "%.*s",
             SLICE_ARG(r->brand_name.len > 0 ? r->brand_name : r->brand));
    if (r->store == NULL) {
        text_set(cells[3], CELL_BYTES, "none: silence");
    } else {
        text_set(cells[3], CELL_BYTES, "%.*s%s", SLICE_ARG(r->store->name),
                 !r->store->enabled ? " (switched off)"
                 : r->fallback      ? " (all that are unmapped)"
                                    : "");
    }
    text_set(cells[4], CELL_BYTES, "%.*s", SLICE_ARG(r->responder));
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        pointers[i] = cells[i];
    }
    out_table_add(table, pointers);
}

static err_t list(struct one_account *o, bool json)
{
    static const char *const heading[COLUMN_COUNT] = {"WIDGET", "NAME", "BRAND", "STORE",
                                                      "ANSWERS FIRST"};
    struct zendesk_list widgets;
    struct zendesk_list brands = {NULL, 0};
    if (o->zendesk.conversations == NULL) {
        why_set(o->zendesk.why, "the account has no Conversations API key");
        return ERR(CONFIG);
    }
    TRY(zendesk_integrations(&o->zendesk, "web", &widgets));
    if (o->zendesk.support != NULL) {
        TRY(zendesk_brands(&o->zendesk, &brands));
    }
    struct out_table *table = out_table_new(COLUMN_COUNT);
    out_table_add(table, heading);
    for (size_t i = 0; i < widgets.count; i++) {
        struct row r = row_of(o, &brands, widgets.items[i]);
        if (json) {
            print_json(&r);
        } else {
            add_row(table, &r);
        }
    }
    if (!json) {
        out_table_print(table, stdout);
    }
    out_table_free(table);
    return err_ok();
}

static int run(const struct options *options)
{
    struct log *log = command_log(program, options);
    struct arena arena;
    struct one_account o;
    struct why why = {""};
    arena_init(&arena, ARENA_BYTES_MAX);
    stop_install();
    err_t e = one_account_open(options, false, log, &arena, &why, &o);
    e = err_failed(e) ? e : list(&o, options_switch(options, "json"));
    int status = err_failed(e) ? command_failed(program, e, &why) : 0;
    one_account_deinit(&o);
    arena_deinit(&arena);
    log_free(log);
    return status;
}

int command_widgets(int argc, char *const *argv)
{
    return one_account_main(program,
                            "Lists the web widgets of an account with their ids, and which store "
                            "answers in each.",
                            rows, sizeof rows / sizeof rows[0], argc, argv, run);
}
