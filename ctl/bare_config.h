/* bare_config — a record of the configuration without its secrets: what leaves a deployment. */
#ifndef CTL_BARE_CONFIG_H
#define CTL_BARE_CONFIG_H

#include "event/config.h"

/* Takes hashes, sealed boxes and the mail address that logs in out of it, and of a bot's address
 * all behind its origin, where a token may stand: nothing that decides. */
void bare_config(struct config_record *record);
/* Whether something of that stands in it. */
bool bare_config_has_secrets(const struct config_record *record);

/* As bare_config(); and whoever acts on it calls nobody: an address of Zendesk or of a bot becomes
 * one without an origin, which egress refuses (egress/core/hosts.h). A login is no gate before a
 * bot without a secret, nor before a file. */
void bare_config_of_nobody(struct config_record *record);
/* Whether an address stands in it that egress would call. */
bool bare_config_calls(const struct config_record *record);

#endif
