/* checked — a configuration text through `tieline check`, and what it said. */
#ifndef TESTS_UNIT_CTL_CHECKED_H
#define TESTS_UNIT_CTL_CHECKED_H

#include "ctl/config_file.h"
#include "ctl/config_rules.h"
#include "tests/support/unit.h"

#include <string.h>

/* Reads `text` as a file would be; released with config_file_deinit(). */
static inline void checked_read(const char *text, const struct config_set *published,
                                struct config_file *file)
{
    char path[] = "/tmp/test-ctl-XXXXXX";
    struct why why = {""};
    int fd = mkstemp(path);
    EXPECT("written", write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    EXPECT_OK(why.text, config_file_read(path, SECRETS_NEEDED, &why, file));
    EXPECT_OK("judged", config_rules_check(file, published));
    unlink(path);
}

/* The first problem whose "path: text" holds `part`; NULL = none. */
static inline const struct problem *checked_find(const struct config_file *file, const char *part)
{
    for (size_t i = 0; i < file->problems.kept; i++) {
        static char line[PROBLEM_TEXT_BYTES + PROBLEM_PATH_BYTES + 2];
        const struct problem *problem = &file->problems.list[i];
        (void)snprintf(line, sizeof line, "%s: %s", problem->path, problem->text);
        if (strstr(line, part) != NULL) {
            return problem;
        }
    }
    return NULL;
}

#endif
