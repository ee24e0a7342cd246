#include "egress/core/owner.h"

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
    const struct slice tail = SLICE("/messages");
    if (!slice_ends_with(command->path, tail)) {
        return (struct slice){0};
    }
    return slice_sub(command->path, 0, command->path.len - tail.len);
}

static bool same(struct slice a, struct slice b)
{
    return !slice_empty(a) && slice_equal(a, b);
}

bool owner_conversation_lets(const struct account *account, const struct integration *active,
                             enum voice voice)
{
    if (!active->present) {
        return true;
    }
    if (voice == VOICE_NOTICE) {
        return !slice_equal(active->type, SLICE("zd:agentWorkspace"));
    }
    return same(active->integration_id, account->integration_id) ||
           same(active->id, account->switchboard_integration) ||
           same(active->name, account->switchboard_integration);
}

bool owner_ticket_lets(const struct account *account, struct slice assignee_id, bool strictly)
{
    if (slice_empty(assignee_id)) {
        return !strictly;
    }
    return same(assignee_id, account->bot_user_id);
}
