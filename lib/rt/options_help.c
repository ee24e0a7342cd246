#include "rt/options_types.h"
#include "rt/version.h"

#include <stdio.h>
#include <string.h>

void options_environment_name(const char *name, const char *suffix,
                              char text[OPTION_ENVIRONMENT_BYTES])
{
    (void)snprintf(text, OPTION_ENVIRONMENT_BYTES, "TIELINE_%s%s", name, suffix);
    for (char *c = text; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 'a' + 'A');
        } else if (*c == '-') {
            *c = '_';
        }
    }
}

static void print_row(const struct option_row *row)
{
    char flag[96];
    char environment[OPTION_ENVIRONMENT_BYTES];
    if (row->type == OPTION_PROPERTY) {
        (void)snprintf(flag, sizeof flag, "-X %s",
                       row->argument == NULL ? "key=value" : row->argument);
        (void)snprintf(environment, sizeof environment, "TIELINE_KAFKA_<KEY>");
    } else {
        (void)snprintf(flag, sizeof flag, "--%s%s%s", row->name, row->argument == NULL ? "" : " ",
                       row->argument == NULL ? "" : row->argument);
        options_environment_name(row->name, "", environment);
    }
    (void)printf("  %-28s %s%s\n", flag, row->help, row->needed ? " (needed)" : "");
    (void)printf("  %-28s   [%s%s%s]\n", "", environment, row->fallback == NULL ? "" : ", default ",
                 row->fallback == NULL ? "" : row->fallback);
}

void options_print_help(const struct options *o)
{
    (void)printf("Usage: %s [flags]%s%s\n\n%s\n\nFlags:\n", o->program,
                 o->words_name == NULL ? "" : " ", o->words_name == NULL ? "" : o->words_name,
                 o->purpose);
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(o->rows[i].name, "help") == 0 || strcmp(o->rows[i].name, "version") == 0) {
            (void)printf("  --%-26s %s\n", o->rows[i].name, o->rows[i].help);
        } else if (o->rows[i].help != NULL) {
            print_row(&o->rows[i]);
        }
    }
    (void)printf("\nA flag wins over its environment variable. Any value may be read from a file: "
                 "--NAME-file "
                 "PATH,\nor the variable with the suffix _FILE.\n");
    (void)fflush(stdout);
}

void options_print_version(const struct options *o)
{
    (void)printf("%s %s (%s)\n%s\n", o->program, version_number(), version_commit(),
                 version_libraries());
    (void)fflush(stdout);
}
