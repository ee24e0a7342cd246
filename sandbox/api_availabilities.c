/* Who is at work: agents' availabilities, as JSON:API. Only the channel of messaging is kept. */
#include "sandbox/router.h"
#include "sandbox/support.h"

#define MESSAGING SLICE("messaging")

static void write_id(struct call *c, const char *key, const struct person *person, const char *tail)
{
    struct slice id = {0};
    if (call_ok(c, arena_printf(c->arena, &id, "agent_availabilities|%.*s%s",
                                SLICE_ARG(person->id_text), tail))) {
        json_put_slice(&c->out, key, id);
    }
}

static void write_agent(struct call *c, const struct person *person)
{
    struct json_write *w = &c->out;
    json_object(w);
    write_id(c, "id", person, "");
    json_put_text(w, "type", "agent_availabilities");
    json_key(w, "attributes");
    json_object(w);
    json_put_int(w, "agent_id", person->id);
    json_key(w, "agent_status");
    json_object(w);
    json_put_text(w, "name", presence_name(person->presence));
    json_end(w);
    json_end(w);
    json_key(w, "links");
    json_object(w);
    json_put_slice(w, "self", support_url(c, "agent_availabilities", person->id_text));
    json_end(w);
    json_key(w, "relationships");
    json_object(w);
    json_key(w, "channels");
    json_object(w);
    json_key(w, "data");
    json_array(w);
    json_object(w);
    write_id(c, "id", person, "|channels|messaging");
    json_put_text(w, "type", "channels");
    json_end(w);
    json_end(w);
    json_end(w);
    json_end(w);
    json_end(w);
}

static void write_channel(struct call *c, const struct person *person)
{
    struct json_write *w = &c->out;
    json_object(w);
    write_id(c, "id", person, "|channels|messaging");
    json_put_text(w, "type", "channels");
    json_key(w, "attributes");
    json_object(w);
    json_put_slice(w, "name", MESSAGING);
    json_put_text(w, "status", presence_name(person->presence));
    json_end(w);
    json_end(w);
}

struct wanted {
    bool filters;
    enum presence presence;
};

/* filter[channel_status]=messaging:online; without it everybody. */
static bool read_filter(struct call *c, struct wanted *ret_wanted)
{
    struct slice filter = call_query(c, "filter[channel_status]");
    struct slice channel = {0};
    struct slice status = {0};
    ret_wanted->filters = !slice_empty(filter);
    if (slice_empty(filter)) {
        return true;
    }
    if (!slice_split(filter, ':', &channel, &status) || !slice_equal(channel, MESSAGING) ||
        !presence_named(status, &ret_wanted->presence)) {
        support_refuse(c, 400, "InvalidFilter", "filter[channel_status] is messaging:online, …");
        return false;
    }
    return true;
}

static bool is_wanted(struct call *c, const struct person *person, const void *arg)
{
    const struct wanted *wanted = arg;
    (void)c;
    return person->role != ROLE_END_USER &&
           (!wanted->filters || person->presence == wanted->presence);
}

static void list(struct call *c)
{
    struct wanted wanted = {.presence = PRESENCE_ONLINE};
    struct people people = {0};
    if (!read_filter(c, &wanted) || !find_people(c, is_wanted, &wanted, &people)) {
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "data");
    json_array(&c->out);
    for (size_t i = people.page.from; i < people.page.to; i++) {
        write_agent(c, people.found[i]);
    }
    json_end(&c->out);
    json_key(&c->out, "included");
    json_array(&c->out);
    for (size_t i = people.page.from; i < people.page.to; i++) {
        write_channel(c, people.found[i]);
    }
    json_end(&c->out);
    write_desk_page(c, &people.page, people.ids);
    json_end(&c->out);
}

static void show(struct call *c)
{
    const struct person *person = desk_person(&c->store->desk, c->params[0]);
    if (person == NULL || person->role == ROLE_END_USER) {
        support_not_found(c);
        return;
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_key(&c->out, "data");
    write_agent(c, person);
    json_key(&c->out, "included");
    json_array(&c->out);
    write_channel(c, person);
    json_end(&c->out);
    json_end(&c->out);
}

struct route_table api_availabilities_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/api/v2/agent_availabilities", NEED_LOGIN, list},
        {"GET", "/api/v2/agent_availabilities/{}", NEED_LOGIN, show},
    };
    return ROUTE_TABLE(routes);
}
