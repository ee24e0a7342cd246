/* Control port: ledger, conversations as a person sees them, deliveries, health. */
#include "sandbox/render.h"
#include "sandbox/router.h"
#include "sandbox/world.h"

#include <fcntl.h>
#include <unistd.h>

static uint64_t query_number(struct call *c, const char *name, uint64_t fallback)
{
    uint64_t number = 0;
    return err_failed(slice_to_u64(call_query(c, name), &number)) ? fallback : number;
}

static void get_ledger(struct call *c)
{
    const struct ledger *ledger = &c->world->ledger;
    uint64_t from = 0;
    uint64_t bytes = 0;
    ledger_range(ledger, query_number(c, "from", 1), &from, &bytes);
    int fd = fcntl(ledger->file.fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) {
        (void)call_ok(c, ERR(IO));
        return;
    }
    c->answer->status = 200;
    c->answer->content_type = "application/jsonl; charset=utf-8";
    c->answer->fd = fd;
    c->answer->fd_from = from;
    c->answer->fd_bytes = bytes;
}

static const char *who(const struct message *message)
{
    if (!slice_empty(message->activity_type) || slice_equal(message->subtype, SLICE("activity"))) {
        return "system";
    }
    if (message->author == AUTHOR_USER) {
        return "customer";
    }
    return slice_equal(message->subtype, SLICE("agent")) ? "agent" : "bot";
}

static void write_author(struct json_write *w, const struct message *message)
{
    struct slice name =
        slice_empty(message->display_name) ? slice_of(who(message)) : message->display_name;
    json_put_slice(w, "name", name);
    json_key(w, "author");
    json_object(w);
    json_put_text(w, "type", message->author == AUTHOR_USER ? "user" : "business");
    json_put_slice(w, "displayName", name);
    json_end(w);
}

static void write_messages(struct call *c, const struct conversation *conversation)
{
    json_key(&c->out, "messages");
    json_array(&c->out);
    for (size_t i = 0; i < conversation->message_count; i++) {
        const struct message *message = conversation->messages[i];
        if (message->removed) {
            continue;
        }
        json_object(&c->out);
        json_put_slice(&c->out, "id", message->id);
        render_time(&c->out, "at", message->received);
        json_put_text(&c->out, "from", who(message));
        write_author(&c->out, message);
        json_put_slice(&c->out, "text", message->text);
        json_put_bool(&c->out, "silent", message->silent);
        json_key(&c->out, "content");
        json_raw(&c->out, message->content_json);
        json_key(&c->out, "metadata");
        json_raw(&c->out,
                 slice_empty(message->metadata_json) ? SLICE("{}") : message->metadata_json);
        json_end(&c->out);
    }
    json_end(&c->out);
}

static void get_conversation(struct call *c)
{
    const struct conversation *conversation = need_conversation(c, c->params[0]);
    if (conversation == NULL) {
        return;
    }
    const struct user *customer = store_customer(conversation);
    call_begin(c, 200);
    json_object(&c->out);
    json_put_slice(&c->out, "id", conversation->id);
    if (conversation->brand != NULL) {
        json_put_int(&c->out, "brand", conversation->brand->id);
        json_put_slice(&c->out, "brand_name", conversation->brand->name);
    }
    if (conversation->widget != NULL) {
        json_put_slice(&c->out, "widget_integration_id", conversation->widget->id);
    }
    if (customer != NULL) {
        json_key(&c->out, "customer");
        render_user(&c->out, customer, true);
    }
    json_key(&c->out, "active");
    if (conversation->active == NULL) {
        json_null(&c->out);
    } else {
        json_slice(&c->out, conversation->active->name);
    }
    json_key(&c->out, "pending");
    if (conversation->pending == NULL) {
        json_null(&c->out);
    } else {
        json_slice(&c->out, conversation->pending->name);
    }
    if (conversation->agent != NULL) {
        json_put_slice(&c->out, "agent", conversation->agent->name);
    }
    json_key(&c->out, "ticket"); /* of the session that is open */
    if (conversation->ticket == NULL) {
        json_null(&c->out);
    } else {
        json_int(&c->out, conversation->ticket->id);
    }
    json_key(&c->out, "metadata");
    json_raw(&c->out,
             slice_empty(conversation->metadata_json) ? SLICE("{}") : conversation->metadata_json);
    write_messages(c, conversation);
    json_end(&c->out);
}

/* ?from=ID and ?conversation=ID, or ?ticket=ID, narrow it down. */
static void get_webhooks(struct call *c)
{
    const struct outbox *outbox = &c->world->outbox;
    struct slice conversation = call_query(c, "conversation");
    uint64_t from = query_number(c, "from", 1);
    if (slice_empty(conversation)) {
        conversation = call_query(c, "ticket");
    }
    call_begin(c, 200);
    json_object(&c->out);
    json_put_int(&c->out, "open", (int64_t)outbox->open);
    json_key(&c->out, "deliveries");
    json_array(&c->out);
    for (size_t i = from > 0 ? (size_t)from - 1 : 0; i < outbox->count; i++) {
        const struct delivery *d = outbox->list[i];
        if (slice_empty(conversation) || slice_equal(conversation, d->conversation)) {
            outbox_write(d, &c->out);
        }
    }
    json_end(&c->out);
    json_end(&c->out);
}

static void get_health(struct call *c)
{
    call_begin(c, 200);
    json_object(&c->out);
    json_put_text(&c->out, "status", "ok");
    json_end(&c->out);
}

static void get_metrics(struct call *c)
{
    const struct world *w = c->world;
    c->answer->status = 200;
    c->answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    buf_reset(&c->answer->body);
    (void)call_ok(c, buf_printf(&c->answer->body,
                                "# TYPE tieline_build_info gauge\n"
                                "tieline_build_info{program=\"sandbox\"} 1\n"
                                "# TYPE tieline_sandbox_ledger_lines_total counter\n"
                                "tieline_sandbox_ledger_lines_total %zu\n"
                                "# TYPE tieline_sandbox_deliveries_total counter\n"
                                "tieline_sandbox_deliveries_total %zu\n"
                                "# TYPE tieline_sandbox_deliveries_open gauge\n"
                                "tieline_sandbox_deliveries_open %zu\n"
                                "# TYPE tieline_sandbox_store_bytes gauge\n"
                                "tieline_sandbox_store_bytes %zu\n",
                                w->ledger.count, w->outbox.count, w->outbox.open,
                                w->store.arena.used));
}

struct route_table control_views_routes(void)
{
    static const struct route routes[] = {
        {"GET", "/sandbox/ledger", NEED_NOTHING, get_ledger},
        {"GET", "/sandbox/conversations/{}", NEED_NOTHING, get_conversation},
        {"GET", "/sandbox/webhooks", NEED_NOTHING, get_webhooks},
        {"GET", "/livez", NEED_NOTHING, get_health},
        {"GET", "/readyz", NEED_NOTHING, get_health},
        {"GET", "/metrics", NEED_NOTHING, get_metrics},
    };
    return ROUTE_TABLE(routes);
}
