/* config_keys — the keys of the configuration file, as a table.
 *
 * What stands here, ctl/tieline.schema.json says to editors; a test holds the two together. */
#ifndef CTL_CONFIG_KEYS_H
#define CTL_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum key_type {
    KEY_OBJECT,  /* members have rows of their own */
    KEY_ENTRIES, /* an object of named objects: their members stand under PATH.* */
    KEY_RULES,   /* the same under the names of rules that call a human (event/reason.h) */
    KEY_FIELDS,  /* an object: ids of ticket fields, each with the name of a source
                  * (event/field_source.h) */
    KEY_NAME,    /* [a-z0-9][a-z0-9-]* */
    KEY_TEXT,
    KEY_ID, /* a string, or a whole number */
    KEY_URL,
    KEY_BOOL,
    KEY_NUMBER,
    KEY_SPAN,    /* "20s" */
    KEY_CHOICE,  /* one of `choices` */
    KEY_SECRET,  /* {"env":NAME} or {"file":PATH} */
    KEY_SECRETS, /* an array of one or two of these */
    KEY_WORDS,   /* a text, or an object of texts by language */
    KEY_TEXTS,   /* an array of texts, each of at most `bytes_max` */
};

enum { KEY_CHOICES_MAX = 4 };

struct config_key {
    const char *path; /* "accounts.*.subdomain" */
    enum key_type type;
    bool needed;      /* in the object that it belongs to */
    size_t bytes_max; /* of text; 0 = the type's own */
    const char *choices[KEY_CHOICES_MAX];
    const char *what; /* for a person who left it out or misspelt it */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* By its path with * for names; NULL when there is none. */
const struct config_key *config_key_find(const char *path);

#endif
