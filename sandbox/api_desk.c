/* What the account is made of: brands, groups, ticket fields. */
#include "sandbox/desk_render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"

#include <inttypes.h>

static void end_list(struct call *c, size_t count)
{
    json_end(&c->out);
    json_key(&c->out, "next_page");
    json_null(&c->out);
    json_key(&c->out, "previous_page");
    json_null(&c->out);
    json_put_int(&c->out, "count", (int64_t)count);
    json_end(&c->out);
}

static void begin_list(struct call *c, const char *name)
{
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, name);
    json_array(&c->out);
}

static struct slice number(struct call *c, int64_t id)
{
    struct slice text = {0};
    (void)call_ok(c, arena_printf(c->arena, &text, "%" PRId64, id));
    return text;
}

static void write_brand(struct call *c, const struct brand *brand)
{
    struct json_write *w = &c->out;
    struct slice url = {0};
    const struct store *store = c->store;
    (void)call_ok(
        c, arena_printf(c->arena, &url, "https://%.*s.example", SLICE_ARG(store->subdomain)));
    json_object(w);
    json_put_slice(w, "url", support_url(c, "brands", brand->id_text));
    json_put_int(w, "id", brand->id);
    json_put_slice(w, "name", brand->name);
    json_put_slice(w, "brand_url", url);
    json_put_slice(w, "subdomain", store->subdomain);
    json_put_bool(w, "has_help_center", true);
    json_put_text(w, "help_center_state", "enabled");
    json_put_bool(w, "active", true);
    json_put_bool(w, "default", brand == store->brands);
    json_put_bool(w, "is_deleted", false);
    json_key(w, "host_mapping");
    json_null(w);
    json_put_text(w, "signature_template", "{{agent.signature}}");
    json_end(w);
}

static void list_brands(struct call *c)
{
    begin_list(c, "brands");
    for (size_t i = 0; i < c->store->brand_count; i++) {
        write_brand(c, &c->store->brands[i]);
    }
    end_list(c, c->store->brand_count);
}

static void show_brand(struct call *c)
{
    const struct brand *brand = desk_brand(&c->store->desk, c->params[0]);
    if (brand == NULL) {
        support_not_found(c);
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "brand");
    write_brand(c, brand);
    json_end(&c->out);
}

static void list_groups(struct call *c)
{
    size_t count = 0;
    const struct group *groups = desk_groups(&count);
    begin_list(c, "groups");
    for (size_t i = 0; i < count; i++) {
        json_object(&c->out);
        json_put_slice(&c->out, "url", support_url(c, "groups", number(c, groups[i].id)));
        json_put_int(&c->out, "id", groups[i].id);
        json_put_text(&c->out, "name", groups[i].name);
        json_put_bool(&c->out, "default", i == 0);
        json_put_bool(&c->out, "deleted", false);
        json_end(&c->out);
    }
    end_list(c, count);
}

static void list_fields(struct call *c)
{
    size_t count = 0;
    const struct ticket_field *fields = desk_fields(&count);
    begin_list(c, "ticket_fields");
    for (size_t i = 0; i < count; i++) {
        json_object(&c->out);
        json_put_slice(&c->out, "url", support_url(c, "ticket_fields", number(c, fields[i].id)));
        json_put_int(&c->out, "id", fields[i].id);
        json_put_text(&c->out, "type", fields[i].type);
        json_put_text(&c->out, "title", fields[i].title);
        json_put_bool(&c->out, "active", true);
        json_put_bool(&c->out, "required", false);
        json_put_bool(&c->out, "removable", fields[i].custom);
        json_put_int(&c->out, "position", (int64_t)i);
        json_end(&c->out);
    }
    end_list(c, count);
}

struct route_table api_desk_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/brands", NEED_LOGIN, list_brands},
        {"GET", "/api/v2/brands/{}", NEED_LOGIN, show_brand},
        {"GET", "/api/v2/groups", NEED_LOGIN, list_groups},
        {"GET", "/api/v2/ticket_fields", NEED_LOGIN, list_fields},
    };
    return ROUTE_TABLE(routes);
}
