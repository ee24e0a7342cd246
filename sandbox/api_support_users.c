/* Users of Support. */
#include "sandbox/desk_render.h"
#include "sandbox/router.h"
#include "sandbox/support.h"

static void answer_person(struct call *c, unsigned status, const struct person *person)
{
    call_begin(c, status);
    json_object(&c->out);
    json_key(&c->out, "user");
    render_person(c, person);
    json_end(&c->out);
}

/* Without credentials it is 200 too, with a user who is nobody. */
static void show_me(struct call *c)
{
    if (c->actor != NULL) {
        answer_person(c, 200, c->actor);
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "user");
    json_object(&c->out);
    json_key(&c->out, "id");
    json_null(&c->out);
    json_put_text(&c->out, "name", "Anonymous user");
    json_put_text(&c->out, "email", "invalid@example.com");
    json_put_text(&c->out, "role", "end-user");
    json_put_bool(&c->out, "active", false);
    json_end(&c->out);
    json_end(&c->out);
}

static void show_user(struct call *c)
{
    const struct person *person = desk_person(&c->store->desk, c->params[0]);
    if (person == NULL || !call_sees(c, person->created_at)) {
        support_not_found(c);
        return;
    }
    answer_person(c, 200, person);
}

struct asked {
    struct slice query, external_id;
};

/* ?query=email:x, ?query=words, ?external_id=x */
static bool matches(struct call *c, const struct person *person, const void *arg)
{
    const struct asked *asked = arg;
    struct slice query = asked->query;
    if (!call_sees(c, person->created_at)) {
        return false;
    }
    if (!slice_empty(asked->external_id)) {
        return slice_equal(person->external_id, asked->external_id);
    }
    if (slice_starts_with(query, SLICE("email:"))) {
        struct slice email = slice_trim(slice_sub(query, 6, query.len));
        if (email.len >= 2 && email.ptr[0] == '"' && email.ptr[email.len - 1] == '"') {
            email = slice_sub(email, 1, email.len - 1);
        }
        return slice_equal_nocase(person->email, email);
    }
    return slice_equal_nocase(person->name, query) || slice_equal_nocase(person->email, query);
}

static void search_users(struct call *c)
{
    struct asked asked = {slice_trim(call_query(c, "query")), call_query(c, "external_id")};
    struct people people = {0};
    if (!find_people(c, matches, &asked, &people)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "users");
    json_array(&c->out);
    for (size_t i = people.page.from; i < people.page.to; i++) {
        render_person(c, people.found[i]);
    }
    json_end(&c->out);
    write_desk_page(c, &people.page, people.ids);
    json_end(&c->out);
}

/* The one of this e-mail, else of this external id; two different ones cannot be merged. */
static bool find_same(struct call *c, struct slice email, struct slice external_id,
                      struct person **ret_person)
{
    const struct desk *desk = &c->store->desk;
    struct person *by_email = slice_empty(email) ? NULL : desk_person_by_email(desk, email);
    struct person *by_id =
        slice_empty(external_id) ? NULL : desk_person_by_external_id(desk, external_id);
    if (by_email != NULL && by_id != NULL && by_email != by_id) {
        support_invalid(c, "external_id", "External ID: has already been taken");
        return false;
    }
    *ret_person = by_email != NULL ? by_email : by_id;
    return true;
}

static void create_or_update(struct call *c)
{
    struct desk *desk = &c->store->desk;
    struct person *person = NULL;
    const struct json *object = need_wrapped(c, "user");
    if (object == NULL) {
        return;
    }
    struct slice name = json_string(json_find(object, "name"));
    struct slice email = json_string(json_find(object, "email"));
    struct slice external_id = json_id(json_find(object, "external_id"));
    if (!slice_empty(email) && slice_find(email, '@') == email.len) {
        support_invalid(c, "email", "Email: %.*s is not properly formatted",
                        SLICE_ARG(slice_cut_utf8(email, 100)));
        return;
    }
    if (!find_same(c, email, external_id, &person)) {
        return;
    }
    bool is_new = person == NULL;
    if (is_new && slice_empty(name)) {
        support_invalid(c, "name", "Name: is too short (minimum one character)");
        return;
    }
    if (is_new && !call_ok(c, desk_add_person(desk, ROLE_END_USER, name, email, c->now, &person))) {
        return;
    }
    bool fresh_email = !is_new && slice_empty(person->email);
    struct slice fresh_id = slice_empty(person->external_id) ? external_id : (struct slice){0};
    if (!call_ok(
            c, desk_name_person(desk, person, fresh_email ? email : (struct slice){0}, fresh_id)) ||
        !check_kept(c, object, "name", &person->name) ||
        !check_kept(c, object, "phone", &person->phone)) {
        return;
    }
    person->updated_at = c->now;
    c->note.external_id = person->external_id;
    call_touched(c, "user", person->id_text);
    answer_person(c, is_new ? 201 : 200, person);
}

struct route_table api_support_users_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/users/me", NEED_NOTHING, show_me},
        {"GET", "/api/v2/users/search", NEED_LOGIN, search_users},
        {"POST", "/api/v2/users/create_or_update", NEED_LOGIN, create_or_update},
        {"GET", "/api/v2/users/{}", NEED_LOGIN, show_user},
    };
    return ROUTE_TABLE(routes);
}
