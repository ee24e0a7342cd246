/* command — the subcommands of `tieline`, one file each; main.c has the table. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "base/err.h"
#include "rt/log.h"
#include "rt/options.h"

/* argv[0] is the subcommand's own name. Returns the exit status. */
typedef int (*command_run)(int argc, char *const *argv);

int command_apply(int argc, char *const *argv);
int command_backfill(int argc, char *const *argv);
int command_broker(int argc, char *const *argv);
int command_capture(int argc, char *const *argv);
int command_check(int argc, char *const *argv);
int command_connect(int argc, char *const *argv);
int command_dead(int argc, char *const *argv);
int command_decode(int argc, char *const *argv);
int command_dev(int argc, char *const *argv);
int command_disconnect(int argc, char *const *argv);
int command_doctor(int argc, char *const *argv);
int command_erase(int argc, char *const *argv);
int command_escalate(int argc, char *const *argv);
int command_handback(int argc, char *const *argv);
int command_keygen(int argc, char *const *argv);
int command_move(int argc, char *const *argv);
int command_replay(int argc, char *const *argv);
int command_show(int argc, char *const *argv);
int command_status(int argc, char *const *argv);
int command_tail(int argc, char *const *argv);
int command_topics(int argc, char *const *argv);
int command_widgets(int argc, char *const *argv);

/* Says on stderr what went wrong ("tieline apply: …") and returns the sysexits status of `err`. */
int command_failed(const char *program, err_t err, const struct why *why);

/* For what the libraries below have to say: warnings and worse, unless --log-level asks for more.
 */
struct log *command_log(const char *program, const struct options *options);

/* The whole of a subcommand that takes `word_count` words and a log: flags, usage, `run`, and what
 * it says when that fails. Returns the exit status. */
int command_main(const char *program, const char *purpose, const struct option_row *rows,
                 size_t row_count, const char *words, size_t word_count, int argc,
                 char *const *argv,
                 err_t (*run)(const struct options *options, struct log *log, struct why *why));

/* The same for one that takes `words_min` to `words_max` words, and whose answer is its status:
 * `run` sets *ret_status where it is not 0. */
int command_answer(const char *program, const char *purpose, const struct option_row *rows,
                   size_t row_count, const char *words, size_t words_min, size_t words_max,
                   int argc, char *const *argv,
                   err_t (*run)(const struct options *options, struct log *log, struct why *why,
                                int *ret_status));

/* Exactly `count` words, or a complaint: false, and the status is EXIT_USAGE. */
bool command_words(const char *program, const struct options *options, size_t count);

#endif
