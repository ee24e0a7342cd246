#include "ctl/publish.h"

#include "ctl/append.h"
#include "ctl/bare_config.h"
#include "ctl/shadow.h"

static const char *type_of(enum config_kind kind)
{
    return kind == CONFIG_ACCOUNT ? "tieline.config.account"
           : kind == CONFIG_STORE ? "tieline.config.store"
                                  : "tieline.config.deployment";
}

/* With what it brings, commands could go out. */
static bool goes_live(const struct plan *plan)
{
    bool goes = false;
    for (size_t i = 0; i < plan->count && !goes; i++) {
        const struct config_record *after = &plan->entries[i].after;
        goes = plan->entries[i].change != PLAN_SAME &&
               (bare_config_has_secrets(after) || bare_config_calls(after));
    }
    return goes;
}

err_t publish_plan(const struct kafka_options *options, const struct plan *plan, struct log *log,
                   struct why *why)
{
    CLEANUP_PTR(append) struct append *append = NULL;
    bool is_live = goes_live(plan);
    if (is_live) {
        TRY(shadow_refuse(options, log, why));
    }
    TRY(append_new(options, TOPIC_CONFIG, log, why, &append));
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];
        const struct bus_message message = {
            .partition = 0,
            .key = entry->key,
            .value = entry->value,
            .ce_type = slice_of(type_of(entry->after.kind)),
            .ce_source = SLICE("tieline/ctl"),
        };
        if (entry->change != PLAN_SAME) {
            TRY(append_send(append, &message));
        }
    }
    err_t e = append_wait(append, why);
    if (err_failed(e)) {
        why_prefix(why, "apply again: ");
    } else if (is_live) {
        e = shadow_none_began(options, log, why);
        if (err_failed(e)) {
            why_prefix(why, err_is(e, ERR_CONFIG)
                                ? "published, as a replay began meanwhile; start no egress there: "
                                : "published; apply again: ");
        }
    }
    return e;
}
