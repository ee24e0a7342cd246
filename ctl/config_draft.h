/* config_draft — from the JSON of one account or store to its draft; for config_file.c alone. */
#ifndef CTL_CONFIG_DRAFT_H
#define CTL_CONFIG_DRAFT_H

#include "ctl/config_file.h"

/* Members of a wrong type (config_shape has said so) are as if absent. */
void config_draft_account(const struct json *at, struct draft_account *ret);
/* NO_MEMORY, ARENA_FULL. */
MUST_USE err_t config_draft_store(struct arena *arena, const struct json *at,
                                  struct draft_store *ret);

/* Resolves every secret of the file; PATHs are relative to the folder of the file `path`. What
 * cannot be resolved is an error, or a warning with SECRETS_IF_THERE. */
MUST_USE err_t config_draft_secrets(struct config_file *file, const char *path,
                                    enum secrets_wanted wanted);

#endif
