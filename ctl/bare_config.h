/* bare_config — a record of the configuration without its secrets: what leaves a deployment. */
#ifndef CTL_BARE_CONFIG_H
#define CTL_BARE_CONFIG_H

#include "event/config.h"

/* Takes hashes, sealed boxes and the mail address that logs in out of it: nothing that decides. */
void bare_config(struct config_record *record);
/* Whether something of that stands in it. */
bool bare_config_has_secrets(const struct config_record *record);

#endif
