#include "ctl/replay_why.h"

#include "ctl/config_words.h"

/* The value of a rule that has one; else whether it is on. */
static err_t put_value(struct buf *out, const struct store *store, enum reason reason)
{
    uint32_t bit = REASON_BIT(reason);
    switch ((int)reason) {
    case REASON_LOW_CONFIDENCE: return buf_printf(out, "%g", store->low_confidence);
    case REASON_LOW_RATING: return buf_printf(out, "%g", store->low_rating);
    case REASON_ACTION:
        for (size_t i = 0; i < store->action_count; i++) {
            TRY(buf_printf(out, "%s\"%.*s\"", i == 0 ? "[" : ", ", SLICE_ARG(store->actions[i])));
        }
        return buf_append_text(out, store->action_count > 0 ? "]" : "[]");
    default: {
        bool is_on = (store->reasons_on & bit) != 0 ||
                     ((REASON_USUAL & bit) != 0 && (store->reasons_off & bit) == 0);
        return buf_append_text(out, is_on ? "true" : "false");
    }
    }
}

err_t replay_why_rule(struct buf *out, const struct store *store, enum reason reason)
{
    TRY(buf_printf(out, "%s: %s", reason_label(reason), reason_words(reason)));
    if (reason == REASON_MANUAL || store == NULL) {
        return err_ok(); /* no line of any store can switch it off */
    }
    TRY(buf_printf(out, "   stores.%.*s.handoff.rules.%s = ", SLICE_ARG(store->name),
                   reason_label(reason)));
    TRY(put_value(out, store, reason));
    if (reason == REASON_ASKED && store->phrase_count > 0) {
        return buf_printf(out, ", and %zu phrases of handoff.phrases", store->phrase_count);
    }
    return err_ok();
}

err_t replay_why_command(struct buf *out, const struct store *store, const struct command *command)
{
    const char *path = config_words_path(command->slot);
    if (store == NULL) {
        return err_ok();
    }
    if (command->slot == SLOT_NOTICE_RULE) {
        return buf_printf(out, "stores.%.*s.handoff.outcomes.%s.text", SLICE_ARG(store->name),
                          reason_label((enum reason)command->index));
    }
    if (command->slot == SLOT_TURN) {
        return buf_printf(out, "stores.%.*s.bot", SLICE_ARG(store->name));
    }
    return path == NULL ? err_ok()
                        : buf_printf(out, "stores.%.*s.%s", SLICE_ARG(store->name), path);
}
