#include "sandbox/triggers.h"

#include "sandbox/support_hooks.h"
#include "sandbox/tags.h"

static bool same_id(struct slice id, struct slice value, const struct save *s)
{
    if (slice_equal(value, SLICE("current_user"))) {
        return s->actor != NULL && slice_equal(id, s->actor->id_text);
    }
    return slice_equal(id, value);
}

static struct slice person_id(const struct person *person)
{
    return person == NULL ? (struct slice){0} : person->id_text;
}

/* is, is_not, changed, value, value_previous and their opposites, over ids. */
static bool id_holds(const struct save *s, enum trigger_operator op, struct slice value,
                     struct slice now, struct slice before)
{
    bool changed = !slice_equal(now, before);
    switch (op) {
    case TRIGGER_OPERATOR_IS: return same_id(now, value, s);
    case TRIGGER_OPERATOR_IS_NOT: return !same_id(now, value, s);
    case TRIGGER_OPERATOR_CHANGED: return changed;
    case TRIGGER_OPERATOR_NOT_CHANGED: return !changed;
    case TRIGGER_OPERATOR_TO: return changed && same_id(now, value, s);
    case TRIGGER_OPERATOR_NOT_TO: return !(changed && same_id(now, value, s));
    case TRIGGER_OPERATOR_FROM: return changed && same_id(before, value, s);
    case TRIGGER_OPERATOR_NOT_FROM: return !(changed && same_id(before, value, s));
    case TRIGGER_OPERATOR_LESS:
    case TRIGGER_OPERATOR_GREATER:
    case TRIGGER_OPERATOR_INCLUDES:
    case TRIGGER_OPERATOR_NOT_INCLUDES:
    case TRIGGER_OPERATOR_COUNT: break;
    }
    return false;
}

/* The same over things with an order; a new ticket had no value before. */
static bool rank_holds(const struct save *s, enum trigger_operator op, int wanted, int now,
                       int before)
{
    bool changed = s->is_new || now != before;
    switch (op) {
    case TRIGGER_OPERATOR_IS: return now == wanted;
    case TRIGGER_OPERATOR_IS_NOT: return now != wanted;
    case TRIGGER_OPERATOR_LESS: return now < wanted;
    case TRIGGER_OPERATOR_GREATER: return now > wanted;
    case TRIGGER_OPERATOR_CHANGED: return changed;
    case TRIGGER_OPERATOR_NOT_CHANGED: return !changed;
    case TRIGGER_OPERATOR_TO: return changed && now == wanted;
    case TRIGGER_OPERATOR_NOT_TO: return !(changed && now == wanted);
    case TRIGGER_OPERATOR_FROM: return changed && !s->is_new && before == wanted;
    case TRIGGER_OPERATOR_NOT_FROM: return !(changed && !s->is_new && before == wanted);
    case TRIGGER_OPERATOR_INCLUDES:
    case TRIGGER_OPERATOR_NOT_INCLUDES:
    case TRIGGER_OPERATOR_COUNT: break;
    }
    return false;
}

static bool role_holds(const struct save *s, struct slice value)
{
    if (s->actor == NULL) {
        return false;
    }
    if (slice_equal(value, SLICE("end_user"))) {
        return s->actor->role == ROLE_END_USER;
    }
    if (slice_equal(value, SLICE("agent"))) {
        return s->actor->role != ROLE_END_USER;
    }
    return slice_equal(value, s->actor->id_text);
}

static bool comment_holds(const struct save *s, struct slice value)
{
    if (s->comment == NULL) {
        return false;
    }
    if (slice_equal(value, SLICE("not_relevant"))) { /* there is one */
        return true;
    }
    return slice_equal(value, SLICE("false")) ? !s->comment->is_public : s->comment->is_public;
}

static bool number_is(struct slice value, int number)
{
    uint64_t wanted = 0;
    return !err_failed(slice_to_u64(value, &wanted)) && wanted == (uint64_t)number;
}

static struct slice group_text(struct call *c, const struct group *group)
{
    struct slice text = {0};
    if (group != NULL) {
        (void)call_ok(c, arena_printf(c->arena, &text, "%lld", (long long)group->id));
    }
    return text;
}

static bool yes(enum trigger_operator op, bool holds)
{
    return holds == (op != TRIGGER_OPERATOR_IS_NOT && op != TRIGGER_OPERATOR_NOT_INCLUDES);
}

static bool ranked_holds(const struct save *s, const struct trigger_condition *condition)
{
    const struct ticket *t = s->ticket;
    enum status status = STATUS_NEW;
    enum priority priority = PRIORITY_NONE;
    if (condition->field == TRIGGER_FIELD_STATUS) {
        bool known = status_by_name(condition->value, &status);
        return rank_holds(s, condition->op, known ? (int)status : -1, (int)t->status,
                          (int)s->before.status);
    }
    (void)priority_by_name(condition->value, &priority);
    return rank_holds(s, condition->op, (int)priority, (int)t->priority, (int)s->before.priority);
}

bool trigger_condition_holds(const struct save *s, const struct trigger_condition *condition)
{
    const struct ticket *t = s->ticket;
    enum trigger_operator op = condition->op;
    struct slice value = condition->value;
    switch (condition->field) {
    case TRIGGER_FIELD_UPDATE_TYPE:
        return yes(op, slice_equal(value, SLICE("Create")) == s->is_new);
    case TRIGGER_FIELD_ASSIGNEE:
        if (slice_equal(value, SLICE("requester_id"))) {
            value = person_id(t->requester);
        }
        return id_holds(s, op, value, person_id(t->assignee), person_id(s->before.assignee));
    case TRIGGER_FIELD_REQUESTER:
        if (slice_equal(value, SLICE("assignee_id"))) {
            value = person_id(t->assignee);
        }
        return id_holds(s, op, value, person_id(t->requester), person_id(s->before.requester));
    case TRIGGER_FIELD_GROUP:
        return id_holds(s, op, value, group_text(s->c, t->group),
                        group_text(s->c, s->before.group));
    case TRIGGER_FIELD_TYPE: return id_holds(s, op, value, t->type, s->before.type);
    case TRIGGER_FIELD_ROLE: return yes(op, role_holds(s, value));
    case TRIGGER_FIELD_COMMENT: return yes(op, comment_holds(s, value));
    case TRIGGER_FIELD_BRAND:
        return yes(op, t->brand != NULL && slice_equal(t->brand->id_text, value));
    case TRIGGER_FIELD_TAGS: return yes(op, tags_has_any(t->tags, value));
    case TRIGGER_FIELD_STATUS:
    case TRIGGER_FIELD_PRIORITY: return ranked_holds(s, condition);
    case TRIGGER_FIELD_CURRENT_VIA: return yes(op, number_is(value, (int)s->via));
    case TRIGGER_FIELD_VIA: return yes(op, number_is(value, (int)t->via));
    case TRIGGER_FIELD_COUNT: break;
    }
    return false;
}

static bool fits(const struct save *s, const struct trigger *trigger)
{
    for (size_t i = 0; i < trigger->all_count; i++) {
        if (!trigger_condition_holds(s, &trigger->all[i])) {
            return false;
        }
    }
    bool any = trigger->any_count == 0;
    for (size_t i = 0; i < trigger->any_count && !any; i++) {
        any = trigger_condition_holds(s, &trigger->any[i]);
    }
    return any;
}

static void assign(struct save *s, struct slice value)
{
    const struct desk *desk = &s->c->store->desk;
    const struct person *person = NULL;
    if (slice_equal(value, SLICE("current_user"))) {
        person = s->actor;
    } else if (!slice_empty(value)) {
        person = desk_person(desk, value);
    }
    if (slice_empty(value) || (person != NULL && tickets_can_own(person))) {
        tickets_set_assignee(s, person);
    }
}

static void change_tags(struct save *s, const struct trigger_action *action)
{
    struct slice tags = s->ticket->tags;
    struct arena *arena = &s->c->store->arena;
    err_t e = err_ok();
    if (action->kind == TRIGGER_ACTION_ADD_TAGS) {
        e = tags_add(arena, tags, action->value, &tags);
    } else if (action->kind == TRIGGER_ACTION_REMOVE_TAGS) {
        e = tags_remove(arena, tags, action->value, &tags);
    } else {
        e = tags_set(arena, action->value, &tags);
    }
    if (call_ok(s->c, e)) {
        tickets_set_tags(s, tags);
    }
}

static void act(struct save *s, const struct trigger_action *action)
{
    enum status status = STATUS_NEW;
    enum priority priority = PRIORITY_NONE;
    switch (action->kind) {
    case TRIGGER_ACTION_STATUS:
        if (status_by_name(action->value, &status)) {
            tickets_set_status(s, status);
        }
        break;
    case TRIGGER_ACTION_PRIORITY:
        (void)priority_by_name(action->value, &priority);
        tickets_set_priority(s, priority);
        break;
    case TRIGGER_ACTION_ASSIGNEE: assign(s, action->value); break;
    case TRIGGER_ACTION_GROUP: tickets_set_group(s, desk_group(action->value)); break;
    case TRIGGER_ACTION_ADD_TAGS:
    case TRIGGER_ACTION_REMOVE_TAGS:
    case TRIGGER_ACTION_SET_TAGS: change_tags(s, action); break;
    case TRIGGER_ACTION_WEBHOOK: support_hooks_call(s, action->hook, action->body); break;
    case TRIGGER_ACTION_MAIL_USER: /* nobody reads mail here */
    case TRIGGER_ACTION_MAIL_GROUP:
    case TRIGGER_ACTION_COUNT: break;
    }
}

/* What a trigger can change. */
static bool changed(const struct ticket *was, const struct ticket *is)
{
    return was->status != is->status || was->priority != is->priority ||
           was->assignee != is->assignee || was->group != is->group ||
           !slice_equal(was->tags, is->tags);
}

static void run_one(struct save *s, const struct trigger *trigger)
{
    s->rule = trigger;
    for (size_t i = 0; i < trigger->action_count; i++) {
        act(s, &trigger->actions[i]);
    }
    s->rule = NULL;
}

/* Active triggers by position, then by age. */
static size_t in_order(const struct desk *desk, const struct trigger **list, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < table_count(desk->triggers); i++) {
        const struct trigger *trigger = table_at(desk->triggers, i, NULL);
        if (trigger->removed || !trigger->active || count == room) {
            continue;
        }
        size_t at = count++;
        while (at > 0 && list[at - 1]->position > trigger->position) {
            list[at] = list[at - 1];
            at--;
        }
        list[at] = trigger;
    }
    return count;
}

void triggers_run(struct save *s)
{
    const struct trigger **list = ARENA_ARRAY(s->c->arena, const struct trigger *, TRIGGERS_MAX);
    bool *done = ARENA_ARRAY(s->c->arena, bool, TRIGGERS_MAX);
    if (list == NULL || done == NULL) {
        (void)call_ok(s->c, ERR(ARENA_FULL));
        return;
    }
    size_t count = in_order(&s->c->store->desk, list, TRIGGERS_MAX);
    size_t at = 0;
    while (at < count && s->c->error.code == ERR_OK) {
        if (done[at] || !fits(s, list[at])) {
            at++;
            continue;
        }
        const struct ticket was = *s->ticket;
        done[at] = true;
        run_one(s, list[at]);
        at = changed(&was, s->ticket) ? 0 : at + 1;
    }
}
