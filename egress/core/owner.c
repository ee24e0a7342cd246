#include "egress/core/owner.h"

#include "json/json_read.h"

bool owner_check_wanted(const struct command *command, bool met_another, wall_ms_t now)
{
    if (command->voice == VOICE_NOTICE) {
        return command->check_owner;
    }
    if (command->voice != VOICE_BOT) {
        return false;
    }
    bool is_late =
        wall_known(command->created) && wall_since(now, command->created).ms > OWNER_LATE_MS;
    return command->check_owner || met_another || is_late;
}

struct slice owner_conversation_path(const struct command *command)
{
    static const char *const tails[] = {"/messages", "/passControl", "/releaseControl"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct slice tail = slice_of(tails[i]);
        if (slice_ends_with(command->path, tail)) {
            return slice_sub(command->path, 0, command->path.len - tail.len);
        }
    }
    return (struct slice){0};
}

static bool same(struct slice a, struct slice b)
{
    return !slice_empty(a) && slice_equal(a, b);
}

bool owner_is_ours(const struct account *account, const struct integration *active)
{
    return account != NULL && active->present &&
           (same(active->integration_id, account->integration_id) ||
            same(active->id, account->switchboard_integration) ||
            same(active->name, account->switchboard_integration));
}

bool owner_is_human(const struct account *account, const struct integration *active)
{
    if (!active->present) {
        return false;
    }
    return slice_equal(active->type, SLICE("zd:agentWorkspace")) ||
           (account != NULL &&
            (same(active->id, account->agent_target) || same(active->name, account->agent_target)));
}

bool owner_conversation_lets(const struct account *account, const struct integration *active,
                             enum voice voice)
{
    if (!active->present) {
        return true;
    }
    return voice == VOICE_NOTICE ? !owner_is_human(account, active)
                                 : owner_is_ours(account, active);
}

bool owner_ticket_lets(const struct account *account, struct slice assignee_id, bool strictly)
{
    if (slice_empty(assignee_id)) {
        return !strictly;
    }
    return same(assignee_id, account->bot_user_id);
}

bool owner_unassigns(struct arena *arena, const struct command *command)
{
    const struct json *body = NULL;
    if (command->effect != EFFECT_TICKET_UPDATE ||
        err_failed(json_parse(arena, command->body, NULL, NULL, &body))) {
        return false;
    }
    const struct json *assignee = json_find(body, "ticket.assignee_id");
    bool is_handover = command->slot == SLOT_TICKET_UPDATE || command->slot == SLOT_UPDATE_PLAIN;
    return assignee != NULL && (assignee->type == JSON_NULL || is_handover);
}
