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

static bool brings_secrets(const struct plan *plan)
{
    bool brings = false;
    for (size_t i = 0; i < plan->count && !brings; i++) {
        brings = plan->entries[i].change != PLAN_SAME &&
                 bare_config_has_secrets(&plan->entries[i].after);
    }
    return brings;
}

err_t publish_plan(const struct kafka_options *options, const struct plan *plan, struct log *log,
                   struct why *why)
{
    CLEANUP_PTR(append) struct append *append = NULL;
    if (brings_secrets(plan)) {
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
    }
    return e;
}
