#include "tests/sim/widget.h"

#include "tests/sim/deaf.h"

struct integration widget_active(const struct world *w)
{
    switch (w->active) {
    case ACTIVE_OURS:
        return (struct integration){.present = true,
                                    .id = SLICE("sb-1"),
                                    .name = SLICE("tieline"),
                                    .integration_id = SLICE("int")};
    case ACTIVE_AGENTS:
        return (struct integration){.present = true,
                                    .id = SLICE("sb-2"),
                                    .name = SLICE("zd-agentWorkspace"),
                                    .integration_id = SLICE("int-zd")};
    case ACTIVE_NOBODY: return (struct integration){0};
    }
    BUG("active out of range");
}

static struct event of_conversation(struct world *w, enum event_type type)
{
    struct event event = world_event(w, type, EVENT_FROM_CONVERSATIONS, "e");
    event.body.conversations.conversation_id = w->place->remote_id;
    event.body.conversations.active = widget_active(w);
    return event;
}

void widget_switch(struct world *w, enum active active, enum switchboard_action action)
{
    w->active = active;
    struct event event = of_conversation(w, EVENT_SWITCHBOARD);
    event.body.conversations.switchboard = action;
    world_deliver(w, event);
}

/* The webhook of what somebody has just said. */
static void told(struct world *w, const struct spoken *spoken)
{
    struct event event = of_conversation(w, EVENT_MESSAGE);
    struct conversations_event *body = &event.body.conversations;
    body->message_id = spoken->id;
    body->received = spoken->at;
    body->text = spoken->words;
    body->author = spoken->text != NULL ? AUTHOR_CUSTOMER : AUTHOR_BUSINESS;
    body->author_subtype = spoken->text != NULL ? SLICE("") : SLICE("agent");
    body->widget_id = spoken->text != NULL ? w->place->widget_id : SLICE("");
    world_deliver(w, event);
}

void widget_customer(struct world *w)
{
    if (w->active == ACTIVE_NOBODY && world_chance(w, 70)) {
        w->active = ACTIVE_OURS; /* the default responder gets the next message */
    }
    const struct spoken *spoken = world_speaks(w, world_name(w, "m"), world_words(w));
    if (spoken != NULL) {
        told(w, spoken);
    }
}

void widget_agent(struct world *w)
{
    if (w->active != ACTIVE_AGENTS) {
        if (world_chance(w, 20)) { /* takes it without being asked */
            widget_switch(w, ACTIVE_AGENTS, SWITCHBOARD_PASS);
        }
    } else if (world_chance(w, 40)) {
        widget_switch(w, ACTIVE_NOBODY, SWITCHBOARD_RELEASE);
    } else if (world_chance(w, 5)) {
        widget_switch(w, ACTIVE_NOBODY, SWITCHBOARD_PASS_FAILED);
    } else {
        const struct spoken *spoken = world_speaks(w, world_name(w, "a"), NULL);
        if (spoken != NULL) {
            told(w, spoken);
        }
    }
}
