/* Control port: what agents do, with a ticket or with a messaging conversation. */
#include "sandbox/control.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/switching.h"
#include "sandbox/tickets.h"
#include "sandbox/workspace.h"

struct deed {
    const struct agent *agent;
    struct person *person;                     /* the same one, as Support knows agents */
    struct conversation *conversation;         /* NULL = a ticket without a session */
    struct ticket *ticket;                     /* NULL = a conversation without one */
    struct switchboard_integration *workspace; /* NULL = without a conversation */
};

static struct switchboard_integration *need_workspace(struct call *c)
{
    bool ambiguous = false;
    struct switchboard_integration *line =
        switching_find(c->store, SLICE("zd:agentWorkspace"), &ambiguous);
    if (line == NULL) {
        call_refuse(c, 409, "conflict", "The switchboard has no zd:agentWorkspace");
    }
    return line;
}

/* {"ticket":…} or {"conversation":…}: a session has both. */
static bool read_deed(struct call *c, struct deed *deed)
{
    deed->agent = store_agent(c->store, c->params[0]);
    if (deed->agent == NULL) {
        call_refuse(c, 404, "agent_not_found", "There is no agent of this name");
        return false;
    }
    deed->person = desk_person_by_id(&c->store->desk, deed->agent->id);
    if (!need_body(c)) {
        return false;
    }
    struct slice ticket = json_id(json_find(c->body, "ticket"));
    if (!slice_empty(ticket)) {
        deed->ticket = need_ticket(c, ticket);
        if (deed->ticket == NULL) {
            return false;
        }
        struct conversation *conversation = deed->ticket->conversation;
        bool is_open = conversation != NULL && conversation->ticket == deed->ticket;
        deed->conversation = is_open ? conversation : NULL;
    } else {
        deed->conversation = need_conversation(c, json_id(json_find(c->body, "conversation")));
        if (deed->conversation == NULL) {
            return false;
        }
        deed->ticket = deed->conversation->ticket;
    }
    deed->workspace = deed->conversation == NULL ? NULL : need_workspace(c);
    return deed->conversation == NULL || deed->workspace != NULL;
}

static bool need_control(struct call *c, const struct deed *deed)
{
    if (deed->conversation == NULL || deed->conversation->active != deed->workspace) {
        call_refuse(c, 409, "conflict", "The agents do not have this conversation: take it first");
        return false;
    }
    return true;
}

static bool need_its_ticket(struct call *c, const struct deed *deed)
{
    if (deed->ticket == NULL) {
        call_refuse(c, 409, "conflict", "There is no ticket yet: pass or take the conversation");
        return false;
    }
    return true;
}

static void answer_deed(struct call *c, const struct deed *deed, const struct comment *comment)
{
    struct json_write *w = &c->out;
    call_begin(c, comment == NULL ? 200 : 201);
    json_object(w);
    json_put_slice(w, "agent", deed->agent->name);
    if (deed->conversation != NULL) {
        json_put_slice(w, "conversation", deed->conversation->id);
        json_key(w, "active");
        if (deed->conversation->active == NULL) {
            json_null(w);
        } else {
            json_slice(w, deed->conversation->active->name);
        }
    }
    if (deed->ticket != NULL) {
        json_put_int(w, "ticket", deed->ticket->id);
        json_put_text(w, "status", status_name(deed->ticket->status));
        json_key(w, "assignee_id");
        if (deed->ticket->assignee == NULL) {
            json_null(w);
        } else {
            json_int(w, deed->ticket->assignee->id);
        }
    }
    if (comment != NULL) {
        json_put_int(w, "comment", comment->id);
    }
    json_end(w);
}

static bool save(struct call *c, const struct deed *deed, const struct ticket_draft *draft)
{
    return tickets_update(c, deed->ticket, draft, deed->person, VIA_WEB, NULL);
}

static void take(struct call *c)
{
    struct deed deed = {0};
    if (!read_deed(c, &deed)) {
        return;
    }
    if (deed.conversation != NULL) {
        switching_pass(c, deed.conversation, deed.workspace, (struct slice){0});
        deed.conversation->agent = deed.agent;
        deed.ticket = deed.conversation->ticket;
    }
    const struct ticket_draft draft = {.has_assignee = true, .assignee = deed.person};
    if (deed.ticket != NULL && !save(c, &deed, &draft)) {
        return;
    }
    if (deed.conversation != NULL) {
        c->note.conversation = deed.conversation->id;
        call_touched(c, "switchboard_integration", deed.workspace->id);
    }
    answer_deed(c, &deed, NULL);
}

static void say(struct call *c, const struct deed *deed)
{
    struct message_draft draft = {.author = AUTHOR_BUSINESS,
                                  .subtype = SLICE("agent"),
                                  .source_type = SLICE("zd:agentWorkspace")};
    if (!need_control(c, deed) || !read_words(c, &draft)) {
        return;
    }
    draft.display_name = deed->agent->name;
    if (!call_ok(c, arena_printf(&c->store->arena, &draft.metadata_json,
                                 "{\"__zendesk_msg.agent.id\":\"%lld\","
                                 "\"__zendesk_msg.source_type\":\"sunco_web\"}",
                                 (long long)deed->agent->id))) {
        return;
    }
    deed->conversation->agent = deed->agent;
    const struct message *message = messages_add(c, deed->conversation, &draft);
    if (message != NULL) {
        answer_message(c, deed->conversation, message);
    }
}

static void comment(struct call *c, const struct deed *deed, bool is_public)
{
    struct ticket_draft draft = {
        .comment = {.given = true, .has_public = true, .is_public = is_public}};
    struct slice text = json_string(json_find(c->body, "text"));
    if (slice_empty(text)) {
        call_refuse(c, 400, "bad_request", "\"text\" is required");
        return;
    }
    if (!need_its_ticket(c, deed) || !call_keep(c, text, &draft.comment.body) ||
        !save(c, deed, &draft)) {
        return;
    }
    answer_deed(c, deed, deed->ticket->comments[deed->ticket->comment_count - 1]);
}

static void reply(struct call *c)
{
    struct deed deed = {0};
    if (read_deed(c, &deed)) {
        if (deed.conversation != NULL) {
            say(c, &deed);
        } else {
            comment(c, &deed, true);
        }
    }
}

static void note(struct call *c)
{
    struct deed deed = {0};
    if (read_deed(c, &deed)) {
        comment(c, &deed, false);
    }
}

static void set_status(struct call *c, enum status status)
{
    struct deed deed = {0};
    const struct ticket_draft draft = {.has_status = true, .status = status};
    if (read_deed(c, &deed) && need_its_ticket(c, &deed) && save(c, &deed, &draft)) {
        answer_deed(c, &deed, NULL);
    }
}

static void solve(struct call *c)
{
    set_status(c, STATUS_SOLVED);
}

static void close_ticket(struct call *c)
{
    set_status(c, STATUS_CLOSED);
}

/* {"to":…}: an agent's or the bot's name or id; null = nobody. */
static void assign(struct call *c)
{
    struct deed deed = {0};
    struct ticket_draft draft = {.has_assignee = true};
    if (!read_deed(c, &deed) || !need_its_ticket(c, &deed)) {
        return;
    }
    const struct json *to = json_find(c->body, "to");
    if (to == NULL || to->type != JSON_NULL) {
        draft.assignee = desk_staff(&c->store->desk, json_id(to));
        if (draft.assignee == NULL) {
            call_refuse(c, 400, "bad_request", "\"to\" must be an agent, the bot's user, or null");
            return;
        }
    }
    if (save(c, &deed, &draft)) {
        answer_deed(c, &deed, NULL);
    }
}

/* Of a session: {"reason":"ticketClosed"} closes its ticket, without a reason the agent ends it.
 * Of another ticket: nobody is assigned any more. */
static void release(struct call *c)
{
    struct deed deed = {0};
    const struct ticket_draft nobody = {.has_assignee = true};
    const struct ticket_draft closed = {.has_status = true, .status = STATUS_CLOSED};
    if (!read_deed(c, &deed)) {
        return;
    }
    if (deed.conversation == NULL) {
        if (save(c, &deed, &nobody)) {
            answer_deed(c, &deed, NULL);
        }
        return;
    }
    struct slice reason = json_string(json_find(c->body, "reason"));
    bool by_closing = slice_equal(reason, SLICE("ticketClosed"));
    if (!by_closing && !slice_empty(reason)) {
        call_refuse(c, 400, "bad_request", "\"reason\" must be ticketClosed, or absent");
        return;
    }
    if (!need_control(c, &deed)) {
        return;
    }
    if (by_closing && deed.ticket != NULL) {
        if (!save(c, &deed, &closed)) {
            return;
        }
    } else {
        workspace_end(c, deed.conversation, by_closing ? "ticketClosed" : NULL);
    }
    c->note.conversation = deed.conversation->id;
    call_touched(c, "switchboard_integration", deed.workspace->id);
    answer_deed(c, &deed, NULL);
}

/* {"messaging":"online"} */
static void available(struct call *c)
{
    const struct agent *agent = store_agent(c->store, c->params[0]);
    if (agent == NULL) {
        call_refuse(c, 404, "agent_not_found", "There is no agent of this name");
        return;
    }
    enum presence presence = PRESENCE_ONLINE;
    if (!need_body(c)) {
        return;
    }
    if (!presence_named(json_string(json_find(c->body, "messaging")), &presence)) {
        call_refuse(c, 400, "bad_request",
                    "\"messaging\" must be online, away, transfers_only or offline");
        return;
    }
    desk_person_by_id(&c->store->desk, agent->id)->presence = presence;
    call_begin(c, 200);
    json_object(&c->out);
    json_put_slice(&c->out, "agent", agent->name);
    json_put_text(&c->out, "messaging", presence_name(presence));
    json_end(&c->out);
}

struct route_table control_agents_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/sandbox/agents/{}/take", NEED_NOTHING, take},
        {"POST", "/sandbox/agents/{}/reply", NEED_NOTHING, reply},
        {"POST", "/sandbox/agents/{}/note", NEED_NOTHING, note},
        {"POST", "/sandbox/agents/{}/solve", NEED_NOTHING, solve},
        {"POST", "/sandbox/agents/{}/close", NEED_NOTHING, close_ticket},
        {"POST", "/sandbox/agents/{}/assign", NEED_NOTHING, assign},
        {"POST", "/sandbox/agents/{}/release", NEED_NOTHING, release},
        {"POST", "/sandbox/agents/{}/available", NEED_NOTHING, available},
    };
    return ROUTE_TABLE(routes);
}
