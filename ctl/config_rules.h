/* config_rules — what must hold between the values of a configuration, and what a value means.
 *
 * Subdomains, addresses, keys that need each other, and who answers which widget: also against the
 * accounts and stores that are published and that the file does not name. */
#ifndef CTL_CONFIG_RULES_H
#define CTL_CONFIG_RULES_H

#include "base/err.h"
#include "ctl/config_file.h"
#include "event/config_log.h"

/* Adds to file->problems. published  NULL = judge the file alone. NO_MEMORY. */
MUST_USE err_t config_rules_check(struct config_file *file, const struct config_set *published);

/* config_rules_widgets.c: rows of widgets and stores only. */
MUST_USE err_t config_rules_widgets(struct config_file *file, const struct config_set *published);

/* The published account or store, where there is a published configuration. */
static inline const struct account *published_account(const struct config_set *set,
                                                      struct slice name)
{
    return set == NULL ? NULL : config_account(set, name);
}
static inline const struct store *published_store(const struct config_set *set, struct slice name)
{
    return set == NULL ? NULL : config_store(set, name);
}

#endif
