/* ask — a yes from the person at the terminal. */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include <stdbool.h>

enum { ASK_NO = 1 };

/* program   for messages; question  "Publish?"; purpose  what --yes would do ("publish")
 * can_ask   false = standard input is spoken for
 * Returns 0 for a yes, ASK_NO for anything else, EXIT_USAGE where nobody can be asked (said on
 * stderr): the exit status. */
int ask_person(const char *program, const char *question, const char *purpose, bool can_ask);

#endif
