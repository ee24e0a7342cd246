#include "ctl/ask.h"

#include "ctl/out.h"
#include "rt/stop.h"

#include <stdio.h>
#include <unistd.h>

int ask_person(const char *program, const char *question, const char *purpose, bool can_ask)
{
    if (!can_ask || !isatty(STDIN_FILENO)) {
        (void)fprintf(stderr, "%s: nobody can be asked here; add --yes to %s\n", program, purpose);
        return EXIT_USAGE;
    }
    out_quiet();
    char answer[16] = "";
    (void)printf("%s [y/N] ", question);
    (void)fflush(stdout);
    bool is_yes =
        fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
    return is_yes ? 0 : ASK_NO;
}
