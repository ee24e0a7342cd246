/* tieline — the operator's tool. */
#include "ctl/command.h"
#include "rt/nearest.h"
#include "rt/stop.h"
#include "rt/version.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    const char *summary; /* NULL = not listed */
    command_run run;
};

static const struct command commands[] = {
    {"dev", "everything in one terminal, to try it out", command_dev},
    {"keygen", "make the key pairs of the sealed secrets", command_keygen},
    {"topics", "show the topics, and make or mend them", command_topics},
    {"move", "move to topics of another prefix, with another number of partitions", command_move},
    {"check", "check a configuration file", command_check},
    {"apply", "publish a configuration file", command_apply},
    {"connect", "make the Zendesk of an account ready", command_connect},
    {"disconnect", "take out of Zendesk what connect made", command_disconnect},
    {"widgets", "the web widgets of an account, and which store answers there", command_widgets},
    {"doctor", "what is wrong at Zendesk's side, and what to do", command_doctor},
    {"status", "accounts, programs and what waits, as they are now", command_status},
    {"show", "one conversation: how it stands, and its timeline", command_show},
    {"tail", "events and decisions as they pass", command_tail},
    {"escalate", "call a human into a conversation", command_escalate},
    {"handback", "give a conversation back to the bot", command_handback},
    {"erase", "take a person's conversations out of what is held", command_erase},
    {"backfill", "read again what an account's webhooks may have missed", command_backfill},
    {"dead", "what was set aside: look at it, have it done after all", command_dead},
    {"capture", "what a replay needs, in one file", command_capture},
    {"replay", "decide the past again, and compare", command_replay},
    {"decode", "print the value of one record as JSON", command_decode},
    {"broker", NULL, command_broker},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    (void)fprintf(out, "Usage: tieline COMMAND [flags]\n\nThe operator's tool of Tieline.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].summary != NULL) {
            (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
        }
    }
    (void)fprintf(out, "\nMore about one of them: tieline COMMAND --help\n");
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int unknown(const char *name)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
    }
    const char *nearest = nearest_name(slice_of(name), names, COMMAND_COUNT);
    (void)fprintf(stderr, "tieline: there is no command \"%s\"%s%s%s\nTry \"tieline --help\".\n",
                  name, nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
                  nearest == NULL ? "" : "\"?");
    return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
    const char *name = argc < 2 ? NULL : argv[1];
    if (name == NULL) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        (void)printf("tieline %s (%s)\n%s\n", version_number(), version_commit(),
                     version_libraries());
        return 0;
    }
    bool asks_help =
        strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0;
    if (asks_help && argc < 3) {
        print_help(stdout);
        return 0;
    }
    const struct command *command = find(asks_help ? argv[2] : name);
    if (command == NULL) {
        return unknown(asks_help ? argv[2] : name);
    }
    if (asks_help) {
        char help[] = "--help";
        char *const help_argv[] = {argv[2], help, NULL};
        return command->run(2, help_argv);
    }
    return command->run(argc - 1, argv + 1);
}
